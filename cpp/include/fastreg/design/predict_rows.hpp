// Linear predictors of some rows of X, without the columns that have no coefficient.
#pragma once

#include <span>

#include "fastreg/design/design.hpp"

namespace fastreg {

// X[rows, J] B, for coefficients B of features J × models. Room is needed for a block of rows or of
// columns only.
Matrix predict_rows(const Design& X, std::span<const Index> rows, Features J,
                    const ConstMatrixRef& B);

}  // namespace fastreg
