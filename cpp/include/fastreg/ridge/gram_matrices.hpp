// The two matrices of normal equations, of which the smaller is what a direct solution factors:
// ZᵀZ / n (features) and ZZᵀ / n (rows).
#pragma once

#include "fastreg/ridge/ridge_targets.hpp"

namespace fastreg {

// ZᵀZ / n, both triangles. From statistics of X, if there are any: their matrix is taken over.
Matrix feature_gram(const RidgeDesign& Z, GramStats* stats);

// ZᵀR / n
Matrix correlations(const RidgeDesign& Z, const ConstMatrixRef& R);
// ZᵀY / n; from statistics of X and Y, if there are any.
Matrix correlations(const RidgeDesign& Z, const RidgeTargets& Y, const GramStats* stats);

// ZZᵀ / n, both triangles. Directions to which all columns of Z are orthogonal by construction
// (those of the intercept and of unpenalised features) are filled with the mean eigenvalue: Y is
// orthogonal to them, too, so that no solution changes, and the matrix stays regular.
Matrix row_gram(const RidgeDesign& Z);

}  // namespace fastreg
