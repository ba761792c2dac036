// Symmetric matrices of which one triangle was computed.
#pragma once

#include <algorithm>

#include "fastreg/core/types.hpp"

namespace fastreg {

// Copies the upper triangle to the lower one, by squares that stay in the cache.
template <class Derived>
void mirror_upper(Eigen::MatrixBase<Derived>& K) {
    constexpr Index side = 32;
    for (Index j = 0; j < K.cols(); j += side) {
        const Index columns = std::min(side, K.cols() - j);
        for (Index i = 0; i < j; i += side)
            K.block(j, i, columns, side) = K.block(i, j, side, columns).transpose();
        auto square = K.block(j, j, columns, columns);
        square.template triangularView<Eigen::StrictlyLower>() = square.transpose();
    }
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
