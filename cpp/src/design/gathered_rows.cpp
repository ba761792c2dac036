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

// Elements of a size that the compiler knows: a copy is one move. `places` are those of the rows.
template <std::size_t size>
void gather_columns(const DenseView& X, const std::vector<Index>& places, std::byte* out) {
    for (Index j = 0; j < X.cols; ++j) {
        const std::byte* column = X.data + j * X.col_stride;
        for (const Index place : places) {
            std::memcpy(out, column + place, size);
            out += size;
        }
    }
}

template <std::size_t size>
void gather_rows(const DenseView& X, const std::vector<Index>& places, std::byte* out) {
    const auto width = size * static_cast<std::size_t>(X.cols);
    const bool adjacent = X.col_stride == static_cast<Index>(size);
    for (const Index place : places) {
        const std::byte* row = X.data + place;
        if (adjacent)
            std::memcpy(out, row, width);
        else
            for (Index j = 0; j < X.cols; ++j)
                std::memcpy(out + static_cast<std::size_t>(j) * size, row + j * X.col_stride, size);
        out += width;
    }
}

template <std::size_t size>
void gather(const DenseView& X, const std::vector<Index>& places, bool by_column, std::byte* out) {
    if (by_column)
        gather_columns<size>(X, places, out);
    else
        gather_rows<size>(X, places, out);
}

std::size_t bytes(const DenseView& X, std::span<const Index> rows) {
    return static_cast<std::size_t>(element_size(X.type) * X.cols) * rows.size();
}

}  // namespace

GatheredRows::GatheredRows(const DenseView& X, std::span<const Index> rows)
    : memory_(std::make_unique_for_overwrite<std::byte[]>(bytes(X, rows))) {
    copy(X, rows, memory_.get());
}

GatheredRows::GatheredRows(const DenseView& X, std::span<const Index> rows,
                           std::vector<std::byte>& memory) {
    if (memory.size() < bytes(X, rows)) memory.resize(bytes(X, rows));
    copy(X, rows, memory.data());
}

void GatheredRows::copy(const DenseView& X, std::span<const Index> rows, std::byte* memory) {
    const Index size = element_size(X.type), count = static_cast<Index>(rows.size());
    const bool by_column = std::abs(X.row_stride) < std::abs(X.col_stride);
    std::vector<Index> places;
    for (const Index row : rows) places.push_back(row * X.row_stride);
    if (size == 1)
        gather<1>(X, places, by_column, memory);
    else if (size == 2)
        gather<2>(X, places, by_column, memory);
    else if (size == 4)
        gather<4>(X, places, by_column, memory);
    else
        gather<8>(X, places, by_column, memory);
    design_ =
        std::make_unique<DenseDesign>(DenseView{.data = memory,
                                                .type = X.type,
                                                .rows = count,
                                                .cols = X.cols,
                                                .row_stride = by_column ? size : size * X.cols,
                                                .col_stride = by_column ? size * count : size});
}

}  // namespace fastreg
