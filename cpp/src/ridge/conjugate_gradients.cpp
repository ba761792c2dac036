#include "fastreg/ridge/conjugate_gradients.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <utility>

#include "fastreg/ridge/block_lists.hpp"

namespace fastreg {

namespace {

// Targets that are solved for together.
constexpr Index block_targets = 32;
// The recurrence is asked for a little more than the tolerance, so that it is met by the residual
// that is computed anew.
constexpr double margin = 0.8;
// The gradient of the dual equations' residual is measured, which takes half an iteration, where it
// may be within the first factor of the goal, and again when the residual fell by the second.
constexpr double near_goal = 30.0;
constexpr double measured_share = 0.2;
// A restart that gains less than this share of the residual met rounding errors.
constexpr double least_gain = 0.5;
// Steps that eigenvalues are estimated from.
constexpr Index most_steps = 400;

Eigen::RowVectorXd dots(const Matrix& A, const Matrix& B) {
    return A.cwiseProduct(B).colwise().sum();
}

}  // namespace

struct ConjugateGradients::Block {
    double alpha;
    std::vector<Index> places, targets;
    Matrix solution, residual, search, product, preconditioned;
    Eigen::RowVectorXd energy;
    Vector ratio;     // gradient norm by residual norm when it was measured
    Vector measured;  // residual norm then
    Vector achieved;  // relative residual from X
    Index iterations = 0;
    // Coefficients of the first run, for the first target that was asked for.
    std::vector<double> lengths, growths;
    bool restarted = false;

    Index count() const { return static_cast<Index>(targets.size()); }

    // Only these targets go on.
    void keep(const std::vector<Index>& kept) {
        keep_columns(kept, solution);
        keep_columns(kept, residual);
        product.resize(solution.rows(), solution.cols());
        preconditioned.resize(solution.rows(), solution.cols());
        keep_entries(kept, places);
        keep_entries(kept, targets);
        keep_entries(kept, ratio);
        keep_entries(kept, measured);
        keep_entries(kept, achieved);
        restarted = true;
    }

    // Of the matrix as the first run saw it (Lanczos 1950).
    double smallest_eigenvalue() const {
        const Index steps = std::min(static_cast<Index>(lengths.size()), most_steps);
        if (steps == 0) return 0.0;
        Vector diagonal(steps), beside(std::max<Index>(0, steps - 1));
        for (Index k = 0; k < steps; ++k) {
            const std::size_t at = static_cast<std::size_t>(k);
            diagonal[k] = 1.0 / lengths[at] + (k ? growths[at - 1] / lengths[at - 1] : 0.0);
            if (k + 1 < steps) beside[k] = std::sqrt(growths[at]) / lengths[at];
        }
        Eigen::SelfAdjointEigenSolver<Matrix> solver;
        solver.computeFromTridiagonal(diagonal, beside, Eigen::EigenvaluesOnly);
        return solver.eigenvalues()[0];
    }
};

ConjugateGradients::ConjugateGradients(const RidgeDesign& Z, const Matrix& Y, NormalForm form,
                                       std::unique_ptr<Preconditioner> preconditioner,
                                       IterationOptions options)
    : Z_(Z),
      Y_(Y),
      n_(static_cast<double>(Z.rows())),
      form_(form),
      preconditioner_(std::move(preconditioner)),
      options_(options),
      correlation_(Z.cols(), Y.cols()) {
    Z_.transpose_matvec(Y, correlation_);
    correlation_ /= n_;
    correlation_norm_ = correlation_.colwise().norm();
    if (form_ == NormalForm::dual) correlation_.resize(0, 0);
    options_.max_iter = options_.limit(std::min(Z.rows(), Z.cols()));
}

Index ConjugateGradients::solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                                const std::function<bool()>& interrupted) {
    std::size_t solved = 0;
    while (solved < tasks.size()) {
        const std::size_t count = same_strength(tasks.subspan(solved), block_targets);
        if ((solved > 0 && interrupted()) ||
            !solve_block(tasks.subspan(solved, count), static_cast<Index>(solved), out,
                         interrupted))
            break;
        solved += count;
    }
    return static_cast<Index>(solved);
}

bool ConjugateGradients::solve_block(std::span<const RidgeTask> tasks, Index first,
                                     RidgeSolutions& out,
                                     const std::function<bool()>& interrupted) {
    Block block{};
    block.alpha = tasks.front().alpha;
    for (const RidgeTask& task : tasks) {
        block.places.push_back(first + block.count());
        block.targets.push_back(task.target);
    }
    preconditioner_->set_alpha(block.alpha);
    start(block);
    while (block.count() > 0) {
        if (!iterate(block, interrupted)) return false;
        verify(block, out);
    }
    return true;
}

// From the solution at the last strength, times what makes the best of it.
void ConjugateGradients::start(Block& block) {
    const Matrix& right = form_ == NormalForm::primal ? correlation_ : Y_;
    const Index count = block.count();
    block.residual = right(Eigen::all, block.targets);
    if (form_ == NormalForm::dual) block.residual /= n_;
    block.solution = Matrix::Zero(right.rows(), count);
    block.product.resize(right.rows(), count);
    block.preconditioned.resize(right.rows(), count);
    const Vector norm = block.residual.colwise().norm();
    block.ratio = Vector::Ones(count);
    block.measured = Vector::Constant(count, infinity);
    block.achieved = block.measured;
    if (form_ == NormalForm::dual)
        for (Index t = 0; t < count; ++t)
            if (norm[t] > 0.0)
                block.ratio[t] =
                    correlation_norm_[block.targets[static_cast<std::size_t>(t)]] / norm[t];
    if (last_.size() == 0) {
        last_ = Matrix::Zero(right.rows(), Y_.cols());
        return;
    }
    const Matrix guess = last_(Eigen::all, block.targets);
    multiply(block.alpha, guess, block.product);
    ++block.iterations;
    const Eigen::RowVectorXd gain = dots(guess, block.residual),
                             curvature = dots(guess, block.product);
    for (Index t = 0; t < count; ++t) {
        if (!(gain[t] > 0.0 && curvature[t] > 0.0)) continue;
        const double length = gain[t] / curvature[t];
        block.solution.col(t) = length * guess.col(t);
        block.residual.col(t) -= length * block.product.col(t);
    }
}

bool ConjugateGradients::iterate(Block& block, const std::function<bool()>& interrupted) {
    precondition(block.alpha, block.residual, block.preconditioned);
    block.energy = dots(block.residual, block.preconditioned);
    block.search = block.preconditioned;
    while (block.iterations < options_.max_iter && !claims(block)) {
        if (interrupted()) return false;
        multiply(block.alpha, block.search, block.product);
        const Eigen::RowVectorXd curvature = dots(block.search, block.product);
        for (Index t = 0; t < block.count(); ++t) {
            // Nothing changes along this way any more, but for rounding errors.
            if (!(block.energy[t] > 0.0 && curvature[t] > 0.0)) block.energy[t] = 0.0;
            const double length = block.energy[t] > 0.0 ? block.energy[t] / curvature[t] : 0.0;
            block.solution.col(t) += length * block.search.col(t);
            block.residual.col(t) -= length * block.product.col(t);
            if (t == 0 && !block.restarted && length > 0.0) block.lengths.push_back(length);
        }
        precondition(block.alpha, block.residual, block.preconditioned);
        const Eigen::RowVectorXd next = dots(block.residual, block.preconditioned);
        for (Index t = 0; t < block.count(); ++t) {
            const double growth = block.energy[t] > 0.0 ? next[t] / block.energy[t] : 0.0;
            block.search.col(t) = block.preconditioned.col(t) + growth * block.search.col(t);
            block.energy[t] = block.energy[t] > 0.0 ? next[t] : 0.0;
            if (t == 0 && !block.restarted && growth > 0.0) block.growths.push_back(growth);
        }
        ++block.iterations;
    }
    return true;
}

// Whether the recurrence says of all targets that the goal is reached.
bool ConjugateGradients::claims(Block& block) const {
    const Vector norm = block.residual.colwise().norm();
    bool all = true, measure = false;
    for (Index t = 0; t < block.count(); ++t) {
        if (block.energy[t] <= 0.0) continue;
        const double goal =
            margin * options_.tol * scale_of(block.targets[static_cast<std::size_t>(t)]);
        const double estimate = block.ratio[t] * norm[t];
        all = all && estimate <= goal;
        measure = measure ||
                  (estimate <= near_goal * goal && norm[t] <= measured_share * block.measured[t]);
    }
    if (form_ == NormalForm::primal || all || !measure) return all;
    Matrix gradient(Z_.cols(), block.count());
    Z_.transpose_matvec(block.residual, gradient);
    block.measured = norm;
    for (Index t = 0; t < block.count(); ++t)
        if (norm[t] > 0.0) block.ratio[t] = gradient.col(t).norm() / norm[t];
    return claims(block);
}

void ConjugateGradients::verify(Block& block, RidgeSolutions& out) {
    const Index count = block.count();
    Matrix B = block.solution, R(Z_.rows(), count);
    if (form_ == NormalForm::dual) {
        B.resize(Z_.cols(), count);
        Z_.transpose_matvec(block.solution, B);
    }
    Z_.matvec(B, R);
    R = Y_(Eigen::all, block.targets) - R;
    Matrix gradient(Z_.cols(), count);
    Z_.transpose_matvec(R, gradient);
    gradient = gradient / n_ - block.alpha * B;
    block.residual = form_ == NormalForm::primal ? gradient : R / n_ - block.alpha * block.solution;
    std::vector<Index> open;
    for (Index t = 0; t < count; ++t) {
        const std::size_t k = static_cast<std::size_t>(t);
        const double achieved = gradient.col(t).norm() / scale_of(block.targets[k]);
        const double before = block.achieved[t];
        if (!(achieved >= before)) {
            const Index place = block.places[k];
            out.B.col(place) = B.col(t);
            out.residual[place] = achieved;
            out.square[place] = R.col(t).squaredNorm() / n_;
            out.gap[place] = gap(block, gradient.col(t), B.col(t), out.square[place]);
            out.n_iter[place] = block.iterations;
            last_.col(block.targets[k]) = block.solution.col(t);
            block.achieved[t] = achieved;
        }
        if (achieved > options_.tol && achieved <= least_gain * before &&
            block.iterations < options_.max_iter)
            open.push_back(t);
        const double norm = block.residual.col(t).norm();
        if (form_ == NormalForm::dual && norm > 0.0) block.ratio[t] = gradient.col(t).norm() / norm;
        block.measured[t] = norm;
    }
    block.keep(open);
}

// The gap at the dual point (Y − ZB)/n. At a strength of 0 it is what the columns of Z still
// explain of the residual: gᵀ(ZᵀZ/n)⁻¹g, at most gᵀg by the smallest eigenvalue, which the
// iteration itself estimates; and at most all of the residual.
double ConjugateGradients::gap(const Block& block, const ConstVectorRef& gradient,
                               const ConstVectorRef& b, double square) const {
    if (block.alpha > 0.0)
        return 0.5 * std::min(gradient.squaredNorm() / block.alpha,
                              square + block.alpha * b.squaredNorm());
    const double smallest = form_ == NormalForm::primal ? block.smallest_eigenvalue() : 0.0;
    return 0.5 * (smallest > 0.0 ? std::min(square, gradient.squaredNorm() / smallest) : square);
}

double ConjugateGradients::scale_of(Index target) const {
    return correlation_norm_[target] > 0.0 ? correlation_norm_[target] : 1.0;
}

void ConjugateGradients::multiply(double alpha, const ConstMatrixRef& S, MatrixRef out) const {
    if (form_ == NormalForm::primal)
        Z_.gram_product(S, out);
    else
        Z_.outer_product(S, out);
    out = out / n_ + alpha * S;
}

// Without a penalty the preconditioner would decide which of many solutions is found: without it,
// that is the one of minimum norm. The dual form finds this one anyhow.
void ConjugateGradients::precondition(double alpha, const ConstMatrixRef& R, MatrixRef out) const {
    if (alpha == 0.0 && form_ == NormalForm::primal) {
        out = R;
        return;
    }
    preconditioner_->apply(R, out);
    if (form_ == NormalForm::dual) Z_.remove_null_space(out);
}

}  // namespace fastreg
