// The iterative ways of ridge with what suits the data at hand: form and preconditioner.
#pragma once

#include <memory>

#include "fastreg/core/control.hpp"
#include "fastreg/ridge/ridge_form.hpp"

namespace fastreg {

// Conjugate gradients on the smaller normal equations. alpha is a strength that is typical of those
// to come.
std::unique_ptr<RidgeForm> make_conjugate_gradients(const RidgeDesign& Z, const Matrix& Y,
                                                    double alpha, const Control& control);

std::unique_ptr<RidgeForm> make_lsmr(const RidgeDesign& Z, const Matrix& Y, const Control& control);

}  // namespace fastreg
