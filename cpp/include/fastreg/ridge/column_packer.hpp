// Packs columns of Z as rows of a block whose AᵀA is wanted, which adds up to ZZᵀ.
#pragma once

#include <algorithm>
#include <vector>

#include "fastreg/core/panel_product.hpp"
#include "fastreg/core/tile_product.hpp"
#include "fastreg/ridge/ridge_design.hpp"

namespace fastreg {

// From X itself where columns lie in memory, else gathered.
class ColumnPacker {
public:
    // At most max_depth columns are asked for at a time.
    ColumnPacker(const RidgeDesign& Z, Index max_depth) : Z_(Z) {
        const StandardizedDesign& X = Z.standardized();
        in_place_ = !Z.projected() && Z.cols() > 0 && X.raw_column(Z.features()[0]) != nullptr;
        if (in_place_) return;
        gathered_.resize(Z.rows(), Z.block_columns(max_depth));
        zero_ = Vector::Zero(max_depth);
        one_ = Vector::Ones(max_depth);
    }

    template <class Block>
    void pack(Index first, Index count, Block& block) {
        block.set_depth(count);
        rows_.resize(static_cast<std::size_t>(count));
        if (in_place_)
            pack_in_place(first, count, block);
        else
            pack_gathered(first, count, block);
    }

private:
    template <class Block>
    void pack_in_place(Index first, Index count, Block& block) {
        const StandardizedDesign& X = Z_.standardized();
        Vector center(count), scale(count);
        for (Index k = 0; k < count; ++k) {
            const Index j = Z_.features()[static_cast<std::size_t>(first + k)];
            rows_[static_cast<std::size_t>(k)] = X.raw_column(j);
            center[k] = X.center()[j];
            scale[k] = Z_.raw_scale(first + k);
        }
        const double* weight = X.root_weight().size() ? X.root_weight().data() : nullptr;
        pack_rows(center.data(), scale.data(), weight, block);
    }

    template <class Block>
    void pack_gathered(Index first, Index count, Block& block) {
        if (first >= begin_ + held_ || first < begin_) {
            begin_ = first;
            held_ = std::min(gathered_.cols(), Z_.cols() - first);
            Z_.columns(first, gathered_.leftCols(held_));
        }
        for (Index k = 0; k < count; ++k)
            rows_[static_cast<std::size_t>(k)] = gathered_.col(first - begin_ + k).data();
        pack_rows(zero_.data(), one_.data(), nullptr, block);
    }

    template <class Scalar>
    void pack_rows(const double* origin, const double* scale, const double* weight,
                   BasicPanelBlock<Scalar>& block) const {
        block.pack_rows(rows_, Z_.rows(), origin, scale, weight, 0);
    }

    // Tiles want rows at one distance from each other.
    void pack_rows(const double* origin, const double* scale, const double* weight,
                   TileBlock& block) {
        const Index n = Z_.rows();
        const Index stride = rows_.size() > 1 ? rows_[1] - rows_[0] : n;
        bool even = stride > 0;
        for (std::size_t k = 1; k < rows_.size(); ++k)
            even = even && rows_[k] - rows_[k - 1] == stride;
        const double* values = rows_[0];
        if (!even) {
            together_.resize(n, static_cast<Index>(rows_.size()));
            for (std::size_t k = 0; k < rows_.size(); ++k)
                together_.col(static_cast<Index>(k)) = Eigen::Map<const Vector>(rows_[k], n);
            values = together_.data();
        }
        block.pack_by_row(
            values, even ? stride : n, n,
            {.origin = nullptr, .scale = weight, .row_origin = origin, .row_scale = scale}, 0);
    }

    const RidgeDesign& Z_;
    bool in_place_;
    Matrix gathered_;  // columns [begin_, begin_ + held_)
    Index begin_ = 0, held_ = 0;
    Vector zero_, one_;
    Matrix together_;
    std::vector<const double*> rows_;
};

}  // namespace fastreg
