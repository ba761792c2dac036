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

}  // namespace fastreg
