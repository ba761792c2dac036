#include "fastreg/ridge/ridge.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fastreg/path/watch.hpp"
#include "fastreg/ridge/inference.hpp"
#include "fastreg/ridge/iterative.hpp"
#include "fastreg/ridge/normal_equations.hpp"
#include "fastreg/ridge/ridge_data.hpp"
#include "fastreg/ridge/spectral.hpp"

namespace fastreg {

namespace {

// Solutions that are found together, at least one of each target.
constexpr Index block_columns = 64;

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
    if (!problem.inference && reduction_pays(problem)) return RidgeSolver::spectral;
    return tall(problem) ? RidgeSolver::cholesky : RidgeSolver::dual;
}

// Whether what is solved is a system of the features.
bool is_primal(RidgeSolver solver, const RidgeProblem& problem) {
    return solver == RidgeSolver::cholesky || (solver == RidgeSolver::spectral && tall(problem));
}

std::unique_ptr<RidgeForm> make_form(RidgeSolver solver, RidgeData& data, NormalForm form,
                                     const Matrix& alphas, const Control& control) {
    const RidgeDesign& Z = data.Z;
    const RidgeTargets& Y = data.Y;
    switch (solver) {
        case RidgeSolver::cholesky:
        case RidgeSolver::dual:
            return std::make_unique<NormalEquations>(Z, Y, form, data.statistics());
        case RidgeSolver::spectral:
            return std::make_unique<SpectralForm>(Z, Y, form, data.statistics(),
                                                  control.interrupted);
        case RidgeSolver::svd:
            return std::make_unique<SingularForm>(Z, Y.projected());
        case RidgeSolver::cg:
            return make_conjugate_gradients(Z, Y.projected(), alphas, control);
        case RidgeSolver::lsqr:
            return make_lsmr(Z, Y.projected(), control);
        default:
            throw std::invalid_argument("there is no such ridge solver");
    }
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

// Degrees of freedom and standard errors, from the matrix that was factored if there is one.
void add_inference(const RidgeProblem& problem, RidgeData& data, const RidgeForm& form,
                   RidgeSolver solver, Index solved, const Control& control, RidgeResult& result) {
    const bool primal =
        solver == RidgeSolver::cholesky || (solver != RidgeSolver::dual && tall(problem));
    const Matrix* matrix = form.matrix();
    Matrix made;
    if (!matrix && solver != RidgeSolver::svd) {
        made = primal ? feature_gram(data.Z, nullptr) : row_gram(data.Z);
        matrix = &made;
    }
    RidgeInference inference(data.Z, data.Y, primal ? NormalForm::primal : NormalForm::dual,
                             matrix);
    infer(problem, data, solved, inference, control, result);
}

// Solves block by block, the first strength alone if that ends sooner: it is what the caller gets at
// least, unless interrupted while it is being solved. Returns how many strengths there are to give back.
Index run_blocks(const RidgeData& data, const Matrix& alphas, RidgeForm& form,
                 const Control& control, PathWatch& watch, RidgeResult& result) {
    const Index targets = alphas.cols(), strengths = alphas.rows();
    for (Index first = 0, end = 1; first < strengths; first = end) {
        end = first == 0 && !form.together()
                  ? 1
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

}  // namespace

RidgeResult ridge_path(const RidgeProblem& problem, const Control& control,
                       std::optional<GramStats> known) {
    validate(problem);
    PathWatch watch(control);
    const RidgeSolver solver = choose_solver(problem);
    const Index reads = problem.X.n_reads();
    const bool primal = is_primal(solver, problem);
    const bool automatic = problem.solver == RidgeSolver::automatic && !problem.inference;
    const bool rough = automatic && !known && solver != RidgeSolver::spectral &&
                       rough_gram_pays(problem.X, problem.alphas);
    if (!primal)
        known.reset();
    else if (!known && !rough)
        known = statistics(problem, control);
    RidgeData data(problem, std::move(known));
    const auto make = [&](RidgeSolver way, Index max_iter, double tol) {
        if (primal && way == solver && !data.stats) data.stats = statistics(problem, control);
        Control limited = control;
        limited.max_iter = max_iter;
        limited.tol = tol;
        return make_form(way, data, primal ? NormalForm::primal : NormalForm::dual, problem.alphas,
                         limited);
    };
    SolverChoice choice{solver, solver, control.max_iter};
    if (automatic && data.X.sparse())
        choice = choose_for_sparse(data.Z, problem.alphas, solver, control);
    else if (rough && rough_gram_serves(data.Z, problem.alphas))
        choice = {RidgeSolver::cg, solver, most_rough_iterations};
    RidgeResult result = empty_result(data, choice.solver, problem.alphas.rows());
    auto form = make(choice.solver, choice.max_iter,
                     rough ? std::min(control.tol, rough_tol) : control.tol);
    if (choice.solver != choice.otherwise)
        form = std::make_unique<SwitchingForm>(
            std::move(form), [&] { return make(choice.otherwise, control.max_iter, control.tol); },
            control.tol);
    const Index solved = run_blocks(data, problem.alphas, *form, control, watch, result);
    if (solved == 0) throw Interruption();
    if (form->switched()) result.solver = choice.otherwise;
    if (problem.inference) add_inference(problem, data, *form, solver, solved, control, result);
    finish(data, solved, result);
    result.n_passes = problem.X.sequential() ? problem.X.n_reads() - reads : data.Z.n_passes();
    return result;
}

}  // namespace fastreg
