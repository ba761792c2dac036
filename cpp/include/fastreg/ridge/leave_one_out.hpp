// Exact leave-one-out errors and generalised cross-validation (Golub, Heath and Wahba 1979) of ridge
// regression for many strengths, from one reduction of the normal equations to tridiagonal form.
//
// Without row i, whose weight is then 0 while n · alpha and the columns' scales stay what they are,
// the prediction of y_i misses it by
//
//     e_i / (1 − h_i),     h_i = u_i² + zᵢᵀ (ZᵀZ/n + alpha I)⁻¹ zᵢ / n,
//
// where e is the residual with all rows and u_i the part of row i in the directions without a
// penalty. In the dual form, with G = (ZZᵀ/n + alpha I)⁻¹ and a = G y / n, this is n a_i / G_ii,
// in which nothing cancels however small alpha is. If a row alone determines a coefficient that is
// hardly penalised, both e_i and 1 − h_i vanish. Such rows are told of, for a fit without them.
#pragma once

#include <map>
#include <vector>

#include "fastreg/ridge/spectral.hpp"

namespace fastreg {

struct RidgeScores {
    Matrix loo;  // targets × strengths: Σ w_i (y_i − leave-one-out prediction)² / n
    Matrix gcv;  // targets × strengths: (Σ w_i e_i² / n) / (1 − df / n)², NaN if df is n for any y
    Vector df;   // strengths: effective degrees of freedom
    Matrix predictions;  // (strengths · targets, targets first) × rows, in units of y; or empty
    // Rows whose 1 − h_i is a rounding error, with the strengths at which it is. Their terms are not
    // in loo, and their predictions not set.
    std::map<Index, std::vector<Index>> unresolved;
};

// What the errors are errors of.
struct LeftOutRows {
    const RidgeDesign& Z;
    const Matrix& projected;  // standardised targets without what needs no penalty
    const ConstMatrixRef& Y;  // raw targets, for predictions
    bool predictions;
};

// form is of width 1. Predictions of rows without weight, which no fit leaves out, are not set.
// Throws Interruption.
RidgeScores leave_one_out(const SpectralForm& form, const LeftOutRows& data, const Vector& alphas,
                          const std::function<bool()>& interrupted);

}  // namespace fastreg
