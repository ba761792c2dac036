#include "fastreg/design/design.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

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

void Design::outer_product(const ConstMatrixRef& A, const ConstVectorRef& scale,
                           const ConstVectorRef& center, MatrixRef out) const {
    Matrix between(cols(), A.cols());
    transpose_matvec(A, between);
    if (center.size()) between.noalias() -= center * A.colwise().sum();
    between.array().colwise() *= scale.array();
    matvec(between, out);
    if (center.size()) out.rowwise() -= center.transpose() * between;
}

void Design::gram_product(const ConstMatrixRef& B, const ConstVectorRef& weights,
                          const ConstVectorRef& center, MatrixRef out) const {
    Matrix between(rows(), B.cols());
    matvec(B, between);
    if (center.size()) between.rowwise() -= center.transpose() * B;
    if (weights.size()) between.array().colwise() *= weights.array();
    transpose_matvec(between, out);
    if (center.size()) out.noalias() -= center * between.colwise().sum();
}

SparseColumns Design::entries(Features J, const ConstVectorRef& scale) const {
    SparseColumns found(rows());
    for_each_block(*this, J, [&](Index first, const auto& columns) {
        for (Index k = 0; k < columns.cols(); ++k) {
            for (Index i = 0; i < rows(); ++i)
                if (columns(i, k) != 0.0) found.add(i, columns(i, k) * scale[first + k]);
            found.end_column();
        }
    });
    return found;
}

Vector Design::row_squares(const ConstVectorRef& scale, const ConstVectorRef& center) const {
    Vector squares = Vector::Zero(rows());
    std::vector<Index> all(static_cast<std::size_t>(cols()));
    std::iota(all.begin(), all.end(), Index{0});
    for_each_block(*this, all, [&](Index first, const auto& columns) {
        for (Index k = 0; k < columns.cols(); ++k) {
            const double origin = center.size() ? center[first + k] : 0.0;
            squares.array() += scale[first + k] * (columns.col(k).array() - origin).square();
        }
    });
    return squares;
}

void Design::transpose_matvec_and_columns(const ConstMatrixRef& R, Features J, MatrixRef out,
                                          MatrixRef gathered) const {
    transpose_matvec(R, out);
    columns(J, gathered);
}

}  // namespace fastreg
