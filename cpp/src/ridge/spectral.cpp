#include "fastreg/ridge/spectral.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fastreg/ridge/certify.hpp"

namespace fastreg {

namespace {

// Reciprocal condition numbers: below the first a solution is refined, below the second the band,
// which is as accurate as its largest entries allow, is of no use.
constexpr double refined_rcond = 1e-5;
constexpr double useless_rcond = 1e-11;
constexpr int refinements = 2;
// A change by this share of the solution is the last that is needed.
constexpr double small_change = 1e-8;

// All solutions have the same reduction, but a factor each.
template <class Solve>
void for_each_strength(std::span<const RidgeTask> tasks, Solve solve) {
    std::size_t end = 0;
    for (std::size_t first = 0; first < tasks.size(); first = end) {
        for (end = first; end < tasks.size() && tasks[end].alpha == tasks[first].alpha;) ++end;
        solve(tasks[first].alpha, static_cast<Index>(first), static_cast<Index>(end));
    }
}

std::vector<RidgeTask> pick(std::span<const RidgeTask> tasks, const std::vector<Index>& places) {
    std::vector<RidgeTask> picked;
    for (const Index place : places) picked.push_back(tasks[static_cast<std::size_t>(place)]);
    return picked;
}

}  // namespace

SpectralForm::SpectralForm(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form,
                           GramStats* stats, const std::function<bool()>& interrupted, Index width)
    : Z_(Z), Y_(Y), n_(static_cast<double>(Z.rows())), form_(form) {
    const bool primal = form == NormalForm::primal;
    square_ = Y.projected_square();
    right_side_ = primal ? correlations(Z, Y, stats) : (Y.projected() / n_).eval();
    reduction_.emplace(primal ? feature_gram(Z, stats) : row_gram(Z), width, interrupted);
    rotated_ = right_side_;
    reduction_->rotate_back(rotated_);
    if (primal) {
        correlation_norm_ = right_side_.colwise().norm();
    } else {
        // ‖Zᵀy/n‖² = yᵀKy/n, up to the directions that were filled, to which y is orthogonal.
        const Matrix product = reduction_->multiply(right_side_);
        correlation_norm_ =
            product.cwiseProduct(Y.projected()).colwise().sum().transpose().cwiseMax(0.0);
        correlation_norm_ = correlation_norm_.cwiseSqrt();
    }
    n_free_ = Z.basis().cols() + (Z.standardized().null_row_space().size() ? 1 : 0);
    filled_ = primal ? 0.0 : reduction_->trace() / (n_ + static_cast<double>(n_free_));
    // A matrix without columns has no largest one.
    norm_ =
        Vector(reduction_->band().cwiseAbs().colwise().sum().transpose()).lpNorm<Eigen::Infinity>();
}

Index SpectralForm::solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                          const std::function<bool()>&) {
    Matrix solution(right_side_.rows(), static_cast<Index>(tasks.size()));
    Vector df(solution.cols());
    const Plan plan = solve_rotated(tasks, solution, df);
    reduction_->rotate(solution);
    if (!plan.certified.empty()) {
        const Matrix part = solution(Eigen::all, plan.certified);
        RidgeSolutions found(Z_.cols(), part.cols());
        certify(pick(tasks, plan.certified), part, found);
        found.df = df(plan.certified);
        out.take(found, plan.certified);
    }
    if (!plan.refined.empty()) {
        Matrix part = solution(Eigen::all, plan.refined);
        RidgeSolutions found(Z_.cols(), part.cols());
        refine(pick(tasks, plan.refined), part, found);
        found.df = df(plan.refined);
        out.take(found, plan.refined);
    }
    if (!plan.left.empty()) {
        if (!exact_) exact_.emplace(Z_, Y_, form_, nullptr);
        RidgeSolutions found(Z_.cols(), static_cast<Index>(plan.left.size()));
        exact_->solve(pick(tasks, plan.left), found, [] { return false; });
        out.take(found, plan.left);
    }
    return static_cast<Index>(tasks.size());
}

SpectralForm::Plan SpectralForm::solve_rotated(std::span<const RidgeTask> tasks, Matrix& solution,
                                               Vector& df) const {
    Plan plan;
    for_each_strength(tasks, [&](double alpha, Index first, Index end) {
        const BandFactor factor(reduction_->band(), alpha);
        const double rcond =
            factor.positive() ? factor.smallest_eigenvalue() / (norm_ + alpha) : 0.0;
        const bool useless = !(rcond >= useless_rcond);
        const double effective =
            useless ? std::numeric_limits<double>::quiet_NaN() : degrees_of_freedom(alpha, factor);
        for (Index k = first; k < end; ++k) {
            df[k] = effective;
            solution.col(k) = rotated_.col(tasks[static_cast<std::size_t>(k)].target);
            (useless                 ? plan.left
             : rcond < refined_rcond ? plan.refined
                                     : plan.certified)
                .push_back(k);
        }
        if (!useless) factor.solve_in_place(solution.middleCols(first, end - first));
    });
    return plan;
}

// trace of K (K + alpha I)⁻¹, without the directions that K was filled with, and one for each
// direction without a penalty.
double SpectralForm::degrees_of_freedom(double alpha, const BandFactor& factor) const {
    const double size = static_cast<double>(rotated_.rows()), free = static_cast<double>(n_free_);
    const double filled = filled_ > 0.0 ? free * filled_ / (filled_ + alpha) : 0.0;
    return size - alpha * factor.inverse_diagonal().sum() - filled + free;
}

// From K itself: no pass over X, but for the coefficients of the dual form.
void SpectralForm::certify(const std::vector<RidgeTask>& tasks, const Matrix& solution,
                           RidgeSolutions& out) const {
    const Matrix product = reduction_->multiply(solution);
    Matrix right(solution.rows(), solution.cols()), rest = -product;
    for (Index k = 0; k < solution.cols(); ++k) {
        const auto [alpha, target] = tasks[static_cast<std::size_t>(k)];
        right.col(k) = right_side_.col(target);
        rest.col(k) += right.col(k) - alpha * solution.col(k);
    }
    const Matrix gradient = form_ == NormalForm::primal ? Matrix() : reduction_->multiply(rest);
    out.B = coefficients(solution);
    for (Index k = 0; k < solution.cols(); ++k) {
        const auto [alpha, target] = tasks[static_cast<std::size_t>(k)];
        double gradient_square, gap, square;
        if (form_ == NormalForm::primal) {
            gradient_square = rest.col(k).squaredNorm();
            gap = 0.5 * (alpha > 0.0 ? gradient_square / alpha : explained(rest.col(k)));
            square = square_[target] - solution.col(k).dot(right.col(k) + rest.col(k)) -
                     alpha * solution.col(k).squaredNorm();
        } else {
            gradient_square = n_ * rest.col(k).dot(gradient.col(k));
            gap = 0.5 * n_ * rest.col(k).squaredNorm();
            square = n_ * (right.col(k) - product.col(k)).squaredNorm();
        }
        const double scale = correlation_norm_[target];
        out.residual[k] = std::sqrt(std::max(0.0, gradient_square)) / (scale > 0.0 ? scale : 1.0);
        out.gap[k] = std::max(0.0, gap);
        out.square[k] = std::max(0.0, square);
    }
}

// gᵀ K⁻¹ g
double SpectralForm::explained(const ConstMatrixRef& gradient) const {
    Matrix rotated = gradient;
    reduction_->rotate_back(rotated);
    Matrix step = rotated;
    BandFactor(reduction_->band(), 0.0).solve_in_place(step);
    return rotated.col(0).dot(step.col(0));
}

// Iterative refinement: what the equations leave of their right side, computed from X, is solved
// for.
void SpectralForm::refine(const std::vector<RidgeTask>& tasks, Matrix& solution,
                          RidgeSolutions& out) const {
    Matrix rest(Y_.rows(), solution.cols());
    for (int step = 0; step < refinements; ++step) {
        rest.resize(Y_.rows(), solution.cols());
        if (form_ == NormalForm::primal)
            Z_.matvec(solution, rest);
        else
            Z_.outer_product(solution, rest);
        for (Index k = 0; k < rest.cols(); ++k)
            rest.col(k) =
                Y_.projected().col(tasks[static_cast<std::size_t>(k)].target) - rest.col(k);
        rest = form_ == NormalForm::primal ? correlations(Z_, rest) : (rest / n_).eval();
        for (Index k = 0; k < rest.cols(); ++k)
            rest.col(k) -= tasks[static_cast<std::size_t>(k)].alpha * solution.col(k);
        reduction_->rotate_back(rest);
        for_each_strength(tasks, [&](double alpha, Index first, Index end) {
            BandFactor(reduction_->band(), alpha)
                .solve_in_place(rest.middleCols(first, end - first));
        });
        reduction_->rotate(rest);
        solution += rest;
        // A step divides the error by at least as much again as it changed the solution.
        if ((rest.colwise().norm().array() <= small_change * solution.colwise().norm().array())
                .all())
            break;
    }
    out.B = coefficients(solution);
    certify_from_data(Z_, Y_.projected(), tasks, out, [&](const ConstMatrixRef& residual, Index) {
        return form_ == NormalForm::dual ? residual.squaredNorm() / n_
                                         : explained(correlations(Z_, residual));
    });
}

Matrix SpectralForm::coefficients(const Matrix& solution) const {
    if (form_ == NormalForm::primal) return solution;
    Matrix B(Z_.cols(), solution.cols());
    Z_.transpose_matvec(solution, B);
    return B;
}

}  // namespace fastreg
