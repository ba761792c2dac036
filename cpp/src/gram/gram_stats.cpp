#include "fastreg/gram/gram_stats.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "fastreg/core/large_buffer.hpp"
#include "fastreg/core/symmetric.hpp"
#include "fastreg/gram/row_blocks.hpp"

namespace fastreg {

namespace {

// Rows of a chunk: enough that merging costs nothing.
constexpr Index chunk_rows = 32768;
// Panels, and columns of the statistics, that a thread takes at a time.
constexpr Index run_panels = 24, run_columns = 2 * mirrored_side;
// Numbers in a page of memory, and in a piece that a thread is the first to touch: a huge page.
constexpr Index page = 512, touched = Index{huge_page / sizeof(double)};
// Columns of a design without rows that are spread out together to meet the others.
constexpr Index spread_columns = 16;

Index count_weighted(const Vector& weight, Index first, Index count) {
    return weight.size() ? (weight.segment(first, count).array() > 0.0).count() : count;
}

// Cross-products of one chunk about its origin.
class Chunk {
public:
    Chunk(const RowBlocks& rows, ThreadPool* pool)
        : pool_(pool),
          block_(rows.max_depth(), rows.n_panels()),
          first_response_(rows.first_response()),
          room_(PanelBlock::width * rows.n_outer() * PanelBlock::width * rows.n_panels()),
          product_(room_.data(), PanelBlock::width * rows.n_outer(),
                   PanelBlock::width * rows.n_panels()),
          zero_(room_.begins_as_zeros()) {}

    // Of rows from `first` on, about `origin`. False if interrupted.
    bool compute(RowBlocks& rows, Vector origin, Index first, Index count, const Control& control) {
        origin_ = std::move(origin);
        begin_at_zero();
        squares_ = Vector::Zero(rows.n_columns() - first_response_);
        for (Index row = first; row < first + count; row += rows.max_depth()) {
            if (control.interrupted()) return false;
            const Index depth = std::min(rows.max_depth(), first + count - row);
            rows.pack(row, depth, origin_, block_, squares_);
            const Index run = pool_ && pool_->size() > 1 ? run_panels : rows.n_outer();
            for_each_run(pool_, rows.n_outer(), run, [&](Index panel, Index n_panels) {
                block_.add_product(panel, panel + n_panels, rows.n_columns(), product_);
            });
        }
        return true;
    }

    // The means of stats are about `origin`, of X and Y.
    void merge_into(GramStats& stats, const Vector& origin) const {
        const Index p = stats.x_mean.size(), m = stats.y_mean.size();
        const double weight = product_(p, p);
        if (weight == 0.0) return;
        // Means about the chunk's origin, and how far they are from the means so far, which are
        // about `origin`: the difference of two numbers far from zero would lose the digits.
        const Vector x = product_.col(p).head(p) / weight;
        const Vector y = product_.row(p).segment(first_response_, m).transpose() / weight;
        const Vector dx = origin_.head(p) - origin.head(p) + x - stats.x_mean;
        const Vector dy = origin_.tail(m) - origin.tail(m) + y - stats.y_mean;
        const double total = stats.weight + weight, between = weight * (stats.weight / total);
        // The first chunk fills matrices that hold nothing yet.
        const bool first_chunk = stats.weight == 0.0;
        for_each_run(pool_, p, run_columns, [&](Index first, Index count) {
            for (Index j = first; j < first + count; ++j) {
                auto to = stats.gram.col(j).head(j + 1);
                const auto own = product_.col(j).head(j + 1) - (weight * x[j]) * x.head(j + 1);
                if (first_chunk)
                    to = own;
                else
                    to += own + (between * dx[j]) * dx.head(j + 1);
            }
        });
        for_each_run(pool_, m, run_columns, [&](Index first, Index count) {
            for (Index t = first; t < first + count; ++t) {
                auto to = stats.xty.col(t);
                const auto own = product_.col(first_response_ + t).head(p) - (weight * y[t]) * x;
                if (first_chunk)
                    to = own;
                else
                    to += own + (between * dy[t]) * dx;
            }
        });
        stats.yty += squares_ - weight * y.cwiseAbs2() + between * dy.cwiseAbs2();
        stats.x_mean += (weight / total) * dx;
        stats.y_mean += (weight / total) * dy;
        stats.weight = total;
    }

private:
    // A thread makes the first access to a piece: two would each ask for its memory.
    void begin_at_zero() {
        const bool zeros = std::exchange(zero_, false);
        for_each_run(pool_, product_.size(), touched, [&](Index first, Index count) {
            double* piece = room_.data() + first;
            if (!zeros) std::fill(piece, piece + count, 0.0);
            for (Index k = 0; zeros && k < count; k += page) piece[k] = 0.0;
        });
    }

    ThreadPool* pool_;
    PanelBlock block_;
    Index first_response_;
    Vector origin_;  // of X and Y
    LargeBuffer<double> room_;
    Eigen::Map<Matrix> product_;  // upper triangle, with the sums in column p and row p
    bool zero_;                   // whether nothing was added to it yet
    Vector squares_;              // Σ w (y − origin)²
};

std::optional<GramStats> from_rows(const DenseView& X, const ConstMatrixRef& Y,
                                   const Vector& weight, const Control& control, ThreadPool* pool) {
    const Vector root_weight = weight.cwiseSqrt();
    RowBlocks rows(X, Y, root_weight, pool);
    GramStats stats{.x_mean = Vector::Zero(X.cols),
                    .y_mean = Vector::Zero(Y.cols()),
                    .gram = Matrix(X.cols, X.cols),
                    .xty = Matrix(X.cols, Y.cols()),
                    .yty = Vector::Zero(Y.cols())};
    prefer_huge_pages(stats.gram.data(), stats.gram.size());
    prefer_huge_pages(stats.xty.data(), stats.xty.size());
    Chunk chunk(rows, pool);
    const Vector origin = rows.origin(0);
    for (Index first = 0; first < X.rows; first += chunk_rows) {
        const Index count = std::min(chunk_rows, X.rows - first);
        if (!chunk.compute(rows, first == 0 ? origin : rows.origin(first), first, count, control))
            return std::nullopt;
        chunk.merge_into(stats, origin);
        stats.rows += count_weighted(weight, first, count);
    }
    if (stats.weight == 0.0) {
        stats.gram.setZero();
        stats.xty.setZero();
    }
    stats.x_mean += origin.head(X.cols);
    stats.y_mean += origin.tail(Y.cols());
    return stats;
}

// Of a design that doesn't give its rows: columns are spread out, a few at a time, centred, and meet
// the others.
std::optional<GramStats> from_columns(const Design& X, const ConstMatrixRef& Y,
                                      const Vector& weight, const Control& control) {
    const Index n = X.rows(), p = X.cols(), m = Y.cols();
    GramStats stats{.rows = count_weighted(weight, 0, n),
                    .weight = weight.size() ? weight.sum() : static_cast<double>(n),
                    .x_mean = X.column_moments(weight).mean,
                    .y_mean = Vector(m),
                    .gram = Matrix(p, p),
                    .xty = Matrix(p, m),
                    .yty = Vector(m)};
    Matrix centred = Y;
    for (Index t = 0; t < m; ++t) {
        const DenseDesign column(DenseView::column_major(Y.col(t).data(), n, 1));
        stats.y_mean[t] = column.column_moments(weight).mean[0];
        centred.col(t).array() -= stats.y_mean[t];
        stats.yty[t] =
            weight.size() ? centred.col(t).cwiseAbs2().dot(weight) : centred.col(t).squaredNorm();
    }
    // out = (X_J − mean)ᵀ diag(w) B
    const auto correlate = [&](Features J, Matrix& B, MatrixRef out) {
        if (weight.size()) B.array().colwise() *= weight.array();
        X.transpose_matvec_columns(J, B, out);
        const Eigen::RowVectorXd sums = B.colwise().sum();
        for (std::size_t k = 0; k < J.size(); ++k)
            out.row(static_cast<Index>(k)) -= stats.x_mean[J[k]] * sums;
    };
    std::vector<Index> all(static_cast<std::size_t>(p));
    std::iota(all.begin(), all.end(), Index{0});
    correlate(all, centred, stats.xty);
    for (Index first = 0; first < p; first += spread_columns) {
        if (control.interrupted()) return std::nullopt;
        const Features rest = Features(all).subspan(static_cast<std::size_t>(first));
        const Features J = rest.first(std::min(rest.size(), std::size_t{spread_columns}));
        Matrix spread(n, static_cast<Index>(J.size()));
        X.columns(J, spread);
        spread.rowwise() -= stats.x_mean.segment(first, spread.cols()).transpose();
        auto below = stats.gram.block(first, first, p - first, spread.cols());
        correlate(rest, spread, below);
        stats.gram.block(first, first, spread.cols(), p - first) = below.transpose().eval();
    }
    stats.gram.triangularView<Eigen::StrictlyLower>() = stats.gram.transpose();
    return stats;
}

}  // namespace

std::optional<GramStats> gram_stats(const Design& X, const ConstMatrixRef& Y,
                                    const Vector& sample_weight, const Control& control,
                                    ThreadPool* pool) {
    const DenseView* view = X.dense_view();
    if (!view) return from_columns(X, Y, sample_weight, control);
    auto stats = from_rows(*view, Y, sample_weight, control, pool);
    if (!stats) return stats;
    for_each_run(pool, X.cols(), run_columns,
                 [&](Index first, Index count) { mirror_columns(stats->gram, first, count); });
    // What is left of a sum of squares may be negative by rounding.
    stats->gram.diagonal() = stats->gram.diagonal().cwiseMax(0.0);
    stats->yty = stats->yty.cwiseMax(0.0);
    return stats;
}

void merge(GramStats& into, const GramStats& part) {
    if (part.weight == 0.0) return;
    if (into.weight == 0.0) {
        into = part;
        return;
    }
    const double total = into.weight + part.weight;
    const double between = part.weight * (into.weight / total), shift = part.weight / total;
    const Vector dx = part.x_mean - into.x_mean, dy = part.y_mean - into.y_mean;
    const Vector spread = std::sqrt(between) * dx;  // symmetric to the bit
    into.gram += part.gram;
    into.gram.noalias() += spread * spread.transpose();
    into.xty += part.xty + (between * dx) * dy.transpose();
    into.yty += part.yty + between * dy.cwiseAbs2();
    into.x_mean += shift * dx;
    into.y_mean += shift * dy;
    into.weight = total;
    into.rows += part.rows;
}

}  // namespace fastreg
