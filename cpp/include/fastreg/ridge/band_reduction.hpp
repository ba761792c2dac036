// A symmetric matrix reduced to a band by orthogonal transformations,
//
//     K = Q B Qᵀ,     B of a few diagonals,
//
// once for all strengths: (K + alpha I)⁻¹ = Q (B + alpha I)⁻¹ Qᵀ, and B + alpha I is factored in a
// time that is linear in its size. Householder reflections, several at a time (Bischof, Lang and Sun
// 2000): a panel of `width` columns is brought to the band by QR, the rest of the matrix meets its
// reflectors in one product that reads a triangle once, and is updated only after several panels, by
// matrix products (as LAPACK's sytrd does with single columns; Dongarra, Hammarling and Sorensen
// 1989). With a width of 1 the band is tridiagonal, but the matrix is read for every column.
#pragma once

#include <functional>
#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

class BandReduction {
public:
    // The width that costs least where nothing else counts.
    static const Index best_width;

    // K is taken over: its lower triangle makes room for the reflectors, its upper one stays what it
    // was. Throws Interruption.
    BandReduction(Matrix K, Index width, const std::function<bool()>& interrupted);

    Index size() const { return matrix_.rows(); }
    // Entry (d, j) is B(j + d, j); width + 1 rows.
    const Matrix& band() const { return band_; }
    // K B, from the upper triangle
    Matrix multiply(const ConstMatrixRef& right) const {
        return matrix_.selfadjointView<Eigen::Upper>() * right;
    }
    double trace() const { return matrix_.trace(); }

    // B ← Q B and B ← Qᵀ B
    void rotate(MatrixRef B) const;
    void rotate_back(MatrixRef B) const;
    // Q itself
    Matrix rotation() const;

private:
    void reduce(const std::function<bool()>& interrupted);
    Matrix reflectors(Index block) const;

    Index width_;
    Matrix matrix_;
    Matrix band_;
    std::vector<Matrix> triangles_;  // T of a block of reflectors: their product is I − V T Vᵀ
};

}  // namespace fastreg
