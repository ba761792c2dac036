#include "fastreg/gram/rolling_stats.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fastreg {

namespace {

// Of a sum of squares, so much of what it once was must be left, or of the weight.
constexpr double least_rest = 1e-3;

}  // namespace

RollingStats::RollingStats(const DenseView& X, const Vector& y, const Vector& sample_weight)
    : X_(X),
      y_(y),
      weight_(sample_weight),
      all_(static_cast<std::size_t>(X.cols)),
      values_(1, X.cols) {
    std::iota(all_.begin(), all_.end(), Index{0});
}

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
    DenseView one = X_;
    one.data += row * X_.row_stride;
    one.rows = 1;
    DenseDesign(one).columns(all_, values_);
    row_ = values_.row(0).transpose() - stats_.x_mean;
    const double y = y_[row] - stats_.y_mean[0], between = weight * (stats_.weight / total);
    for (Index j = 0; j < X_.cols; ++j)
        for (Index i = 0; i <= j; ++i) {
            const double change = between * (row_[i] * row_[j]);
            stats_.gram(i, j) += change;
            if (i != j) stats_.gram(j, i) += change;
        }
    stats_.xty.col(0) += (between * y) * row_;
    stats_.yty[0] += between * y * y;
    stats_.x_mean += (weight / total) * row_;
    stats_.y_mean[0] += (weight / total) * y;
    stats_.weight = total;
    stats_.rows += sign > 0.0 ? 1 : -1;
    largest_ = largest_.cwiseMax(stats_.gram.diagonal());
    largest_y_ = std::max(largest_y_, stats_.yty[0]);
}

bool RollingStats::loses_digits() const {
    const auto squares = stats_.gram.diagonal().array();
    return !(stats_.weight > 0.0) || (squares < least_rest * largest_.array()).any() ||
           stats_.yty[0] < least_rest * largest_y_ || !stats_.gram.allFinite();
}

}  // namespace fastreg
