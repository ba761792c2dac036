#include "fastreg/gram/row_reader.hpp"

#include <cstdlib>

namespace fastreg {

namespace {

constexpr Index element = sizeof(double);

}  // namespace

RowReader::RowReader(const DenseView& X, Index max_depth, Index n_columns)
    : X_(X),
      load_(load_run(X.type)),
      n_columns_(n_columns),
      by_column_(X.cols == 1 || (X.rows > 1 && std::abs(X.row_stride) <= std::abs(X.col_stride))) {
    const Index close = by_column_ ? X.row_stride : X.col_stride,
                far = by_column_ ? X.col_stride : X.row_stride;
    in_place_ = X.type == ScalarType::float64 && close == element && far % element == 0;
    if (in_place_) return;
    if (by_column_)
        buffer_.resize(max_depth, n_columns);
    else
        buffer_.resize(n_columns, max_depth);
}

RowReader::Block RowReader::read(Index first, Index count) {
    const std::byte* start = X_.data + first * X_.row_stride;
    if (in_place_)
        return {.values = reinterpret_cast<const double*>(start),
                .stride = (by_column_ ? X_.col_stride : X_.row_stride) / element,
                .by_column = by_column_};
    if (by_column_)
        for (Index j = 0; j < n_columns_; ++j)
            load_(start + j * X_.col_stride, X_.row_stride, count, buffer_.col(j).data());
    else
        for (Index i = 0; i < count; ++i)
            load_(start + i * X_.row_stride, X_.col_stride, n_columns_, buffer_.col(i).data());
    return {.values = buffer_.data(), .stride = buffer_.rows(), .by_column = by_column_};
}

}  // namespace fastreg
