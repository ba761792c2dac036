#include <algorithm>
#include <cmath>
#include <limits>

#include "divergence.hpp"
#include "fastreg/loss/loss.hpp"

namespace fastreg {

namespace {

// Rows that are worked on together: their intermediate values stay in the first-level cache.
constexpr Index run = 512;
using Run = Eigen::Array<double, Eigen::Dynamic, 1, 0, run, 1>;
// What logarithms are taken of at the least.
constexpr double smallest = std::numeric_limits<double>::min();

}  // namespace

double PoissonLoss::evaluate(const Vector& y, const Vector& weight, const Vector& eta,
                             VectorRef residual, VectorRef curvature) const {
    double sum = 0.0;
    for (Index first = 0; first < y.size(); first += run) {
        const Index count = std::min(run, y.size() - first);
        const auto t = y.segment(first, count).array();
        const auto x = eta.segment(first, count).array();
        const Run mean = x.exp();
        curvature.segment(first, count) = mean;
        residual.segment(first, count) = t - mean;
        // y log(y / μ) − (y − μ), by the quotient where logarithms apart would cancel.
        const Run rest = t - mean, change = rest / mean, near = t * change.log1p() - rest,
                  far = t * (t.max(smallest).log() - x) - rest;
        const auto close = change > -0.9 && change < 1e3;
        const Run loss =
            (mean < infinity).select((t > 0.0).select(close.select(near, far), mean), mean);
        const auto w = weight.segment(weight.size() ? first : 0, weight.size() ? count : 0).array();
        sum += w.size() ? (w > 0.0).select(w * loss, 0.0).sum() : loss.sum();
    }
    return sum;
}

double PoissonLoss::divergence(const Vector& weight, const Vector& eta,
                               const ConstVectorRef& difference) const {
    double sum = 0.0;
    for (Index i = 0; i < eta.size(); ++i) {
        const double w = weight.size() ? weight[i] : 1.0;
        if (w == 0.0 || difference[i] == 0.0) continue;
        sum += w * poisson_divergence(std::exp(eta[i]), eta[i], difference[i]);
    }
    return sum;
}

}  // namespace fastreg
