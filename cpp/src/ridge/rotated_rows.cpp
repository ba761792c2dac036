#include "fastreg/ridge/rotated_rows.hpp"

#include <algorithm>
#include <vector>

namespace fastreg {

namespace {

// Rows of a block, which with all of their columns stay in the second-level cache; and columns of Z
// that are multiplied at a time, so that a few columns of Q stay in the first-level one.
constexpr Index most_rows = 192;
constexpr Index depth = 512;

}  // namespace

RotatedRows::RotatedRows(const RidgeDesign& Z, const Matrix& Q)
    : Z_(Z), Q_(Q), view_(Z.standardized().dense_view()) {
    const Index width = PanelBlock::width;
    padded_ = std::min(most_rows, (Z.rows() + width - 1) / width * width);
    if (!view_) return;
    load_ = load_run(view_->type);
    gathered_ = Matrix::Zero(padded_, Z.cols());
    product_.resize(padded_, Q.cols());
    block_.emplace(std::min(depth, Z.cols()), padded_ / width);
    zero_ = Vector::Zero(padded_);
}

void RotatedRows::gather(Index first, Index count) {
    const StandardizedDesign& X = Z_.standardized();
    for (Index k = 0; k < Z_.cols(); ++k) {
        const Index j = Z_.features()[static_cast<std::size_t>(k)];
        auto column = gathered_.col(k).head(count).array();
        load_(view_->data + first * view_->row_stride + j * view_->col_stride, view_->row_stride,
              count, column.data());
        const double scale = Z_.raw_scale(k);
        if (X.root_weight().size())
            column =
                (column - X.center()[j]) * scale * X.root_weight().segment(first, count).array();
        else
            column = (column - X.center()[j]) * scale;
    }
    gathered_.bottomRows(padded_ - count).setZero();
    if (Z_.projected())
        gathered_.topRows(count).noalias() -=
            Z_.basis().middleRows(first, count) * Z_.basis_product();
}

ConstMatrixRef RotatedRows::rows(Index first, Index count) {
    gather(first, count);
    product_.setZero();
    std::vector<const double*> columns(static_cast<std::size_t>(Q_.cols()));
    for (Index k = 0; k < Z_.cols(); k += depth) {
        const Index deep = std::min(depth, Z_.cols() - k);
        block_->set_depth(deep);
        block_->pack_by_row(&gathered_(0, k), padded_, padded_, zero_.data(), nullptr, 0);
        for (Index c = 0; c < Q_.cols(); ++c) columns[static_cast<std::size_t>(c)] = &Q_(k, c);
        block_->add_product(columns, padded_ / PanelBlock::width, product_);
    }
    return product_.topRows(count);
}

}  // namespace fastreg
