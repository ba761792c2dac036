// L D Lᵀ of a symmetric positive definite band matrix, and what follows from it in a time that is
// linear in its size.
#pragma once

#include <algorithm>

#include "fastreg/core/types.hpp"

namespace fastreg {

class BandFactor {
public:
    // Of B + shift I, where entry (d, j) of band is B(j + d, j).
    BandFactor(const Matrix& band, double shift);

    // Whether all pivots are positive; if not, nothing else may be asked for.
    bool positive() const { return positive_; }
    // Pivots, and the columns of the unit lower triangle L: entry (d − 1, j) is L(j + d, j).
    const Vector& pivots() const { return pivots_; }
    const Matrix& lower() const { return lower_; }

    void solve_in_place(MatrixRef right) const;
    // A few steps of inverse iteration: the smallest eigenvalue, from above, within a small factor.
    double smallest_eigenvalue() const;
    // The diagonal of the inverse, from the entries of the inverse inside the band (Takahashi, Fagan
    // and Chen 1973).
    Vector inverse_diagonal() const;

private:
    Index below(Index j) const { return std::min(lower_.rows(), lower_.cols() - 1 - j); }

    Matrix lower_;
    Vector pivots_;
    bool positive_ = true;
};

}  // namespace fastreg
