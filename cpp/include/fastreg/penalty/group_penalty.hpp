// The elastic net of whole groups of coefficients: the norm of a group takes the place of absolute
// values, so that a group is in or out as a whole (Yuan and Lin 2006),
//
//     h_j(b) = l1 ‖b‖₂ + ½ l2 ‖b‖₂².
//
// With z the projection of u onto the ball of radius l1 and c = (u − z) / l2, which maximises
// u b − h(b), the Fenchel–Young gap h(b) + h*(u) − u b is the sum of two terms that can't be negative:
//
//     l1 ‖b‖ − z b   and   ½ l2 ‖b − c‖².
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

// The penalty of one group at one alpha.
struct GroupPenalty {
    double l1 = 0.0;
    double l2 = 0.0;

    bool none() const { return l1 == 0.0 && l2 == 0.0; }
    // The part that isn't smooth, of a group of this norm.
    double norm_part(double norm) const { return norm > 0.0 ? l1 * norm : 0.0; }

    // The largest s ≤ limit with s u within the ball, for a u of this norm; and that for which h*(s u)
    // is finite.
    double l1_scale(double norm, double limit) const {
        return norm * limit > l1 ? l1 / norm : limit;
    }
    double feasible_scale(double norm, double limit) const {
        return l2 > 0.0 ? limit : l1_scale(norm, limit);
    }

    // argmin_b ½ curvature ‖b‖² − z b + h(b) is z times this.
    double shrinkage(double norm, double curvature) const {
        return norm > l1 ? (1.0 - l1 / norm) / (curvature + l2) : 0.0;
    }

    // Without an L2 term u is taken to be in the ball, where feasible_scale puts it but for rounding.
    template <class B, class U>
    double fenchel_young(const B& b, const U& u) const {
        const double size = b.norm(), norm = u.norm();
        if (size == 0.0 && norm <= l1) return 0.0;
        const double share = norm > l1 ? l1 / norm : 1.0;
        const double along = std::max(0.0, norm_part(size) - share * u.dot(b));
        if (l2 == 0.0) return along;
        return along + 0.5 * l2 * (b - ((1.0 - share) / l2) * u).squaredNorm();
    }
};

// The duality gap of certificate.hpp. Groups are the columns of B, their correlations those of U, and
// loss_gap(s) is what the loss adds to it at the dual point s r.
template <class LossGap>
double group_gap(const Matrix& B, const Matrix& U, const std::vector<GroupPenalty>& penalty,
                 LossGap loss_gap) {
    double feasible = 1.0, augmented = 1.0;
    for (Index j = 0; j < B.cols(); ++j) {
        const GroupPenalty& h = penalty[static_cast<std::size_t>(j)];
        feasible = h.feasible_scale(U.col(j).norm(), feasible);
        augmented = h.l1_scale((U.col(j) - h.l2 * B.col(j)).norm(), augmented);
    }
    const auto gap_at = [&](double s) {
        double gap = loss_gap(s);
        for (Index j = 0; j < B.cols(); ++j)
            gap += penalty[static_cast<std::size_t>(j)].fenchel_young(B.col(j), s * U.col(j));
        return gap;
    };
    double gap = gap_at(feasible);
    if (augmented < feasible) gap = std::min(gap, gap_at(augmented));
    return std::isfinite(gap) ? gap : gap_at(0.0);
}

}  // namespace fastreg
