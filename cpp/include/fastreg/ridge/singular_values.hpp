// Ridge and least squares from the singular values of Z itself. It copies Z and costs many times
// a Cholesky factorisation, but keeps the digits that forming a Gram matrix loses, and where
// columns depend on each other it gives the least-squares solution of minimum norm. It is what the
// closed forms fall back to.
#pragma once

#include <Eigen/SVD>

#include "fastreg/ridge/ridge_form.hpp"

namespace fastreg {

class SingularForm final : public RidgeForm {
public:
    // Y (standardised and projected) must outlive the object.
    SingularForm(const RidgeDesign& Z, const Matrix& Y);

    Index solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                const std::function<bool()>& interrupted) override;
    // Of one strength, for these targets; the solutions go to these places.
    void solve_at(double alpha, std::span<const Index> places, std::span<const Index> targets,
                  RidgeSolutions& out);

private:
    double explained_square(const ConstMatrixRef& residual) const;

    const RidgeDesign& Z_;
    const Matrix& Y_;
    Eigen::BDCSVD<Matrix> svd_;  // of Z / √n
    Matrix rotated_;             // UᵀY / √n
    double cutoff_;              // singular values below are rounding errors of the largest
};

}  // namespace fastreg
