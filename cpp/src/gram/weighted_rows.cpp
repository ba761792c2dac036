#include "fastreg/gram/weighted_rows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "fastreg/design/dense.hpp"

namespace fastreg {

namespace {

// So much of a mean square must be variance: digits lost are those of a factor of 1 / share.
constexpr double least_share = 0.5;

// About `origin`, E[(x − E x)²]; nothing where it is a small difference of large numbers. A column
// that is its origin throughout has exactly 0.
std::optional<double> variance_of(double mean, double mean_square) {
    const double variance = mean_square - mean * mean;
    if (mean_square == 0.0) return 0.0;
    if (!(variance >= least_share * mean_square)) return std::nullopt;
    return variance;
}

}  // namespace

WeightedRows::WeightedRows(const DenseView& X, const Vector& y, const Vector& total,
                           StandardizeOptions options, Vector start)
    : options_(options),
      origin_(Vector::Zero(X.cols)),
      X_(X.rows, X.cols),
      y_(y),
      start_(std::move(start)) {
    const DenseDesign design(X);
    std::vector<Index> all(static_cast<std::size_t>(X.cols));
    std::iota(all.begin(), all.end(), Index{0});
    MatrixRef spread(X_);
    design.columns(all, spread);
    if (options.fit_intercept) {
        origin_ = design.column_moments(total).mean;
        X_.rowwise() -= origin_.transpose();
        // Taken about a value, so that a constant response becomes exactly zero.
        y_origin_ = y[0] + total.dot((y.array() - y[0]).matrix()) / total.sum();
        y_.array() -= y_origin_;
    }
    squares_ = X_.cwiseAbs2();
    by_row_ = X_;
    fit_ = X_ * start_;
    for (Index j = 0; j < X.cols; ++j)
        if (start_[j] != 0.0) support_.push_back(j);
    rough_ = X_(Eigen::all, support_).cast<float>();
}

std::vector<WeightedRows::Sample> WeightedRows::samples(const ConstMatrixRef& weights) const {
    const Index count = weights.cols(), p = X_.cols();
    // Beside each other: weights, and weights times the response and the start's fit.
    Matrix right(X_.rows(), 3 * count);
    for (Index k = 0; k < count; ++k) {
        right.col(k) = weights.col(k) / weights.col(k).sum();
        right.col(count + k) = right.col(k).cwiseProduct(y_);
        right.col(2 * count + k) = right.col(k).cwiseProduct(fit_);
    }
    Matrix first(p, 3 * count), second(p, count);
    first.noalias() = X_.transpose() * right;
    second.noalias() = squares_.transpose() * right.leftCols(count);
    std::vector<Sample> samples;
    for (Index k = 0; k < count; ++k)
        samples.push_back({.weight = right.col(k),
                           .mean = first.col(k),
                           .mean_square = second.col(k),
                           .with_response = first.col(count + k),
                           .with_fit = first.col(2 * count + k),
                           .y_mean = right.col(count + k).sum(),
                           .y_square = right.col(count + k).dot(y_),
                           .fit_mean = right.col(2 * count + k).sum()});
    return samples;
}

std::optional<GramColumns> WeightedRows::columns(const Sample& sample) const {
    const bool about_means = options_.fit_intercept || options_.standardize;
    Vector variance(sample.mean.size());
    for (Index j = 0; j < variance.size(); ++j) {
        const double mean = sample.mean[j], square = sample.mean_square[j];
        const auto found = about_means ? variance_of(mean, square)
                                       : std::optional(std::max(0.0, square - mean * mean));
        if (!found) return std::nullopt;
        variance[j] = *found;
    }
    if (options_.fit_intercept && !variance_of(sample.y_mean, sample.y_square)) return std::nullopt;
    return GramColumns(origin_ + sample.mean, variance, options_);
}

}  // namespace fastreg
