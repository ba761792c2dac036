#include "fastreg/solver/glm_model.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace fastreg {

namespace {

// Newton's method for the intercept: its longest step, and the step below which the next one would
// be lost in rounding errors.
constexpr double longest_step = 4.0;
constexpr double last_step = 1e-8;
constexpr int most_steps = 200;
// The linear predictor is computed anew when steps may have left rounding errors of this size.
constexpr double most_drift = 1e-12;

}  // namespace

GlmModel::GlmModel(const StandardizedDesign& X, const Loss& loss, Response response)
    : WorkingModel(X),
      family_(loss),
      response_(std::move(response)),
      root_(X.root_weight()),
      linear_(Vector::Zero(X.rows())),
      eta_(X.rows()),
      plain_residual_(X.rows()),
      row_curvature_(X.rows()) {
    if (root_.size())
        inverse_root_ = root_.unaryExpr([](double w) { return w > 0.0 ? 1.0 / w : 0.0; });
    if (!evaluate(linear_))
        throw std::invalid_argument(
            "y has no null model: all of it that has weight is at one end of its range, so the "
            "best "
            "intercept is infinite");
    set_residual();
    null_objective_ = loss_value_;
    null_square_ = residual_square_ = residual_.squaredNorm() / static_cast<double>(X.rows());
}

double GlmModel::deviance_ratio() const {
    return null_objective_ > 0.0 ? 1.0 - loss_value_ / null_objective_ : 0.0;
}

// Everything that depends on the linear predictor and the best intercept. Whether there is one.
bool GlmModel::evaluate(const Vector& linear) {
    const Vector& w = response_.weight;
    const double n = static_cast<double>(X_.rows());
    bool last = !response_.fit_intercept, found = last;
    for (int k = 0; k < most_steps; ++k) {
        eta_ = root_.size() ? linear.cwiseProduct(inverse_root_).eval() : linear;
        if (response_.offset.size()) eta_ += response_.offset;
        eta_.array() += intercept_;
        loss_value_ = family_.evaluate(response_.y, w, eta_, plain_residual_, row_curvature_) / n;
        const double sum = weight_sum(row_curvature_);
        curvature_scale_ = sum / n;
        if (last) return found;
        const double step = (w.size() ? w.dot(plain_residual_) : plain_residual_.sum()) / sum;
        if (!std::isfinite(step)) return false;
        last = found = std::abs(step) <= last_step;
        intercept_ += std::clamp(step, -longest_step, longest_step);
    }
    return false;
}

void GlmModel::set_residual() {
    residual_ = root_.size() ? plain_residual_.cwiseProduct(root_).eval() : plain_residual_;
}

double GlmModel::weight_sum(const Vector& row_curvature) const {
    const Vector& w = response_.weight;
    return w.size() ? w.dot(row_curvature) : row_curvature.sum();
}

// v ← v less its mean in the metric of the curvatures, which is what the intercept takes up.
void GlmModel::centre(const Vector& row_curvature, Vector& v) const {
    if (!response_.fit_intercept) return;
    const double sum = weight_sum(row_curvature);
    if (!(sum > 0.0)) return;
    if (root_.size())
        v -= root_ * (root_.cwiseProduct(row_curvature).dot(v) / sum);
    else
        v.array() -= row_curvature.dot(v) / sum;
}

double GlmModel::loss_gap(double s, const Vector& image) const {
    if (s == 1.0 && image.size() == 0) return 0.0;
    Vector difference = (1.0 - s) * plain_residual_;
    if (image.size())
        difference += s * (root_.size() ? image.cwiseProduct(inverse_root_).eval() : image);
    return family_.divergence(response_.weight, eta_, difference) / static_cast<double>(X_.rows());
}

void GlmModel::refresh() {
    take_changes();
    if (changed_.empty() && !moved_ && !stale_) return;
    for (std::size_t k = 0; k < changed_.size(); ++k)
        drift_ += epsilon * std::abs(steps_[static_cast<Index>(k)]) *
                  std::sqrt(mean_square_[changed_[k]]);
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

void GlmModel::move(Index i, double step) {
    coef[i] += step;
    working_set_.add_column(i, coef[i] - synced_[i], linear_);
    synced_[i] = coef[i];
    moved_ = true;
}

double GlmModel::gradient_now(Index i) {
    if (moved_) {
        evaluate(linear_);
        set_residual();
        moved_ = false;
        stale_ = true;
    }
    return working_set_.dot(i, residual_) / static_cast<double>(X_.rows());
}

void GlmModel::add_image(Features A, const Vector& d, Vector& image) const {
    Vector v = Vector::Zero(X_.rows());
    working_set_.add_columns(A, d, v);
    centre(row_curvature_, v);
    image += row_curvature_.cwiseProduct(v);
}

void GlmModel::multiply(Features A, const Vector& d, VectorRef out) {
    image_.setZero(X_.rows());
    add_image(A, d, image_);
    working_set_.correlate(A, image_, out);
    out /= static_cast<double>(X_.rows());
}

Vector GlmModel::products_with_ones(const Vector& row_curvature, Features A) const {
    Vector products(static_cast<Index>(A.size()));
    const Vector ones = root_.size() ? row_curvature.cwiseProduct(root_).eval() : row_curvature;
    working_set_.correlate(A, ones, products);
    return products;
}

void GlmModel::cross(const Vector& row_curvature, Features rows, Features cols,
                     MatrixRef out) const {
    if (rows.empty() || cols.empty()) return;
    working_set_.cross(rows, cols, out, &row_curvature);
    if (!response_.fit_intercept) return;
    const double share = 1.0 / (weight_sum(row_curvature) * static_cast<double>(X_.rows()));
    const Vector right = products_with_ones(row_curvature, cols);
    out.noalias() -= share * products_with_ones(row_curvature, rows) * right.transpose();
}

void GlmModel::sandwich(const Vector& row_curvature, Features A, MatrixRef out) const {
    if (A.empty()) return;
    working_set_.sandwich(A, row_curvature, out);
    if (!response_.fit_intercept) return;
    const double share = 1.0 / (weight_sum(row_curvature) * static_cast<double>(X_.rows()));
    const Vector products = products_with_ones(row_curvature, A);
    out.noalias() -= share * products * products.transpose();
}

Vector GlmModel::image(Features A, const Vector& step) const {
    Vector v = Vector::Zero(X_.rows());
    working_set_.add_columns(A, step, v);
    return v;
}

double GlmModel::energy(const Vector& row_curvature, const Vector& image) const {
    Vector v = image;
    centre(row_curvature, v);
    return 0.5 * row_curvature.dot(v.cwiseAbs2()) / static_cast<double>(X_.rows());
}

double GlmModel::loss_along(const Vector& image, double t) {
    trial_ = linear_ + t * image;
    evaluate(trial_);
    return loss_value_;
}

void GlmModel::take_step() {
    for (Index i = 0; i < size(); ++i)
        drift_ += epsilon * std::abs(coef[i] - synced_[i]) * std::sqrt(mean_square_[i]);
    synced_.head(size()) = coef.head(size());
    linear_.swap(trial_);
    set_residual();
    correlate();
    moved_ = drift_ > most_drift;
}

void GlmModel::undo() { evaluate(linear_); }

}  // namespace fastreg
