#include <cmath>

#include "divergence.hpp"
#include "fastreg/loss/loss.hpp"

namespace fastreg {

namespace {

// Rows that are worked on together: their intermediate values stay in the first-level cache.
constexpr Index run = 512;
using Run = Eigen::Array<double, Eigen::Dynamic, 1, 0, run, 1>;

// y log y + (1 − y) log(1 − y), which is 0 for classes.
double saturated(double y) {
    if (y == 0.0 || y == 1.0) return 0.0;
    return y * std::log(y) + (1.0 - y) * std::log1p(-y);
}

}  // namespace

double BinomialLoss::evaluate(const Vector& y, const Vector& weight, const Vector& eta,
                              VectorRef residual, VectorRef curvature) const {
    double sum = 0.0;
    for (Index first = 0; first < y.size(); first += run) {
        const Index count = std::min(run, y.size() - first);
        const auto t = y.segment(first, count).array();
        const auto x = eta.segment(first, count).array();
        // Probabilities of the likelier and of the other class; neither loses digits.
        const Run e = (-x.abs()).exp();
        const Run likely = 1.0 / (1.0 + e), other = e * likely;
        const Run up = (x >= 0.0).select(likely, other), down = (x >= 0.0).select(other, likely);
        residual.segment(first, count) = t * down - (1.0 - t) * up;
        curvature.segment(first, count) = likely * other;
        const Run loss = e.log1p() + x.max(0.0) - t * x;
        const auto w = weight.segment(weight.size() ? first : 0, weight.size() ? count : 0);
        sum += w.size() ? (w.array() * loss).sum() : loss.sum();
        for (Index i = 0; i < count; ++i)
            if (t[i] != 0.0 && t[i] != 1.0) sum += (w.size() ? w[i] : 1.0) * saturated(t[i]);
    }
    return sum;
}

double BinomialLoss::divergence(const Vector& weight, const Vector& eta,
                                const ConstVectorRef& difference) const {
    double sum = 0.0;
    for (Index i = 0; i < eta.size(); ++i) {
        const double w = weight.size() ? weight[i] : 1.0;
        if (w == 0.0 || difference[i] == 0.0) continue;
        const double e = std::exp(-std::abs(eta[i])), likely = 1.0 / (1.0 + e);
        const double log_likely = -std::log1p(e), log_other = log_likely - std::abs(eta[i]);
        const double toward = eta[i] >= 0.0 ? difference[i] : -difference[i];
        sum += w * (poisson_divergence(likely, log_likely, toward) +
                    poisson_divergence(e * likely, log_other, -toward));
    }
    return sum;
}

}  // namespace fastreg
