#include "fastreg/path/elastic_net_path.hpp"

#include <memory>
#include <utility>

#include "fastreg/path/gram_path.hpp"
#include "fastreg/path/solve_path.hpp"
#include "fastreg/solver/least_squares.hpp"
#include "fastreg/solver/screened_solver.hpp"

namespace fastreg {

void validate(const ElasticNetProblem& problem) {
    const Index n = problem.X.rows(), p = problem.X.cols();
    require_size(problem.y, n, "y", false);
    require_size(problem.sample_weight, n, "sample_weight", true);
    require_size(problem.coef_init, p, "coef_init", true);
    validate(problem.terms(), p);
}

namespace {

// The problem in the coordinates of the solver.
struct Standardized {
    Standardized(const ElasticNetProblem& problem, Index n_threads)
        : pool(n_threads),
          X(problem.X, normalized_weight(problem.sample_weight), problem.standardize, &pool),
          y(problem.y),
          mean(X.standardize_response(y)),
          penalty(standardized_penalty(problem.terms(), X.scale())) {}

    ThreadPool pool;
    StandardizedDesign X;
    Vector y;
    double mean;
    ElasticNetPenalty penalty;
};

}  // namespace

PathResult elastic_net_path(const ElasticNetProblem& problem, const AlphaGrid& grid,
                            const Control& control) {
    validate(problem);
    require_response_scale(problem.y, problem.standardize.fit_intercept);
    PathWatch watch(control);
    if (prefers_gram(problem.X, grid.alphas.size() ? grid.alphas.size() : grid.count))
        if (auto result = elastic_net_path_by_gram(problem, grid, watch)) return *std::move(result);
    const Standardized s(problem, control.n_threads);
    ScreenedSolver solver(s.X, std::make_unique<LeastSquaresSolver>(s.X, s.y), s.penalty);
    require_scale(solver.null_objective(), s.y.isZero(0.0));
    PathResult result = solve_path(solver,
                                   {s.X.center(), s.X.scale(), s.X.inverse_scale(),
                                    [&] { return Vector::Constant(1, s.mean); }},
                                   s.penalty, problem.terms(), problem.coef_init, grid, watch);
    if (problem.X.sequential()) result.n_passes = problem.X.n_reads();
    return result;
}

double elastic_net_alpha_max(const ElasticNetProblem& problem) {
    validate(problem);
    const Standardized standardized(problem, 1);
    ScreenedSolver solver(standardized.X,
                          std::make_unique<LeastSquaresSolver>(standardized.X, standardized.y),
                          standardized.penalty);
    solver.solve_null(Control{});
    return alpha_max(solver.correlation(), standardized.penalty);
}

}  // namespace fastreg
