#include "fastreg/gram/row_blocks.hpp"

#include <algorithm>
#include <cstdlib>

namespace fastreg {

namespace {

// Rows of a block: the panels of a few hundred columns stay in the second-level cache; with many
// columns the sums, which don't, are read and written less often.
constexpr Index depth = 256, deep = 512;
constexpr Index many_columns = 512;
constexpr Index element = sizeof(double);

}  // namespace

RowBlocks::RowBlocks(const DenseView& X, const ConstMatrixRef& Y, const Vector& root_weight)
    : X_(X),
      Y_(Y),
      root_weight_(root_weight),
      load_(load_run(X.type)),
      by_column_(X.cols == 1 || (X.rows > 1 && std::abs(X.row_stride) <= std::abs(X.col_stride))),
      max_depth_(std::min(X.cols + Y.cols() > many_columns ? deep : depth, X.rows)),
      n_full_(X.cols - X.cols % PanelBlock::width),
      tail_(max_depth_, X.cols - n_full_ + 1),
      tail_origin_(tail_.cols()) {
    const Index close = by_column_ ? X.row_stride : X.col_stride,
                far = by_column_ ? X.col_stride : X.row_stride;
    in_place_ = X.type == ScalarType::float64 && close == element && far % element == 0;
    if (in_place_) return;
    if (by_column_)
        buffer_.resize(max_depth_, n_full_);
    else
        buffer_.resize(n_full_, max_depth_);
}

void RowBlocks::load(Index j, Index first, Index count, double* out) const {
    load_(X_.data + first * X_.row_stride + j * X_.col_stride, X_.row_stride, count, out);
}

Vector RowBlocks::origin(Index first) const {
    const Index count = std::min(max_depth_, X_.rows - first);
    Vector values(count), point(X_.cols + Y_.cols());
    for (Index j = 0; j < point.size(); ++j) {
        if (j < X_.cols)
            load(j, first, count, values.data());
        else
            values = Y_.col(j - X_.cols).segment(first, count);
        double sum = 0.0, low = infinity, high = -infinity;
        Index weighted = 0;
        for (Index i = 0; i < count; ++i) {
            if (root_weight_.size() && root_weight_[first + i] == 0.0) continue;
            sum += values[i];
            low = std::min(low, values[i]);
            high = std::max(high, values[i]);
            ++weighted;
        }
        point[j] = weighted == 0 ? 0.0 : low == high ? low : sum / static_cast<double>(weighted);
    }
    return point;
}

void RowBlocks::pack(Index first, Index count, const Vector& origin, PanelBlock& block) {
    block.set_depth(count);
    pack_features(first, count, origin, block);
    pack_tail(first, count, origin, block);
}

void RowBlocks::pack_features(Index first, Index count, const Vector& origin, PanelBlock& block) {
    const std::byte* start = X_.data + first * X_.row_stride;
    const double* values = reinterpret_cast<const double*>(start);
    Index stride = (by_column_ ? X_.col_stride : X_.row_stride) / element;
    if (!in_place_) {
        values = buffer_.data();
        stride = buffer_.rows();
        if (by_column_)
            for (Index j = 0; j < n_full_; ++j) load(j, first, count, &buffer_(0, j));
        else
            for (Index i = 0; i < count; ++i)
                load_(start + i * X_.row_stride, X_.col_stride, n_full_, buffer_.col(i).data());
    }
    if (by_column_)
        block.pack_by_column(values, stride, n_full_, origin.data(), root_weight(first), 0);
    else
        block.pack_by_row(values, stride, n_full_, origin.data(), root_weight(first), 0);
}

void RowBlocks::pack_tail(Index first, Index count, const Vector& origin, PanelBlock& block) {
    const Index rest = X_.cols - n_full_;
    for (Index j = 0; j < rest; ++j) load(n_full_ + j, first, count, &tail_(0, j));
    tail_.col(rest).setOnes();
    tail_origin_ << origin.segment(n_full_, rest), 0.0;
    block.pack_by_column(tail_.data(), tail_.rows(), tail_.cols(), tail_origin_.data(),
                         root_weight(first), n_full_ / PanelBlock::width);
    block.pack_by_column(Y_.data() + first, Y_.outerStride(), Y_.cols(), origin.data() + X_.cols,
                         root_weight(first), n_outer());
}

}  // namespace fastreg
