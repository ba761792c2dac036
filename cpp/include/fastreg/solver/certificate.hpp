// The duality gap, as a sum of terms that can't be negative.
//
// Primal   P(b) = ‖r‖²/(2n) + Σ h_j(b_j),                      r = y − X b
// Dual     D(θ) = (yᵀθ − ½‖θ‖²)/n − Σ h_j*(x_jᵀθ/n)            for any θ
// Gap      P(b) − D(θ) = ‖r − θ‖²/(2n) + Σ [h_j(b_j) + h_j*(u_j) − u_j b_j],     u_j = x_jᵀθ/n
//
// The last line follows by expanding the squares. It is how the gap is computed, because the
// difference P − D loses every digit below 1e-16 P. The dual point is the scaled residual θ = s r
// (Fercoq, Gramfort and Salmon 2015), s ≤ 1: with the largest s for which D is finite, and with
// that of the augmented problem [X; √(n l2) I], [y; 0], which treats the L2 term as data; the
// smaller gap of the two counts.
#pragma once

#include <algorithm>

#include "fastreg/penalty/elastic_net.hpp"

namespace fastreg {

// correlation(i) = x_iᵀ r / n, coef(i) and penalty(i) for i < count; residual_square = ‖r‖² / n.
template <class Correlation, class Coef, class Penalty>
double duality_gap(Index count, Correlation correlation, Coef coef, Penalty penalty,
                   double residual_square) {
    double feasible = 1.0, augmented = 1.0;
    for (Index i = 0; i < count; ++i) {
        const CoordinatePenalty h = penalty(i);
        feasible = h.feasible_scale(correlation(i), feasible);
        augmented = h.l1_scale(correlation(i) - h.l2 * coef(i), augmented);
    }
    const auto gap_at = [&](double s) {
        double gap = 0.5 * (1.0 - s) * (1.0 - s) * residual_square;
        for (Index i = 0; i < count; ++i)
            gap += penalty(i).fenchel_young(coef(i), s * correlation(i));
        return gap;
    };
    const double gap = gap_at(feasible);
    return augmented < feasible ? std::min(gap, gap_at(augmented)) : gap;
}

}  // namespace fastreg
