#include <cmath>

#include "divergence.hpp"
#include "fastreg/loss/loss.hpp"

namespace fastreg {

double PoissonLoss::evaluate(const Vector& y, const Vector& weight, const Vector& eta,
                             VectorRef residual, VectorRef curvature) const {
    curvature = eta.array().exp();
    residual = y - curvature;
    double sum = 0.0;
    for (Index i = 0; i < y.size(); ++i) {
        const double w = weight.size() ? weight[i] : 1.0;
        if (w == 0.0) continue;
        const double saturated = y[i] > 0.0 ? y[i] * (std::log(y[i]) - 1.0) : 0.0;
        sum += w * (curvature[i] - y[i] * eta[i] + saturated);
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
