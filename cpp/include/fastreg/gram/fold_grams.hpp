// Statistics of the rows that each fold trains on and of those that it tests, in one reading of X.
//
// Where folds divide the rows, those of a fold's own rows are formed and the others merged: nothing
// is subtracted, so nothing cancels.
#pragma once

#include <optional>
#include <vector>

#include "fastreg/batch/folds.hpp"
#include "fastreg/batch/thread_pool.hpp"
#include "fastreg/gram/gram_stats.hpp"

namespace fastreg {

// Whether that is cheap, in time and memory, for so many folds.
bool prefers_fold_grams(const Design& X, Index n_folds);

class FoldGrams {
public:
    // Y has a response in each column; owner: see divided(). Weights of any scale, one a row. Nothing
    // if interrupted.
    static std::optional<FoldGrams> of(const DenseView& X, const ConstMatrixRef& Y,
                                       const Vector& weight, const Rows& owner, Index n_folds,
                                       const Control& control, ThreadPool& pool);

    GramStats train(Index fold) const { return merged_without(fold); }
    GramStats all() const { return merged_without(-1); }
    const GramStats& test(Index fold) const { return parts_[static_cast<std::size_t>(fold)]; }

private:
    explicit FoldGrams(std::vector<GramStats> parts) : parts_(std::move(parts)) {}
    GramStats merged_without(Index part) const;

    std::vector<GramStats> parts_;  // of each fold, and of the rows that none tests
};

}  // namespace fastreg
