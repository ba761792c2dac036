#include "fastreg/path/multitask_path.hpp"

#include <stdexcept>
#include <utility>

#include "fastreg/path/solve_path.hpp"
#include "fastreg/solver/multitask_solver.hpp"

namespace fastreg {

namespace {

// The problem in the coordinates of the solver.
struct Prepared {
    Prepared(const MultitaskProblem& problem, Index n_threads)
        : pool(n_threads),
          X(problem.data.X, normalized_weight(problem.data.sample_weight), problem.data.standardize,
            &pool),
          mean(problem.Y.cols()),
          penalty(standardized_penalty(problem.data.terms(), X.scale())),
          model(X, standardized(problem.Y)),
          solver(X, model, penalty) {}

    Matrix standardized(Matrix Y) {
        for (Index k = 0; k < Y.cols(); ++k) mean[k] = X.standardize_response(Y.col(k));
        return Y;
    }

    ThreadPool pool;
    StandardizedDesign X;
    Vector mean;
    ElasticNetPenalty penalty;
    MultitaskModel model;
    MultitaskSolver solver;
};

void validate(const MultitaskProblem& problem) {
    const Index n = problem.data.X.rows(), p = problem.data.X.cols(), m = problem.Y.cols();
    require_size(problem.data.sample_weight, n, "sample_weight", true);
    require_size(problem.data.coef_init, m * p, "coef_init", true);
    validate(problem.data.terms(), p);
    if (problem.Y.rows() != n || m < 1)
        throw std::invalid_argument("y must have a row for every row of X and a column a target");
    if (problem.data.lower_bounds.size() || problem.data.upper_bounds.size())
        throw std::invalid_argument("coefficients with a grouped penalty can't have bounds");
    if (!(problem.data.l1_ratio > 0.0))
        throw std::invalid_argument("without an L1 term every target is a problem of its own");
}

// As require_response_scale does for one target: squares of the largest must be representable.
void require_target_scale(const Matrix& Y, bool fit_intercept) {
    Matrix spread = Y;
    if (fit_intercept) spread.rowwise() -= Y.row(0).eval();
    const double largest = spread.cwiseAbs().maxCoeff();
    require_scale(largest * largest, largest == 0.0);
}

}  // namespace

PathResult multitask_path(const MultitaskProblem& problem, const AlphaGrid& grid,
                          const Control& control) {
    validate(problem);
    require_target_scale(problem.Y, problem.data.standardize.fit_intercept);
    PathWatch watch(control);
    Prepared p(problem, control.n_threads);
    require_scale(p.solver.null_objective(), p.model.constant() == 0.0);
    const Coordinates coordinates{p.X.center(), p.X.scale(), p.X.inverse_scale(),
                                  [&] { return p.mean; }};
    PathResult result = solve_path(p.solver, coordinates, p.penalty, problem.data.terms(),
                                   problem.data.coef_init, grid, watch);
    if (problem.data.X.sequential()) result.n_passes = problem.data.X.n_reads();
    return result;
}

double multitask_alpha_max(const MultitaskProblem& problem) {
    validate(problem);
    Prepared p(problem, 1);
    p.solver.solve_null(Control{});
    return alpha_max(p.solver.correlation(), p.penalty);
}

}  // namespace fastreg
