#include "fastreg/path/gram_path.hpp"

#include <optional>
#include <utility>

#include "fastreg/path/solve_path.hpp"

namespace fastreg {

namespace {

// The cost model, in passes over X. The working-set solver reads X about `few` times and once more
// every `alphas_a_pass` alphas. The Gram matrix costs a pass for every `columns_a_pass` columns of
// a dense X, and for every 2 of a sparse one, where each column meets the entries of the others.
constexpr Index few = 3, alphas_a_pass = 4;
constexpr Index dense_columns_a_pass = 64, sparse_columns_a_pass = 2;
// Three matrices of p × p are kept; beyond so many bytes that must be little against the data.
constexpr double free_bytes = 32e6, memory_share = 0.3;

}  // namespace

PathResult gram_path(const GramProblem& problem, const AlphaGrid& grid, PathWatch& watch) {
    return gram_path(StatsGram(problem.stats, problem.standardize), problem.terms,
                     problem.coef_init, problem.exact, grid, watch);
}

PathResult gram_path(const StandardizedGram& S, const PenaltyTerms& terms, const Vector& coef_init,
                     StatisticsSolver::Residual exact, const AlphaGrid& grid, PathWatch& watch) {
    validate(terms, S.cols());
    require_size(coef_init, S.cols(), "coef_init", true);
    const ElasticNetPenalty penalty = standardized_penalty(terms, S.scale());
    StatisticsSolver solver(S, penalty, std::move(exact));
    require_scale(solver.null_objective(), S.response_square() == 0.0);
    PathResult result = solve_path(solver,
                                   {S.center(), S.scale(), S.inverse_scale(),
                                    [&] { return Vector::Constant(1, S.response_mean()); }},
                                   penalty, terms, coef_init, grid, watch);
    result.n_passes = solver.n_passes();
    return result;
}

bool prefers_gram(const Design& X, Index n_alphas) {
    const bool dense = X.dense_view() != nullptr;
    if (!dense && !X.sparse()) return false;
    const Index n = X.rows(), p = X.cols();
    const double entries = X.pass_cost(), bytes = 8.0 * entries;
    const double kept = 24.0 * static_cast<double>(p) * static_cast<double>(p);
    const Index passes = few + n_alphas / alphas_a_pass;
    const Index most = passes * (dense ? dense_columns_a_pass : sparse_columns_a_pass);
    return n >= 2 * p && p <= most && (kept <= free_bytes || kept <= memory_share * bytes);
}

std::optional<PathResult> elastic_net_path_by_gram(const ElasticNetProblem& problem,
                                                   const AlphaGrid& grid, PathWatch& watch) {
    const auto stats = gram_stats(problem.X, problem.y, normalized_weight(problem.sample_weight),
                                  watch.solve_control());
    if (!stats) return std::nullopt;
    return elastic_net_path_by_gram(problem, *stats, 0, grid, watch);
}

PathResult elastic_net_path_by_gram(const ElasticNetProblem& problem, const GramStats& stats,
                                    Index response, const AlphaGrid& grid, PathWatch& watch) {
    return elastic_net_path_by_gram(problem, StatsGram({stats, response}, problem.standardize),
                                    grid, watch);
}

PathResult elastic_net_path_by_gram(const ElasticNetProblem& problem, const StandardizedGram& S,
                                    const AlphaGrid& grid, PathWatch& watch) {
    // Only where the Gram form's rounding shows is X looked at again.
    std::optional<StandardizedDesign> design;
    Vector y, residual;
    const auto exact = [&](const Vector& coef, VectorRef correlation) {
        if (!design) {
            design.emplace(problem.X, normalized_weight(problem.sample_weight),
                           problem.standardize);
            y = problem.y;
            design->standardize_response(y);
            residual.resize(y.size());
        }
        MatrixRef out(residual);
        design->matvec(coef, out);
        residual = y - residual;
        design->transpose_matvec(residual, correlation);
        const double n = static_cast<double>(y.size());
        correlation /= n;
        return residual.squaredNorm() / n;
    };
    PathResult result = gram_path(S, problem.terms(), problem.coef_init, exact, grid, watch);
    result.n_passes += design ? 2 : 1;  // the statistics, and the columns' moments
    return result;
}

}  // namespace fastreg
