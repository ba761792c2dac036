// The product of a symmetric matrix with a few columns, from its lower triangle, each entry of which
// is read once for both of the places where it counts.
#pragma once

#include "fastreg/core/types.hpp"

namespace fastreg {

// Columns that are multiplied together at full speed.
extern const Index symmetric_product_columns;

// product = (A V)ᵀ for V given as its transpose: rows of V and of the product lie in one piece each.
// V has one column or symmetric_product_columns of them.
void symmetric_product(const ConstMatrixRef& A, const Matrix& V_transposed, Matrix& product);

}  // namespace fastreg
