#include "fastreg/design/design.hpp"

#include <algorithm>

namespace fastreg {

namespace {

// Columns that are gathered together.
constexpr std::size_t block_columns = 64;

template <class Visit>
void for_each_block(const Design& X, Features J, Visit visit) {
    Matrix block(X.rows(), static_cast<Index>(std::min(block_columns, J.size())));
    for (std::size_t first = 0; first < J.size(); first += block_columns) {
        const Features part = J.subspan(first, std::min(block_columns, J.size() - first));
        auto columns = block.leftCols(static_cast<Index>(part.size()));
        X.columns(part, columns);
        visit(static_cast<Index>(first), columns);
    }
}

}  // namespace

void Design::add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const {
    for_each_block(*this, J, [&](Index first, const auto& columns) {
        out.noalias() += columns * b.segment(first, columns.cols());
    });
}

void Design::transpose_matvec_columns(Features J, const ConstMatrixRef& R, MatrixRef out) const {
    for_each_block(*this, J, [&](Index first, const auto& columns) {
        out.middleRows(first, columns.cols()).noalias() = columns.transpose() * R;
    });
}

void Design::transpose_matvec_and_columns(const ConstMatrixRef& R, Features J, MatrixRef out,
                                          MatrixRef gathered) const {
    transpose_matvec(R, out);
    columns(J, gathered);
}

}  // namespace fastreg
