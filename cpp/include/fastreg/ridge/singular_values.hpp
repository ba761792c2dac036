// Ridge and least squares from the singular values of Z itself. It copies Z and costs many times
// a Cholesky factorisation, but keeps the digits that forming a Gram matrix loses, and where
// columns depend on each other it gives the least-squares solution of minimum norm. It is what the
// closed forms fall back to.
#pragma once

#include "fastreg/ridge/ridge_form.hpp"

namespace fastreg {

class SingularForm final : public RidgeForm {
public:
    // Y (standardised and projected) must outlive the object.
    SingularForm(const RidgeDesign& Z, const Matrix& Y);

    Index solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                const std::function<bool()>& interrupted) override;
    // Tasks of one strength; the solutions go to the columns of out from `first` on.
    void solve_group(std::span<const RidgeTask> tasks, RidgeSolutions& out, Index first);

    // s / (s² + alpha) for every singular value; 0 for those that are rounding errors.
    Vector inverse_values(double alpha) const;

    // U, V and the singular values of Z / √n, UᵀY / √n, and the value below which singular values are
    // rounding errors of the largest.
    const Matrix& left() const { return left_; }
    const Matrix& right() const { return right_; }
    const Vector& values() const { return values_; }
    const Matrix& rotated() const { return rotated_; }
    double cutoff() const { return cutoff_; }

private:
    double explained_square(const ConstMatrixRef& residual) const;

    const RidgeDesign& Z_;
    const Matrix& Y_;
    Matrix left_, right_;  // singular vectors of Z / √n; none if Z has no columns
    Vector values_;
    Matrix rotated_;  // UᵀY / √n
    double cutoff_;   // singular values below are rounding errors of the largest
};

}  // namespace fastreg
