// The elastic-net path for whatever solves one alpha: with residuals from X, or from statistics.
#pragma once

#include <functional>

#include "fastreg/path/alpha_grid.hpp"
#include "fastreg/path/driver.hpp"
#include "fastreg/path/path_result.hpp"
#include "fastreg/path/penalty_terms.hpp"
#include "fastreg/penalty/alpha_max.hpp"
#include "fastreg/solver/point_loop.hpp"

namespace fastreg {

// Between the coordinates of a solver and the raw columns.
struct Coordinates {
    const Vector& center;
    const Vector& scale;
    const Vector& inverse_scale;
    // The intercepts beside centred columns, of the solver's present coefficients: one, or one a
    // class, whose coefficients then follow each other.
    std::function<Vector()> intercepts;
};

template <class Solver>
PathStep record(const Solver& solver, const PointReport& report, const Coordinates& coordinates,
                const ElasticNetPenalty& penalty, const PenaltyTerms& terms, PathResult& result) {
    Vector intercepts = coordinates.intercepts();
    const Index p = coordinates.scale.size();
    const std::size_t before = result.indices.size();
    solver.for_each_coefficient([&](Index j, double b) {
        const Index feature = j % p;
        const double coef =
            raw_coefficient(feature, b, coordinates.inverse_scale[feature], penalty, terms);
        result.indices.push_back(j);
        result.values.push_back(coef);
        intercepts[j / p] -= coordinates.center[feature] * coef;
    });
    result.indptr.push_back(static_cast<std::int64_t>(result.indices.size()));
    result.intercepts.insert(result.intercepts.end(), intercepts.begin(), intercepts.end());
    result.deviance_ratio.push_back(solver.deviance_ratio());
    result.dual_gaps.push_back(report.dual_gap);
    result.n_iter.push_back(report.n_iter);
    result.status.push_back(static_cast<std::int8_t>(report.status));
    return {.dual_gap = report.dual_gap,
            .n_nonzero = static_cast<Index>(result.indices.size() - before),
            .deviance_ratio = solver.deviance_ratio(),
            .n_iter = report.n_iter};
}

// Solver is ScreenedSolver or has its interface; coef_init (raw) may be empty.
template <class Solver>
PathResult solve_path(Solver& solver, const Coordinates& coordinates,
                      const ElasticNetPenalty& penalty, const PenaltyTerms& terms,
                      const Vector& coef_init, const AlphaGrid& grid, PathWatch& watch) {
    solver.solve_null(watch.solve_control());
    Vector alphas = grid.alphas;
    if (alphas.size() == 0 || grid.relative) {
        const double largest = alpha_max(solver.correlation(), penalty);
        alphas = alphas.size() == 0 ? alpha_grid(largest, grid.eps, grid.count)
                                    : Vector((largest > 0.0 ? largest : 1.0) * alphas);
    }
    if (coef_init.size())
        solver.warm_start(coef_init.cwiseProduct(
            coordinates.scale.replicate(coef_init.size() / coordinates.scale.size(), 1)));
    if constexpr (requires { solver.expect(0.0); }) solver.expect(alphas.minCoeff());
    PathResult result;
    result.stop = run_path(
        alphas, watch,
        [&](double alpha, const Control& control) { return solver.solve(alpha, control); },
        [&](double alpha, const PointReport& report) {
            result.alphas.push_back(alpha);
            return record(solver, report, coordinates, penalty, terms, result);
        });
    result.n_passes = solver.n_passes() + 1;
    result.null_objective = solver.null_objective();
    result.scale = coordinates.scale;
    return result;
}

}  // namespace fastreg
