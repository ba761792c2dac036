// The strength from which on the null model is the solution.
#pragma once

#include <algorithm>
#include <cmath>

#include "fastreg/penalty/elastic_net.hpp"

namespace fastreg {

// The smallest alpha at which every coefficient is zero, given the null model's correlations X̃ᵀ ỹ
// / n. It is the largest correlation, over the directions in which the coefficient may move,
// divided by l1_ratio (and the feature's factor). Infinite without an L1 term; 0 if nothing
// correlates with the response.
inline double alpha_max(const Vector& null_correlation, const ElasticNetPenalty& penalty) {
    double largest = 0.0;
    for (Index j = 0; j < null_correlation.size(); ++j) {
        const CoordinatePenalty h = penalty.at(1.0, j);
        const double u = null_correlation[j];
        const bool may_move = u > 0.0 ? h.upper > 0.0 : h.lower < 0.0;
        if (may_move && u != 0.0) largest = std::max(largest, std::abs(u) / h.l1);
    }
    return largest;
}

}  // namespace fastreg
