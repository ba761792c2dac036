// Products AᵀA of a tall matrix that comes in blocks of rows, which is all the arithmetic that a
// full Gram matrix takes; and products of a few packed columns with many that stay where they are.
//
// Each block is copied once into *panels*: panel_width columns, interleaved row by row, so that
// both sides of a tile of the product read memory one after the other (Goto and van de Geijn 2008).
// A tile of three panels by one stays in registers for the depth of the block; tiles below the
// diagonal are skipped. Subtracting an origin and weighting the rows come with the copy, for free.
//
// In float32 the same runs at twice the speed, for matrices that only have to be near the true one.
#pragma once

#include <span>

#include "fastreg/core/large_buffer.hpp"
#include "fastreg/core/types.hpp"

namespace fastreg {

using FloatMatrix = Eigen::MatrixXf;

// Scalar is what entries are packed as and summed in: double or float.
template <class Scalar>
class BasicPanelBlock {
public:
    // Columns in a panel.
    static const Index width;

    using Sums = Eigen::Ref<Eigen::MatrixX<Scalar>, 0, Eigen::OuterStride<>>;

    // Room for up to max_depth rows of so many panels.
    BasicPanelBlock(Index max_depth, Index n_panels);

    // Rows in this block, which all panels share. Call before packing.
    void set_depth(Index depth) { depth_ = depth; }

    // Packs columns into panels from `first` on, padding the last one with zeros: entry (k, j)
    // becomes root_weight[k] · (x(k, j) − origin[j]). root_weight may be null (ones).
    // By columns, column j is at x + j · stride; by rows, row k is at x + k · stride.
    void pack_by_column(const double* x, Index stride, Index n_columns, const double* origin,
                        const double* root_weight, Index first);
    void pack_by_row(const double* x, Index stride, Index n_columns, const double* origin,
                     const double* root_weight, Index first);

    // The same by rows, of which each has a place, an origin and a scale of its own: entry (k, j)
    // becomes (rows[k][j] − origin[k]) · scale[k] · weight[j]; weight may be null (ones).
    void pack_rows(std::span<const double* const> rows, Index n_columns, const double* origin,
                   const double* scale, const double* weight, Index first);

    // The first n_columns entries of each row, times its factor, are the columns from 0 on.
    void pack_starts(std::span<const Scalar* const> rows, Index n_columns, const Scalar* factor);
    // Some entries of a column x, times their factors, are the column `place`. Those of a panel are to
    // be packed in their order.
    void pack_picked(const double* x, Features rows, const Scalar* factor, Index place);

    // product += AᵀA for the first n_outer panels against all from their own on, of n_columns
    // columns altogether: the upper triangle, whole on diagonal tiles. product has width · n_outer
    // rows and whole panels of columns.
    void add_product(Index n_outer, Index n_columns, Sums product) const {
        add_product(0, n_outer, n_columns, product);
    }
    // The part of it that belongs to the outer panels first … last − 1.
    void add_product(Index first, Index last, Index n_columns, Sums product) const {
        add_product(first, last, first * width, n_columns, product);
    }
    // Of that, the columns from `from` on.
    void add_product(Index first, Index last, Index from, Index n_columns, Sums product) const;

    // product(j, i) += the packed column j, of the first n_panels panels, times the column that
    // starts at columns[i] and is read where it lies. product has whole panels of rows.
    void add_product(std::span<const Scalar* const> columns, Index n_panels, Sums product) const;

private:
    Scalar* panel(Index k) { return panels_.data() + k * depth_ * width; }
    const Scalar* panel(Index k) const { return panels_.data() + k * depth_ * width; }

    Index depth_ = 0;
    LargeBuffer<Scalar> panels_;
};

using PanelBlock = BasicPanelBlock<double>;
using FloatPanelBlock = BasicPanelBlock<float>;

extern template class BasicPanelBlock<double>;
extern template class BasicPanelBlock<float>;

}  // namespace fastreg
