#include "fastreg/path/elastic_net_path.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "fastreg/path/alpha_grid.hpp"
#include "fastreg/path/driver.hpp"
#include "fastreg/penalty/alpha_max.hpp"
#include "fastreg/solver/gaussian_solver.hpp"

namespace fastreg {

namespace {

void require_size(const Vector& v, Index size, const char* name, bool may_be_empty) {
    if (v.size() == size || (may_be_empty && v.size() == 0)) return;
    throw std::invalid_argument(std::string(name) + " has " + std::to_string(v.size()) +
                                " entries, but X asks for " + std::to_string(size));
}

void validate(const ElasticNetProblem& problem) {
    const Index n = problem.X.rows(), p = problem.X.cols();
    require_size(problem.y, n, "y", false);
    require_size(problem.sample_weight, n, "sample_weight", true);
    require_size(problem.lower_bounds, p, "lower_bounds", true);
    require_size(problem.upper_bounds, p, "upper_bounds", true);
    require_size(problem.coef_init, p, "coef_init", true);
    for (Index j = 0; j < problem.lower_bounds.size(); ++j)
        if (!(problem.lower_bounds[j] <= 0.0))
            throw std::invalid_argument("lower_bounds must be at most 0");
    for (Index j = 0; j < problem.upper_bounds.size(); ++j)
        if (!(problem.upper_bounds[j] >= 0.0))
            throw std::invalid_argument("upper_bounds must be at least 0");
}

// Bounds of b̃ = scale · b. An excluded column has no coefficient to bound.
Vector standardized_bounds(const StandardizedDesign& X, const Vector& bounds) {
    Vector scaled = bounds;
    for (Index j = 0; j < bounds.size(); ++j)
        scaled[j] = X.excluded(j) ? 0.0 : X.standardized_coefficient(j, bounds[j]);
    return scaled;
}

// The problem in the coordinates of the solver.
struct Standardized {
    explicit Standardized(const ElasticNetProblem& problem)
        : X(problem.X, normalized_weight(problem.sample_weight), problem.standardize),
          y(problem.y),
          mean(X.standardize_response(y)),
          penalty{.l1_ratio = problem.l1_ratio,
                  .factor = {},
                  .lower = standardized_bounds(X, problem.lower_bounds),
                  .upper = standardized_bounds(X, problem.upper_bounds)} {}

    StandardizedDesign X;
    Vector y;
    double mean;
    ElasticNetPenalty penalty;
};

// Squares of y must be representable: a null objective that overflows or vanishes says nothing
// about a gap.
void require_scale(const Vector& y, double null_objective) {
    if (!std::isfinite(null_objective))
        throw std::invalid_argument("y is too large: its squares overflow");
    if (null_objective < std::numeric_limits<double>::min() && !y.isZero(0.0))
        throw std::invalid_argument("y varies too little for float64: its squares underflow");
}

void record(const Standardized& standardized, const GaussianSolver& solver, PathResult& result) {
    double intercept = standardized.mean;
    solver.for_each_coefficient([&](Index j, double b) {
        const double coef = standardized.X.raw_coefficient(j, b);
        result.indices.push_back(j);
        result.values.push_back(coef);
        intercept -= standardized.X.center()[j] * coef;
    });
    result.indptr.push_back(static_cast<std::int64_t>(result.indices.size()));
    result.intercepts.push_back(intercept);
    result.deviance_ratio.push_back(solver.deviance_ratio());
}

}  // namespace

PathResult elastic_net_path(const ElasticNetProblem& problem, const AlphaGrid& grid,
                            const Control& control) {
    validate(problem);
    const Standardized standardized(problem);
    GaussianSolver solver(standardized.X, standardized.y, standardized.penalty);
    require_scale(standardized.y, solver.null_objective());
    Vector alphas = grid.alphas;
    if (alphas.size() == 0)
        alphas =
            alpha_grid(alpha_max(solver.correlation(), standardized.penalty), grid.eps, grid.count);
    if (problem.coef_init.size())
        solver.warm_start(problem.coef_init.cwiseProduct(standardized.X.scale()));
    PathResult result;
    run_path(
        alphas, [&](double alpha) { return solver.solve(alpha, control); },
        [&](double alpha, const PointReport& report) {
            result.alphas.push_back(alpha);
            result.dual_gaps.push_back(report.dual_gap);
            result.n_iter.push_back(report.n_iter);
            result.status.push_back(static_cast<std::int8_t>(report.status));
            record(standardized, solver, result);
        });
    result.n_passes = solver.n_passes() + 1;
    result.null_objective = solver.null_objective();
    result.center = standardized.X.center();
    result.scale = standardized.X.scale();
    return result;
}

double elastic_net_alpha_max(const ElasticNetProblem& problem) {
    validate(problem);
    const Standardized standardized(problem);
    const GaussianSolver solver(standardized.X, standardized.y, standardized.penalty);
    return alpha_max(solver.correlation(), standardized.penalty);
}

}  // namespace fastreg
