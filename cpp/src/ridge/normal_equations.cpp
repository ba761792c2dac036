#include "fastreg/ridge/normal_equations.hpp"

#include <algorithm>
#include <cmath>

namespace fastreg {

namespace {

// Reciprocal condition numbers: below the first a solution is refined, below the second the matrix
// counts as singular.
constexpr double refined_rcond = 1e-4;
constexpr double singular_rcond = 1e-11;
constexpr int refinements = 2;
// Columns that are gathered together for the dual form's matrix; where each gather is a pass over X,
// as many as there is room for.
constexpr Index block_columns = 128;

std::vector<Index> usable_features(const StandardizedDesign& X) {
    std::vector<Index> features;
    for (Index j = 0; j < X.cols(); ++j)
        if (!X.excluded(j)) features.push_back(j);
    return features;
}

// Rows of the usable features.
Matrix select_rows(const ConstMatrixRef& all, const std::vector<Index>& features) {
    Matrix selected(static_cast<Index>(features.size()), all.cols());
    for (std::size_t k = 0; k < features.size(); ++k)
        selected.row(static_cast<Index>(k)) = all.row(features[k]);
    return selected;
}

}  // namespace

NormalEquations::NormalEquations(const StandardizedDesign& X, const Matrix& Y)
    : X_(X), Y_(Y), n_(static_cast<double>(X.rows())), features_(usable_features(X)) {
    primal_ = X.rows() >= static_cast<Index>(features_.size());
    if (primal_)
        form_primal();
    else
        form_dual();
}

void NormalEquations::form_primal() {
    matrix_.resize(static_cast<Index>(features_.size()), static_cast<Index>(features_.size()));
    X_.sandwich(features_, matrix_);
    matrix_ /= n_;
    Matrix correlation(X_.cols(), Y_.cols());
    correlate(Y_, correlation);
    right_side_ = select_rows(correlation, features_);
    ++n_passes_;
}

void NormalEquations::form_dual() {
    matrix_ = Matrix::Zero(X_.rows(), X_.rows());
    const Features all(features_);
    const auto length =
        static_cast<std::size_t>(X_.sequential() ? X_.spare_columns(block_columns) : block_columns);
    Matrix block(X_.rows(), static_cast<Index>(std::min(length, all.size())));
    for (std::size_t first = 0; first < all.size(); first += length) {
        const Features J = all.subspan(first, std::min(length, all.size() - first));
        auto part = block.leftCols(static_cast<Index>(J.size()));
        X_.columns(J, part);
        matrix_.selfadjointView<Eigen::Lower>().rankUpdate(part, 1.0 / n_);
    }
    matrix_.triangularView<Eigen::StrictlyUpper>() = matrix_.transpose();
    ++n_passes_;
    if (!X_.null_row_space().size()) return;
    // Centred columns leave one direction empty, to which the centred Y is orthogonal: filling it
    // changes no solution and keeps the matrix regular.
    const double level = matrix_.trace() / n_;
    matrix_.noalias() += level * X_.null_row_space() * X_.null_row_space().transpose();
}

void NormalEquations::solve(double alpha, const std::vector<Index>& targets, MatrixRef B) {
    Matrix Y(X_.rows(), static_cast<Index>(targets.size()));
    for (Index t = 0; t < Y.cols(); ++t) Y.col(t) = Y_.col(targets[static_cast<std::size_t>(t)]);
    const EquilibratedCholesky inverse(matrix_, alpha);
    if (inverse.rcond() < singular_rcond) {
        const Matrix solution = singular_values().solve(Y, alpha);
        B.setZero();
        for (std::size_t k = 0; k < features_.size(); ++k)
            B.row(features_[k]) = solution.row(static_cast<Index>(k));
        return;
    }
    Matrix solution(matrix_.rows(), Y.cols());
    if (primal_)
        for (Index t = 0; t < Y.cols(); ++t)
            solution.col(t) = right_side_.col(targets[static_cast<std::size_t>(t)]);
    else
        solution = Y / n_;
    inverse.solve_in_place(solution);
    coefficients(solution, B);
    if (inverse.rcond() < refined_rcond)
        for (int k = 0; k < refinements; ++k) refine(inverse, alpha, Y, solution, B);
}

// One step of iterative refinement: what the equations leave of their right side, computed from X,
// is solved for.
void NormalEquations::refine(const EquilibratedCholesky& inverse, double alpha, const Matrix& Y,
                             Matrix& solution, MatrixRef B) {
    const Matrix R = residual(Y, B);
    Matrix rest;
    if (primal_) {
        Matrix gradient(X_.cols(), Y.cols());
        correlate(R, gradient);
        gradient -= alpha * B;
        rest = select_rows(gradient, features_);
    } else {
        rest = R / n_ - alpha * solution;
    }
    inverse.solve_in_place(rest);
    solution += rest;
    coefficients(solution, B);
}

void NormalEquations::coefficients(const Matrix& solution, MatrixRef B) {
    if (!primal_) {
        X_.transpose_matvec(solution, B);
        ++n_passes_;
        return;
    }
    B.setZero();
    for (std::size_t k = 0; k < features_.size(); ++k)
        B.row(features_[k]) = solution.row(static_cast<Index>(k));
}

double NormalEquations::least_squares_gap(const ConstVectorRef& residual,
                                          const ConstVectorRef& correlation) {
    if (!least_squares_ && primal_) least_squares_.emplace(matrix_, 0.0);
    if (!primal_ || least_squares_->rcond() < singular_rcond)
        return 0.5 * singular_values().projected_square(residual);
    const Vector gradient = select_rows(correlation, features_);
    Vector step = gradient;
    least_squares_->solve_in_place(step);
    const double gap = 0.5 * gradient.dot(step);
    return gap < 0.0 ? 0.0 : gap;
}

Matrix NormalEquations::residual(const Matrix& Y, MatrixRef B) {
    Matrix R(Y.rows(), Y.cols());
    X_.matvec(B, R);
    ++n_passes_;
    return Y - R;
}

// out = X̃ᵀ R / n
void NormalEquations::correlate(const Matrix& R, MatrixRef out) {
    X_.transpose_matvec(R, out);
    out /= n_;
    ++n_passes_;
}

const SingularValues& NormalEquations::singular_values() {
    if (!singular_values_) {
        singular_values_.emplace(X_, features_);
        ++n_passes_;
    }
    return *singular_values_;
}

}  // namespace fastreg
