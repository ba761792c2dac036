#include "fastreg/solver/residual_model.hpp"

#include <cmath>
#include <utility>

#include "fastreg/solver/certificate.hpp"

namespace fastreg {

namespace {

// The residual is computed anew when steps may have left rounding errors of this size, relative to
// the norm of y. They enter a duality gap by their square.
constexpr double most_drift = 1e-12;

}  // namespace

ResidualModel::ResidualModel(const StandardizedDesign& X, Vector y)
    : WorkingModel(X), y_(std::move(y)) {
    residual_ = y_;
    constant_ = residual_square_ = y_.squaredNorm() / static_cast<double>(X.rows());
}

double ResidualModel::deviance_ratio() const {
    return constant_ > 0.0 ? 1.0 - residual_square_ / constant_ : 0.0;
}

// The residual is orthogonal to the image but for what is projected off it.
double ResidualModel::loss_gap(double s, const Vector& image) const {
    const double off = image.squaredNorm() / static_cast<double>(X_.rows());
    return 0.5 * off + LeastSquaresGap{std::max(0.0, residual_square_ - off)}(s);
}

void ResidualModel::add_drift(Index i, double step) {
    drift_ += epsilon * std::abs(step) * std::sqrt(mean_square_[i]);
}

void ResidualModel::refresh() {
    take_changes();
    for (std::size_t k = 0; k < changed_.size(); ++k) {
        double& step = steps_[static_cast<Index>(k)];
        add_drift(changed_[k], step);
        step = -step;
    }
    if (changed_.empty() && !moved_) return;
    if (drift_ > most_drift * std::sqrt(constant_))
        recompute_residual();
    else
        working_set_.add_columns(changed_, steps_, residual_);
    correlate();
    moved_ = false;
}

void ResidualModel::recompute_residual() {
    residual_ = y_;
    steps_.head(size()) = -coef.head(size());
    working_set_.add_columns(all_, steps_, residual_);
    drift_ = 0.0;
}

void ResidualModel::move(Index i, double step) {
    coef[i] += step;
    add_drift(i, step);
    working_set_.add_column(i, synced_[i] - coef[i], residual_);
    synced_[i] = coef[i];
    moved_ = true;
}

double ResidualModel::gradient_now(Index i) {
    return working_set_.dot(i, residual_) / static_cast<double>(X_.rows());
}

void ResidualModel::multiply(Features A, const Vector& d, VectorRef out) {
    image_.setZero(X_.rows());
    working_set_.add_columns(A, d, image_);
    working_set_.correlate(A, image_, out);
    out /= static_cast<double>(X_.rows());
}

}  // namespace fastreg
