// ZZᵀ of a sparse X from its entries. Each column adds the products of its entries with each other,
// so that the work is Σ (entries of a column)² / 2; centring and unpenalised features are projected
// out of the result. Columns that are far from zero against their spread, and so not sparse, are
// centred before their products are added: afterwards digits would be lost.
#pragma once

#include <optional>

#include "fastreg/ridge/ridge_design.hpp"

namespace fastreg {

// ZZᵀ, both triangles. None if that would cost more than products of columns that are gathered.
std::optional<Matrix> sparse_row_gram(const RidgeDesign& Z);

}  // namespace fastreg
