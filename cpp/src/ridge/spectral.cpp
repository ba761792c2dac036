#include "fastreg/ridge/spectral.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fastreg {

namespace {

std::vector<RidgeTask> pick(std::span<const RidgeTask> tasks, const std::vector<Index>& places) {
    std::vector<RidgeTask> picked;
    for (const Index place : places) picked.push_back(tasks[static_cast<std::size_t>(place)]);
    return picked;
}

}  // namespace

SpectralForm::SpectralForm(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form,
                           GramStats* stats, const std::function<bool()>& interrupted, Index width)
    : DirectForm(Z, Y, form, stats) {
    reduction_.emplace(make_matrix(stats), width, interrupted);
    measure_targets();
    rotated_ = right_side_;
    reduction_->rotate_back(rotated_);
    filled_ = form == NormalForm::primal
                  ? 0.0
                  : reduction_->trace() / (n_ + static_cast<double>(Z.n_free()));
    // A matrix without columns has no largest one.
    norm_ =
        Vector(reduction_->band().cwiseAbs().colwise().sum().transpose()).lpNorm<Eigen::Infinity>();
}

void SpectralForm::subtract_product(const Matrix& A, Matrix& out) const {
    out -= reduction_->multiply(A);
}

void SpectralForm::solve_in_place(std::span<const RidgeTask> tasks, MatrixRef B) const {
    Matrix rotated = B;
    reduction_->rotate_back(rotated);
    // All solutions have the same reduction, but a factor each.
    for_each_strength(tasks, [&](std::span<const RidgeTask> group, Index first) {
        BandFactor(reduction_->band(), group.front().alpha)
            .solve_in_place(rotated.middleCols(first, static_cast<Index>(group.size())));
        return true;
    });
    reduction_->rotate(rotated);
    B = rotated;
}

Index SpectralForm::solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                          const std::function<bool()>&) {
    Matrix solution(right_side_.rows(), static_cast<Index>(tasks.size()));
    Vector df(solution.cols());
    const Plan plan = solve_rotated(tasks, solution, df);
    reduction_->rotate(solution);
    const auto solve = [this](std::span<const RidgeTask> some, MatrixRef B) {
        solve_in_place(some, B);
    };
    // Of these places, by this work on their tasks and solutions.
    const auto take = [&](const std::vector<Index>& places, auto work) {
        if (places.empty()) return;
        Matrix part = solution(Eigen::all, places);
        RidgeSolutions found(Z_.cols(), part.cols());
        found.B = out.B(Eigen::all, places);
        found.df = df(places);
        work(pick(tasks, places), part, found);
        out.take(found, places);
    };
    certify(tasks, solution, solve, out, 0);
    out.df.head(df.size()) = df;
    take(plan.refined, [&](const auto& some, Matrix& part, RidgeSolutions& found) {
        refine(some, part, solve, found);
    });
    take(plan.left, [&](const auto& some, Matrix&, RidgeSolutions& found) {
        if (!exact_) exact_.emplace(Z_, Y_, form_, nullptr);
        exact_->solve(some, found, [] { return false; });
    });
    return static_cast<Index>(tasks.size());
}

SpectralForm::Plan SpectralForm::solve_rotated(std::span<const RidgeTask> tasks, Matrix& solution,
                                               Vector& df) const {
    Plan plan;
    for_each_strength(tasks, [&](std::span<const RidgeTask> group, Index first) {
        const double alpha = group.front().alpha;
        const Index end = first + static_cast<Index>(group.size());
        const BandFactor factor(reduction_->band(), alpha);
        const double rcond =
            factor.positive() ? factor.smallest_eigenvalue() / (norm_ + alpha) : 0.0;
        const bool useless = !(rcond >= useless_rcond);
        const double effective =
            useless ? std::numeric_limits<double>::quiet_NaN() : degrees_of_freedom(alpha, factor);
        df.segment(first, end - first).setConstant(effective);
        for (Index k = first; k < end; ++k)
            solution.col(k) = rotated_.col(tasks[static_cast<std::size_t>(k)].target);
        if (!useless) factor.solve_in_place(solution.middleCols(first, end - first));
        for (Index k = first; k < end; ++k) {
            if (useless) {
                solution.col(k).setZero();
                plan.left.push_back(k);
            } else if (std::max(rcond, accuracy(tasks[static_cast<std::size_t>(k)],
                                                solution.col(k))) < refined_rcond) {
                plan.refined.push_back(k);
            }
        }
        return true;
    });
    return plan;
}

// What an error of K's size does to the coefficients Zᵀa of the dual form, against them, is at most
//
//     max σ / (σ² + alpha) · ‖K‖ ‖a‖ / sqrt(aᵀKa) ≤ ‖K‖ ‖a‖ / (2 sqrt(alpha aᵀKa)):
//
// its reciprocal, often far larger than that of the condition number, in which the directions count
// that Z does not have.
double SpectralForm::accuracy(const RidgeTask& task, const ConstVectorRef& rotated) const {
    if (form_ == NormalForm::primal) return 0.0;
    const double square = rotated.squaredNorm();
    const double explained = rotated.dot(rotated_.col(task.target)) - task.alpha * square;
    if (!(explained > 0.0)) return 0.0;
    return 2.0 * std::sqrt(task.alpha * explained) / (norm_ * std::sqrt(square));
}

// trace of K (K + alpha I)⁻¹, without the directions that K was filled with, and one for each
// direction without a penalty.
double SpectralForm::degrees_of_freedom(double alpha, const BandFactor& factor) const {
    const double size = static_cast<double>(rotated_.rows()),
                 free = static_cast<double>(Z_.n_free());
    const double filled = filled_ > 0.0 ? free * filled_ / (filled_ + alpha) : 0.0;
    return size - alpha * factor.inverse_diagonal().sum() - filled + free;
}

}  // namespace fastreg
