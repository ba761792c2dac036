// The products of WorkingSet that are made in float32, as packed panels: as in float64, but that all
// columns are standardised before, where a mean would cost digits that there are few of.
#include <algorithm>
#include <vector>

#include "fastreg/core/panel_product.hpp"
#include "fastreg/solver/working_set.hpp"

namespace fastreg {

namespace {

// Rows of the blocks that a product is made of, and columns that are standardised together.
constexpr Index block_rows = 512;
constexpr Index run_columns = 32;

Index panels(Index columns) {
    return (columns + FloatPanelBlock::width - 1) / FloatPanelBlock::width;
}

}  // namespace

void WorkingSet::rough_cross(Features rows, Features cols, const Vector& weight,
                             MatrixRef out) const {
    const auto r = static_cast<Index>(rows.size()), c = static_cast<Index>(cols.size());
    const Index n = X_.rows(), depth = std::min(block_rows, n);
    FloatPanelBlock block(depth, panels(c));
    Matrix raw(depth, c);
    FloatMatrix product = FloatMatrix::Zero(panels(c) * FloatPanelBlock::width, r);
    const Vector zero = Vector::Zero(c);
    for (Index first = 0; first < n; first += depth) {
        const Index count = std::min(depth, n - first);
        load(cols, first, raw.topRows(count));
        block.set_depth(count);
        block.pack_by_column(raw.data(), depth, c, zero.data(), weight.data() + first, 0);
        for_each_run(pool_for(rows), r, run_columns, [&](Index begin, Index length) {
            FloatMatrix others(count, length);
            load(rows.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(length)),
                 first, others);
            std::vector<const float*> data(static_cast<std::size_t>(length));
            for (Index k = 0; k < length; ++k)
                data[static_cast<std::size_t>(k)] = others.col(k).data();
            block.add_product(data, panels(c), product.middleCols(begin, length));
        });
    }
    out = product.topRows(c).transpose().cast<double>() / static_cast<double>(n);
}

void WorkingSet::rough_sandwich(Features positions, const Vector& weight, MatrixRef out) const {
    const auto a = static_cast<Index>(positions.size());
    const Index n = X_.rows(), depth = std::min(block_rows, n);
    const Index side = panels(a) * FloatPanelBlock::width;
    FloatPanelBlock block(depth, panels(a));
    Matrix raw(depth, a);
    FloatMatrix product = FloatMatrix::Zero(side, side);
    const Vector zero = Vector::Zero(a), root = weight.cwiseSqrt();
    for (Index first = 0; first < n; first += depth) {
        const Index count = std::min(depth, n - first);
        load(positions, first, raw.topRows(count));
        block.set_depth(count);
        block.pack_by_column(raw.data(), depth, a, zero.data(), root.data() + first, 0);
        block.add_product(panels(a), a, product);
    }
    for (Index j = 0; j < a; ++j) {
        out.col(j).head(j + 1) = product.col(j).head(j + 1).cast<double>() / static_cast<double>(n);
        out.row(j).head(j) = out.col(j).head(j).transpose();
    }
}

}  // namespace fastreg
