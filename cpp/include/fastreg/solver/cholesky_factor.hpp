// A Cholesky factor L Lᵀ = H_AA of a growing and shrinking selection A of a symmetric matrix H,
// kept from one active set, and one alpha, to the next.
//
// Appending k members costs O(|A|² k) in matrix–matrix operations, removing one O(|A|²) by Givens
// rotations (Golub and Van Loan 2013, section 6.5); refactoring would cost O(|A|³). A member that
// depends linearly on those before it (its pivot vanishes) is left out and reported, so the factor
// is always that of a positive definite matrix.
#pragma once

#include <functional>
#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

// The entries of H: a Gram matrix with a diagonal added. Members are positions in it.
struct ShiftedGram {
    ConstMatrixRef gram;               // symmetric, both triangles
    const std::vector<double>& shift;  // added to the diagonal, one entry a position
    double operator()(Index i, Index j) const {
        return i == j ? gram(i, i) + shift[static_cast<std::size_t>(i)] : gram(i, j);
    }
};

class CholeskyFactor {
public:
    // Pivots below this share of the diagonal entry count as zero.
    static constexpr double dependence = 1e-10;

    Index size() const { return static_cast<Index>(members_.size()); }
    // The positions of H that are factored, in the order of the rows of L.
    const std::vector<Index>& members() const { return members_; }
    bool contains(Index position) const {
        return position < static_cast<Index>(row_of_.size()) &&
               row_of_[static_cast<std::size_t>(position)] >= 0;
    }

    void clear();
    // Factors afresh; dependent positions are left out.
    void rebuild(const ShiftedGram& H, const std::vector<Index>& positions);
    // Appends those of the positions that are independent of the members and of each other.
    void append(const ShiftedGram& H, const std::vector<Index>& positions);
    void remove(Index position);
    // x ← (L Lᵀ)⁻¹ x, in the order of members()
    void solve(VectorRef x) const;

private:
    void reserve(Index rows);
    void append_block(const ShiftedGram& H, const std::vector<Index>& positions);
    void set_row(Index position);

    Matrix L_;  // lower triangle of the leading size() rows; the rest is spare room
    std::vector<Index> members_;
    std::vector<Index> row_of_;  // position → row of L, −1 if absent
};

}  // namespace fastreg
