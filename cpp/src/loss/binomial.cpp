#include <cmath>

#include <algorithm>

#include "fastreg/loss/divergence.hpp"
#include "fastreg/loss/loss.hpp"

namespace fastreg {

namespace {

// y log y + (1 − y) log(1 − y), which is 0 for classes.
double saturated(double y) {
    if (y == 0.0 || y == 1.0) return 0.0;
    return y * std::log(y) + (1.0 - y) * std::log1p(-y);
}

}  // namespace

double BinomialLoss::evaluate(const Vector& y, const Vector& weight, const Vector& eta,
                              VectorRef residual, VectorRef curvature) const {
    double sum = 0.0;
    for (Index first = 0; first < y.size(); first += loss_run) {
        const Index count = std::min(loss_run, y.size() - first);
        const auto t = y.segment(first, count).array();
        const auto x = eta.segment(first, count).array();
        // Probabilities of the likelier and of the other class; neither loses digits.
        const Run e = (-x.abs()).exp();
        const Run likely = 1.0 / (1.0 + e), other = e * likely;
        const Run up = (x >= 0.0).select(likely, other), down = (x >= 0.0).select(other, likely);
        residual.segment(first, count) = t * down - (1.0 - t) * up;
        curvature.segment(first, count) = likely * other;
        const Run loss = log_one_plus(e) + x.max(0.0) - t * x;
        sum += weighted_sum(weight, first, loss);
        for (Index i = 0; i < count; ++i)
            if (t[i] != 0.0 && t[i] != 1.0)
                sum += (weight.size() ? weight[first + i] : 1.0) * saturated(t[i]);
    }
    return sum;
}

double BinomialLoss::divergence(const Vector& weight, const Vector& eta,
                                const ConstVectorRef& difference) const {
    double sum = 0.0;
    for (Index first = 0; first < eta.size(); first += loss_run) {
        const Index count = std::min(loss_run, eta.size() - first);
        const auto x = eta.segment(first, count).array();
        const auto d = difference.segment(first, count).array();
        const Run e = (-x.abs()).exp(), likely = 1.0 / (1.0 + e), log_likely = -log_one_plus(e);
        const Run toward = (x >= 0.0).select(d, -d);
        const Run both = poisson_divergence(likely, log_likely, toward) +
                         poisson_divergence(e * likely, log_likely - x.abs(), -toward);
        sum += weighted_sum(weight, first, both);
    }
    return sum;
}

}  // namespace fastreg
