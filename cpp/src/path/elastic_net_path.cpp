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
    require_size(problem.penalty_factor, p, "penalty_factor", true);
    require_size(problem.coef_init, p, "coef_init", true);
    if (problem.lower_bounds.size() && problem.upper_bounds.size())
        for (Index j = 0; j < p; ++j)
            if (!(problem.lower_bounds[j] <= problem.upper_bounds[j]))
                throw std::invalid_argument("lower_bounds[" + std::to_string(j) +
                                            "] is above upper_bounds[" + std::to_string(j) + "]");
    for (Index j = 0; j < problem.penalty_factor.size(); ++j)
        if (!(problem.penalty_factor[j] >= 0.0))
            throw std::invalid_argument("penalty_factor must be at least 0");
}

// The penalty on the scale of X̃, where b̃ = scale · b. A column that is excluded, by its factor or
// because it can't carry a coefficient, has one that is bounded to 0.
ElasticNetPenalty standardized_penalty(const StandardizedDesign& X,
                                       const ElasticNetProblem& problem) {
    ElasticNetPenalty penalty{.l1_ratio = problem.l1_ratio,
                              .factor = problem.penalty_factor,
                              .lower = problem.lower_bounds,
                              .upper = problem.upper_bounds};
    const bool excludes = (penalty.factor.array() == infinity).any();
    if (excludes && penalty.lower.size() == 0) penalty.lower.setConstant(X.cols(), -infinity);
    if (excludes && penalty.upper.size() == 0) penalty.upper.setConstant(X.cols(), infinity);
    for (Index j = 0; j < X.cols(); ++j) {
        const bool excluded = X.excluded(j) || (excludes && penalty.factor[j] == infinity);
        for (Vector* bounds : {&penalty.lower, &penalty.upper})
            if (bounds->size())
                (*bounds)[j] = excluded ? 0.0 : X.standardized_coefficient(j, (*bounds)[j]);
        if (excluded && penalty.factor.size()) penalty.factor[j] = 1.0;
    }
    return penalty;
}

// The problem in the coordinates of the solver.
struct Standardized {
    explicit Standardized(const ElasticNetProblem& problem)
        : X(problem.X, normalized_weight(problem.sample_weight), problem.standardize),
          y(problem.y),
          mean(X.standardize_response(y)),
          penalty(standardized_penalty(X, problem)) {}

    // The coefficient of the raw column. One at a bound is given back that bound, to the bit.
    double raw_coefficient(Index j, double b, const ElasticNetProblem& problem) const {
        if (penalty.lower.size() && b == penalty.lower[j] && problem.lower_bounds.size())
            return problem.lower_bounds[j];
        if (penalty.upper.size() && b == penalty.upper[j] && problem.upper_bounds.size())
            return problem.upper_bounds[j];
        return X.raw_coefficient(j, b);
    }

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

PathStep record(const ElasticNetProblem& problem, const Standardized& standardized,
                const GaussianSolver& solver, const PointReport& report, PathResult& result) {
    double intercept = standardized.mean;
    const std::size_t before = result.indices.size();
    solver.for_each_coefficient([&](Index j, double b) {
        const double coef = standardized.raw_coefficient(j, b, problem);
        result.indices.push_back(j);
        result.values.push_back(coef);
        intercept -= standardized.X.center()[j] * coef;
    });
    result.indptr.push_back(static_cast<std::int64_t>(result.indices.size()));
    result.intercepts.push_back(intercept);
    result.deviance_ratio.push_back(solver.deviance_ratio());
    result.dual_gaps.push_back(report.dual_gap);
    result.n_iter.push_back(report.n_iter);
    result.status.push_back(static_cast<std::int8_t>(report.status));
    return {.dual_gap = report.dual_gap,
            .n_nonzero = static_cast<Index>(result.indices.size() - before),
            .deviance_ratio = solver.deviance_ratio(),
            .n_iter = report.n_iter};
}

}  // namespace

PathResult elastic_net_path(const ElasticNetProblem& problem, const AlphaGrid& grid,
                            const Control& control) {
    validate(problem);
    PathWatch watch(control);
    const Standardized standardized(problem);
    GaussianSolver solver(standardized.X, standardized.y, standardized.penalty);
    require_scale(standardized.y, solver.null_objective());
    solver.solve_null(watch.solve_control());
    Vector alphas = grid.alphas;
    if (alphas.size() == 0)
        alphas =
            alpha_grid(alpha_max(solver.correlation(), standardized.penalty), grid.eps, grid.count);
    if (problem.coef_init.size())
        solver.warm_start(problem.coef_init.cwiseProduct(standardized.X.scale()));
    solver.expect(alphas.minCoeff());
    PathResult result;
    result.stop = run_path(
        alphas, watch,
        [&](double alpha, const Control& inner) { return solver.solve(alpha, inner); },
        [&](double alpha, const PointReport& report) {
            result.alphas.push_back(alpha);
            return record(problem, standardized, solver, report, result);
        });
    result.n_passes = problem.X.sequential() ? problem.X.n_reads() : solver.n_passes() + 1;
    result.null_objective = solver.null_objective();
    result.center = standardized.X.center();
    result.scale = standardized.X.scale();
    return result;
}

double elastic_net_alpha_max(const ElasticNetProblem& problem) {
    validate(problem);
    const Standardized standardized(problem);
    GaussianSolver solver(standardized.X, standardized.y, standardized.penalty);
    solver.solve_null(Control{});
    return alpha_max(solver.correlation(), standardized.penalty);
}

}  // namespace fastreg
