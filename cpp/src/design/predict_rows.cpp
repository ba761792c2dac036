#include "fastreg/design/predict_rows.hpp"

#include <algorithm>
#include <cstdlib>

#include "fastreg/design/gathered_rows.hpp"

namespace fastreg {

namespace {

// Entries of a block of rows of a dense matrix, or of columns of another, of which there are a few.
constexpr Index gathered_entries = Index{1} << 19;
constexpr Index least_rows = 16, least_columns = 4, most_columns = 16;
// What an entry costs that lies alone in a line of the cache.
constexpr Index line_entries = 8;

// Whether columns J of all rows are less to read than these rows of all columns.
bool prefers_columns(const DenseView& X, Index n_rows, Index n_columns) {
    const bool by_column = std::abs(X.row_stride) < std::abs(X.col_stride);
    return (by_column ? 1 : line_entries) * n_columns * X.rows < n_rows * X.cols;
}

Matrix predict_dense(const DenseView& X, std::span<const Index> rows, Features J,
                     const ConstMatrixRef& B) {
    const bool all = static_cast<Index>(J.size()) == X.cols;
    const auto length = static_cast<std::size_t>(std::max(least_rows, gathered_entries / X.cols));
    Matrix out(static_cast<Index>(rows.size()), B.cols()), used;
    for (std::size_t first = 0; first < rows.size(); first += length) {
        const auto block = rows.subspan(first, std::min(length, rows.size() - first));
        const GatheredRows part(X, block);
        const Index count = part.design().rows();
        auto here = out.middleRows(static_cast<Index>(first), count);
        if (all) {
            part.design().matvec(B, here);
            continue;
        }
        used.resize(count, B.rows());
        part.design().columns(J, used);
        here.noalias() = used * B;
    }
    return out;
}

Matrix predict_by_columns(const Design& X, std::span<const Index> rows, Features J,
                          const ConstMatrixRef& B) {
    const std::vector<Index> wanted(rows.begin(), rows.end());
    const auto length = static_cast<std::size_t>(
        std::clamp(gathered_entries / X.rows(), least_columns, most_columns));
    Matrix out = Matrix::Zero(static_cast<Index>(rows.size()), B.cols());
    for (std::size_t first = 0; first < J.size(); first += length) {
        const Features block = J.subspan(first, std::min(length, J.size() - first));
        const Index count = static_cast<Index>(block.size());
        Matrix spread(X.rows(), count);
        X.columns(block, spread);
        const Matrix part = spread(wanted, Eigen::all);
        out.noalias() += part * B.middleRows(static_cast<Index>(first), count);
    }
    return out;
}

}  // namespace

Matrix predict_rows(const Design& X, std::span<const Index> rows, Features J,
                    const ConstMatrixRef& B) {
    if (J.empty()) return Matrix::Zero(static_cast<Index>(rows.size()), B.cols());
    const DenseView* view = X.dense_view();
    const auto n_rows = static_cast<Index>(rows.size()), n_columns = static_cast<Index>(J.size());
    if (view && !prefers_columns(*view, n_rows, n_columns)) return predict_dense(*view, rows, J, B);
    return predict_by_columns(X, rows, J, B);
}

}  // namespace fastreg
