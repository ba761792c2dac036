#include "fastreg/path/penalty_terms.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace fastreg {

void require_size(const Vector& v, Index size, const char* name, bool may_be_empty) {
    if (v.size() == size || (may_be_empty && v.size() == 0)) return;
    throw std::invalid_argument(std::string(name) + " has " + std::to_string(v.size()) +
                                " entries, but X asks for " + std::to_string(size));
}

void require_scale(double null_objective, bool constant) {
    if (!std::isfinite(null_objective))
        throw std::invalid_argument("y is too large: its squares overflow");
    if (null_objective < std::numeric_limits<double>::min() && !constant)
        throw std::invalid_argument("y varies too little for float64: its squares underflow");
}

void require_response_scale(const Vector& y, bool fit_intercept) {
    const double origin = fit_intercept ? y[0] : 0.0;
    const double largest = (y.array() - origin).abs().maxCoeff();
    require_scale(largest * largest, largest == 0.0);
}

void validate(const PenaltyTerms& terms, Index n_features) {
    require_size(terms.lower_bounds, n_features, "lower_bounds", true);
    require_size(terms.upper_bounds, n_features, "upper_bounds", true);
    require_size(terms.penalty_factor, n_features, "penalty_factor", true);
    if (terms.lower_bounds.size() && terms.upper_bounds.size())
        for (Index j = 0; j < n_features; ++j)
            if (!(terms.lower_bounds[j] <= terms.upper_bounds[j]))
                throw std::invalid_argument("lower_bounds[" + std::to_string(j) +
                                            "] is above upper_bounds[" + std::to_string(j) + "]");
    for (Index j = 0; j < terms.penalty_factor.size(); ++j)
        if (!(terms.penalty_factor[j] >= 0.0))
            throw std::invalid_argument("penalty_factor must be at least 0");
}

namespace {

// A feature without a coefficient has the coefficient 0.
void require_zero(const ElasticNetPenalty& raw, Index j, bool constant) {
    const double lower = raw.lower.size() ? raw.lower[j] : -infinity;
    const double upper = raw.upper.size() ? raw.upper[j] : infinity;
    if (lower <= 0.0 && upper >= 0.0) return;
    throw std::invalid_argument("the bounds of column " + std::to_string(j) + " exclude 0, but " +
                                (constant
                                     ? "the column is constant, so it has no coefficient of its own"
                                     : "its penalty_factor of inf keeps it out") +
                                ": drop the column or the bounds");
}

}  // namespace

ElasticNetPenalty standardized_penalty(const PenaltyTerms& terms, const Vector& scale) {
    ElasticNetPenalty penalty{.l1_ratio = terms.l1_ratio,
                              .factor = terms.penalty_factor,
                              .lower = terms.lower_bounds,
                              .upper = terms.upper_bounds};
    if (penalty.is_plain()) return penalty;
    const bool excludes = (penalty.factor.array() == infinity).any();
    if (excludes && penalty.lower.size() == 0) penalty.lower.setConstant(scale.size(), -infinity);
    if (excludes && penalty.upper.size() == 0) penalty.upper.setConstant(scale.size(), infinity);
    for (Index j = 0; j < scale.size(); ++j) {
        const bool excluded = scale[j] == 0.0 || (excludes && penalty.factor[j] == infinity);
        if (excluded) require_zero(penalty, j, scale[j] == 0.0);
        for (Vector* bounds : {&penalty.lower, &penalty.upper})
            if (bounds->size()) (*bounds)[j] = excluded ? 0.0 : scale[j] * (*bounds)[j];
        if (excluded && penalty.factor.size()) penalty.factor[j] = 1.0;
    }
    return penalty;
}

double raw_coefficient(Index j, double b, double inverse_scale, const ElasticNetPenalty& penalty,
                       const PenaltyTerms& terms) {
    if (penalty.lower.size() && b == penalty.lower[j] && terms.lower_bounds.size())
        return terms.lower_bounds[j];
    if (penalty.upper.size() && b == penalty.upper[j] && terms.upper_bounds.size())
        return terms.upper_bounds[j];
    return b * inverse_scale;
}

}  // namespace fastreg
