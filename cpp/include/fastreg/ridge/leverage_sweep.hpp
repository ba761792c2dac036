// Quadratic forms wᵀ (T + alpha I)⁻¹ w and products wᵀ (T + alpha I)⁻¹ c of many rows w for many
// strengths, where T is tridiagonal: with T + alpha I = L D Lᵀ,
//
//     u_k = w_k − l_{k−1} u_{k−1},     wᵀ (T + alpha I)⁻¹ w = Σ u_k² / d_k,
//
// one step for a column of rows at a time, so the columns may come one after the other.
#pragma once

#include <span>
#include <vector>

#include "fastreg/ridge/band_factor.hpp"

namespace fastreg {

class LeverageSweep {
public:
    // Of the tridiagonal band for these strengths, all of which leave it positive definite; the
    // columns c are those of `right`, which must outlive this.
    LeverageSweep(const Matrix& band, std::span<const double> alphas, const Matrix& right);

    Index strengths() const { return minus_lower_.cols(); }

    // What is known of rows of which some columns are still to come, for the strengths from `first`
    // on; column a · m + t of products is that of strength a and column t of `right`.
    struct Rows {
        Index first;
        Matrix last;      // u of the last column
        Matrix squares;   // wᵀ (T + alpha I)⁻¹ w so far
        Matrix products;  // wᵀ (T + alpha I)⁻¹ c so far
    };
    Rows start(Index rows, Index first, Index count) const;
    // (T + alpha I)⁻¹ c, a column for each of products
    Matrix solutions(Index first, Index count) const;
    // W has the columns of the rows from `column` on; solutions are those for the rows' strengths.
    void advance(const ConstMatrixRef& W, Index column, const Matrix& solutions, Rows& rows) const;

private:
    const Matrix& right_;
    std::vector<BandFactor> factors_;
    Matrix minus_lower_;    // −l_{k−1} in row k, strength by strength
    Matrix inverse_pivot_;  // 1 / d_k
};

}  // namespace fastreg
