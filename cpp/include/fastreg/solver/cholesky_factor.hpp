// A Cholesky factor L Lᵀ = H_AA of a growing and shrinking selection A of a symmetric matrix H,
// kept from one active set, and one alpha, to the next.
//
// Appending k members costs O(|A|² k) in matrix–matrix operations, removing one O(|A|²) by Givens
// rotations (Golub and Van Loan 2013, section 6.5); refactoring would cost O(|A|³). A member that
// depends linearly on those before it (its pivot vanishes) is left out and reported, so the factor
// is always that of a positive definite matrix.
//
// L is stored by bands of rows, each as wide as its part of the triangle: half the memory of a
// square, and it grows without being copied. Once its room and its scratch space are there, nothing
// below allocates.
#pragma once

#include <algorithm>
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
    // Makes room for this many members among this many positions.
    void reserve(Index members, Index positions);
    // W ← L⁻¹ W, with rows in the order of members()
    void forward_substitute(MatrixRef W) const;
    // Appends those of the positions that are independent of the members and of each other, from
    // projected = L⁻¹ H_{A,new} and schur = H_{new,new} − projectedᵀ projected. A pivot counts as
    // zero against the diagonal of H that is given.
    void append(Features positions, const ConstMatrixRef& projected, const ConstMatrixRef& schur,
                const ConstVectorRef& diagonal);
    // The same, from a matrix that has all of H.
    void append(const ShiftedGram& H, const std::vector<Index>& positions);
    void remove(Index position);
    // x ← (L Lᵀ)⁻¹ x, in the order of members()
    void solve(VectorRef x) const;
    // out = L Lᵀ x, which is H_AA x
    void multiply(const ConstVectorRef& x, VectorRef out) const;
    // out = L Lᵀ e_r, which is column r of H_AA
    void column(Index r, VectorRef out) const;
    Index row_of(Index position) const { return row_of_[static_cast<std::size_t>(position)]; }

private:
    static constexpr Index band = 64;

    Index band_rows(Index I) const { return std::min(band, size() - I * band); }
    void eliminate(Index t, Index k);
    void multiply_by_lower(VectorRef x) const;
    void shift_rows_up(Index removed);
    void rotate_bands(Index first);
    void rotate_column_pair(double* column, Index rows, Index c) const;
    const double* row(Index r) const {
        return &bands_[static_cast<std::size_t>(r / band)](r % band, 0);
    }
    double* row(Index r) { return &bands_[static_cast<std::size_t>(r / band)](r % band, 0); }

    // Band I has rows I·band to (I + 1)·band and one column more than its part of the triangle,
    // which the row below a removed one needs until it is rotated.
    std::vector<Matrix> bands_;
    std::vector<Index> members_;
    std::vector<Index> row_of_;  // position → row of L, −1 if absent
    Matrix rows_;                // scratch of append: the new rows' own part
    std::vector<double> cosine_, sine_;
};

}  // namespace fastreg
