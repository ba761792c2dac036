// What a design matrix can do. Four coarse verbs are all that the solvers ask of the data, so a
// virtual call costs nothing against the work behind it, and the storage (scalar type, memory
// order, sparsity) is decided behind this interface and nowhere else.
#pragma once

#include "fastreg/core/types.hpp"

namespace fastreg {

// Weighted mean and centred mean square of every column: mean_j = Σ w_i x_ij / Σ w_i and
// variance_j = Σ w_i (x_ij − mean_j)² / Σ w_i. A constant column has a variance of exactly 0.
struct ColumnMoments {
    Vector mean;
    Vector variance;
};

class Design {
public:
    virtual ~Design() = default;

    virtual Index rows() const = 0;
    virtual Index cols() const = 0;

    // out = X B, for one or several coefficient vectors in one pass over X
    virtual void matvec(const ConstMatrixRef& B, MatrixRef out) const = 0;

    // out = Xᵀ R, for one or several residuals in one pass over X
    virtual void transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const = 0;

    // out = X[:, J] as a compact column-major block
    virtual void columns(Features J, MatrixRef out) const = 0;

    // out = (X_J − 1 centerᵀ)ᵀ diag(weights) (X_J − 1 centerᵀ), both triangles. Empty weights stand
    // for ones, an empty center for zeros. The centre is subtracted before the product where X is
    // dense: afterwards, digits would be lost to cancellation.
    virtual void sandwich(const ConstVectorRef& weights, Features J, const ConstVectorRef& center,
                          MatrixRef out) const = 0;

    // Empty weights stand for ones.
    virtual ColumnMoments column_moments(const ConstVectorRef& weights) const = 0;
};

}  // namespace fastreg
