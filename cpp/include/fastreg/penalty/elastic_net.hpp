// The elastic-net penalty with per-feature factors and bounds. It separates over the coefficients:
//
//     h_j(b) = l1 |b| + ½ l2 b²  for lower ≤ b ≤ upper, infinite outside,
//     l1 = alpha · v_j · l1_ratio,   l2 = alpha · v_j · (1 − l1_ratio).
//
// The certificate needs the conjugate h*(u) = max_b { u b − h(b) } and the Fenchel–Young gap h(b) +
// h*(u) − u b ≥ 0, which is 0 exactly where u is a subgradient of h at b.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

inline double soft_threshold(double z, double t) { return z > t ? z - t : (z < -t ? z + t : 0.0); }

// The penalty of one coefficient at one alpha.
struct CoordinatePenalty {
    double l1 = 0.0;
    double l2 = 0.0;
    double lower = -infinity;
    double upper = infinity;

    double clip(double b) const { return std::min(std::max(b, lower), upper); }
    bool at_bound(double b) const { return b <= lower || b >= upper; }
    double value(double b) const { return l1 * std::abs(b) + 0.5 * l2 * b * b; }

    // argmin_b ½ curvature b² − z b + h(b)
    double minimize(double z, double curvature) const {
        return clip(soft_threshold(z, l1) / (curvature + l2));
    }

    // The largest s ≤ limit for which h*(s u) is finite. Only a direction without curvature and
    // without a bound limits it.
    double feasible_scale(double u, double limit) const {
        if (l2 > 0.0) return limit;
        return l1_scale(u, limit);
    }

    // The largest s ≤ limit with s u within the L1 threshold, in the directions that have no bound.
    double l1_scale(double u, double limit) const {
        const bool unbounded = u > 0.0 ? upper == infinity : lower == -infinity;
        return unbounded && std::abs(u) * limit > l1 ? l1 / std::abs(u) : limit;
    }

    // The coefficient that attains the conjugate. Where it is infinite u is taken to be on the
    // threshold, where feasible_scale puts it but for rounding.
    double conjugate_argmax(double u) const {
        if (l2 > 0.0) return clip(soft_threshold(u, l1) / l2);
        if (u > l1 && upper < infinity) return upper;
        if (u < -l1 && lower > -infinity) return lower;
        return clip(0.0);
    }

    double fenchel_young(double b, double u) const {
        const double best = conjugate_argmax(u);
        if (best == b && b == 0.0) return 0.0;
        return std::max(0.0, value(b) - u * b - (value(best) - u * best));
    }
};

struct ElasticNetPenalty {
    double l1_ratio = 1.0;
    Vector factor;  // v_j; empty: ones
    Vector lower;   // on the solver's scale; empty: −∞
    Vector upper;   // empty: ∞

    CoordinatePenalty at(double alpha, Index j) const {
        const double strength = alpha * (factor.size() ? factor[j] : 1.0);
        return {.l1 = strength * l1_ratio,
                .l2 = strength * (1.0 - l1_ratio),
                .lower = lower.size() ? lower[j] : -infinity,
                .upper = upper.size() ? upper[j] : infinity};
    }

    // The limit of at(alpha, j) for large alpha: penalised coefficients stay where their bounds let
    // them come closest to zero, the others are free.
    CoordinatePenalty at_infinity(Index j) const {
        CoordinatePenalty h = at(0.0, j);
        if (penalised(j)) h.lower = h.upper = h.clip(0.0);
        return h;
    }

    // Whether all features have the same penalty and no bounds.
    bool is_plain() const { return factor.size() == 0 && lower.size() == 0 && upper.size() == 0; }
    bool penalised(Index j) const { return factor.size() == 0 || factor[j] > 0.0; }
};

}  // namespace fastreg
