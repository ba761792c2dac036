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

ReferenceSubspace::ReferenceSubspace(Index rows, Vector square_norms, Index capacity)
    : capacity_(capacity), basis_(rows, 0), norm_(square_norms.cwiseSqrt()), spread_(norm_) {
    correlations_.resize(square_norms.size(), 0);
}

void ReferenceSubspace::clear() {
    size_ = 0;
    basis_.resize(Eigen::NoChange, 0);
    correlations_.resize(Eigen::NoChange, 0);
    reference_error_.resize(0);
    spread_ = norm_;
}

// Gram–Schmidt, twice: once loses the orthogonality that the bound rests on.
void ReferenceSubspace::add(const ConstVectorRef& residual, const ConstVectorRef& correlations) {
    if (capacity_ == 0) return;
    if (full()) clear();  // the path has moved on: the newest residual is the best reference
    Vector direction = residual, image = correlations;
    for (int k = 0; k < 2; ++k) {
        const Vector a = basis_.transpose() * direction;
        direction.noalias() -= basis_ * a;
        image.noalias() -= correlations_ * a;
    }
    const double length = direction.norm();
    if (!(length > independence * residual.norm())) return;
    basis_.conservativeResize(Eigen::NoChange, size_ + 1);
    correlations_.conservativeResize(Eigen::NoChange, size_ + 1);
    reference_error_.conservativeResize(size_ + 1);
    basis_.col(size_) = direction / length;
    correlations_.col(size_) = image / length;
    reference_error_[size_] = product_error * residual.norm() / length;
    ++size_;
    // C_j may be off by reference_error · ‖x_j‖ ≥ reference_error · |C_j|, and its square by twice
    // as much.
    const double slack = product_error + 2.0 * reference_error_.sum();
    const auto left =
        norm_.array().square() * (1.0 + slack) - correlations_.rowwise().squaredNorm().array();
    spread_ = left.max(0.0).sqrt();
}

void ReferenceSubspace::project(const ConstVectorRef& residual, VectorRef estimate) {
    const Vector a = basis_.transpose() * residual;
    Vector remainder = residual - basis_ * a;
    remainder_norm_ = remainder.norm();
    rounding_ = product_error * residual.norm() + a.cwiseAbs().dot(reference_error_);
    estimate.noalias() = correlations_ * a;
}

}  // namespace fastreg
