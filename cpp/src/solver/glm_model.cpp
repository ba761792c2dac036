#include "fastreg/solver/glm_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fastreg {

namespace {

// Newton's method for the intercept: its longest step.
constexpr double longest_step = 4.0;
constexpr int most_steps = 200;
// Products in float32: columns from which on they are worth the conversion, and the largest number
// that they are taken of.
constexpr std::size_t fewest_rough = 16;
constexpr double most_rough = 1e18;

}  // namespace

GlmModel::GlmModel(const StandardizedDesign& X, const Loss& loss, Response response)
    : PredictorModel(X, X.root_weight()),
      family_(loss),
      response_(std::move(response)),
      eta_(X.rows()),
      plain_residual_(X.rows()),
      row_curvature_(X.rows()) {
    // Offsets of rows without weight may be so large that means overflow: 0 times those is no number.
    if (root_.size() && response_.offset.size())
        response_.offset = (root_.array() > 0.0).select(response_.offset, 0.0);
    start();
}

// Everything that depends on the linear predictor and the best intercept. Whether there is one; where
// none is found the loss is infinite, so that no step ends there, and the intercept stays what it was.
bool GlmModel::evaluate(const Vector& linear) {
    const Vector& w = response_.weight;
    const double n = static_cast<double>(X_.rows());
    const double start = intercept_;
    known_scale_ = 1.0;
    for (int k = 0; k < most_steps; ++k) {
        eta_ = root_.size() ? linear.cwiseProduct(inverse_root_).eval() : linear;
        if (response_.offset.size()) eta_ += response_.offset;
        eta_.array() += intercept_;
        loss_value_ = family_.evaluate(response_.y, w, eta_, plain_residual_, row_curvature_) / n;
        const double sum = weight_sum(row_curvature_);
        curvature_scale_ = sum / n;
        if (!response_.fit_intercept) return true;
        const double step = (w.size() ? w.dot(plain_residual_) : plain_residual_.sum()) / sum;
        if (!std::isfinite(step)) break;
        if (std::abs(step) <= Loss::most_shift) {
            balance();
            return true;
        }
        intercept_ += std::clamp(step, -longest_step, longest_step);
    }
    intercept_ = start;
    loss_value_ = infinity;
    return false;
}

// The rest of the way to the best intercept.
void GlmModel::balance() {
    const LossShift shift =
        family_.balance(response_.y, response_.weight, plain_residual_, row_curvature_);
    intercept_ += shift.by;
    eta_.array() += shift.by;
    loss_value_ = std::max(0.0, loss_value_ + shift.loss / static_cast<double>(X_.rows()));
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
    const double n = static_cast<double>(X_.rows());
    // The mean is y itself, and the image does not count.
    if (s == 0.0) return loss_value_;
    if (image.size()) {
        Vector difference = (1.0 - s) * plain_residual_;
        difference += s * (root_.size() ? image.cwiseProduct(inverse_root_).eval() : image);
        return family_.divergence(response_.weight, eta_, difference) / n;
    }
    if (s == 1.0) return 0.0;
    if (s != known_scale_) {
        known_scale_ = s;
        known_gap_ = family_.divergence_toward(response_.y, response_.weight, eta_, plain_residual_,
                                               row_curvature_, 1.0 - s) /
                     n;
    }
    return known_gap_;
}

void GlmModel::add_image(Features A, const Vector& d, Vector& image) const {
    Vector v = Vector::Zero(X_.rows());
    working_set_.add_columns(A, d, v);
    centre(row_curvature_, v);
    image += row_curvature_.cwiseProduct(v);
}

Vector GlmModel::products_with_ones(const Vector& row_curvature, Features A) const {
    Vector products(static_cast<Index>(A.size()));
    const Vector ones = root_.size() ? row_curvature.cwiseProduct(root_).eval() : row_curvature;
    working_set_.correlate(A, ones, products);
    return products;
}

// Squares of weighted entries, and what is left of those of the least weights, are far from the ends
// of the range.
bool GlmModel::fits_float(const Vector& row_curvature, Features A) const {
    if (X_.sparse()) return false;
    const double largest = row_curvature.maxCoeff();
    return largest < most_rough &&
           std::ranges::all_of(
               A,
               [&](Index i) {
                   const double square = mean_square_[i], weighted = largest * square;
                   return square < most_rough && 1.0 / most_rough < weighted &&
                          weighted < most_rough;
               });
}

void GlmModel::cross(const Vector& row_curvature, Features rows, Features cols, MatrixRef out,
                     bool rough) const {
    if (rows.empty() || cols.empty()) return;
    if (rough && cols.size() >= fewest_rough && fits_float(row_curvature, rows) &&
        fits_float(row_curvature, cols))
        working_set_.rough_cross(rows, cols, row_curvature, out);
    else
        working_set_.cross(rows, cols, out, &row_curvature);
    if (!response_.fit_intercept) return;
    const double share = 1.0 / (weight_sum(row_curvature) * static_cast<double>(X_.rows()));
    const Vector right = products_with_ones(row_curvature, cols);
    out.noalias() -= share * products_with_ones(row_curvature, rows) * right.transpose();
}

void GlmModel::sandwich(const Vector& row_curvature, Features A, MatrixRef out, bool rough) const {
    if (A.empty()) return;
    if (rough && fits_float(row_curvature, A))
        working_set_.rough_sandwich(A, row_curvature, out);
    else
        working_set_.sandwich(A, row_curvature, out);
    if (!response_.fit_intercept) return;
    // The root, so that both triangles stay the same to the bit.
    const double share =
        1.0 / std::sqrt(weight_sum(row_curvature) * static_cast<double>(X_.rows()));
    const Vector products = share * products_with_ones(row_curvature, A);
    out.noalias() -= products * products.transpose();
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
    linear_.swap(trial_);
    accept();
}

void GlmModel::undo() { evaluate(linear_); }

}  // namespace fastreg
