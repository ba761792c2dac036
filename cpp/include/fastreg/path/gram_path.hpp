// The gaussian elastic net over a sequence of alphas, from statistics of the data.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "fastreg/gram/gram_stats.hpp"
#include "fastreg/gram/standardized_gram.hpp"
#include "fastreg/path/elastic_net_path.hpp"
#include "fastreg/path/penalty_terms.hpp"
#include "fastreg/path/watch.hpp"
#include "fastreg/solver/statistics_solver.hpp"

namespace fastreg {

struct GramProblem {
    GramView stats;
    StandardizeOptions standardize;
    PenaltyTerms terms;
    Vector coef_init;  // raw; empty: zeros
    // The data, where they are at hand: see StatisticsSolver.
    StatisticsSolver::Residual exact;
    std::shared_ptr<const GramColumns> columns = {};  // of these statistics, if somebody has them
};

// That of data that are asked for, once, where they are needed.
StatisticsSolver::Residual exact_residual(std::function<ElasticNetProblem()> problem);

// Throws std::invalid_argument where sizes disagree or a lower bound is above the upper one.
// n_passes counts what `exact` read.
PathResult gram_path(const GramProblem& problem, const AlphaGrid& grid, PathWatch& watch);
// The same where columns and products come from elsewhere.
PathResult gram_path(const StandardizedGram& S, const PenaltyTerms& terms, const Vector& coef_init,
                     StatisticsSolver::Residual exact, const AlphaGrid& grid, PathWatch& watch);

// Whether forming the whole Gram matrix first is the cheaper way to so many alphas.
bool prefers_gram(const Design& X, Index n_alphas);

// The path of a problem with data by way of its statistics, which a pass finds; nothing if it was
// interrupted. The others have them: of the problem's rows and weights, these of any scale, and with
// its response among others.
std::optional<PathResult> elastic_net_path_by_gram(const ElasticNetProblem& problem,
                                                   const AlphaGrid& grid, PathWatch& watch);
PathResult elastic_net_path_by_gram(const ElasticNetProblem& problem, const GramStats& stats,
                                    Index response, const AlphaGrid& grid, PathWatch& watch);

}  // namespace fastreg
