// Ridge regression (Hoerl and Kennard 1970) for several targets and strengths, each solution with
// its duality gap.
#pragma once

#include "fastreg/core/control.hpp"
#include "fastreg/design/standardized.hpp"

namespace fastreg {

struct RidgeProblem {
    const Design& X;
    Matrix Y;              // rows × targets
    Vector sample_weight;  // empty: ones; any scale
    StandardizeOptions standardize;
    Matrix alphas;  // strengths × targets, each ≥ 0; solved from the first to the last row
};

struct RidgeResult {
    Matrix coefs;           // features × (strengths · targets), raw; column s · targets + t
    Matrix intercepts;      // targets × strengths
    Matrix dual_gaps;       // targets × strengths, relative to the target's null_objective
    Matrix deviance_ratio;  // targets × strengths
    Vector null_objective;  // targets
    Index n_passes = 0;
    Stop stop = Stop::none;  // why strengths are missing at the end
    Vector center, scale;
};

// Strengths are solved and certified in blocks; those who watch are told of each at the end of its
// block. With several targets a step shows the worst gap, the most coefficients and the smallest
// deviance ratio. Throws std::invalid_argument where sizes disagree.
RidgeResult ridge_path(const RidgeProblem& problem, const Control& control);

}  // namespace fastreg
