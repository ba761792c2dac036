#include "fastreg/path/small_path.hpp"

#include "fastreg/solver/small_solver.hpp"

namespace fastreg {

namespace {

bool suits(const GramView& stats, const PenaltyTerms& terms, const Vector& coef_init,
           const AlphaGrid& grid, const Control& control) {
    const Index p = stats.gram.cols();
    return p <= SmallSolver::most_features && grid.alphas.size() == 1 && grid.alphas[0] > 0.0 &&
           (!grid.relative || terms.l1_ratio > 0.0) && terms.penalty_factor.size() == 0 &&
           terms.lower_bounds.size() == 0 && terms.upper_bounds.size() == 0 &&
           (coef_init.size() == 0 || coef_init.size() == p) &&
           control.max_iter >= SmallSolver::most_sweeps;
}

}  // namespace

std::optional<PathResult> small_path(const GramView& stats, StandardizeOptions standardize,
                                     const PenaltyTerms& terms, const Vector& coef_init,
                                     const AlphaGrid& grid, const Control& control) {
    thread_local SmallSolver solver;
    if (!suits(stats, terms, coef_init, grid, control) || !solver.load(stats, standardize))
        return std::nullopt;
    double alpha = grid.alphas[0];
    if (grid.relative) {
        const double pull = solver.largest_correlation();
        alpha *= pull > 0.0 ? pull / terms.l1_ratio : 1.0;
    }
    const PointReport report = solver.solve(alpha, terms.l1_ratio, control.tol, coef_init);
    if (report.status != Status::converged) return std::nullopt;
    PathResult result;
    result.indices.reserve(static_cast<std::size_t>(stats.gram.cols()));
    result.values.reserve(static_cast<std::size_t>(stats.gram.cols()));
    double intercept = standardize.fit_intercept ? stats.y_mean : 0.0;
    solver.for_each_coefficient([&](Index j, double coef) {
        result.indices.push_back(j);
        result.values.push_back(coef);
        if (standardize.fit_intercept) intercept -= stats.x_mean[j] * coef;
    });
    result.alphas.push_back(alpha);
    result.indptr.push_back(static_cast<std::int64_t>(result.indices.size()));
    result.intercepts.push_back(intercept);
    result.dual_gaps.push_back(report.dual_gap);
    result.deviance_ratio.push_back(solver.deviance_ratio());
    result.n_iter.push_back(report.n_iter);
    result.status.push_back(static_cast<std::int8_t>(report.status));
    result.null_objective = solver.null_objective();
    return result;
}

}  // namespace fastreg
