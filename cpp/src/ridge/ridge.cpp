#include "fastreg/ridge/ridge.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fastreg/gram/gram_stats.hpp"
#include "fastreg/path/watch.hpp"
#include "fastreg/ridge/normal_equations.hpp"
#include "fastreg/ridge/ridge_cv.hpp"
#include "fastreg/ridge/ridge_design.hpp"
#include "fastreg/ridge/spectral.hpp"

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
    if (problem.alphas.size() != 0 && problem.alphas.cols() != problem.Y.cols())
        throw std::invalid_argument("alphas has " + std::to_string(problem.alphas.cols()) +
                                    " columns, but Y has " + std::to_string(problem.Y.cols()));
}

bool tall(const RidgeProblem& problem) { return problem.X.rows() >= problem.X.cols(); }

// Whether one reduction costs less than a factor for every strength. Measured for matrices of 20 to
// 1000 rows: it takes the time of two or three factors, and more for small ones.
bool reduction_pays(const RidgeProblem& problem) {
    const std::set<double> strengths(problem.alphas.data(),
                                     problem.alphas.data() + problem.alphas.size());
    const double size = static_cast<double>(std::min(problem.X.rows(), problem.X.cols()));
    return (static_cast<double>(strengths.size()) - 3.0) * size * size > 1.2e5;
}

RidgeSolver choose_solver(const RidgeProblem& problem) {
    if (problem.solver != RidgeSolver::automatic) return problem.solver;
    if (reduction_pays(problem)) return RidgeSolver::spectral;
    return tall(problem) ? RidgeSolver::cholesky : RidgeSolver::dual;
}

// Whether what is solved is a system of the features.
bool is_primal(RidgeSolver solver, const RidgeProblem& problem) {
    return solver == RidgeSolver::cholesky || (solver == RidgeSolver::spectral && tall(problem));
}

std::unique_ptr<RidgeForm> make_form(RidgeSolver solver, const RidgeDesign& Z,
                                     const RidgeTargets& Y, NormalForm form, GramStats* stats,
                                     const Control& control) {
    switch (solver) {
        case RidgeSolver::cholesky:
        case RidgeSolver::dual:
            return std::make_unique<NormalEquations>(Z, Y, form, stats);
        case RidgeSolver::spectral:
            return std::make_unique<SpectralForm>(Z, Y, form, stats, control.interrupted);
        case RidgeSolver::svd:
            return std::make_unique<SingularForm>(Z, Y.projected());
        default:
            throw std::invalid_argument("there is no such ridge solver");
    }
}

// The problem as its solvers see it, with statistics if they were taken.
struct Prepared {
    Prepared(const RidgeProblem& problem, std::optional<GramStats> known)
        : stats(std::move(known)),
          X(problem.X, normalized_weight(problem.sample_weight), problem.standardize, nullptr,
            stats ? std::optional(
                        ColumnMoments{stats->x_mean, stats->gram.diagonal() / stats->weight})
                  : std::nullopt),
          Z(X, problem.penalty_factor),
          Y(problem.Y, Z, stats ? &*stats : nullptr) {}

    std::optional<GramStats> stats;
    StandardizedDesign X;
    RidgeDesign Z;
    RidgeTargets Y;
};

RidgeResult empty_result(const Prepared& data, RidgeSolver solver, Index strengths) {
    const Index targets = data.Y.count();
    RidgeResult result;
    result.solver = solver;
    result.null_objective = data.Y.square() / 2.0;
    for (Matrix* each : {&result.dual_gaps, &result.residuals, &result.deviance_ratio, &result.df})
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
    const Index targets = data.Y.count(), count = strengths * targets;
    Matrix responses(data.Y.rows(), data.Z.projected() ? count : 0);
    for (Index k = 0; k < responses.cols(); ++k)
        responses.col(k) = data.Y.standardized().col(k % targets);
    data.Z.expand(found.B.leftCols(count), responses,
                  result.coefs.middleCols(first * targets, count));
    for (Index k = 0; k < count; ++k) {
        const Index s = first + k / targets, t = k % targets;
        const double null = result.null_objective[t];
        result.residuals(t, s) = found.residual[k];
        result.dual_gaps(t, s) = null > 0.0 ? found.gap[k] / null : found.gap[k];
        result.deviance_ratio(t, s) = null > 0.0 ? 1.0 - 0.5 * found.square[k] / null : 0.0;
        result.n_iter(t, s) = found.n_iter[k];
        result.df(t, s) = found.df[k];
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
    const Index targets = data.Y.count();
    result.coefs.conservativeResize(Eigen::NoChange, solved * targets);
    for (Matrix* each : {&result.dual_gaps, &result.residuals, &result.deviance_ratio, &result.df})
        each->conservativeResize(Eigen::NoChange, solved);
    result.n_iter.conservativeResize(Eigen::NoChange, solved);
    if (result.df.hasNaN()) result.df.resize(0, 0);
    result.coefs.array().colwise() *= data.X.inverse_scale().array();
    const Vector shift = result.coefs.transpose() * data.X.center();
    result.intercepts = shift.reshaped(targets, solved) * -1.0;
    result.intercepts.colwise() += data.Y.mean();
}

}  // namespace

RidgeResult ridge_path(const RidgeProblem& problem, const Control& control) {
    validate(problem);
    PathWatch watch(control);
    const RidgeSolver solver = choose_solver(problem);
    const Index reads = problem.X.n_reads();
    std::optional<GramStats> stats;
    const bool primal = is_primal(solver, problem);
    if (primal && problem.X.dense_view())
        stats = gram_stats(problem.X, problem.Y, problem.sample_weight, control);
    if (control.interrupted()) throw Interruption();
    Prepared data(problem, std::move(stats));
    RidgeResult result = empty_result(data, solver, problem.alphas.rows());
    const auto form =
        make_form(solver, data.Z, data.Y, primal ? NormalForm::primal : NormalForm::dual,
                  data.stats ? &*data.stats : nullptr, control);
    const Index solved = run_blocks(data, problem.alphas, *form, control, watch, result);
    if (solved == 0) throw Interruption();
    finish(data, solved, result);
    result.n_passes = problem.X.sequential() ? problem.X.n_reads() - reads : data.Z.n_passes();
    return result;
}

namespace {

// Rows without weight are predicted like new ones, with the coefficients of all strengths.
void predict_unweighted(const RidgeSelectionProblem& problem, const Prepared& data,
                        SpectralForm& form, const Control& control, RidgeScores& scores) {
    const Vector& root_weight = data.X.root_weight();
    if (!problem.predictions || root_weight.size() == 0 || root_weight.minCoeff() > 0.0) return;
    const Index targets = data.Y.count(), strengths = problem.alphas.size();
    const Matrix alphas = problem.alphas.replicate(1, targets);
    RidgeResult path = empty_result(data, RidgeSolver::spectral, strengths);
    PathWatch watch(control);
    if (run_blocks(data, alphas, form, control, watch, path) < strengths) throw Interruption();
    finish(data, strengths, path);
    Matrix fitted(data.X.rows(), path.coefs.cols());
    problem.ridge.X.matvec(path.coefs, fitted);
    for (Index i = 0; i < fitted.rows(); ++i)
        if (root_weight[i] == 0.0)
            scores.predictions.col(i) =
                fitted.row(i).transpose() + path.intercepts.reshaped(fitted.cols(), 1);
}

}  // namespace

RidgeSelection ridge_cv(const RidgeSelectionProblem& problem, const Control& control) {
    validate(problem.ridge);
    const Index targets = problem.ridge.Y.cols();
    // Where rows are not more than what they determine, the dual form is the more accurate one.
    const bool primal = problem.ridge.X.rows() > problem.ridge.X.cols() + 1;
    const Index reads = problem.ridge.X.n_reads();
    std::optional<GramStats> stats;
    if (primal && problem.ridge.X.dense_view())
        stats = gram_stats(problem.ridge.X, problem.ridge.Y, problem.ridge.sample_weight, control);
    if (control.interrupted()) throw Interruption();
    Prepared data(problem.ridge, std::move(stats));
    SpectralForm form(data.Z, data.Y, primal ? NormalForm::primal : NormalForm::dual,
                      data.stats ? &*data.stats : nullptr, control.interrupted, 1);
    RidgeSelection result;
    const LeftOutRows rows{data.Z, data.Y.projected(), problem.ridge.Y, problem.predictions};
    RidgeScores scores = leave_one_out(form, rows, problem.alphas, control.interrupted);
    predict_unweighted(problem, data, form, control, scores);
    result.index = problem.choose(std::move(scores));
    if (static_cast<Index>(result.index.size()) != targets)
        throw std::invalid_argument("choose must give an index for each target");
    std::vector<RidgeTask> tasks;
    for (Index t = 0; t < targets; ++t) {
        const Index chosen = result.index[static_cast<std::size_t>(t)];
        if (chosen < 0 || chosen >= problem.alphas.size())
            throw std::invalid_argument("choose gave the index " + std::to_string(chosen) +
                                        ", but there are " + std::to_string(problem.alphas.size()) +
                                        " alphas");
        tasks.push_back({problem.alphas[chosen], t});
    }
    RidgeSolutions found(data.Z.cols(), targets);
    form.solve(tasks, found, control.interrupted);
    result.chosen = empty_result(data, RidgeSolver::spectral, 1);
    record(data, found, 0, 1, result.chosen);
    finish(data, 1, result.chosen);
    result.chosen.n_passes =
        problem.ridge.X.sequential() ? problem.ridge.X.n_reads() - reads : data.Z.n_passes();
    return result;
}

}  // namespace fastreg
