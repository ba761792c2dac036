// What a design matrix can do. Four coarse verbs, two of them also for some columns only, are all
// that the solvers ask of the data, so a virtual call costs nothing against the work behind it, and
// the storage (scalar type, memory order, sparsity) is decided behind this interface and nowhere
// else.
#pragma once

#include <memory>

#include "fastreg/core/types.hpp"
#include "fastreg/design/sparse_columns.hpp"

namespace fastreg {

// Weighted mean and centred mean square of every column: mean_j = Σ w_i x_ij / Σ w_i and
// variance_j = Σ w_i (x_ij − mean_j)² / Σ w_i. A constant column has a variance of exactly 0.
struct ColumnMoments {
    Vector mean;
    Vector variance;
};

struct DenseView;

class Design {
public:
    virtual ~Design() = default;

    virtual Index rows() const = 0;
    virtual Index cols() const = 0;

    // Whether most entries are zeros that are not stored: products are then made with the entries,
    // never with a gathered block.
    virtual bool sparse() const { return false; }
    // What a product with one column, and with all of them in one pass, costs: multiplications, or
    // as much time in reading memory.
    virtual double column_cost(Index j) const = 0;
    virtual double pass_cost() const = 0;
    // Whether no column can be had for less than a pass over all of X, as in a file that lies row by
    // row. Each call of a verb then is one such pass; the solvers fetch columns ahead, in the passes
    // that they make anyhow.
    virtual bool sequential() const { return false; }
    // Of a sequential design: passes made so far, and bytes for the columns fetched ahead.
    virtual Index n_reads() const { return 0; }
    virtual double spare_memory() const { return 0.0; }

    // Column j as float64 values that lie next to each other in memory, or null where it doesn't
    // exist in this form.
    virtual const double* column_data(Index) const { return nullptr; }

    // A view of count columns from the first on, for threads to share a pass; and how many columns
    // such a part should have, by the size of the data alone. 0 and null where X can't be split.
    virtual Index part_columns() const { return 0; }
    virtual std::unique_ptr<Design> part(Index, Index) const { return nullptr; }

    // out = X B, for one or several coefficient vectors in one pass over X
    virtual void matvec(const ConstMatrixRef& B, MatrixRef out) const = 0;

    // out = Xᵀ R, for one or several residuals in one pass over X
    virtual void transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const = 0;

    // The same for some columns: out += X_J b, and out = X_Jᵀ R. By default through blocks that are
    // gathered.
    virtual void add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const;
    virtual void transpose_matvec_columns(Features J, const ConstMatrixRef& R, MatrixRef out) const;

    // Products with X and its transpose, in one reading where the storage allows it:
    //     out = (X − 1 centerᵀ) diag(scale) (X − 1 centerᵀ)ᵀ A
    //     out = (X − 1 centerᵀ)ᵀ diag(weights) (X − 1 centerᵀ) B
    // An empty center stands for zeros, empty weights for ones. By default through the verbs above.
    virtual void outer_product(const ConstMatrixRef& A, const ConstVectorRef& scale,
                               const ConstVectorRef& center, MatrixRef out) const;
    virtual void gram_product(const ConstMatrixRef& B, const ConstVectorRef& weights,
                              const ConstVectorRef& center, MatrixRef out) const;

    // The entries of columns J that are not zero, each times its scale; and for every row
    // Σ_j scale_j (x_ij − center_j)².
    virtual SparseColumns entries(Features J, const ConstVectorRef& scale) const;
    virtual Vector row_squares(const ConstVectorRef& scale, const ConstVectorRef& center) const;

    // out = X[:, J] as a compact column-major block
    virtual void columns(Features J, MatrixRef out) const = 0;

    // Both in one pass where that is possible: out = Xᵀ R, gathered = X[:, J]
    virtual void transpose_matvec_and_columns(const ConstMatrixRef& R, Features J, MatrixRef out,
                                              MatrixRef gathered) const;

    // out = (X_J − 1 centerᵀ)ᵀ diag(weights) (X_J − 1 centerᵀ), both triangles. Empty weights stand
    // for ones, an empty center for zeros. The centre is subtracted before the product where X is
    // dense: afterwards, digits would be lost to cancellation.
    virtual void sandwich(const ConstVectorRef& weights, Features J, const ConstVectorRef& center,
                          MatrixRef out) const = 0;

    // The matrix in memory, if that is what the design is: its rows can then be read by blocks.
    virtual const DenseView* dense_view() const { return nullptr; }

    // Empty weights stand for ones.
    virtual ColumnMoments column_moments(const ConstVectorRef& weights) const = 0;
};

}  // namespace fastreg
