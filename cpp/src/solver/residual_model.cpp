#include "fastreg/solver/residual_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fastreg {

namespace {

// The residual is computed anew when steps may have left rounding errors of this size, relative to
// the norm of y. They enter a duality gap by their square.
constexpr double most_drift = 1e-12;

}  // namespace

ResidualModel::ResidualModel(const StandardizedDesign& X, Vector y)
    : X_(X), y_(std::move(y)), working_set_(X), residual_(y_) {
    constant_ = residual_square_ = y_.squaredNorm() / static_cast<double>(X.rows());
}

void ResidualModel::reserve(Index size) {
    const Index old = coef.size();
    if (size <= old) return;
    const Index capacity = std::min(std::max<Index>(2 * size, 16), X_.cols());
    for (Vector* v : {&coef, &gradient, &curvature_, &synced_, &steps_}) {
        v->conservativeResize(capacity);
        v->tail(capacity - old).setZero();
    }
    changed_.reserve(static_cast<std::size_t>(capacity));
}

void ResidualModel::add(Features features, const ColumnCache* cache) {
    const Index old = size(), added = static_cast<Index>(features.size());
    if (added == 0) return;
    reserve(old + added);
    working_set_.add(features, cache);
    for (Index i = old; i < size(); ++i) {
        all_.push_back(i);
        curvature_[i] = X_.mean_square()[working_set_.feature(i)];
    }
    working_set_.correlate(Features(all_).subspan(static_cast<std::size_t>(old)), residual_,
                           gradient.segment(old, added));
    gradient.segment(old, added) /= static_cast<double>(X_.rows());
}

double ResidualModel::objective() const {
    double sum = 0.5 * residual_square_;
    for (Index i = 0; i < size(); ++i) sum += h(i).value(coef[i]);
    return sum;
}

void ResidualModel::refresh() {
    changed_.clear();
    Index count = 0;
    for (Index i = 0; i < size(); ++i) {
        const double step = coef[i] - synced_[i];
        if (step == 0.0) continue;
        changed_.push_back(i);
        steps_[count++] = -step;
        drift_ += epsilon * std::abs(step) * std::sqrt(curvature_[i]);
        synced_[i] = coef[i];
    }
    if (changed_.empty() && !moved_) return;
    if (drift_ > most_drift * std::sqrt(constant_))
        recompute_residual();
    else
        working_set_.add_columns(changed_, steps_, residual_);
    residual_square_ = residual_.squaredNorm() / static_cast<double>(X_.rows());
    working_set_.correlate(all_, residual_, gradient.head(size()));
    gradient.head(size()) /= static_cast<double>(X_.rows());
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
    drift_ += epsilon * std::abs(step) * std::sqrt(curvature_[i]);
    working_set_.add_column(i, synced_[i] - coef[i], residual_);
    synced_[i] = coef[i];
    moved_ = true;
}

double ResidualModel::gradient_now(Index i) const {
    return working_set_.dot(i, residual_) / static_cast<double>(X_.rows());
}

void ResidualModel::multiply(Features A, const Vector& d, VectorRef out) {
    image_.setZero(X_.rows());
    working_set_.add_columns(A, d, image_);
    working_set_.correlate(A, image_, out);
    out /= static_cast<double>(X_.rows());
}

}  // namespace fastreg
