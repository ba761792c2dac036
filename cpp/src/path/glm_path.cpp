#include "fastreg/path/glm_path.hpp"

#include <memory>
#include <stdexcept>
#include <utility>

#include "fastreg/path/solve_path.hpp"
#include "fastreg/solver/generalized.hpp"
#include "fastreg/solver/screened_solver.hpp"

namespace fastreg {

namespace {

std::unique_ptr<Loss> make_loss(Family family) {
    switch (family) {
        case Family::binomial:
            return std::make_unique<BinomialLoss>();
        case Family::poisson:
            return std::make_unique<PoissonLoss>();
        default:
            throw std::invalid_argument("there is no such family");
    }
}

// The problem in the coordinates of the solver.
struct Prepared {
    Prepared(const GlmProblem& problem, Index n_threads)
        : loss(make_loss(problem.family)),
          pool(n_threads),
          X(problem.data.X, normalized_weight(problem.data.sample_weight), problem.data.standardize,
            &pool),
          penalty(standardized_penalty(problem.data.terms(), X.scale())),
          response{.y = problem.data.y,
                   .weight = normalized_weight(problem.data.sample_weight),
                   .offset = problem.offset,
                   .fit_intercept = problem.data.standardize.fit_intercept} {
        auto inner = std::make_unique<GeneralizedSolver>(X, *loss, response);
        model = &inner->model();
        solver = std::make_unique<ScreenedSolver>(X, std::move(inner), penalty);
    }

    std::unique_ptr<Loss> loss;
    ThreadPool pool;
    StandardizedDesign X;
    ElasticNetPenalty penalty;
    Response response;
    const GlmModel* model;
    std::unique_ptr<ScreenedSolver> solver;
};

void validate(const GlmProblem& problem) {
    validate(problem.data);
    require_size(problem.offset, problem.data.X.rows(), "offset", true);
}

}  // namespace

PathResult glm_path(const GlmProblem& problem, const AlphaGrid& grid, const Control& control) {
    validate(problem);
    PathWatch watch(control);
    const Prepared p(problem, control.n_threads);
    const Coordinates coordinates{p.X.center(), p.X.scale(), p.X.inverse_scale(),
                                  [&] { return Vector::Constant(1, p.model->intercept()); }};
    PathResult result = solve_path(*p.solver, coordinates, p.penalty, problem.data.terms(),
                                   problem.data.coef_init, grid, watch);
    if (problem.data.X.sequential()) result.n_passes = problem.data.X.n_reads();
    return result;
}

double glm_alpha_max(const GlmProblem& problem) {
    validate(problem);
    const Prepared p(problem, 1);
    p.solver->solve_null(Control{});
    return alpha_max(p.solver->correlation(), p.penalty);
}

}  // namespace fastreg
