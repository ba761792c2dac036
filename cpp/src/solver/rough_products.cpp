// The product of two sets of columns of a WorkingSet in float32, as packed panels: as in float64, but
// that all columns are standardised before, where a mean would cost digits that there are few of.
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

}  // namespace fastreg
