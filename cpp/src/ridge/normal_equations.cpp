#include "fastreg/ridge/normal_equations.hpp"

#include <algorithm>
#include <cmath>

#include "fastreg/ridge/certify.hpp"

namespace fastreg {

namespace {

// Reciprocal condition numbers: below the first a solution is refined, below the second the matrix
// counts as singular.
constexpr double refined_rcond = 1e-5;
constexpr double singular_rcond = 1e-11;
constexpr int refinements = 2;
// A step divides the error by at least as much again as it changed the solution: a change by this
// share is the last.
constexpr double small_change = 1e-8;

Matrix pick_columns(const Matrix& all, const std::vector<Index>& chosen) {
    Matrix picked(all.rows(), static_cast<Index>(chosen.size()));
    for (std::size_t k = 0; k < chosen.size(); ++k)
        picked.col(static_cast<Index>(k)) = all.col(chosen[k]);
    return picked;
}

}  // namespace

NormalEquations::NormalEquations(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form,
                                 GramStats* stats)
    : Z_(Z), Y_(Y), n_(static_cast<double>(Z.rows())), form_(form), square_(Y.projected_square()) {
    if (form == NormalForm::primal) {
        right_side_ = correlations(Z, Y, stats);
        matrix_ = feature_gram(Z, stats);
        correlation_norm_ = right_side_.colwise().norm();
    } else {
        matrix_ = row_gram(Z);
        right_side_ = Y.projected() / n_;
        // ‖Zᵀy/n‖² = yᵀKy/n, up to the directions that were filled, to which y is orthogonal.
        correlation_norm_ = n_ * right_side_.cwiseProduct(matrix_ * right_side_).colwise().sum();
        correlation_norm_ = correlation_norm_.cwiseMax(0.0).cwiseSqrt();
    }
}

Index NormalEquations::solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                             const std::function<bool()>& interrupted) {
    std::size_t solved = 0;
    while (solved < tasks.size() && !(solved > 0 && interrupted())) {
        // Tasks of one strength that follow each other share a factor.
        Group group{.alpha = tasks[solved].alpha, .places = {}, .targets = {}};
        for (; solved < tasks.size() && tasks[solved].alpha == group.alpha; ++solved) {
            group.places.push_back(static_cast<Index>(solved));
            group.targets.push_back(tasks[solved].target);
        }
        solve_group(group, out);
    }
    return static_cast<Index>(solved);
}

void NormalEquations::solve_group(const Group& group, RidgeSolutions& out) {
    const EquilibratedCholesky inverse(matrix_, group.alpha);
    if (inverse.rcond() < singular_rcond) {
        if (!singular_) singular_.emplace(Z_, Y_.projected());
        return singular_->solve_at(group.alpha, group.places, group.targets, out);
    }
    Matrix solution = pick_columns(right_side_, group.targets);
    inverse.solve_in_place(solution);
    if (inverse.rcond() >= refined_rcond) return certify(group, inverse, solution, out);
    Matrix B = coefficients(solution);
    for (int k = 0; k < refinements && refine(group, inverse, solution, B); ++k) continue;
    std::vector<RidgeTask> tasks;
    for (const Index target : group.targets) tasks.push_back({group.alpha, target});
    RidgeSolutions part(B.rows(), B.cols());
    part.B = std::move(B);
    certify_from_data(Z_, Y_.projected(), tasks, part, [&](const ConstMatrixRef& residual, Index) {
        if (form_ == NormalForm::dual) return residual.squaredNorm() / n_;
        Matrix gradient(Z_.cols(), 1);
        Z_.transpose_matvec(residual, gradient);
        Matrix step = gradient / n_;
        inverse.solve_in_place(step);
        return gradient.col(0).dot(step.col(0)) / n_;
    });
    out.take(part, group.places);
}

// From the matrix itself: no pass over X, but for the coefficients of the dual form.
void NormalEquations::certify(const Group& group, const EquilibratedCholesky& inverse,
                              const Matrix& solution, RidgeSolutions& out) {
    const bool primal = form_ == NormalForm::primal;
    Matrix rest = pick_columns(right_side_, group.targets);
    rest.noalias() -= matrix_ * solution;
    Matrix other;  // what the dual form and the gap without a penalty need besides
    if (!primal) other = coefficients(solution);
    rest -= group.alpha * solution;
    if (primal && group.alpha == 0.0) {
        other = rest;
        inverse.solve_in_place(other);
    }
    for (std::size_t t = 0; t < group.targets.size(); ++t) {
        const Index k = static_cast<Index>(t), place = group.places[t], target = group.targets[t];
        const auto right = right_side_.col(target);
        double gradient_square = 0.0, gap = 0.0, square = 0.0;
        if (primal) {
            gradient_square = rest.col(k).squaredNorm();
            gap = group.alpha > 0.0 ? gradient_square / (2.0 * group.alpha)
                                    : 0.5 * rest.col(k).dot(other.col(k));
            square = square_[target] - solution.col(k).dot(right + rest.col(k)) -
                     group.alpha * solution.col(k).squaredNorm();
            out.B.col(place) = solution.col(k);
        } else {
            gradient_square = n_ * rest.col(k).dot(matrix_ * rest.col(k));
            gap = 0.5 * n_ * rest.col(k).squaredNorm();
            square = n_ * (rest.col(k) + group.alpha * solution.col(k)).squaredNorm();
            out.B.col(place) = other.col(k);
        }
        const double scale = correlation_norm_[target];
        out.residual[place] =
            std::sqrt(std::max(0.0, gradient_square)) / (scale > 0.0 ? scale : 1.0);
        out.gap[place] = std::max(0.0, gap);
        out.square[place] = std::max(0.0, square);
    }
}

// One step of iterative refinement: what the equations leave of their right side, computed from X,
// is solved for. False where it changed so little that another one is not needed.
bool NormalEquations::refine(const Group& group, const EquilibratedCholesky& inverse,
                             Matrix& solution, Matrix& B) {
    Matrix R(Y_.rows(), B.cols());
    Z_.matvec(B, R);
    R = pick_columns(Y_.projected(), group.targets) - R;
    Matrix rest;
    if (form_ == NormalForm::primal) {
        rest = correlations(Z_, R) - group.alpha * B;
    } else {
        rest = R / n_ - group.alpha * solution;
    }
    inverse.solve_in_place(rest);
    solution += rest;
    B = coefficients(solution);
    return (rest.colwise().norm().array() > small_change * solution.colwise().norm().array()).any();
}

Matrix NormalEquations::coefficients(const Matrix& solution) const {
    if (form_ == NormalForm::primal) return solution;
    Matrix B(Z_.cols(), solution.cols());
    Z_.transpose_matvec(solution, B);
    return B;
}

}  // namespace fastreg
