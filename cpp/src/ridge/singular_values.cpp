#include "fastreg/ridge/singular_values.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "fastreg/ridge/certify.hpp"

namespace fastreg {

SingularForm::SingularForm(const RidgeDesign& Z, const Matrix& Y) : Z_(Z), Y_(Y) {
    const double root_n = std::sqrt(static_cast<double>(Z.rows()));
    Matrix columns(Z.rows(), Z.cols());
    Z.columns(0, columns);
    columns /= root_n;
    Z.count_passes(1);
    svd_.compute(columns, Eigen::ComputeThinU | Eigen::ComputeThinV);
    rotated_ = svd_.matrixU().transpose() * Y / root_n;
    const double largest = svd_.singularValues().size() ? svd_.singularValues()[0] : 0.0;
    cutoff_ = epsilon * static_cast<double>(std::max(columns.rows(), columns.cols())) * largest;
}

Index SingularForm::solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                          const std::function<bool()>& interrupted) {
    Index solved = 0;
    for (const RidgeTask& task : tasks) {
        if (solved > 0 && interrupted()) break;
        solve_at(task.alpha, std::span(&solved, 1), std::span(&task.target, 1), out);
        ++solved;
    }
    return solved;
}

void SingularForm::solve_at(double alpha, std::span<const Index> places,
                            std::span<const Index> targets, RidgeSolutions& out) {
    const bool all = alpha > cutoff_ * cutoff_;  // then rounding errors are damped, not amplified
    const Vector inverse = svd_.singularValues().unaryExpr(
        [&](double s) { return all || s > cutoff_ ? s / (s * s + alpha) : 0.0; });
    RidgeSolutions part(Z_.cols(), static_cast<Index>(targets.size()));
    std::vector<RidgeTask> tasks;
    for (std::size_t k = 0; k < targets.size(); ++k) {
        tasks.push_back({alpha, targets[k]});
        part.B.col(static_cast<Index>(k)).noalias() =
            svd_.matrixV() * inverse.cwiseProduct(rotated_.col(targets[k]));
    }
    certify_from_data(Z_, Y_, tasks, part, [&](const ConstMatrixRef& residual, Index) {
        return explained_square(residual);
    });
    out.take(part, places);
}

// ‖projection of the residual onto the columns of Z‖² / n
double SingularForm::explained_square(const ConstMatrixRef& residual) const {
    const Vector rotated = svd_.matrixU().transpose() * residual.col(0);
    double square = 0.0;
    for (Index i = 0; i < rotated.size(); ++i)
        if (svd_.singularValues()[i] > cutoff_) square += rotated[i] * rotated[i];
    return square / static_cast<double>(Z_.rows());
}

}  // namespace fastreg
