#include "fastreg/gram/fold_grams.hpp"

#include <algorithm>

#include "fastreg/design/gathered_rows.hpp"

namespace fastreg {

namespace {

// Rows of a fold that a block of rows should hold, and the most that such a block has.
constexpr Index rows_of_fold = 1024, most_rows = 1 << 16;
// Statistics of all folds may take this share of the memory of X.
constexpr double memory_share = 0.25;

GramStats nothing(Index p) {
    return {.rows = 0,
            .weight = 0.0,
            .x_mean = Vector::Zero(p),
            .y_mean = Vector::Zero(1),
            .gram = Matrix::Zero(p, p),
            .xty = Matrix::Zero(p, 1),
            .yty = Vector::Zero(1)};
}

struct Source {
    const DenseView& X;
    const Vector& y;
    const Vector& weight;
    const Rows& owner;
};

bool consecutive(const Rows& rows) {
    const auto gap = [](Index a, Index b) { return b != a + 1; };
    return std::adjacent_find(rows.begin(), rows.end(), gap) == rows.end();
}

// Of the rows of each part within a block. They are copied part by part into `memory`, unless that
// is how they lie.
std::vector<GramStats> of_block(const Source& from, Index first, Index count, std::size_t n_parts,
                                std::vector<std::byte>& memory) {
    std::vector<Rows> rows(n_parts);
    for (Index row = first; row < first + count; ++row)
        rows[static_cast<std::size_t>(from.owner[static_cast<std::size_t>(row)])].push_back(row);
    Rows order;
    for (const Rows& own : rows) order.insert(order.end(), own.begin(), own.end());
    DenseView part = from.X;
    if (consecutive(order))
        part.data += first * part.row_stride;
    else
        part = *GatheredRows(from.X, order, memory).design().dense_view();
    std::vector<GramStats> found;
    for (const Rows& own : rows) {
        part.rows = static_cast<Index>(own.size());
        found.push_back(own.empty() ? nothing(part.cols)
                                    : *gram_stats(DenseDesign(part), Matrix(from.y(own)),
                                                  from.weight(own), Control{}));
        part.data += part.rows * part.row_stride;
    }
    return found;
}

}  // namespace

bool prefers_fold_grams(const Design& X, Index n_folds) {
    const double p = static_cast<double>(X.cols()), n = static_cast<double>(X.rows()),
                 folds = static_cast<double>(n_folds);
    // Merging all but one costs folds² p², which must be little against n p².
    return X.dense_view() != nullptr && folds * folds <= 0.25 * n &&
           (folds + 4.0) * p * p <= memory_share * n * p;
}

std::optional<FoldGrams> FoldGrams::of(const DenseView& X, const Vector& y, const Vector& weight,
                                       const Rows& owner, Index n_folds, const Control& control,
                                       ThreadPool& pool) {
    const Source from{X, y, weight, owner};
    const auto n_parts = static_cast<std::size_t>(n_folds) + 1;
    std::vector<GramStats> parts(n_parts, nothing(X.cols));
    std::vector<std::vector<std::byte>> memory(static_cast<std::size_t>(pool.size()));
    const Index length = std::min(rows_of_fold * n_folds, most_rows), together = pool.size();
    for (Index first = 0; first < X.rows; first += together * length) {
        if (control.interrupted()) return std::nullopt;
        const Index n_blocks = std::min(together, (X.rows - first + length - 1) / length);
        std::vector<std::vector<GramStats>> found(static_cast<std::size_t>(n_blocks));
        pool.run(n_blocks, [&](Index k) {
            const Index begin = first + k * length;
            found[static_cast<std::size_t>(k)] =
                of_block(from, begin, std::min(length, X.rows - begin), n_parts,
                         memory[static_cast<std::size_t>(k)]);
        });
        for (const auto& block : found)
            for (std::size_t k = 0; k < n_parts; ++k) merge(parts[k], block[k]);
    }
    return FoldGrams(std::move(parts));
}

GramStats FoldGrams::train(Index fold) const {
    GramStats stats = nothing(parts_.front().x_mean.size());
    for (std::size_t k = 0; k < parts_.size(); ++k)
        if (static_cast<Index>(k) != fold) merge(stats, parts_[k]);
    return stats;
}

}  // namespace fastreg
