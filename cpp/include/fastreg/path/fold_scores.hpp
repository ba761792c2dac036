// What a path predicts for rows that it was not fitted to.
#pragma once

#include <span>

#include "fastreg/design/design.hpp"
#include "fastreg/gram/gram_stats.hpp"
#include "fastreg/path/path_result.hpp"

namespace fastreg {

// Linear predictors of these rows: rows × (strengths · classes), classes first.
Matrix path_predictions(const Design& X, std::span<const Index> rows, const PathResult& path);

// Mean squared error of each strength, weighted; 0 where no row has a weight.
Vector path_squares(const Matrix& predictions, const Vector& y, const Vector& weight);

// The same from statistics of the rows, for one of their responses. Empty where rounding would leave
// too few digits.
Vector path_squares(const GramStats& rows, const PathResult& path, Index response = 0);

}  // namespace fastreg
