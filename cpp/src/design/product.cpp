#include "fastreg/design/product.hpp"

#include <algorithm>

namespace fastreg {

namespace {

// Columns that are gathered together.
constexpr Index block_columns = 64;

// From this share of the columns on, reading all of X in one pass beats gathering.
constexpr double most_columns = 0.5;

}  // namespace

Matrix product(const Design& X, Features J, const ConstMatrixRef& B) {
    Matrix out = Matrix::Zero(X.rows(), B.cols());
    const Index count = static_cast<Index>(J.size());
    if (static_cast<double>(count) > most_columns * static_cast<double>(X.cols())) {
        Matrix all = Matrix::Zero(X.cols(), B.cols());
        for (Index k = 0; k < count; ++k) all.row(J[static_cast<std::size_t>(k)]) = B.row(k);
        X.matvec(all, out);
        return out;
    }
    if (X.sparse() || B.cols() == 1) {
        for (Index t = 0; t < B.cols(); ++t) X.add_matvec(J, B.col(t), out.col(t));
        return out;
    }
    Matrix block(X.rows(), std::min(block_columns, count));
    for (Index first = 0; first < count; first += block_columns) {
        const Index width = std::min(block_columns, count - first);
        auto columns = block.leftCols(width);
        X.columns(J.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(width)),
                  columns);
        out.noalias() += columns * B.middleRows(first, width);
    }
    return out;
}

}  // namespace fastreg
