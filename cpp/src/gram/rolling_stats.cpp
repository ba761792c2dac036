#include "fastreg/gram/rolling_stats.hpp"

#include <algorithm>
#include <cmath>

namespace fastreg {

namespace {

// Of a sum of squares, so much of what it once was must be left, or of the weight.
constexpr double least_rest = 1e-3;

}  // namespace

RollingStats::RollingStats(const DenseView& X, const Vector& y, const Vector& sample_weight)
    : X_(X), y_(y), weight_(sample_weight), load_(load_run(X.type)), row_(X.cols) {}

const GramStats& RollingStats::move_to(Index first, Index last, bool anew) {
    const Index changed = (first - first_) + (last - last_);
    if (anew || first >= last_ || changed >= last - first) {
        form(first, last);
        return stats_;
    }
    for (Index row = last_; row < last; ++row) add(row, 1.0);
    for (Index row = first_; row < first; ++row) add(row, -1.0);
    first_ = first;
    last_ = last;
    if (loses_digits()) form(first, last);
    return stats_;
}

void RollingStats::form(Index first, Index last) {
    DenseView window = X_;
    window.data += first * X_.row_stride;
    window.rows = last - first;
    const Vector weight = weight_.size() ? Vector(weight_.segment(first, last - first)) : Vector();
    stats_ = *gram_stats(DenseDesign(window), y_.segment(first, last - first), weight, Control{});
    largest_ = stats_.gram.diagonal();
    largest_y_ = stats_.yty[0];
    first_ = first;
    last_ = last;
}

// With d the distance of the row from the means of the others: S += ± (w W / (W ± w)) d dᵀ.
void RollingStats::add(Index row, double sign) {
    const double weight = sign * (weight_.size() ? weight_[row] : 1.0);
    if (weight == 0.0) return;
    const double total = stats_.weight + weight;
    if (!(total > 0.0)) {
        stats_.weight = total;  // loses_digits() sees it
        return;
    }
    load_(X_.data + row * X_.row_stride, X_.col_stride, X_.cols, row_.data());
    row_ -= stats_.x_mean;
    const double y = y_[row] - stats_.y_mean[0], between = weight * (stats_.weight / total);
    const double share = weight / total;
    stats_.x_mean += share * row_;
    stats_.y_mean[0] += share * y;
    stats_.xty.col(0) += (between * y) * row_;
    stats_.yty[0] += between * y * y;
    row_ *= std::sqrt(std::abs(between));
    for (Index j = 0; j < X_.cols; ++j)  // symmetric to the bit
        stats_.gram.col(j) += (sign * row_[j]) * row_;
    stats_.weight = total;
    stats_.rows += sign > 0.0 ? 1 : -1;
    largest_ = largest_.cwiseMax(stats_.gram.diagonal());
    largest_y_ = std::max(largest_y_, stats_.yty[0]);
}

bool RollingStats::loses_digits() const {
    const auto squares = stats_.gram.diagonal().array();
    return !(stats_.weight > 0.0) || (squares < least_rest * largest_.array()).any() ||
           stats_.yty[0] < least_rest * largest_y_ || !std::isfinite(squares.sum());
}

}  // namespace fastreg
