#include "fastreg/solver/multinomial_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fastreg/loss/divergence.hpp"

namespace fastreg {

namespace {

// Newton's method for the intercepts, as in the model of a single predictor.
constexpr double longest_step = 4.0;
constexpr double last_step = 1e-8;
// One that gains less than rounding errors of the loss may be the last if it is no longer than this:
// towards -inf, where a class without weight has its intercept, steps keep their length.
constexpr double last_unseen_step = 1e-3;
constexpr int most_steps = 200;
// A step may seem to raise the loss by this share of it, and by so many roundings of what it is the
// difference of: of nearly certain means this is more.
constexpr double rounding = 1e-12;
constexpr double roundings = 4.0;

}  // namespace

MultinomialModel::MultinomialModel(const StandardizedDesign& X, const StandardizedDesign& single,
                                   Matrix Y, bool fit_intercept, Matrix offset)
    : PredictorModel(X, single.root_weight()),
      single_(single),
      n_(Y.rows()),
      n_classes_(Y.cols()),
      Y_(std::move(Y)),
      weight_(single.root_weight().cwiseAbs2()),
      fit_intercept_(fit_intercept),
      shift_(Vector::Zero(n_classes_)),
      intercepts_(Vector::Zero(n_classes_)) {
    if (offset.size()) take_offset(std::move(offset));
    for (Index k = 0; k < n_classes_; ++k)
        for (Index i = 0; i < n_; ++i)
            if (Y_(i, k) > 0.0)
                entropy_ += (weight_.size() ? weight_[i] : 1.0) * Y_(i, k) * std::log(Y_(i, k));
    start();
}

// What all classes of a row have in common says nothing, nor does the offset of a row without weight,
// which may be so large that its means are no numbers; and Newton's method for the intercepts begins
// where a class's offsets are 0 on average.
void MultinomialModel::take_offset(Matrix offset) {
    offset_ = std::move(offset);
    const Vector common = offset_.rowwise().mean();
    offset_.colwise() -= common;
    for (Index i = 0; i < weight_.size(); ++i)
        if (weight_[i] == 0.0) offset_.row(i).setZero();
    if (!fit_intercept_) return;
    const double n = static_cast<double>(n_);
    shift_ = -(weight_.size() ? Vector(offset_.transpose() * weight_)
                              : Vector(offset_.colwise().sum().transpose())) /
             n;
    offset_.rowwise() += shift_.transpose();
}

Matrix MultinomialModel::unweighted(const Vector& stacked) const {
    Matrix plain = Eigen::Map<const Matrix>(stacked.data(), n_, n_classes_);
    if (inverse_root_.size()) plain.array().colwise() *= inverse_root_.array();
    return plain;
}

// Means at the predictor and the intercepts; returns Σ w ℓ, which is right to `noise_`.
double MultinomialModel::evaluate_rows(const Vector& linear) {
    log_mean_ = unweighted(linear);
    if (offset_.size()) log_mean_ += offset_;
    log_mean_.rowwise() += intercepts_.transpose();
    const Vector linked = log_mean_.cwiseProduct(Y_).rowwise().sum();
    const Vector largest = log_mean_.rowwise().maxCoeff();
    log_mean_.colwise() -= largest;
    mean_ = log_mean_.array().exp();
    const Vector total = mean_.rowwise().sum();
    const Vector log_total = total.array().log();
    mean_.array().colwise() /= total.array();
    log_mean_.colwise() -= log_total;
    const Vector loss = log_total + (largest - linked);
    const Vector size = largest.cwiseAbs() + linked.cwiseAbs();
    const double total_loss = (weight_.size() ? weight_.dot(loss) : loss.sum()) + entropy_;
    const double total_size = weight_.size() ? weight_.dot(size) : size.sum();
    noise_ = roundings * epsilon * (std::abs(total_loss) + std::abs(entropy_) + total_size);
    return total_loss;
}

// The step of Newton's method for the intercepts. The Hessian is singular along a shift of them all,
// in which it gets a curvature: the step's sum stays 0. The loss decreases by half of `decrease`.
bool MultinomialModel::intercept_system(Vector& step, double& decrease) {
    const Matrix weighted = weight_.size() ? Matrix(weight_.asDiagonal() * mean_) : mean_;
    const Matrix rest = weight_.size() ? Matrix(weight_.asDiagonal() * (Y_ - mean_)) : Y_ - mean_;
    Matrix H = -(weighted.transpose() * mean_);
    H.diagonal() += weighted.colwise().sum().transpose();
    H.array() += H.trace() / static_cast<double>(n_classes_ * n_classes_);
    intercept_factor_.compute(H);
    if (intercept_factor_.info() != Eigen::Success) return false;
    const Vector slope = rest.colwise().sum().transpose();
    step = intercept_factor_.solve(slope);
    decrease = step.dot(slope);
    return step.allFinite();
}

// Where no intercepts are found the loss is infinite, so that no step ends there, and the intercepts
// stay what they were. Those to start from may belong to a trial far away, of no use here.
bool MultinomialModel::evaluate(const Vector& linear) {
    const Vector start = intercepts_;
    if (find_intercepts(linear)) return true;
    intercepts_.setZero();
    if (!start.isZero(0.0) && find_intercepts(linear)) return true;
    intercepts_ = start;
    loss_value_ = infinity;
    return false;
}

bool MultinomialModel::find_intercepts(const Vector& linear) {
    const double rows = static_cast<double>(n_ * n_classes_);
    Vector step = Vector::Zero(n_classes_);
    double reached = infinity;
    bool last = !fit_intercept_;
    for (int k = 0; k < most_steps; ++k) {
        loss_value_ = evaluate_rows(linear) / rows;
        // Where means are nearly certain the next ones may have far more curvature.
        if (!last && loss_value_ > reached * (1.0 + rounding) + noise_ / rows) {
            step *= 0.5;
            intercepts_ -= step;
            continue;
        }
        reached = loss_value_;
        const Vector spread = (mean_.array() * (1.0 - mean_.array())).rowwise().sum();
        curvature_scale_ = (weight_.size() ? weight_.dot(spread) : spread.sum()) / rows;
        if (!fit_intercept_) return true;
        double decrease = 0.0;
        if (!intercept_system(step, decrease)) break;
        if (last) return true;
        const double length = step.lpNorm<Eigen::Infinity>();
        last = length <= (decrease <= noise_ ? last_unseen_step : last_step);
        step *= std::min(1.0, longest_step / std::max(length, longest_step));
        step.array() -= step.mean();
        intercepts_ += step;
    }
    return false;
}

void MultinomialModel::set_residual() {
    Matrix rest = Y_ - mean_;
    if (root_.size()) rest.array().colwise() *= root_.array();
    residual_ = rest.reshaped();
}

double MultinomialModel::loss_gap(double s, const Vector& image) const {
    if (s == 1.0 && image.size() == 0) return 0.0;
    Matrix difference = (1.0 - s) * (Y_ - mean_);
    if (image.size()) difference += s * unweighted(image);
    double sum = 0.0;
    for (Index k = 0; k < n_classes_; ++k)
        for (Index first = 0; first < n_; first += loss_run) {
            const Index count = std::min(loss_run, n_ - first);
            const auto run = [&](const Matrix& of) {
                return of.col(k).segment(first, count).array();
            };
            sum += weighted_sum(weight_, first,
                                poisson_divergence(run(mean_), run(log_mean_), run(difference)));
        }
    return sum / static_cast<double>(n_ * n_classes_);
}

// The Hessian of a row is diag(μ) − μ μᵀ.
void MultinomialModel::add_image(Features A, const Vector& d, Vector& image) const {
    Vector stacked = Vector::Zero(X_.rows());
    working_set_.add_columns(A, d, stacked);
    Eigen::Map<Matrix> v(stacked.data(), n_, n_classes_);
    const auto apply = [&] {
        Matrix out = mean_.cwiseProduct(v);
        const Vector inner = out.rowwise().sum();
        out -= inner.asDiagonal() * mean_;
        return out;
    };
    Matrix out = apply();
    if (fit_intercept_) {
        const Vector pull = root_.size() ? Vector(out.transpose() * root_)
                                         : Vector(out.colwise().sum().transpose());
        const Vector shift = intercept_factor_.solve(pull);
        if (root_.size())
            v -= root_ * shift.transpose();
        else
            v.rowwise() -= shift.transpose();
        out = apply();
    }
    image += out.reshaped();
}

void MultinomialModel::cross(Features rows, Features cols, MatrixRef out) const {
    const Vector one = Vector::Ones(1);
    for (std::size_t c = 0; c < cols.size(); ++c) {
        Vector image = Vector::Zero(X_.rows()), column(out.rows());
        add_image(cols.subspan(c, 1), one, image);
        working_set_.correlate(rows, image, column);
        out.col(static_cast<Index>(c)) = column / static_cast<double>(X_.rows());
    }
}

}  // namespace fastreg
