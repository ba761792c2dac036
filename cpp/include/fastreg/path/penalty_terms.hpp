// The penalty as the caller states it, for the raw columns, and as the solvers see it.
#pragma once

#include "fastreg/penalty/elastic_net.hpp"

namespace fastreg {

struct PenaltyTerms {
    double l1_ratio = 1.0;
    Vector penalty_factor;  // v_j ≥ 0; 0: never penalised, ∞: excluded; empty: ones
    Vector lower_bounds;    // of the raw coefficients; empty: −∞
    Vector upper_bounds;
};

// Throws std::invalid_argument where sizes disagree or a lower bound is above the upper one.
void validate(const PenaltyTerms& terms, Index n_features);
// Throws std::invalid_argument unless v has `size` entries, or none if that is allowed.
void require_size(const Vector& v, Index size, const char* name, bool may_be_empty);
// Squares of y must be representable: a null objective that overflows or vanishes says nothing
// about a gap. `constant`: y doesn't vary at all.
void require_scale(double null_objective, bool constant);
// The same from y itself, before anything is computed from it.
void require_response_scale(const Vector& y, bool fit_intercept);

// The penalty on the scale of X̃, where b̃ = scale · b. A column that is excluded, by its factor or
// because it can't carry a coefficient (scale 0), has one that is bounded to 0.
ElasticNetPenalty standardized_penalty(const PenaltyTerms& terms, const Vector& scale);

// The coefficient of the raw column. One at a bound is given back that bound, to the bit.
double raw_coefficient(Index j, double b, double inverse_scale, const ElasticNetPenalty& penalty,
                       const PenaltyTerms& terms);

}  // namespace fastreg
