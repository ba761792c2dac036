#include "fastreg/design/gathered_rows.hpp"

#include <cstdlib>
#include <cstring>

namespace fastreg {

namespace {

Index element_size(ScalarType type) {
    switch (type) {
        case ScalarType::int8:
        case ScalarType::uint8:
            return 1;
        case ScalarType::int16:
        case ScalarType::uint16:
            return 2;
        case ScalarType::float32:
        case ScalarType::int32:
        case ScalarType::uint32:
            return 4;
        default:
            return 8;
    }
}

// Elements of a size that the compiler knows: a copy is one move.
template <std::size_t size>
void gather(const DenseView& X, std::span<const Index> rows, const DenseView& to, std::byte* out) {
    const Index count = static_cast<Index>(rows.size());
    const auto copy = [&](Index k, Index j) {
        std::memcpy(out + k * to.row_stride + j * to.col_stride,
                    X.data + rows[static_cast<std::size_t>(k)] * X.row_stride + j * X.col_stride,
                    size);
    };
    if (to.row_stride < to.col_stride)
        for (Index j = 0; j < X.cols; ++j)
            for (Index k = 0; k < count; ++k) copy(k, j);
    else
        for (Index k = 0; k < count; ++k)
            for (Index j = 0; j < X.cols; ++j) copy(k, j);
}

}  // namespace

GatheredRows::GatheredRows(const DenseView& X, std::span<const Index> rows) {
    const Index size = element_size(X.type), count = static_cast<Index>(rows.size());
    memory_ = std::make_unique<std::byte[]>(static_cast<std::size_t>(size * count * X.cols));
    const bool by_column = std::abs(X.row_stride) < std::abs(X.col_stride);
    const DenseView to{.data = memory_.get(),
                       .type = X.type,
                       .rows = count,
                       .cols = X.cols,
                       .row_stride = by_column ? size : size * X.cols,
                       .col_stride = by_column ? size * count : size};
    if (size == 1)
        gather<1>(X, rows, to, memory_.get());
    else if (size == 2)
        gather<2>(X, rows, to, memory_.get());
    else if (size == 4)
        gather<4>(X, rows, to, memory_.get());
    else
        gather<8>(X, rows, to, memory_.get());
    design_ = std::make_unique<DenseDesign>(to);
}

}  // namespace fastreg
