// Small shifts of all predictors at once, by the series of the mean.
#pragma once

#include <algorithm>

#include "fastreg/loss/divergence.hpp"
#include "fastreg/loss/loss.hpp"

namespace fastreg {

// The second to fourth derivatives of the means of a run of rows.
struct HigherDerivatives {
    Run second, third, fourth;
};

// Sums over all rows: of w r, and of w times the derivatives of μ from the first on.
struct DerivativeSums {
    double residual = 0.0, first = 0.0, second = 0.0, third = 0.0, fourth = 0.0;

    // Σ w r after a shift, and minus the derivative of that.
    double residual_at(double d) const {
        return residual - d * (first + d / 2.0 * (second + d / 3.0 * (third + d / 4.0 * fourth)));
    }
    double slope_at(double d) const {
        return first + d * (second + d / 2.0 * (third + d / 3.0 * fourth));
    }
    // What the shift adds to Σ w ℓ, whose derivative is −Σ w r.
    double loss_at(double d) const {
        return -d * (residual - d / 2.0 * (first + d / 3.0 * (second + d / 4.0 * third)));
    }
};

// balance() of a loss: derivatives(first, count) are those of the rows as they are.
template <class Derivatives>
LossShift shift_to_balance(const Vector& weight, VectorRef residual, VectorRef curvature,
                           Derivatives derivatives) {
    DerivativeSums sums;
    for (Index first = 0; first < residual.size(); first += loss_run) {
        const Index count = std::min(loss_run, residual.size() - first);
        const HigherDerivatives h = derivatives(first, count);
        sums.residual += weighted_sum(weight, first, residual.segment(first, count).array());
        sums.first += weighted_sum(weight, first, curvature.segment(first, count).array());
        sums.second += weighted_sum(weight, first, h.second);
        sums.third += weighted_sum(weight, first, h.third);
        sums.fourth += weighted_sum(weight, first, h.fourth);
    }
    // Newton's method, whose first step is off by the square of itself.
    double d = 0.0;
    for (int k = 0; k < 4; ++k) d += sums.residual_at(d) / sums.slope_at(d);
    for (Index first = 0; first < residual.size(); first += loss_run) {
        const Index count = std::min(loss_run, residual.size() - first);
        const HigherDerivatives h = derivatives(first, count);
        auto r = residual.segment(first, count).array(),
             c = curvature.segment(first, count).array();
        r -= d * (c + d / 2.0 * (h.second + d / 3.0 * (h.third + d / 4.0 * h.fourth)));
        c += d * (h.second + d / 2.0 * (h.third + d / 3.0 * h.fourth));
    }
    return {d, sums.loss_at(d)};
}

}  // namespace fastreg
