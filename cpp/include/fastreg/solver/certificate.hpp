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
// smaller gap of the two counts. Where neither is finite, because the likelihood has no maximum, θ = 0
// still bounds it by 0.
//
// For any other loss ℓ_i of the linear predictor, whose derivative is −r_i and whose mean is μ_i =
// y_i − r_i, the first term is the divergence Σ [ℓ_i(η_i) + ℓ_i*(−θ_i) + θ_i η_i] / n: the Kullback–
// Leibler divergence of the mean y − θ from μ, which s r puts between y and μ. Intercepts ask for a
// θ whose sum is 0, which that of r is at the best intercept.
#pragma once

#include <algorithm>
#include <cmath>

#include "fastreg/penalty/elastic_net.hpp"

namespace fastreg {

// The first term for least squares at θ = s r; residual_square = ‖r‖² / n.
struct LeastSquaresGap {
    double residual_square;
    double operator()(double s) const { return 0.5 * (1.0 - s) * (1.0 - s) * residual_square; }
};

// correlation(i) = x_iᵀ r / n, coef(i) and penalty(i) for i < count; loss_gap(s) is the first term.
template <class Correlation, class Coef, class Penalty, class LossGap>
double duality_gap(Index count, Correlation correlation, Coef coef, Penalty penalty,
                   LossGap loss_gap) {
    double feasible = 1.0, augmented = 1.0;
    for (Index i = 0; i < count; ++i) {
        const auto h = penalty(i);
        feasible = h.feasible_scale(correlation(i), feasible);
        augmented = h.l1_scale(correlation(i) - h.l2 * coef(i), augmented);
    }
    const auto gap_at = [&](double s) {
        double gap = loss_gap(s);
        for (Index i = 0; i < count; ++i)
            gap += penalty(i).fenchel_young(coef(i), s * correlation(i));
        return gap;
    };
    double gap = gap_at(feasible);
    if (augmented < feasible) gap = std::min(gap, gap_at(augmented));
    return std::isfinite(gap) ? gap : gap_at(0.0);
}

}  // namespace fastreg
