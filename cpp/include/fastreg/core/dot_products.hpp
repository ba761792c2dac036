// Dot products of columns that lie anywhere, four at a time: the memory has four streams to fetch
// ahead, and sums in eight lanes don't wait for each other.
#pragma once

#include <array>
#include <span>

#include "fastreg/core/types.hpp"

namespace fastreg {

namespace detail {

using Lanes = Eigen::Array<double, 8, 1>;

inline Lanes lanes(const double* from) { return Eigen::Map<const Lanes>(from); }

// Written out: GCC warns of the intrinsics that Eigen's sum() of eight lanes becomes (bug 105593).
inline double lane_sum(const Lanes& s) {
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}

template <std::size_t count>
void dot_some(const double* const* a, const double* const* b, Index n, double* out) {
    std::array<Lanes, count> sums;
    sums.fill(Lanes::Zero());
    const Index whole = n - n % 8;
    for (Index i = 0; i < whole; i += 8)
        for (std::size_t k = 0; k < count; ++k) sums[k] += lanes(a[k] + i) * lanes(b[k] + i);
    for (std::size_t k = 0; k < count; ++k) {
        double sum = lane_sum(sums[k]);
        for (Index i = whole; i < n; ++i) sum += a[k][i] * b[k][i];
        out[k] = sum;
    }
}

}  // namespace detail

// out[k] = Σ_i a[k][i] b[k][i], the same to the bit in whatever company a pair comes.
inline void dot_products(std::span<const double* const> a, const double* const* b, Index n,
                         double* out) {
    std::size_t k = 0;
    for (; k + 4 <= a.size(); k += 4) detail::dot_some<4>(&a[k], b + k, n, out + k);
    for (; k < a.size(); ++k) detail::dot_some<1>(&a[k], b + k, n, out + k);
}

}  // namespace fastreg
