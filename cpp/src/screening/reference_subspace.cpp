#include "fastreg/screening/reference_subspace.hpp"

#include <utility>

namespace fastreg {

namespace {

// Relative errors that products of this length may carry, generously.
constexpr double product_error = 1e-13;
// A residual closer to the subspace than this, relative to its norm, adds too much of its rounding
// errors.
constexpr double independence = 1e-5;

}  // namespace

// The room for all references is there from the start: memory is taken where it is written, and
// nothing is copied when one comes.
ReferenceSubspace::ReferenceSubspace(Index rows, Vector square_norms, Index capacity)
    : capacity_(capacity),
      basis_(rows, capacity),
      correlations_(square_norms.size(), capacity),
      norm_(std::move(square_norms)),
      reference_error_(capacity) {
    norm_ = norm_.cwiseSqrt();
    spread_ = norm_;
}

// Gram–Schmidt, twice: once loses the orthogonality that the bound rests on.
void ReferenceSubspace::add(const ConstVectorRef& residual, const ConstVectorRef& correlations) {
    if (capacity_ == 0) return;
    if (full()) size_ = 0;  // the path has moved on: the newest residual is the best reference
    auto direction = basis_.col(size_);
    auto image = correlations_.col(size_);
    direction = residual;
    image = correlations;
    for (int k = 0; k < 2; ++k) {
        const Vector a = basis_.leftCols(size_).transpose() * direction;
        direction.noalias() -= basis_.leftCols(size_) * a;
        image.noalias() -= correlations_.leftCols(size_) * a;
    }
    const double length = direction.norm();
    if (!(length > independence * residual.norm())) return;
    direction /= length;
    image /= length;
    reference_error_[size_] = product_error * residual.norm() / length;
    ++size_;
    // C_j may be off by reference_error · ‖x_j‖ ≥ reference_error · |C_j|, and its square by twice
    // as much.
    const double slack = product_error + 2.0 * reference_error_.head(size_).sum();
    spread_ = norm_.cwiseAbs2() * (1.0 + slack);
    for (Index k = 0; k < size_; ++k) spread_ -= correlations_.col(k).cwiseAbs2();
    spread_ = spread_.cwiseMax(0.0).cwiseSqrt();
}

void ReferenceSubspace::project(const ConstVectorRef& residual, VectorRef estimate) {
    const auto Q = basis_.leftCols(size_);
    const Vector a = Q.transpose() * residual;
    const Vector remainder = residual - Q * a;
    remainder_norm_ = remainder.norm();
    rounding_ = product_error * residual.norm() + a.cwiseAbs().dot(reference_error_.head(size_));
    estimate.noalias() = correlations_.leftCols(size_) * a;
}

}  // namespace fastreg
