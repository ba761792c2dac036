#include "fastreg/ridge/singular_values.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

#include "fastreg/ridge/certify.hpp"

namespace fastreg {

SingularForm::SingularForm(const RidgeDesign& Z, const Matrix& Y) : Z_(Z), Y_(Y) {
    const double root_n = std::sqrt(static_cast<double>(Z.rows()));
    Matrix columns(Z.rows(), Z.cols());
    Z.columns(0, columns);
    // What rounding of the means leaves there would be a singular value of its own where columns are
    // far from zero.
    Z.remove_null_space(columns);
    columns /= root_n;
    Z.count_passes(1);
    left_.resize(Z.rows(), 0);
    right_.resize(Z.cols(), 0);
    if (Z.cols() > 0) {
        const Eigen::BDCSVD<Matrix> svd(columns, Eigen::ComputeThinU | Eigen::ComputeThinV);
        left_ = svd.matrixU();
        right_ = svd.matrixV();
        values_ = svd.singularValues();
    }
    rotated_ = left_.transpose() * Y / root_n;
    const double largest = values_.size() ? values_[0] : 0.0;
    cutoff_ = epsilon * static_cast<double>(std::max(columns.rows(), columns.cols())) * largest;
}

Index SingularForm::solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                          const std::function<bool()>& interrupted) {
    return for_each_strength(tasks, [&](std::span<const RidgeTask> group, Index first) {
        if (first > 0 && interrupted()) return false;
        solve_group(group, out, first);
        return true;
    });
}

Vector SingularForm::inverse_values(double alpha) const {
    // Even damped by a penalty, rounding errors would be amplified where it is small.
    return values_.unaryExpr([&](double s) { return s > cutoff_ ? s / (s * s + alpha) : 0.0; });
}

void SingularForm::solve_group(std::span<const RidgeTask> tasks, RidgeSolutions& out, Index first) {
    const Vector inverse = inverse_values(tasks.front().alpha);
    RidgeSolutions found(Z_.cols(), static_cast<Index>(tasks.size()));
    found.df.setConstant(inverse.dot(values_) + static_cast<double>(Z_.n_free()));
    for (Index k = 0; k < found.B.cols(); ++k)
        found.B.col(k).noalias() =
            right_ * inverse.cwiseProduct(rotated_.col(tasks[static_cast<std::size_t>(k)].target));
    certify_from_data(Z_, Y_, tasks, found, [&](const ConstMatrixRef& residual, Index) {
        return explained_square(residual);
    });
    out.take_run(found, first);
}

// ‖projection of the residual onto the columns of Z‖² / n
double SingularForm::explained_square(const ConstMatrixRef& residual) const {
    const Vector rotated = left_.transpose() * residual.col(0);
    double square = 0.0;
    for (Index i = 0; i < rotated.size(); ++i)
        if (values_[i] > cutoff_) square += rotated[i] * rotated[i];
    return square / static_cast<double>(Z_.rows());
}

}  // namespace fastreg
