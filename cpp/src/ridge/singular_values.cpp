#include "fastreg/ridge/singular_values.hpp"

#include <algorithm>
#include <cmath>

namespace fastreg {

SingularValues::SingularValues(const StandardizedDesign& X, const std::vector<Index>& features)
    : root_n_(std::sqrt(static_cast<double>(X.rows()))) {
    Matrix columns(X.rows(), static_cast<Index>(features.size()));
    X.columns(features, columns);
    columns /= root_n_;
    svd_.compute(columns, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const double largest = svd_.singularValues().size() ? svd_.singularValues()[0] : 0.0;
    cutoff_ = epsilon * static_cast<double>(std::max(columns.rows(), columns.cols())) * largest;
}

Matrix SingularValues::solve(const Matrix& Y, double alpha) const {
    const bool all = alpha > cutoff_ * cutoff_;  // then rounding errors are damped, not amplified
    const Vector inverse = svd_.singularValues().unaryExpr(
        [&](double s) { return all || s > cutoff_ ? s / (s * s + alpha) : 0.0; });
    const Matrix rotated = svd_.matrixU().transpose() * Y / root_n_;
    return svd_.matrixV() * (inverse.asDiagonal() * rotated);
}

double SingularValues::projected_square(const ConstVectorRef& residual) const {
    const Vector rotated = svd_.matrixU().transpose() * residual / root_n_;
    double square = 0.0;
    for (Index i = 0; i < rotated.size(); ++i)
        if (svd_.singularValues()[i] > cutoff_) square += rotated[i] * rotated[i];
    return square;
}

}  // namespace fastreg
