// Rows of a dense matrix, its responses and a column of ones, packed into panels:
//
//     A = diag(√w) [X − origin, 1, Y − origin],
//
// so that AᵀA holds the cross-products, the sums and the total weight together.
#pragma once

#include "fastreg/batch/thread_pool.hpp"
#include "fastreg/core/panel_product.hpp"
#include "fastreg/gram/row_reader.hpp"

namespace fastreg {

class RowBlocks {
public:
    // The threads of a pool share columns.
    RowBlocks(const DenseView& X, const ConstMatrixRef& Y, const Vector& root_weight,
              ThreadPool* pool = nullptr);

    // Panels with columns of X or the ones, which come after them: those whose products are wanted.
    Index n_outer() const { return (X_.cols + PanelBlock::width) / PanelBlock::width; }
    // The first column of Y, which has panels of its own, and how many columns there are with it.
    Index first_response() const { return n_outer() * PanelBlock::width; }
    Index n_columns() const { return first_response() + Y_.cols(); }
    Index n_panels() const { return (n_columns() + PanelBlock::width - 1) / PanelBlock::width; }
    Index max_depth() const { return max_depth_; }

    // A point near the weighted rows first … first + max_depth − 1 (X first, then Y): their mean,
    // or the value itself where all are the same, so that a constant column gives exact zeros.
    Vector origin(Index first) const;
    // Rows first … first + depth − 1. Adds Σ w (y − origin)² of each response to squares.
    void pack(Index first, Index depth, const Vector& origin, PanelBlock& block, Vector& squares);

private:
    const double* root_weight(Index first) const {
        return root_weight_.size() ? root_weight_.data() + first : nullptr;
    }
    void find_origin(Index first, Index count, Index j, Index columns, Vector& point) const;
    void load(Index j, Index first, Index count, double* out) const;
    void pack_features(Index first, Index depth, const Vector& origin, PanelBlock& block);
    void pack_tail(Index first, Index depth, const Vector& origin, PanelBlock& block);
    void pack_responses(Index first, Index depth, const Vector& origin, PanelBlock& block,
                        Vector& squares);
    void pack_panel(Index t, Index first, Index depth, const Vector& origin, PanelBlock& block,
                    Vector& squares);

    DenseView X_;
    ConstMatrixRef Y_;
    const Vector& root_weight_;
    ThreadPool* pool_;
    LoadRun load_;
    Index max_depth_;
    Index n_full_;      // columns of X in panels of their own
    RowReader reader_;  // of these
    Matrix tail_;       // the other columns of X and the ones
    Vector tail_origin_;
};

}  // namespace fastreg
