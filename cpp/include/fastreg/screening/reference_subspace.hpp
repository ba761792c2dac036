// Bounds on the correlations x_jᵀ r of all features with a new residual, from a few residuals whose
// correlations are known.
//
// Let Q be an orthonormal basis of the reference residuals and C = XᵀQ. For a residual r with
// coordinates a = Qᵀr and remainder d = r − Q a,
//
//     |x_jᵀ r − C_j a| = |(x_j − Q C_jᵀ)ᵀ d| ≤ sqrt(‖x_j‖² − ‖C_j‖²) ‖d‖.
//
// Along a path residuals move on nearly straight pieces, so ‖d‖ is small and the bound tells for
// all but a few features whether they can enter, at the price of p · |Q| multiplications instead of
// a pass over X. The bound is safe: rounding is allowed for, so a feature is never lost.
#pragma once

#include "fastreg/core/types.hpp"

namespace fastreg {

class ReferenceSubspace {
public:
    // square_norms: ‖x_j‖² of all features; capacity: the largest number of references.
    ReferenceSubspace(Index rows, Vector square_norms, Index capacity);

    Index size() const { return size_; }
    // Adds a residual whose correlations with all features are known exactly. A full subspace starts
    // again from it.
    void add(const ConstVectorRef& residual, const ConstVectorRef& correlations);
    // estimate = C Qᵀ r; the error of entry j is at most error_bound(j), which holds until the next
    // call.
    void project(const ConstVectorRef& residual, VectorRef estimate);
    double error_bound(Index j) const {
        return spread_[j] * remainder_norm_ + rounding_ * norm_[j];
    }
    // The same for count features from the first on, as an expression.
    auto error_bounds(Index first, Index count) const {
        return remainder_norm_ * spread_.segment(first, count).array() +
               rounding_ * norm_.segment(first, count).array();
    }

private:
    bool full() const { return size_ == capacity_; }

    Index capacity_;
    Index size_ = 0;
    Matrix basis_;         // Q, the leading size() columns
    Matrix correlations_;  // C, the same
    Vector norm_;          // ‖x_j‖
    Vector spread_;        // sqrt(‖x_j‖² − ‖C_j‖²), rounded up
    double remainder_norm_ = 0.0;
    Vector reference_error_;  // of the columns of C, relative to ‖x_j‖
    double rounding_ = 0.0;
};

}  // namespace fastreg
