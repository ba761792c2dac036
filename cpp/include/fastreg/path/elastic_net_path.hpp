// The elastic net over a sequence of alphas: its data and terms, and the path of the gaussian family.
#pragma once

#include "fastreg/core/control.hpp"
#include "fastreg/design/standardized.hpp"
#include "fastreg/path/alpha_grid.hpp"
#include "fastreg/path/path_result.hpp"
#include "fastreg/path/penalty_terms.hpp"

namespace fastreg {

struct ElasticNetProblem {
    const Design& X;
    Vector y;
    Vector sample_weight;  // empty: ones; any scale, normalised here to sum to n
    StandardizeOptions standardize;
    double l1_ratio = 1.0;
    Vector penalty_factor;  // v_j ≥ 0; 0: never penalised, ∞: excluded; empty: ones
    Vector lower_bounds;    // of the raw coefficients; empty: −∞
    Vector upper_bounds;
    Vector coef_init;  // raw; empty: zeros

    PenaltyTerms terms() const { return {l1_ratio, penalty_factor, lower_bounds, upper_bounds}; }
};

// Throws std::invalid_argument where sizes disagree or a lower bound is above the upper one.
void validate(const ElasticNetProblem& problem);

// The gaussian family. Throws what validate() does.
PathResult elastic_net_path(const ElasticNetProblem& problem, const AlphaGrid& grid,
                            const Control& control);

// The exact null-model alpha_max of the problem.
double elastic_net_alpha_max(const ElasticNetProblem& problem);

}  // namespace fastreg
