#include "fastreg/gram/row_blocks.hpp"

#include <algorithm>
#include <array>

namespace fastreg {

namespace {

// Rows of a block: the panels of a few hundred columns stay in the second-level cache; with many
// columns the sums, which don't, are read and written less often.
constexpr Index depth = 256, deep = 512;
constexpr Index many_columns = 512;
// Columns that are summed side by side, so that none waits for its own last sum.
constexpr std::size_t side_by_side = 4;
// Columns that a thread takes at a time: whole panels.
constexpr Index run_columns = 64;

struct ColumnRange {
    double sum = 0.0, low = infinity, high = -infinity;

    void add(double value) {
        sum += value;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    // Of a constant column the constant itself, without rounding.
    double mean(Index count) const {
        return count == 0 ? 0.0 : low == high ? low : sum / static_cast<double>(count);
    }
};

}  // namespace

RowBlocks::RowBlocks(const DenseView& X, const ConstMatrixRef& Y, const Vector& root_weight,
                     ThreadPool* pool)
    : X_(X),
      Y_(Y),
      root_weight_(root_weight),
      pool_(pool),
      load_(load_run(X.type)),
      max_depth_(std::min(X.cols + Y.cols() > many_columns ? deep : depth, X.rows)),
      n_full_(X.cols - X.cols % PanelBlock::width),
      reader_(X, max_depth_, n_full_),
      tail_(max_depth_, X.cols - n_full_ + 1),
      tail_origin_(tail_.cols()) {}

void RowBlocks::load(Index j, Index first, Index count, double* out) const {
    load_(X_.data + first * X_.row_stride + j * X_.col_stride, X_.row_stride, count, out);
}

Vector RowBlocks::origin(Index first) const {
    const Index count = std::min(max_depth_, X_.rows - first);
    Vector point(X_.cols + Y_.cols());
    for_each_run(pool_, point.size(), run_columns,
                 [&](Index j, Index columns) { find_origin(first, count, j, columns, point); });
    return point;
}

// Of the columns j … j + columns − 1 of X and Y.
void RowBlocks::find_origin(Index first, Index count, Index j, Index columns, Vector& point) const {
    const Index width = side_by_side;
    Matrix values = Matrix::Zero(count, width);
    for (const Index end = j + columns; j < end; j += width) {
        const Index own = std::min(width, end - j);
        for (Index c = 0; c < own; ++c) {
            if (j + c < X_.cols)
                load(j + c, first, count, values.col(c).data());
            else
                values.col(c) = Y_.col(j + c - X_.cols).segment(first, count);
        }
        std::array<ColumnRange, side_by_side> ranges;
        Index weighted = 0;
        for (Index i = 0; i < count; ++i) {
            if (root_weight_.size() && root_weight_[first + i] == 0.0) continue;
            for (std::size_t c = 0; c < side_by_side; ++c)
                ranges[c].add(values(i, static_cast<Index>(c)));
            ++weighted;
        }
        for (Index c = 0; c < own; ++c)
            point[j + c] = ranges[static_cast<std::size_t>(c)].mean(weighted);
    }
}

void RowBlocks::pack(Index first, Index count, const Vector& origin, PanelBlock& block,
                     Vector& squares) {
    block.set_depth(count);
    pack_features(first, count, origin, block);
    pack_tail(first, count, origin, block);
    pack_responses(first, count, origin, block, squares);
}

void RowBlocks::pack_features(Index first, Index count, const Vector& origin, PanelBlock& block) {
    const RowReader::Block rows = reader_.read(first, count);
    if (!rows.by_column) {
        block.pack_by_row(rows.values, rows.stride, n_full_, origin.data(), root_weight(first), 0);
        return;
    }
    for_each_run(pool_, n_full_, run_columns, [&](Index j, Index columns) {
        block.pack_by_column(rows.values + j * rows.stride, rows.stride, columns, origin.data() + j,
                             root_weight(first), j / PanelBlock::width);
    });
}

void RowBlocks::pack_tail(Index first, Index count, const Vector& origin, PanelBlock& block) {
    const Index rest = X_.cols - n_full_;
    for (Index j = 0; j < rest; ++j) load(n_full_ + j, first, count, &tail_(0, j));
    tail_.col(rest).setOnes();
    tail_origin_ << origin.segment(n_full_, rest), 0.0;
    block.pack_by_column(tail_.data(), tail_.rows(), tail_.cols(), tail_origin_.data(),
                         root_weight(first), n_full_ / PanelBlock::width);
}

void RowBlocks::pack_responses(Index first, Index count, const Vector& origin, PanelBlock& block,
                               Vector& squares) {
    for_each_run(pool_, Y_.cols(), run_columns, [&](Index begin, Index columns) {
        for (Index t = begin; t < begin + columns; t += PanelBlock::width)
            pack_panel(t, first, count, origin, block, squares);
    });
}

// The responses of a panel, from t on: they are still in the cache when they are squared.
void RowBlocks::pack_panel(Index t, Index first, Index count, const Vector& origin,
                           PanelBlock& block, Vector& squares) {
    const auto root =
        root_weight_.segment(root_weight_.size() ? first : 0, root_weight_.size() ? count : 0);
    const Index columns = std::min(PanelBlock::width, Y_.cols() - t);
    block.pack_by_column(Y_.col(t).data() + first, Y_.outerStride(), columns,
                         origin.data() + X_.cols + t, root_weight(first),
                         n_outer() + t / PanelBlock::width);
    for (Index k = t; k < t + columns; ++k) {
        const auto d = Y_.col(k).segment(first, count).array() - origin[X_.cols + k];
        squares[k] += root.size() ? (root.array() * d).square().sum() : d.square().sum();
    }
}

}  // namespace fastreg
