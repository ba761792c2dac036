// Ridge regression (Hoerl and Kennard 1970) for several targets and strengths, each solution with
// its certificate.
#pragma once

#include <cstdint>
#include <optional>

#include "fastreg/core/control.hpp"
#include "fastreg/design/standardized.hpp"
#include "fastreg/gram/gram_stats.hpp"

namespace fastreg {

// Ways to solve. The values are part of the Python interface.
enum class RidgeSolver : std::int8_t {
    automatic = 0,
    cholesky = 1,  // normal equations of the features
    dual = 2,      // normal equations of the rows
    svd = 3,
    spectral = 4,
    cg = 5,
    lsqr = 6,
};

struct RidgeProblem {
    const Design& X;
    ConstMatrixRef Y;      // rows × targets
    Vector sample_weight;  // empty: ones; any scale
    StandardizeOptions standardize;
    Vector penalty_factor;  // v ≥ 0, inf leaves a feature out; empty: ones
    Matrix alphas;          // strengths × targets, each ≥ 0; solved from the first to the last row
    RidgeSolver solver = RidgeSolver::automatic;
    // Whether degrees of freedom and standard errors are wanted. Normal equations are then solved by
    // their factors unless another way is asked for.
    bool inference = false;
};

struct RidgeResult {
    Matrix coefs;                  // features × (strengths · targets), raw; column s · targets + t
    Matrix intercepts;             // targets × strengths
    Matrix dual_gaps;              // targets × strengths, relative to the target's null_objective
    Matrix residuals;              // targets × strengths: of the normal equations, relative
    Matrix deviance_ratio;         // targets × strengths
    Matrix df;                     // targets × strengths: effective degrees of freedom, or empty
    Matrix sigma;                  // targets × strengths, empty without inference
    Matrix standard_errors;        // like coefs, empty without inference
    Eigen::MatrixX<Index> n_iter;  // targets × strengths
    Vector null_objective;         // targets
    RidgeSolver solver = RidgeSolver::automatic;  // the one that was used
    Index n_passes = 0;
    Stop stop = Stop::none;  // why strengths are missing at the end
    Vector center, scale;
};

// Strengths are solved in blocks; those who watch are told of each at the end of its block. With
// several targets a step shows the worst gap, the most coefficients and the smallest deviance ratio.
// control.tol is the relative residual at which iterative ways stop. Throws std::invalid_argument
// where sizes disagree, and Interruption before the first strength is solved.
//
// Statistics of X and Y with the problem's weights, if they are known, save the reading of X that
// they cost; systems of the rows don't need them.
RidgeResult ridge_path(const RidgeProblem& problem, const Control& control,
                       std::optional<GramStats> known = std::nullopt);

}  // namespace fastreg
