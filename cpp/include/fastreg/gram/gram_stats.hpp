// Sufficient statistics of least squares: all that a path needs of tall data, p² numbers however
// many rows there are.
//
// They come from one reading of X, by blocks of rows that stay in the cache. A run of blocks, a
// *chunk*, is taken about an origin of its own near its means, so that columns far from zero lose
// no digits, and chunks are merged by the formula of Chan, Golub and LeVeque (1983):
//
//     S = S₁ + S₂ + (W₁ W₂ / W) Δ Δᵀ,     Δ = mean₂ − mean₁,   W = W₁ + W₂.
//
// Chunks begin at fixed rows and are merged in their order, whoever computed them, so the result
// depends on the data alone.
#pragma once

#include <optional>

#include "fastreg/batch/thread_pool.hpp"
#include "fastreg/core/control.hpp"
#include "fastreg/design/design.hpp"

namespace fastreg {

struct GramStats {
    Index rows = 0;       // those with a positive weight
    double weight = 0.0;  // Σ w
    Vector x_mean;        // Σ w x / Σ w
    Vector y_mean;        // one entry a response
    Matrix gram;          // Σ w (x − x_mean)(x − x_mean)ᵀ, both triangles
    Matrix xty;           // Σ w (x − x_mean)(y − y_mean), features × responses
    Vector yty;           // Σ w (y − y_mean)²
};

// Y has a response in each column; sample_weight may be empty (ones). Nothing if interrupted. The
// threads of a pool share the products of dense rows.
std::optional<GramStats> gram_stats(const Design& X, const ConstMatrixRef& Y,
                                    const Vector& sample_weight, const Control& control,
                                    ThreadPool* pool = nullptr);

// The statistics of the rows of both, in `into`.
void merge(GramStats& into, const GramStats& part);

}  // namespace fastreg
