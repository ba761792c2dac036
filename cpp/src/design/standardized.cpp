#include "fastreg/design/standardized.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

namespace fastreg {

namespace {

// Single columns that a thread takes at a time.
constexpr Index run_columns = 64;
// A mean of this many standard deviations costs as many digits as it has itself when it is
// subtracted from a product.
constexpr double far_mean = 1e4;

std::string too_large(const Vector& scale, const Vector& mean_square) {
    Index j = 0;
    while (std::isfinite(scale[j]) && std::isfinite(mean_square[j])) ++j;
    return "the entries of column " + std::to_string(j) +
           " of X are too large: their squares overflow";
}

}  // namespace

double column_scale(double mean, double variance, const StandardizeOptions& options) {
    const double spread = std::sqrt(variance);
    if (options.fit_intercept && variance == 0.0) return 0.0;
    if (!options.standardize) return variance == 0.0 && mean == 0.0 ? 0.0 : 1.0;
    return variance == 0.0 ? std::abs(mean) : spread;
}

Vector normalized_weight(const Vector& sample_weight) {
    if (sample_weight.size() == 0) return sample_weight;
    const double total = sample_weight.sum();
    require_weight(total);
    return sample_weight * (static_cast<double>(sample_weight.size()) / total);
}

void require_weight(double total) {
    if (total == 0.0)
        throw std::invalid_argument("sample_weight is zero for every row: nothing is left to fit");
}

StandardizedDesign::StandardizedDesign(const Design& X, Vector sample_weight,
                                       StandardizeOptions options, ThreadPool* pool,
                                       std::optional<ColumnMoments> known)
    : X_(X),
      pool_(pool),
      weight_(std::move(sample_weight)),
      root_weight_(weight_.cwiseSqrt()),
      scale_(X.cols()),
      inverse_scale_(X.cols()),
      mean_square_(X.cols()),
      fit_intercept_(options.fit_intercept) {
    part_columns_ = X.part_columns();
    for (Index first = 0; part_columns_ > 0 && first < cols(); first += part_columns_)
        parts_.push_back(X.part(first, std::min(part_columns_, cols() - first)));
    ColumnMoments moments = known ? std::move(*known) : column_moments();
    for (Index j = 0; j < cols(); ++j) {
        const double mean = moments.mean[j], variance = moments.variance[j];
        scale_[j] = column_scale(mean, variance, options);
        inverse_scale_[j] = excluded(j) ? 0.0 : 1.0 / scale_[j];
        const double square = fit_intercept_ ? variance : variance + mean * mean;
        mean_square_[j] = square * inverse_scale_[j] * inverse_scale_[j];
        if (fit_intercept_ && !excluded(j) && std::abs(mean) > far_mean * std::sqrt(variance))
            mark_far(j);
    }
    if (!scale_.allFinite() || !mean_square_.allFinite())
        throw std::invalid_argument(too_large(scale_, mean_square_));
    if (fit_intercept_) {
        null_row_space_ = weight_.size() ? root_weight_ : Vector(Vector::Ones(rows()));
        null_row_space_.normalize();
    }
    center_ = fit_intercept_ ? std::move(moments.mean) : Vector(Vector::Zero(cols()));
}

ColumnMoments StandardizedDesign::column_moments() const {
    if (parts_.empty()) return X_.column_moments(weight_);
    ColumnMoments moments{Vector(cols()), Vector(cols())};
    for_each_run(pool_, cols(), part_columns_, [&](Index first, Index count) {
        const ColumnMoments part =
            parts_[static_cast<std::size_t>(first / part_columns_)]->column_moments(weight_);
        moments.mean.segment(first, count) = part.mean;
        moments.variance.segment(first, count) = part.variance;
    });
    return moments;
}

// out = Xᵀ right
void StandardizedDesign::transpose_multiply(const ConstMatrixRef& right, MatrixRef out) const {
    if (parts_.empty()) {
        X_.transpose_matvec(right, out);
        return;
    }
    for_each_run(pool_, cols(), part_columns_, [&](Index first, Index count) {
        parts_[static_cast<std::size_t>(first / part_columns_)]->transpose_matvec(
            right, out.middleRows(first, count));
    });
}

double StandardizedDesign::standardize_response(VectorRef y) const {
    double mean = 0.0;
    if (fit_intercept_) {
        // Taken about the first value, so that a constant response becomes exactly zero.
        const double origin = y[first_weighted_row()];
        y.array() -= origin;
        const double shift =
            (weight_.size() ? weight_.dot(y) : y.sum()) / static_cast<double>(rows());
        y.array() -= shift;
        mean = origin + shift;
    }
    if (weight_.size()) y.array() *= root_weight_.array();
    return mean;
}

void StandardizedDesign::transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const {
    const Matrix weighted = weight_.size() ? Matrix(root_weight_.asDiagonal() * R) : Matrix();
    const ConstMatrixRef right = weight_.size() ? ConstMatrixRef(weighted) : R;
    transpose_multiply(right, out);
    correct_products(R, right, out);
}

void StandardizedDesign::transpose_matvec_and_columns(const ConstMatrixRef& R, Features J,
                                                      MatrixRef out, MatrixRef gathered) const {
    const Matrix weighted = weight_.size() ? Matrix(root_weight_.asDiagonal() * R) : Matrix();
    const ConstMatrixRef right = weight_.size() ? ConstMatrixRef(weighted) : R;
    X_.transpose_matvec_and_columns(right, J, out, gathered);
    correct_products(R, right, out);
    correct_columns(J, gathered);
}

// From products of the raw columns with the weighted residuals to those of X̃.
void StandardizedDesign::correct_products(const ConstMatrixRef& R, const ConstMatrixRef& right,
                                          MatrixRef out) const {
    if (fit_intercept_) out.noalias() -= center_ * right.colwise().sum();
    out.array().colwise() *= inverse_scale_.array();
    for_each_far(
        all_, [&](Index j, const auto& column) { out.row(j).noalias() = column.transpose() * R; });
}

void StandardizedDesign::transpose_matvec_columns(Features J, const ConstMatrixRef& R,
                                                  MatrixRef out) const {
    const Matrix weighted = weight_.size() ? Matrix(root_weight_.asDiagonal() * R) : Matrix();
    const ConstMatrixRef right = weight_.size() ? ConstMatrixRef(weighted) : R;
    // A sequential X is read once for all of them.
    const bool whole = X_.sequential() || !pool_;
    const Index length = whole ? std::max<Index>(1, out.rows()) : run_columns;
    for_each_run(pool_, out.rows(), length, [&](Index first, Index count) {
        X_.transpose_matvec_columns(
            J.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)), right,
            out.middleRows(first, count));
    });
    const Eigen::RowVectorXd sums = right.colwise().sum();
    for (std::size_t k = 0; k < J.size(); ++k) {
        auto row = out.row(static_cast<Index>(k));
        row = (row - center_[J[k]] * sums) * inverse_scale_[J[k]];
    }
    for_each_far(
        J, [&](Index k, const auto& column) { out.row(k).noalias() = column.transpose() * R; });
}

void StandardizedDesign::matvec(const ConstMatrixRef& B, MatrixRef out) const {
    Matrix raw = inverse_scale_.asDiagonal() * B;
    for (std::size_t j = 0; j < far_.size(); ++j)
        if (far_[j]) raw.row(static_cast<Index>(j)).setZero();
    X_.matvec(raw, out);
    if (fit_intercept_) out.rowwise() -= center_.transpose() * raw;
    if (weight_.size()) out.array().colwise() *= root_weight_.array();
    for_each_far(all_, [&](Index j, const auto& column) { out.noalias() += column * B.row(j); });
}

Vector StandardizedDesign::raw_factor(const ConstVectorRef& factor) const {
    Vector raw = factor.cwiseProduct(inverse_scale_.cwiseAbs2());
    for (std::size_t j = 0; j < far_.size(); ++j)
        if (far_[j]) raw[static_cast<Index>(j)] = 0.0;
    return raw;
}

void StandardizedDesign::outer_product(const ConstMatrixRef& A, const ConstVectorRef& factor,
                                       MatrixRef out) const {
    const Matrix weighted = weight_.size() ? Matrix(root_weight_.asDiagonal() * A) : Matrix();
    const ConstMatrixRef right = weight_.size() ? ConstMatrixRef(weighted) : A;
    X_.outer_product(right, raw_factor(factor), fit_intercept_ ? center_ : Vector(), out);
    if (weight_.size()) out.array().colwise() *= root_weight_.array();
    for_each_far(all_, [&](Index j, const auto& column) {
        out.noalias() += column * (factor[j] * column.transpose() * A);
    });
}

void StandardizedDesign::gram_product(const ConstMatrixRef& B, MatrixRef out) const {
    if (!far_.empty()) {
        Matrix between(rows(), B.cols());
        matvec(B, between);
        return transpose_matvec(between, out);
    }
    const Matrix raw = inverse_scale_.asDiagonal() * B;
    X_.gram_product(raw, weight_, fit_intercept_ ? center_ : Vector(), out);
    out.array().colwise() *= inverse_scale_.array();
}

Vector StandardizedDesign::row_squares(const ConstVectorRef& factor) const {
    Vector squares = X_.row_squares(raw_factor(factor), fit_intercept_ ? center_ : Vector());
    if (weight_.size()) squares.array() *= weight_.array();
    for_each_far(all_,
                 [&](Index j, const auto& column) { squares += factor[j] * column.cwiseAbs2(); });
    return squares;
}

SparseColumns StandardizedDesign::entries(Features J) const {
    Vector scale(static_cast<Index>(J.size()));
    for (Index k = 0; k < scale.size(); ++k)
        scale[k] = inverse_scale_[J[static_cast<std::size_t>(k)]];
    SparseColumns found = X_.entries(J, scale);
    if (weight_.size()) found.scale_rows(root_weight_);
    return found;
}

void StandardizedDesign::add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const {
    Vector raw(b.size()), product = Vector::Zero(rows());
    double shift = 0.0;
    for (std::size_t k = 0; k < J.size(); ++k) {
        const bool far = !far_.empty() && far_[static_cast<std::size_t>(J[k])];
        raw[static_cast<Index>(k)] = far ? 0.0 : b[static_cast<Index>(k)] * inverse_scale_[J[k]];
        shift += center_[J[k]] * raw[static_cast<Index>(k)];
    }
    X_.add_matvec(J, raw, product);
    product.array() -= shift;
    if (weight_.size()) product.array() *= root_weight_.array();
    out += product;
    for_each_far(J, [&](Index k, const auto& column) { out += b[k] * column; });
}

template <class Visit>
void StandardizedDesign::for_each_far(Features J, Visit visit) const {
    if (far_.empty()) return;
    std::vector<Index> positions, features;
    for (std::size_t k = 0; k < J.size(); ++k) {
        if (!far_[static_cast<std::size_t>(J[k])]) continue;
        positions.push_back(static_cast<Index>(k));
        features.push_back(J[k]);
    }
    // One by one, unless each gather is a pass over X.
    const auto length = static_cast<std::size_t>(X_.sequential() ? spare_columns(1) : 1);
    Matrix block(rows(), static_cast<Index>(std::min(length, features.size())));
    for (std::size_t first = 0; first < features.size(); first += length) {
        const Features part =
            Features(features).subspan(first, std::min(length, features.size() - first));
        columns(part, block.leftCols(static_cast<Index>(part.size())));
        for (std::size_t k = 0; k < part.size(); ++k)
            visit(positions[first + k], block.col(static_cast<Index>(k)));
    }
}

Index StandardizedDesign::spare_columns(Index least) const {
    const double column = static_cast<double>(sizeof(double)) * static_cast<double>(rows());
    const double fit = std::min(spare_memory() / column, static_cast<double>(cols()));
    return std::clamp(static_cast<Index>(fit), std::min(least, cols()), cols());
}

void StandardizedDesign::columns(Features J, MatrixRef out) const {
    X_.columns(J, out);
    correct_columns(J, out);
}

// From raw columns to those of X̃.
void StandardizedDesign::correct_columns(Features J, MatrixRef out) const {
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
    // Dense columns are centred before the product, sparse ones afterwards.
    if (X_.sparse())
        for_each_far(J, [&](Index k, const auto& column) {
            Matrix products(out.rows(), 1);
            transpose_matvec_columns(J, column, products);
            out.col(k) = products;
            out.row(k) = products.transpose();
        });
}

void StandardizedDesign::mark_far(Index j) {
    if (far_.empty()) {
        far_.assign(static_cast<std::size_t>(cols()), false);
        all_.resize(static_cast<std::size_t>(cols()));
        std::iota(all_.begin(), all_.end(), Index{0});
    }
    far_[static_cast<std::size_t>(j)] = true;
}

Index StandardizedDesign::first_weighted_row() const {
    for (Index i = 0; i < weight_.size(); ++i)
        if (weight_[i] > 0.0) return i;
    return 0;
}

}  // namespace fastreg
