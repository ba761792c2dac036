#include "fastreg/path/multinomial_path.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

#include "fastreg/design/classwise.hpp"
#include "fastreg/path/solve_path.hpp"
#include "fastreg/solver/generalized.hpp"
#include "fastreg/solver/grouped_solver.hpp"
#include "fastreg/solver/screened_solver.hpp"

namespace fastreg {

namespace {

// The penalty of a feature, or of all its coefficients, is divided by the number of classes: see
// MultinomialModel.
ElasticNetPenalty divided(ElasticNetPenalty penalty, Index n_features, Index n_classes) {
    if (penalty.factor.size() == 0) penalty.factor.setOnes(n_features);
    penalty.factor /= static_cast<double>(n_classes);
    return penalty;
}

ElasticNetPenalty for_classes(ElasticNetPenalty penalty, Index n_classes) {
    for (Vector* each : {&penalty.factor, &penalty.lower, &penalty.upper})
        *each = each->replicate(n_classes, 1).eval();
    return penalty;
}

// The problem in the coordinates of the solver.
struct Prepared {
    Prepared(const MultinomialProblem& problem, Index n_threads)
        : pool(n_threads),
          X(problem.data.X, normalized_weight(problem.data.sample_weight), problem.data.standardize,
            &pool),
          blocks(X, problem.Y.cols()),
          all(blocks, Vector(), {.fit_intercept = false, .standardize = false}),
          penalty(divided(standardized_penalty(problem.data.terms(), X.scale()), X.cols(),
                          problem.Y.cols())) {}

    ThreadPool pool;
    StandardizedDesign X;
    ClasswiseDesign blocks;
    StandardizedDesign all;
    ElasticNetPenalty penalty;
};

// Calls use(solver, model, penalty) with the solver of this problem. Without an L1 part groups make no
// difference.
template <class Use>
auto with_solver(const MultinomialProblem& problem, const Prepared& p, Use use) {
    const bool fit_intercept = problem.data.standardize.fit_intercept;
    if (problem.grouped && problem.data.l1_ratio > 0.0) {
        MultinomialModel model(p.all, p.X, problem.Y, fit_intercept, problem.offset);
        GroupedSolver solver(p.all, model, p.penalty);
        return use(solver, model, p.penalty);
    }
    auto inner =
        std::make_unique<MultinomialSolver>(p.all, p.X, problem.Y, fit_intercept, problem.offset);
    const MultinomialModel& model = inner->model();
    const ElasticNetPenalty penalty = for_classes(p.penalty, problem.Y.cols());
    ScreenedSolver solver(p.all, std::move(inner), penalty);
    return use(solver, model, penalty);
}

void validate(const MultinomialProblem& problem) {
    const Index n = problem.data.X.rows(), p = problem.data.X.cols(), K = problem.Y.cols();
    require_size(problem.data.sample_weight, n, "sample_weight", true);
    require_size(problem.data.coef_init, K * p, "coef_init", true);
    validate(problem.data.terms(), p);
    if (problem.Y.rows() != n || K < 2)
        throw std::invalid_argument("y must have a row for every row of X and two classes or more");
    if (problem.grouped && (problem.data.lower_bounds.size() || problem.data.upper_bounds.size()))
        throw std::invalid_argument("coefficients with a grouped penalty can't have bounds");
    if (problem.offset.size() && (problem.offset.rows() != n || problem.offset.cols() != K))
        throw std::invalid_argument("offset must have an entry for every row and class of y");
}

}  // namespace

PathResult multinomial_path(const MultinomialProblem& problem, const AlphaGrid& grid,
                            const Control& control) {
    validate(problem);
    PathWatch watch(control);
    const Prepared p(problem, control.n_threads);
    PathResult result = with_solver(
        problem, p,
        [&](auto& solver, const MultinomialModel& model, const ElasticNetPenalty& penalty) {
            const Coordinates coordinates{p.X.center(), p.X.scale(), p.X.inverse_scale(),
                                          [&] { return model.intercepts(); }};
            return solve_path(solver, coordinates, penalty, problem.data.terms(),
                              problem.data.coef_init, grid, watch);
        });
    result.null_objective *= static_cast<double>(problem.Y.cols());
    if (problem.data.X.sequential()) result.n_passes = problem.data.X.n_reads();
    return result;
}

double multinomial_alpha_max(const MultinomialProblem& problem) {
    validate(problem);
    const Prepared p(problem, 1);
    return with_solver(problem, p,
                       [](auto& solver, const MultinomialModel&, const ElasticNetPenalty& penalty) {
                           solver.solve_null(Control{});
                           return alpha_max(solver.correlation(), penalty);
                       });
}

}  // namespace fastreg
