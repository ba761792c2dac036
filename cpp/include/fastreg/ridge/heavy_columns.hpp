// A preconditioner of the dual equations of sparse X. Where the columns' numbers of entries follow
// a power law, as words do, the few heaviest columns H make the large eigenvalues of ZZᵀ/n, one
// each, and what the others add is nearly diagonal:
//
//     ZZᵀ/n + alpha I  ≈  M = HHᵀ/n + D,    D = diag(ZZᵀ/n − HHᵀ/n) + alpha I.
//
// M is inverted by Woodbury's identity, with a Cholesky factor of I + HᵀD⁻¹H/n. How many columns
// are heavy is a matter of cost: conjugate gradients take iterations in proportion to the root of
// the largest eigenvalue that is left, which is about that of the heaviest column that is left.
#pragma once

#include <Eigen/Cholesky>

#include "fastreg/ridge/preconditioner.hpp"

namespace fastreg {

class HeavyColumns final : public Preconditioner {
public:
    // tol is the accuracy that is aimed at, relative, and alpha the strength that is typical of the
    // solves to come.
    HeavyColumns(const RidgeDesign& Z, double tol, double alpha);

    void set_alpha(double alpha) override;
    void apply(const ConstMatrixRef& R, MatrixRef out) const override;

    Index n_heavy() const { return heavy_.cols(); }

private:
    void multiply(const ConstMatrixRef& c, MatrixRef out) const;            // out = H c / √n
    void transpose_multiply(const ConstMatrixRef& R, MatrixRef out) const;  // out = HᵀR / √n

    Vector diagonal_;  // of ZZᵀ/n without the heavy columns
    Vector inverse_;   // 1 / (diagonal + alpha)
    // H / √n is heavy_ − ones_ mean_ᵀ.
    SparseColumns heavy_{0}, by_row_{0};
    Vector ones_, mean_;
    Eigen::LLT<Matrix> factor_;
};

}  // namespace fastreg
