#include "fastreg/ridge/direct_form.hpp"

#include <algorithm>
#include <cmath>

#include "fastreg/ridge/certify.hpp"

namespace fastreg {

namespace {

constexpr int refinements = 2;
// A step divides the error by at least as much again as it changed the solution: a change by this
// share is the last.
constexpr double small_change = 1e-8;
// A step that would change the coefficients by no more than this share of them is not made.
constexpr double negligible_change = 1e-12;

Index target_of(std::span<const RidgeTask> tasks, Index k) {
    return tasks[static_cast<std::size_t>(k)].target;
}

double alpha_of(std::span<const RidgeTask> tasks, Index k) {
    return tasks[static_cast<std::size_t>(k)].alpha;
}

}  // namespace

DirectForm::DirectForm(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form,
                       const GramStats* stats)
    : Z_(Z),
      Y_(Y),
      n_(static_cast<double>(Z.rows())),
      form_(form),
      right_side_(form == NormalForm::primal ? correlations(Z, Y, stats)
                                             : (Y.projected() / n_).eval()),
      square_(Y.projected_square()) {}

Matrix DirectForm::make_matrix(GramStats* stats) const {
    return form_ == NormalForm::primal ? feature_gram(Z_, stats) : row_gram(Z_);
}

void DirectForm::measure_targets() {
    if (form_ == NormalForm::primal) {
        correlation_norm_ = right_side_.colwise().norm();
        return;
    }
    // ‖Zᵀy/n‖² = yᵀKy/n², up to the directions that were filled, to which y is orthogonal.
    Matrix negative = Matrix::Zero(right_side_.rows(), right_side_.cols());
    subtract_product(right_side_, negative);
    correlation_norm_ = -n_ * right_side_.cwiseProduct(negative).colwise().sum();
    correlation_norm_ = correlation_norm_.cwiseMax(0.0).cwiseSqrt();
}

Matrix DirectForm::right_sides(std::span<const RidgeTask> tasks) const {
    Matrix right(right_side_.rows(), static_cast<Index>(tasks.size()));
    for (Index k = 0; k < right.cols(); ++k) right.col(k) = right_side_.col(target_of(tasks, k));
    return right;
}

void DirectForm::certify(std::span<const RidgeTask> tasks, const Matrix& solution,
                         const Solve& solve, RidgeSolutions& out, Index first) const {
    find_coefficients(solution, out.B.middleCols(first, solution.cols()));
    Matrix rest = right_sides(tasks);
    subtract_product(solution, rest);
    for (Index k = 0; k < rest.cols(); ++k) rest.col(k) -= alpha_of(tasks, k) * solution.col(k);
    conclude(tasks, solution, rest, solve, out, first);
}

// Certificates from what the equations leave of their right sides.
void DirectForm::conclude(std::span<const RidgeTask> tasks, const Matrix& solution,
                          const Matrix& rest, const Solve& solve, RidgeSolutions& out,
                          Index first) const {
    const bool primal = form_ == NormalForm::primal;
    Matrix other;  // −K rest of the dual form, K⁻¹ rest of the primal one where there's no penalty
    const auto free = [](const RidgeTask& task) { return task.alpha == 0.0; };
    if (!primal) {
        other = Matrix::Zero(rest.rows(), rest.cols());
        subtract_product(rest, other);
    } else if (std::any_of(tasks.begin(), tasks.end(), free)) {
        other = rest;
        solve(tasks, other);
    }
    for (Index k = 0; k < rest.cols(); ++k) {
        const double alpha = alpha_of(tasks, k);
        const Index target = target_of(tasks, k);
        double gradient_square = 0.0, gap = 0.0, square = 0.0;
        if (primal) {
            const double coef_square = solution.col(k).squaredNorm();
            gradient_square = rest.col(k).squaredNorm();
            square = square_[target] - solution.col(k).dot(right_side_.col(target) + rest.col(k)) -
                     alpha * coef_square;
            gap = alpha > 0.0
                      ? penalised_gap(alpha, gradient_square, std::max(0.0, square), coef_square)
                      : 0.5 * rest.col(k).dot(other.col(k));
        } else {
            gradient_square = -n_ * rest.col(k).dot(other.col(k));
            gap = 0.5 * n_ * rest.col(k).squaredNorm();
            square = n_ * (rest.col(k) + alpha * solution.col(k)).squaredNorm();
        }
        out.residual[first + k] =
            std::sqrt(std::max(0.0, gradient_square)) / norm_or_one(correlation_norm_[target]);
        out.gap[first + k] = std::max(0.0, gap);
        out.square[first + k] = std::max(0.0, square);
    }
}

// What the equations leave of their right sides, computed from X. Of the dual form the coefficients
// may be known.
Matrix DirectForm::rest_from_data(std::span<const RidgeTask> tasks, const Matrix& solution,
                                  const Matrix* known) const {
    Matrix rest(Y_.rows(), solution.cols());
    if (form_ == NormalForm::primal)
        Z_.matvec(solution, rest);
    else if (known)
        Z_.matvec(*known, rest);
    else
        Z_.outer_product(solution, rest);
    for (Index k = 0; k < rest.cols(); ++k)
        rest.col(k) = Y_.projected().col(target_of(tasks, k)) - rest.col(k);
    rest = form_ == NormalForm::primal ? correlations(Z_, rest) : (rest / n_).eval();
    for (Index k = 0; k < rest.cols(); ++k) rest.col(k) -= alpha_of(tasks, k) * solution.col(k);
    return rest;
}

void DirectForm::refine(std::span<const RidgeTask> tasks, Matrix& solution, const Solve& solve,
                        RidgeSolutions& found) const {
    const bool dual = form_ == NormalForm::dual;
    for (int step = 0; step < refinements; ++step) {
        const Matrix rest = rest_from_data(tasks, solution, dual && step == 0 ? &found.B : nullptr);
        Matrix change = rest;
        solve(tasks, change);
        if (dual && step == 0 && negligible(change, found.B))
            return conclude(tasks, solution, rest, solve, found, 0);
        solution += change;
        const auto limit = small_change * solution.colwise().norm().array();
        if ((change.colwise().norm().array() <= limit).all()) break;
    }
    find_coefficients(solution, found.B);
    const auto explained = [&](const ConstMatrixRef& residual, Index k) {
        if (dual) return residual.squaredNorm() / n_;
        const Matrix gradient = correlations(Z_, residual);
        Matrix step = gradient;
        solve(tasks.subspan(static_cast<std::size_t>(k), 1), step);
        return gradient.col(0).dot(step.col(0));
    };
    certify_from_data(Z_, Y_.projected(), tasks, found, explained);
}

// Whether a step of the dual form would change none of the coefficients B by much: ‖Zᵀa‖² = n aᵀKa.
bool DirectForm::negligible(const Matrix& change, const Matrix& B) const {
    Matrix negative = Matrix::Zero(change.rows(), change.cols());
    subtract_product(change, negative);
    const Eigen::ArrayXd square = -n_ * change.cwiseProduct(negative).colwise().sum().transpose();
    const Eigen::ArrayXd norm = B.colwise().norm().transpose();
    return (square <= (negligible_change * norm).square()).all();
}

void DirectForm::find_coefficients(const Matrix& solution, MatrixRef B) const {
    if (form_ == NormalForm::primal)
        B = solution;
    else
        Z_.transpose_matvec(solution, B);
}

}  // namespace fastreg
