#include "fastreg/ridge/ridge_data.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace fastreg {

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

std::optional<GramStats> statistics(const RidgeProblem& problem, const Control& control) {
    if (!problem.X.dense_view()) return std::nullopt;
    auto stats = gram_stats(problem.X, problem.Y, problem.sample_weight, control);
    if (!stats) throw Interruption();
    return stats;
}

RidgeData::RidgeData(const RidgeProblem& problem, std::optional<GramStats> known)
    : stats(std::move(known)),
      X(problem.X, normalized_weight(problem.sample_weight), problem.standardize, nullptr,
        stats ? std::optional(ColumnMoments{stats->x_mean, stats->gram.diagonal() / stats->weight})
              : std::nullopt),
      Z(X, problem.penalty_factor),
      Y(problem.Y, Z, stats ? &*stats : nullptr) {}

RidgeResult empty_result(const RidgeData& data, RidgeSolver solver, Index strengths) {
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

void record(const RidgeData& data, const RidgeSolutions& found, Index first, Index strengths,
            RidgeResult& result) {
    const Index targets = data.Y.count(), count = strengths * targets;
    data.Z.expand(found.B.leftCols(count), data.Y.explained().replicate(1, strengths),
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

void finish(const RidgeData& data, Index solved, RidgeResult& result) {
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

}  // namespace fastreg
