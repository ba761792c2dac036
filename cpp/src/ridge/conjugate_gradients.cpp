#include "fastreg/ridge/conjugate_gradients.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <utility>

namespace fastreg {

namespace {

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

struct ConjugateGradients::Block : OpenTargets {
    using OpenTargets::OpenTargets;

    Matrix solution, residual, search, product, preconditioned;
    Eigen::RowVectorXd energy;
    Vector ratio;     // gradient norm by residual norm when it was measured
    Vector measured;  // residual norm then
    // Coefficients of the first run, for the first target that was asked for.
    std::vector<double> lengths, growths;
    bool restarted = false;

    void keep(const std::vector<Index>& kept) {
        OpenTargets::keep(kept);
        solution = solution(Eigen::all, kept).eval();
        residual = residual(Eigen::all, kept).eval();
        product.resize(solution.rows(), solution.cols());
        preconditioned.resize(solution.rows(), solution.cols());
        keep_entries(kept, ratio);
        keep_entries(kept, measured);
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
    : IterativeForm(Z, Y, options), form_(form), preconditioner_(std::move(preconditioner)) {
    if (form_ == NormalForm::dual) correlation_.resize(0, 0);
}

bool ConjugateGradients::solve_block(std::span<const RidgeTask> tasks, Index first,
                                     RidgeSolutions& out,
                                     const std::function<bool()>& interrupted) {
    Block block(tasks, first);
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
    const bool estimates = block.alpha == 0.0 && form_ == NormalForm::primal;
    const double smallest = estimates ? block.smallest_eigenvalue() : 0.0;
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
            out.gap[place] =
                gap(block.alpha, gradient.col(t), B.col(t), out.square[place], smallest);
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
