#include "fastreg/solver/predictor_model.hpp"

#include <cmath>
#include <stdexcept>

namespace fastreg {

namespace {

// The linear predictor is computed anew when steps may have left rounding errors of this size.
constexpr double most_drift = 1e-12;

}  // namespace

PredictorModel::PredictorModel(const StandardizedDesign& X, const Vector& root_weight)
    : WorkingModel(X),
      root_(root_weight),
      inverse_root_(root_.unaryExpr([](double w) { return w > 0.0 ? 1.0 / w : 0.0; })),
      linear_(Vector::Zero(X.rows())) {}

void PredictorModel::start() {
    if (!evaluate(linear_))
        throw std::invalid_argument(
            "y has no null model: all of it that has weight is at one end of its range, "
            "so the best intercept is infinite");
    set_residual();
    null_objective_ = loss_value_;
    null_square_ = residual_square_ = residual_.squaredNorm() / static_cast<double>(X_.rows());
}

double PredictorModel::deviance_ratio() const {
    return null_objective_ > 0.0 ? 1.0 - loss_value_ / null_objective_ : 0.0;
}

void PredictorModel::add_drift(Index i, double step) {
    drift_ += epsilon * std::abs(step) * std::sqrt(mean_square_[i]);
}

void PredictorModel::refresh() {
    take_changes();
    if (changed_.empty() && !moved_ && !stale_) return;
    for (std::size_t k = 0; k < changed_.size(); ++k)
        add_drift(changed_[k], steps_[static_cast<Index>(k)]);
    if (drift_ > most_drift) {
        linear_.setZero();
        steps_.head(size()) = coef.head(size());
        working_set_.add_columns(all_, steps_, linear_);
        drift_ = 0.0;
    } else {
        working_set_.add_columns(changed_, steps_, linear_);
    }
    if (!changed_.empty() || moved_) evaluate(linear_);
    set_residual();
    correlate();
    moved_ = stale_ = false;
}

void PredictorModel::move(Index i, double step) {
    coef[i] += step;
    add_drift(i, step);
    working_set_.add_column(i, coef[i] - synced_[i], linear_);
    synced_[i] = coef[i];
    moved_ = true;
}

double PredictorModel::gradient_now(Index i) {
    if (moved_) {
        evaluate(linear_);
        set_residual();
        moved_ = false;
        stale_ = true;
    }
    return working_set_.dot(i, residual_) / static_cast<double>(X_.rows());
}

void PredictorModel::accept() {
    for (Index i = 0; i < size(); ++i) add_drift(i, coef[i] - synced_[i]);
    synced_.head(size()) = coef.head(size());
    set_residual();
    correlate();
    moved_ = drift_ > most_drift;
}

void PredictorModel::multiply(Features A, const Vector& d, VectorRef out) {
    image_.setZero(X_.rows());
    add_image(A, d, image_);
    working_set_.correlate(A, image_, out);
    out /= static_cast<double>(X_.rows());
}

}  // namespace fastreg
