#include "fastreg/design/standardized.hpp"

#include <cmath>
#include <utility>

namespace fastreg {

namespace {

// glmnet's convention: the scale is the standard deviation about the mean, with or without an intercept. A constant
// column has none: beside an intercept it is excluded, without one it is an ordinary feature, scaled by its value.
double column_scale(double mean, double variance, const StandardizeOptions& options) {
    const double spread = std::sqrt(variance);
    if (options.fit_intercept && variance == 0.0) return 0.0;
    if (!options.standardize) return variance == 0.0 && mean == 0.0 ? 0.0 : 1.0;
    return variance == 0.0 ? std::abs(mean) : spread;
}

}  // namespace

Vector normalized_weight(const Vector& sample_weight) {
    if (sample_weight.size() == 0) return sample_weight;
    return sample_weight * (static_cast<double>(sample_weight.size()) / sample_weight.sum());
}

StandardizedDesign::StandardizedDesign(const Design& X, Vector sample_weight, StandardizeOptions options)
    : X_(X),
      weight_(std::move(sample_weight)),
      root_weight_(weight_.cwiseSqrt()),
      scale_(X.cols()),
      inverse_scale_(X.cols()),
      mean_square_(X.cols()),
      fit_intercept_(options.fit_intercept) {
    ColumnMoments moments = X.column_moments(weight_);
    for (Index j = 0; j < cols(); ++j) {
        const double mean = moments.mean[j], variance = moments.variance[j];
        scale_[j] = column_scale(mean, variance, options);
        inverse_scale_[j] = excluded(j) ? 0.0 : 1.0 / scale_[j];
        const double square = fit_intercept_ ? variance : variance + mean * mean;
        mean_square_[j] = square * inverse_scale_[j] * inverse_scale_[j];
    }
    center_ = fit_intercept_ ? std::move(moments.mean) : Vector(Vector::Zero(cols()));
}

double StandardizedDesign::standardize_response(VectorRef y) const {
    double mean = 0.0;
    if (fit_intercept_) {
        // Taken about the first value, so that a constant response becomes exactly zero.
        const double origin = y[first_weighted_row()];
        y.array() -= origin;
        const double shift = (weight_.size() ? weight_.dot(y) : y.sum()) / static_cast<double>(rows());
        y.array() -= shift;
        mean = origin + shift;
    }
    if (weight_.size()) y.array() *= root_weight_.array();
    return mean;
}

void StandardizedDesign::transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const {
    if (weight_.size()) {
        const Matrix weighted = root_weight_.asDiagonal() * R;
        X_.transpose_matvec(weighted, out);
        out.noalias() -= center_ * weighted.colwise().sum();
    } else {
        X_.transpose_matvec(R, out);
        out.noalias() -= center_ * R.colwise().sum();
    }
    out.array().colwise() *= inverse_scale_.array();
}

void StandardizedDesign::matvec(const ConstMatrixRef& B, MatrixRef out) const {
    const Matrix raw = inverse_scale_.asDiagonal() * B;
    X_.matvec(raw, out);
    out.rowwise() -= center_.transpose() * raw;
    if (weight_.size()) out.array().colwise() *= root_weight_.array();
}

void StandardizedDesign::columns(Features J, MatrixRef out) const {
    X_.columns(J, out);
    for (Index k = 0; k < out.cols(); ++k) {
        const Index j = J[static_cast<std::size_t>(k)];
        out.col(k).array() = (out.col(k).array() - center_[j]) * inverse_scale_[j];
        if (weight_.size()) out.col(k).array() *= root_weight_.array();
    }
}

void StandardizedDesign::sandwich(Features J, MatrixRef out) const {
    Vector center(static_cast<Index>(J.size())), inverse_scale(center.size());
    for (Index k = 0; k < center.size(); ++k) {
        const Index j = J[static_cast<std::size_t>(k)];
        center[k] = center_[j];
        inverse_scale[k] = inverse_scale_[j];
    }
    X_.sandwich(weight_, J, fit_intercept_ ? center : Vector(), out);
    out.array().colwise() *= inverse_scale.array();
    out.array().rowwise() *= inverse_scale.transpose().array();
}

Index StandardizedDesign::first_weighted_row() const {
    for (Index i = 0; i < weight_.size(); ++i)
        if (weight_[i] > 0.0) return i;
    return 0;
}

}  // namespace fastreg
