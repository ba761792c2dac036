// Predictions: the product of some columns of a design with one or several coefficient vectors.
#pragma once

#include "fastreg/design/design.hpp"

namespace fastreg {

// X_J B. Only the columns J are read, unless they are most of them.
Matrix product(const Design& X, Features J, const ConstMatrixRef& B);

}  // namespace fastreg
