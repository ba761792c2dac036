#include "fastreg/design/predict_rows.hpp"

#include <algorithm>

#include "fastreg/design/gathered_rows.hpp"

namespace fastreg {

namespace {

// Entries of a block of rows of a dense matrix, and columns of a block of another.
constexpr Index gathered_entries = Index{1} << 19;
constexpr Index spread_columns = 16;

Matrix predict_dense(const DenseView& X, std::span<const Index> rows, Features J,
                     const ConstMatrixRef& B) {
    const bool all = static_cast<Index>(J.size()) == X.cols;
    const auto length = static_cast<std::size_t>(std::max<Index>(64, gathered_entries / X.cols));
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
    Matrix out = Matrix::Zero(static_cast<Index>(rows.size()), B.cols());
    for (std::size_t first = 0; first < J.size(); first += spread_columns) {
        const Features block =
            J.subspan(first, std::min<std::size_t>(spread_columns, J.size() - first));
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
    if (const DenseView* view = X.dense_view()) return predict_dense(*view, rows, J, B);
    return predict_by_columns(X, rows, J, B);
}

}  // namespace fastreg
