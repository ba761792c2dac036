#include <algorithm>
#include <cmath>
#include <limits>

#include "fastreg/loss/divergence.hpp"
#include "fastreg/loss/loss.hpp"
#include "fastreg/loss/shift.hpp"

namespace fastreg {

namespace {

// What logarithms are taken of at the least.
constexpr double smallest = std::numeric_limits<double>::min();

}  // namespace

double PoissonLoss::evaluate(const Vector& y, const Vector& weight, const Vector& eta,
                             VectorRef residual, VectorRef curvature) const {
    double sum = 0.0;
    for (Index first = 0; first < y.size(); first += loss_run) {
        const Index count = std::min(loss_run, y.size() - first);
        const auto t = y.segment(first, count).array();
        const auto x = eta.segment(first, count).array();
        const Run mean = x.exp();
        curvature.segment(first, count) = mean;
        residual.segment(first, count) = t - mean;
        // y log(y / μ) − (y − μ), by the quotient where logarithms apart would cancel.
        const Run rest = t - mean, change = rest / mean, near = t * log_one_plus(change) - rest,
                  far = t * (t.max(smallest).log() - x) - rest;
        const auto close = change > -0.9 && change < 1e3;
        const Run loss =
            (mean < infinity).select((t > 0.0).select(close.select(near, far), mean), mean);
        sum += weighted_sum(weight, first, loss);
    }
    return sum;
}

LossShift PoissonLoss::balance(const Vector&, const Vector& weight, VectorRef residual,
                               VectorRef curvature) const {
    return shift_to_balance(weight, residual, curvature, [&](Index first, Index count) {
        const Run mean = curvature.segment(first, count).array();
        return HigherDerivatives{mean, mean, mean};
    });
}

double PoissonLoss::divergence(const Vector& weight, const Vector& eta,
                               const ConstVectorRef& difference) const {
    double sum = 0.0;
    for (Index first = 0; first < eta.size(); first += loss_run) {
        const Index count = std::min(loss_run, eta.size() - first);
        const Run x = eta.segment(first, count).array();
        const Run each = poisson_divergence(x.exp(), x, difference.segment(first, count).array());
        sum += weighted_sum(weight, first, each);
    }
    return sum;
}

}  // namespace fastreg
