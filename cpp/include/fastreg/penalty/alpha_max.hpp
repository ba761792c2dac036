// The strength from which on the null model is the solution.
#pragma once

#include <algorithm>
#include <cmath>

#include "fastreg/penalty/elastic_net.hpp"

namespace fastreg {

// The smallest alpha with the solution of an infinite one: penalised coefficients as close to zero
// as their bounds allow, the others free. correlation is that of this null model's residual with
// the features. Infinite without an L1 term; 0 if no penalised feature correlates with the residual.
inline double alpha_max(const Vector& correlation, const ElasticNetPenalty& penalty) {
    if (penalty.is_plain()) {
        const double pull = correlation.size() ? correlation.cwiseAbs().maxCoeff() : 0.0;
        return pull > 0.0 ? pull / penalty.l1_ratio : 0.0;
    }
    double largest = 0.0;
    for (Index j = 0; j < correlation.size(); ++j) {
        const CoordinatePenalty h = penalty.at(1.0, j);
        const double u = correlation[j], b = h.clip(0.0);
        const bool may_move = u > 0.0 ? b < h.upper : b > h.lower;
        // The coefficient stays where it is while the pull is at most the penalty's slope there.
        if (may_move && u != 0.0 && penalty.penalised(j))
            largest = std::max(largest, std::abs(u) / (h.l1 + h.l2 * std::abs(b)));
    }
    return largest;
}

}  // namespace fastreg
