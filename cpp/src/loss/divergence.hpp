// The divergence that those of all families are made of.
#pragma once

#include <cmath>

#include "fastreg/core/types.hpp"

namespace fastreg {

constexpr double tiny = 1e-300;

// m log(m / μ) − (m − μ) ≥ 0 for m = μ + difference, with 0 log 0 = 0, infinite for m < 0 by more than
// the rounding of one or the underflow of the other. log_mean is log μ, also where μ underflows. A mean
// that overflows is infinitely far from any other.
inline double poisson_divergence(double mean, double log_mean, double difference) {
    if (mean == infinity) return infinity;
    const double m = mean + difference;
    if (m < 0.0) return m < -4.0 * epsilon * std::abs(difference) - tiny ? infinity : mean;
    if (m == 0.0) return mean;
    const double u = difference / mean;
    // The first terms of the series, where the difference of the others would lose digits.
    if (std::abs(u) < 1e-3)
        return difference * u * (1.0 / 2.0 - u * (1.0 / 6.0 - u * (1.0 / 12.0 - u / 20.0)));
    // Of logarithms of very small means the difference would lose them, too.
    return m * (std::abs(u) < 0.5 ? std::log1p(u) : std::log(m) - log_mean) - difference;
}

}  // namespace fastreg
