#include "fastreg/ridge/ridge.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fastreg/gram/gram_stats.hpp"
#include "fastreg/path/watch.hpp"
#include "fastreg/ridge/normal_equations.hpp"
#include "fastreg/ridge/ridge_design.hpp"

namespace fastreg {

namespace {

// Solutions that are found together, at least one of each target.
constexpr Index block_columns = 64;

void validate(const RidgeProblem& problem) {
    const Index n = problem.X.rows();
    if (problem.Y.rows() != n)
        throw std::invalid_argument("Y has " + std::to_string(problem.Y.rows()) +
                                    " rows, but X has " + std::to_string(n));
    if (problem.sample_weight.size() != 0 && problem.sample_weight.size() != n)
        throw std::invalid_argument("sample_weight has " +
                                    std::to_string(problem.sample_weight.size()) +
                                    " entries, but X has " + std::to_string(n) + " rows");
    if (problem.penalty_factor.size() != 0 && problem.penalty_factor.size() != problem.X.cols())
        throw std::invalid_argument(
            "penalty_factor has " + std::to_string(problem.penalty_factor.size()) +
            " entries, but X has " + std::to_string(problem.X.cols()) + " columns");
    if (problem.alphas.cols() != problem.Y.cols())
        throw std::invalid_argument("alphas has " + std::to_string(problem.alphas.cols()) +
                                    " columns, but Y has " + std::to_string(problem.Y.cols()));
}

RidgeSolver choose_solver(const RidgeProblem& problem) {
    if (problem.solver != RidgeSolver::automatic) return problem.solver;
    return problem.X.rows() >= problem.X.cols() ? RidgeSolver::cholesky : RidgeSolver::dual;
}

std::unique_ptr<RidgeForm> make_form(RidgeSolver solver, const RidgeDesign& Z, const Matrix& Y,
                                     GramStats* stats) {
    switch (solver) {
        case RidgeSolver::cholesky:
            return std::make_unique<NormalEquations>(Z, Y, NormalForm::primal, stats);
        case RidgeSolver::dual:
            return std::make_unique<NormalEquations>(Z, Y, NormalForm::dual, nullptr);
        case RidgeSolver::svd:
            return std::make_unique<SingularForm>(Z, Y);
        default:
            throw std::invalid_argument("there is no such ridge solver");
    }
}

// The problem as its solvers see it: data, statistics if they were taken, and targets before and
// after what needs no penalty was projected out.
struct Prepared {
    Prepared(const RidgeProblem& problem, std::optional<GramStats> known)
        : stats(std::move(known)),
          X(problem.X, normalized_weight(problem.sample_weight), problem.standardize, nullptr,
            stats ? std::optional(
                        ColumnMoments{stats->x_mean, stats->gram.diagonal() / stats->weight})
                  : std::nullopt),
          Z(X, problem.penalty_factor),
          standardized(problem.Y),
          mean(problem.Y.cols()) {
        for (Index t = 0; t < mean.size(); ++t)
            mean[t] = X.standardize_response(standardized.col(t));
        Y = standardized;
        Z.project(Y);
    }

    std::optional<GramStats> stats;
    StandardizedDesign X;
    RidgeDesign Z;
    Matrix standardized, Y;
    Vector mean;
};

RidgeResult empty_result(const Prepared& data, RidgeSolver solver, Index strengths) {
    const Index targets = data.Y.cols();
    RidgeResult result;
    result.solver = solver;
    result.null_objective = data.standardized.colwise().squaredNorm().transpose() /
                            (2.0 * static_cast<double>(data.X.rows()));
    if (!result.null_objective.allFinite())
        throw std::invalid_argument("Y is too large: its squares overflow");
    for (Matrix* each : {&result.dual_gaps, &result.residuals, &result.deviance_ratio})
        each->resize(targets, strengths);
    result.n_iter.resize(targets, strengths);
    result.coefs.resize(data.X.cols(), strengths * targets);
    result.center = data.X.center();
    result.scale = data.X.scale();
    return result;
}

PathStep step_of(const RidgeResult& result, const Matrix& B, const Matrix& alphas, Index s) {
    const Index targets = alphas.cols();
    const auto nonzero = (B.middleCols(s * targets, targets).array() != 0.0).colwise().count();
    return {.index = s,
            .n_alphas = alphas.rows(),
            .alpha = alphas.row(s).maxCoeff(),
            .dual_gap = result.dual_gaps.col(s).maxCoeff(),
            .n_nonzero = nonzero.maxCoeff(),
            .deviance_ratio = result.deviance_ratio.col(s).minCoeff(),
            .n_iter = 1};
}

// Solutions of the strengths from `first` on to the result; coefficients stay those of X̃.
void record(const Prepared& data, const RidgeSolutions& found, Index first, Index strengths,
            RidgeResult& result) {
    const Index targets = data.Y.cols(), count = strengths * targets;
    Matrix responses(data.Y.rows(), data.Z.projected() ? count : 0);
    for (Index k = 0; k < responses.cols(); ++k)
        responses.col(k) = data.standardized.col(k % targets);
    data.Z.expand(found.B.leftCols(count), responses,
                  result.coefs.middleCols(first * targets, count));
    for (Index k = 0; k < count; ++k) {
        const Index s = first + k / targets, t = k % targets;
        const double null = result.null_objective[t];
        result.residuals(t, s) = found.residual[k];
        result.dual_gaps(t, s) = null > 0.0 ? found.gap[k] / null : found.gap[k];
        result.deviance_ratio(t, s) = null > 0.0 ? 1.0 - 0.5 * found.square[k] / null : 0.0;
        result.n_iter(t, s) = found.n_iter[k];
    }
}

// Solves block by block, the first strength alone: it is what the caller gets at least, unless
// interrupted while it is being solved. Returns how many strengths there are to give back.
Index run_blocks(const Prepared& data, const Matrix& alphas, RidgeForm& form,
                 const Control& control, PathWatch& watch, RidgeResult& result) {
    const Index targets = alphas.cols(), strengths = alphas.rows();
    for (Index first = 0, end = 1; first < strengths; first = end) {
        end = first == 0 ? 1
                         : std::min(first + std::max<Index>(1, block_columns / targets), strengths);
        std::vector<RidgeTask> tasks;
        for (Index s = first; s < end; ++s)
            for (Index t = 0; t < targets; ++t) tasks.push_back({alphas(s, t), t});
        RidgeSolutions found(data.Z.cols(), static_cast<Index>(tasks.size()));
        const Index solved = form.solve(
            tasks, found, [&] { return first == 0 ? control.interrupted() : watch.interrupted(); });
        const Index last = first + solved / targets;
        const bool cut = last < end;
        if (last == 0) return 0;
        record(data, found, first, last - first, result);
        for (Index s = first; s < last; ++s) {
            result.stop = watch.after(step_of(result, result.coefs, alphas, s));
            // A cut counts after the last strength that was solved, not before.
            if (cut && result.stop != Stop::callback && s + 1 < last) continue;
            if (result.stop != Stop::none && s + 1 < strengths) return s + 1;
        }
        if (cut) return last;
    }
    result.stop = Stop::none;
    return strengths;
}

// From X̃ to X, and only the strengths that were solved.
void finish(const Prepared& data, Index solved, RidgeResult& result) {
    const Index targets = data.Y.cols();
    result.coefs.conservativeResize(Eigen::NoChange, solved * targets);
    for (Matrix* each : {&result.dual_gaps, &result.residuals, &result.deviance_ratio})
        each->conservativeResize(Eigen::NoChange, solved);
    result.n_iter.conservativeResize(Eigen::NoChange, solved);
    result.coefs.array().colwise() *= data.X.inverse_scale().array();
    const Vector shift = result.coefs.transpose() * data.X.center();
    result.intercepts = shift.reshaped(targets, solved) * -1.0;
    result.intercepts.colwise() += data.mean;
}

}  // namespace

RidgeResult ridge_path(const RidgeProblem& problem, const Control& control) {
    validate(problem);
    PathWatch watch(control);
    const RidgeSolver solver = choose_solver(problem);
    const Index reads = problem.X.n_reads();
    std::optional<GramStats> stats;
    if (solver == RidgeSolver::cholesky && problem.X.dense_view())
        stats = gram_stats(problem.X, problem.Y, problem.sample_weight, control);
    if (control.interrupted()) throw Interruption();
    Prepared data(problem, std::move(stats));
    RidgeResult result = empty_result(data, solver, problem.alphas.rows());
    const auto form = make_form(solver, data.Z, data.Y, data.stats ? &*data.stats : nullptr);
    const Index solved = run_blocks(data, problem.alphas, *form, control, watch, result);
    if (solved == 0) throw Interruption();
    finish(data, solved, result);
    result.n_passes = problem.X.sequential() ? problem.X.n_reads() - reads : data.Z.n_passes();
    return result;
}

}  // namespace fastreg
