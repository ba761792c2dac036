// Symmetric matrices of which one triangle was computed.
#pragma once

#include <algorithm>

#include "fastreg/core/types.hpp"

namespace fastreg {

// Columns that are mirrored together: squares of so many stay in the cache.
inline constexpr Index mirrored_side = 32;

// Copies what is above the diagonal in columns first … first + count − 1 to the rows of the same
// numbers. `first` is a multiple of mirrored_side, and so is count, but for the last columns.
template <class Derived>
void mirror_columns(Eigen::MatrixBase<Derived>& K, Index first, Index count) {
    constexpr Index side = mirrored_side;
    for (Index j = first; j < first + count; j += side) {
        const Index columns = std::min(side, first + count - j);
        for (Index i = 0; i < j; i += side)
            K.block(j, i, columns, side) = K.block(i, j, side, columns).transpose();
        auto square = K.block(j, j, columns, columns);
        square.template triangularView<Eigen::StrictlyLower>() = square.transpose();
    }
}

// Copies the upper triangle to the lower one.
template <class Derived>
void mirror_upper(Eigen::MatrixBase<Derived>& K) {
    mirror_columns(K, 0, K.cols());
}

// Appends `added` rows and columns to the leading `size` ones of a matrix that has room to grow.
// fill(columns) computes the new columns, from their top to the new last row.
template <class Fill>
void append_symmetric(Matrix& K, Index size, Index added, Fill fill) {
    auto columns = K.block(0, size, size + added, added);
    fill(columns);
    K.block(size, 0, added, size) = columns.topRows(size).transpose();
    // Both triangles must be the same to the bit.
    auto square = K.block(size, size, added, added);
    square.template triangularView<Eigen::StrictlyUpper>() = square.transpose();
}

}  // namespace fastreg
