// The divergence that those of all families are made of, over a run of rows.
#pragma once

#include <limits>

#include "fastreg/core/types.hpp"

namespace fastreg {

// Rows that are worked on together: their intermediate values stay in the first-level cache.
constexpr Index loss_run = 512;
using Run = Eigen::Array<double, Eigen::Dynamic, 1, 0, loss_run, 1>;

// The sum of the values of a run that begins at `first`. What has no weight counts for nothing, even if
// it is infinite; empty weights stand for ones.
inline double weighted_sum(const Vector& weight, Index first, const Run& values) {
    if (weight.size() == 0) return values.sum();
    const auto w = weight.segment(first, values.size()).array();
    return (w > 0.0).select(w * values, 0.0).sum();
}

// log(1 + x) for finite x > −1, by the logarithm that comes in packets: what rounding 1 + x took off x
// is added to first order.
inline Run log_one_plus(const Run& x) {
    const Run sum = 1.0 + x;
    return sum.log() + (x - (sum - 1.0)) / sum;
}

// m log(m / μ) − (m − μ) for m = μ (1 + u) with a small u: the first terms of its series, where the
// difference would lose digits.
constexpr double small_change = 1e-3;
inline Run divergence_series(const Run& difference, const Run& u) {
    return difference * u * (1.0 / 2.0 - u * (1.0 / 6.0 - u * (1.0 / 12.0 - u / 20.0)));
}

// m log(m / μ) − (m − μ) ≥ 0 for m = μ + difference, with 0 log 0 = 0, infinite for m < 0 by more than
// the rounding of one or the underflow of the other. log_mean is log μ, also where μ underflows. A mean
// that overflows is infinitely far from any other.
inline Run poisson_divergence(const Run& mean, const Run& log_mean, const Run& difference) {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    constexpr double smallest = std::numeric_limits<double>::min(), tiny = 1e-300;
    const Run m = mean + difference, u = difference / mean;
    // Of logarithms of very small means the difference would lose digits, too.
    const Run series = divergence_series(difference, u);
    const Run near = m * log_one_plus(u.max(-0.5).min(0.5)) - difference;
    const Run far = m * (m.max(smallest).log() - log_mean) - difference;
    const Run inside = (u.abs() < small_change).select(series, (u.abs() < 0.5).select(near, far));
    const Run outside = (m < -4.0 * epsilon * difference.abs() - tiny)
                            .select(Run::Constant(m.size(), infinite), mean);
    const Run finite = (m > 0.0).select(inside, outside);
    return (difference == 0.0)
        .select(0.0, (mean < infinite).select(finite, Run::Constant(m.size(), infinite)));
}

}  // namespace fastreg
