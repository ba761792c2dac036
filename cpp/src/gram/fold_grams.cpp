#include "fastreg/gram/fold_grams.hpp"

#include <algorithm>

#include "fastreg/design/gathered_rows.hpp"

namespace fastreg {

namespace {

// Rows of a fold that a block of rows should hold, fewer where that is much of X but not so few
// that merging counts, and the most that such a block has.
constexpr Index rows_of_fold = 1024, least_rows_of_fold = 256, most_rows = 1 << 16;
constexpr Index blocks_of_X = 16;
// Statistics of all folds may take this share of the memory of X.
constexpr double memory_share = 0.25;

GramStats nothing(Index p, Index n_responses) {
    return {.rows = 0,
            .weight = 0.0,
            .x_mean = Vector::Zero(p),
            .y_mean = Vector::Zero(n_responses),
            .gram = Matrix::Zero(p, p),
            .xty = Matrix::Zero(p, n_responses),
            .yty = Vector::Zero(n_responses)};
}

struct Source {
    const DenseView& X;
    const ConstMatrixRef& Y;
    const Vector& weight;
    const Rows& owner;
};

bool consecutive(const Rows& rows) {
    const auto gap = [](Index a, Index b) { return b != a + 1; };
    return std::adjacent_find(rows.begin(), rows.end(), gap) == rows.end();
}

// The rows of each part within a block. They are copied part by part, unless that is how they lie.
struct Block {
    std::vector<Rows> rows;
    DenseView view;
    std::vector<std::byte> memory;

    void gather(const Source& from, Index first, Index count, std::size_t n_parts) {
        rows.assign(n_parts, {});
        for (Index row = first; row < first + count; ++row)
            rows[static_cast<std::size_t>(from.owner[static_cast<std::size_t>(row)])].push_back(
                row);
        Rows order;
        for (const Rows& own : rows) order.insert(order.end(), own.begin(), own.end());
        view = from.X;
        if (consecutive(order))
            view.data += first * view.row_stride;
        else
            view = *GatheredRows(from.X, order, memory).design().dense_view();
    }

    void add_to(GramStats& stats, const Source& from, std::size_t k) const {
        const Rows& own = rows[k];
        if (own.empty()) return;
        DenseView part = view;
        for (std::size_t before = 0; before < k; ++before)
            part.data += static_cast<Index>(rows[before].size()) * part.row_stride;
        part.rows = static_cast<Index>(own.size());
        merge(stats, *gram_stats(DenseDesign(part), Matrix(from.Y(own, Eigen::all)),
                                 from.weight(own), Control{}));
    }
};

}  // namespace

bool prefers_fold_grams(const Design& X, Index n_folds) {
    const double p = static_cast<double>(X.cols()), n = static_cast<double>(X.rows()),
                 folds = static_cast<double>(n_folds);
    // Merging all but one costs folds² p², which must be little against n p².
    return X.dense_view() != nullptr && folds * folds <= 0.25 * n &&
           (folds + 4.0) * p * p <= memory_share * n * p;
}

std::optional<FoldGrams> FoldGrams::of(const DenseView& X, const ConstMatrixRef& Y,
                                       const Vector& weight, const Rows& owner, Index n_folds,
                                       const Control& control, ThreadPool& pool) {
    const Source from{X, Y, weight, owner};
    const auto n_parts = static_cast<std::size_t>(n_folds) + 1;
    std::vector<GramStats> parts(n_parts, nothing(X.cols, Y.cols()));
    std::vector<Block> blocks(static_cast<std::size_t>(pool.size()));
    const Index length =
        std::min(most_rows, std::clamp((X.rows + blocks_of_X - 1) / blocks_of_X,
                                       least_rows_of_fold * n_folds, rows_of_fold * n_folds));
    const Index together = pool.size();
    for (Index first = 0; first < X.rows; first += together * length) {
        if (control.interrupted()) return std::nullopt;
        const Index n_blocks = std::min(together, (X.rows - first + length - 1) / length);
        pool.run(n_blocks, [&](Index k) {
            const Index begin = first + k * length;
            blocks[static_cast<std::size_t>(k)].gather(from, begin,
                                                       std::min(length, X.rows - begin), n_parts);
        });
        // By parts, each of which meets the blocks in their order: statistics of all parts of a
        // block would be as large again as those that are kept.
        pool.run(n_folds + 1, [&](Index k) {
            const auto part = static_cast<std::size_t>(k);
            for (Index block = 0; block < n_blocks; ++block)
                blocks[static_cast<std::size_t>(block)].add_to(parts[part], from, part);
        });
    }
    return FoldGrams(std::move(parts));
}

GramStats FoldGrams::merged_without(Index part) const {
    const GramStats& any = parts_.front();
    GramStats stats = nothing(any.x_mean.size(), any.y_mean.size());
    for (std::size_t k = 0; k < parts_.size(); ++k)
        if (static_cast<Index>(k) != part) merge(stats, parts_[k]);
    return stats;
}

}  // namespace fastreg
