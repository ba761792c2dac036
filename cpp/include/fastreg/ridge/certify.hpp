// Certificates from the data itself: two passes over X for any number of solutions.
#pragma once

#include "fastreg/ridge/ridge_form.hpp"

namespace fastreg {

// The gap at a strength > 0 from the squared norms of the gradient, the residual (by n) and the
// coefficients: at the dual point (Y − ZB)/n or at 0, whose gap is the objective itself.
double penalised_gap(double alpha, double gradient_square, double square, double coef_square);

// Fills in residual, gap and square of solutions.B, whose columns are those of the tasks. At a
// strength of 0 the gap is that part of a residual r that the columns of Z explain, which the
// caller knows: explained(r, k) is ‖that part‖² / n for task k.
void certify_from_data(const RidgeDesign& Z, const Matrix& Y, std::span<const RidgeTask> tasks,
                       RidgeSolutions& solutions,
                       const std::function<double(const ConstMatrixRef&, Index)>& explained);

}  // namespace fastreg
