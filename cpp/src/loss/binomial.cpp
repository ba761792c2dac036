#include <cmath>

#include <algorithm>

#include "fastreg/loss/divergence.hpp"
#include "fastreg/loss/loss.hpp"
#include "fastreg/loss/shift.hpp"

namespace fastreg {

namespace {

// y log y + (1 − y) log(1 − y), which is 0 for classes.
double saturated(double y) {
    if (y == 0.0 || y == 1.0) return 0.0;
    return y * std::log(y) + (1.0 - y) * std::log1p(-y);
}

// Whether every y of a run is 0 or 1.
template <class Values>
bool classes(const Values& y) {
    return (y * (1.0 - y)).maxCoeff() == 0.0;
}

// Curvatures below this are no more than their rounding by underflow, or 0.
constexpr double least_curvature = 1e-290;

// KL(m ‖ μ) of every row with m = μ + difference.
Run run_divergence(const Run& x, const Run& difference) {
    const Run e = (-x.abs()).exp(), likely = 1.0 / (1.0 + e), log_likely = -log_one_plus(e);
    const Run toward = (x >= 0.0).select(difference, -difference);
    return poisson_divergence(likely, log_likely, toward) +
           poisson_divergence(e * likely, log_likely - x.abs(), -toward);
}

// m log m − (m − 1) for m = 1 − share
double divergence_from_one(double share) {
    const auto run = [](double v) { return Run::Constant(1, v); };
    return poisson_divergence(run(1.0), run(0.0), run(-share))[0];
}

// m log(m / p) − (m − p) + downward · other for m = p + share · other, of probabilities p and
// other = 1 − p with this product.
template <class Values>
Run observed_divergence(const Run& other, const Values& product, double share, double downward) {
    const Run d = share * other, u = d * other / product;
    if (u.maxCoeff() < small_change) return divergence_series(d, u) + downward * other;
    return ((product / other + d) * log_one_plus(u) - d).max(0.0) + downward * other;
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
        if (classes(t)) continue;
        for (Index i = 0; i < count; ++i)
            if (t[i] != 0.0 && t[i] != 1.0)
                sum += (weight.size() ? weight[first + i] : 1.0) * saturated(t[i]);
    }
    return sum;
}

LossShift BinomialLoss::balance(const Vector& y, const Vector& weight, VectorRef residual,
                                VectorRef curvature) const {
    // μ' = μ (1 − μ), and 1 − 2 μ is the derivative of that by μ.
    return shift_to_balance(weight, residual, curvature, [&](Index first, Index count) {
        const auto c = curvature.segment(first, count).array();
        const Run slope =
            1.0 - 2.0 * (y.segment(first, count) - residual.segment(first, count)).array();
        return HigherDerivatives{c * slope, c * (1.0 - 6.0 * c), c * slope * (1.0 - 12.0 * c)};
    });
}

double BinomialLoss::divergence(const Vector& weight, const Vector& eta,
                                const ConstVectorRef& difference) const {
    double sum = 0.0;
    for (Index first = 0; first < eta.size(); first += loss_run) {
        const Index count = std::min(loss_run, eta.size() - first);
        const Run both =
            run_divergence(eta.segment(first, count), difference.segment(first, count));
        sum += weighted_sum(weight, first, both);
    }
    return sum;
}

// A class is observed, and the other one's probability is the size of the residual: it shrinks by the
// same share in every row, so its part of the divergence takes no logarithm of its own.
double BinomialLoss::divergence_toward(const Vector& y, const Vector& weight, const Vector& eta,
                                       const Vector& residual, const Vector& curvature,
                                       double share) const {
    const double downward = divergence_from_one(share);
    double sum = 0.0;
    for (Index first = 0; first < eta.size(); first += loss_run) {
        const Index count = std::min(loss_run, eta.size() - first);
        const auto t = y.segment(first, count).array();
        const auto r = residual.segment(first, count).array();
        const auto product = curvature.segment(first, count).array();
        const Run both = classes(t) && product.minCoeff() > least_curvature
                             ? observed_divergence(r.abs(), product, share, downward)
                             : run_divergence(eta.segment(first, count), share * r);
        sum += weighted_sum(weight, first, both);
    }
    return sum;
}

}  // namespace fastreg
