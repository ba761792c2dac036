#include "fastreg/ridge/ridge_design.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

namespace fastreg {

namespace {

// Directions of free features are dependent below this part of the largest, columns being scaled.
constexpr double dependent = 1e-12;
// What a projection leaves of a column's or target's norm if it leaves nothing but rounding errors.
constexpr double nothing_left = 1e-13;
// Differences of squares that are smaller, relative to the squares, are computed from the columns.
constexpr double uncertain = 1e-8;
constexpr Index columns_together = 256;

}  // namespace

RidgeDesign::RidgeDesign(const StandardizedDesign& X, const Vector& penalty_factor) : X_(X) {
    std::vector<double> shrink;
    for (Index j = 0; j < X.cols(); ++j) {
        const double v = penalty_factor.size() ? penalty_factor[j] : 1.0;
        if (X.excluded(j) || std::isinf(v)) continue;
        if (v == 0.0) {
            unpenalised_.push_back(j);
            continue;
        }
        features_.push_back(j);
        shrink.push_back(1.0 / std::sqrt(v));
    }
    shrink_ = Eigen::Map<const Vector>(shrink.data(), static_cast<Index>(shrink.size()));
    if (!unpenalised_.empty()) {
        find_basis(unpenalised_);
        leave_out_explained();
    }
    factor_ = Vector::Zero(X.cols());
    for (Index k = 0; k < cols(); ++k)
        factor_[features_[static_cast<std::size_t>(k)]] = shrink_[k] * shrink_[k];
}

void RidgeDesign::find_basis(const std::vector<Index>& unpenalised) {
    Matrix free(rows(), static_cast<Index>(unpenalised.size()));
    X_.columns(unpenalised, free);
    // The rank must not depend on units, but which solution has the smallest norm does.
    const Vector norm = free.colwise().norm();
    const Vector unit = norm.unaryExpr([](double size) { return size > 0.0 ? 1.0 / size : 1.0; });
    Eigen::ColPivHouseholderQR<Matrix> parts;
    parts.setThreshold(dependent);
    parts.compute(free * unit.asDiagonal());
    basis_ = Matrix::Identity(rows(), parts.rank());
    basis_.applyOnTheLeft(parts.householderQ());
    // What rounding of nearly dependent columns adds in the intercept's direction.
    const Vector& null = X_.null_row_space();
    if (null.size()) basis_ -= null * (null.transpose() * basis_).eval();
    // Rows without weight are 0, not nearly: the normal equations of the rows scale each to 1.
    const Vector& root_weight = X_.root_weight();
    for (Index i = 0; i < root_weight.size(); ++i)
        if (root_weight[i] == 0.0) basis_.row(i).setZero();
    if (parts.rank() == free.cols()) {
        from_basis_ = unit.asDiagonal() * parts.solve(basis_);
    } else {
        const Eigen::CompleteOrthogonalDecomposition<Matrix> inverse(basis_.transpose() * free);
        from_basis_ = inverse.solve(Matrix::Identity(basis_.cols(), basis_.cols()));
    }
    Matrix product(X_.cols(), basis_.cols());
    X_.transpose_matvec(basis_, product);
    basis_product_.resize(basis_.cols(), cols());
    for (Index k = 0; k < cols(); ++k)
        basis_product_.col(k) =
            shrink_[k] * product.row(features_[static_cast<std::size_t>(k)]).transpose();
    n_passes_ += 2;
}

// Columns that the basis explains but for rounding errors can't carry a coefficient.
void RidgeDesign::leave_out_explained() {
    const Vector square = static_cast<double>(rows()) * mean_square();
    std::vector<Index> suspects;
    for (Index k = 0; k < cols(); ++k)
        if (square[k] - basis_product_.col(k).squaredNorm() < uncertain * square[k])
            suspects.push_back(k);
    if (suspects.empty()) return;
    std::vector<bool> explained(features_.size());
    for (std::size_t first = 0; first < suspects.size(); first += columns_together) {
        const std::size_t count = std::min<std::size_t>(columns_together, suspects.size() - first);
        std::vector<Index> J(count);
        for (std::size_t i = 0; i < count; ++i)
            J[i] = features_[static_cast<std::size_t>(suspects[first + i])];
        Matrix columns(rows(), static_cast<Index>(count));
        X_.columns(J, columns);
        const Vector before = columns.colwise().norm();
        // With what rounding of the means leaves of columns far from zero.
        remove_null_space(columns);
        for (std::size_t i = 0; i < count; ++i)
            explained[static_cast<std::size_t>(suspects[first + i])] =
                columns.col(static_cast<Index>(i)).norm() <=
                nothing_left * before[static_cast<Index>(i)];
    }
    ++n_passes_;
    Index kept = 0;
    for (Index k = 0; k < cols(); ++k) {
        if (explained[static_cast<std::size_t>(k)]) continue;
        features_[static_cast<std::size_t>(kept)] = features_[static_cast<std::size_t>(k)];
        shrink_[kept] = shrink_[k];
        basis_product_.col(kept++) = basis_product_.col(k).eval();
    }
    features_.resize(static_cast<std::size_t>(kept));
    shrink_.conservativeResize(kept);
    basis_product_.conservativeResize(Eigen::NoChange, kept);
}

void RidgeDesign::project_targets(MatrixRef Y) const {
    if (!projected()) return;
    const Vector before = Y.colwise().norm();
    remove_null_space(Y);
    for (Index t = 0; t < Y.cols(); ++t)
        if (Y.col(t).norm() <= nothing_left * before[t]) Y.col(t).setZero();
}

void RidgeDesign::project(MatrixRef Y) const {
    if (projected()) Y -= basis_ * (basis_.transpose() * Y).eval();
}

void RidgeDesign::matvec(const ConstMatrixRef& B, MatrixRef out) const {
    Matrix full = takes_all() ? Matrix() : Matrix::Zero(X_.cols(), B.cols()).eval();
    if (takes_all())
        full = shrink_.asDiagonal() * B;
    else
        for (Index k = 0; k < cols(); ++k)
            full.row(features_[static_cast<std::size_t>(k)]) = shrink_[k] * B.row(k);
    X_.matvec(full, out);
    project(out);
    ++n_passes_;
}

void RidgeDesign::transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const {
    const Matrix projection =
        projected() ? (R - basis_ * (basis_.transpose() * R)).eval() : Matrix();
    const ConstMatrixRef right = projected() ? ConstMatrixRef(projection) : R;
    ++n_passes_;
    if (takes_all()) {
        X_.transpose_matvec(right, out);
        out.array().colwise() *= shrink_.array();
        return;
    }
    Matrix full(X_.cols(), R.cols());
    X_.transpose_matvec(right, full);
    for (Index k = 0; k < cols(); ++k)
        out.row(k) = shrink_[k] * full.row(features_[static_cast<std::size_t>(k)]);
}

void RidgeDesign::outer_product(const ConstMatrixRef& A, MatrixRef out) const {
    if (projected()) {
        Matrix projection = A;
        project(projection);
        X_.outer_product(projection, factor_, out);
        project(out);
    } else {
        X_.outer_product(A, factor_, out);
    }
    ++n_passes_;
}

void RidgeDesign::gram_product(const ConstMatrixRef& B, MatrixRef out) const {
    if (projected()) {
        Matrix between(rows(), B.cols());
        matvec(B, between);
        return transpose_matvec(between, out);
    }
    ++n_passes_;
    if (takes_all()) {
        X_.gram_product(shrink_.asDiagonal() * B, out);
        out.array().colwise() *= shrink_.array();
        return;
    }
    Matrix full = Matrix::Zero(X_.cols(), B.cols()), product(X_.cols(), B.cols());
    for (Index k = 0; k < cols(); ++k)
        full.row(features_[static_cast<std::size_t>(k)]) = shrink_[k] * B.row(k);
    X_.gram_product(full, product);
    for (Index k = 0; k < cols(); ++k)
        out.row(k) = shrink_[k] * product.row(features_[static_cast<std::size_t>(k)]);
}

void RidgeDesign::remove_null_space(MatrixRef A) const {
    const Vector& null = X_.null_row_space();
    if (null.size()) A -= null * (null.transpose() * A).eval();
    project(A);
}

Vector RidgeDesign::mean_square() const {
    Vector squares(cols());
    for (Index k = 0; k < cols(); ++k)
        squares[k] =
            shrink_[k] * shrink_[k] * X_.mean_square()[features_[static_cast<std::size_t>(k)]];
    return squares;
}

void RidgeDesign::columns(Index first, MatrixRef out) const {
    X_.columns(
        features().subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(out.cols())),
        out);
    out.array().rowwise() *= shrink_.segment(first, out.cols()).transpose().array();
    project(out);
}

Index RidgeDesign::block_columns(Index length) const {
    return std::min(X_.sequential() ? X_.spare_columns(length) : length, cols());
}

void RidgeDesign::expand(const ConstMatrixRef& B, const ConstMatrixRef& explained,
                         MatrixRef out) const {
    if (takes_all()) {
        out = shrink_.asDiagonal() * B;
        return;
    }
    out.setZero();
    for (Index k = 0; k < cols(); ++k)
        out.row(features_[static_cast<std::size_t>(k)]) = shrink_[k] * B.row(k);
    if (!projected()) return;
    const Matrix rest = explained - basis_product_ * B;
    const Matrix free = from_basis_ * rest;
    for (std::size_t k = 0; k < unpenalised_.size(); ++k)
        out.row(unpenalised_[k]) = free.row(static_cast<Index>(k));
}

}  // namespace fastreg
