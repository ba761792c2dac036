#include "fastreg/many/many_responses.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "fastreg/path/gram_path.hpp"

namespace fastreg {

namespace {

// Bytes that a Gram matrix may always take; beyond, no more than X does.
constexpr double free_bytes = 64e6;
// What a Gram matrix costs, in paths with X: a path for so many features.
constexpr Index features_a_path = 160;

bool prefers_gram(const ManyResponses& problem, Index n_responses) {
    const Design& X = problem.X;
    if (problem.options.family != "gaussian" || X.sequential()) return false;
    const double p = static_cast<double>(X.cols());
    return 8.0 * p * p <= std::max(free_bytes, 8.0 * X.pass_cost()) &&
           X.cols() <= features_a_path * n_responses;
}

FamilyProblem one_problem(const ManyResponses& problem, Index response) {
    const Index pattern = problem.pattern[static_cast<std::size_t>(response)];
    const ManyOptions& options = problem.options;
    return {.data = {.X = problem.X,
                     .y = problem.Y.col(response),
                     .sample_weight = problem.weights.col(pattern),
                     .standardize = options.standardize,
                     .l1_ratio = options.terms.l1_ratio,
                     .penalty_factor = options.terms.penalty_factor,
                     .lower_bounds = options.terms.lower_bounds,
                     .upper_bounds = options.terms.upper_bounds,
                     .coef_init = {}},
            .family = options.family,
            .offset = {},
            .grouped = false};
}

// Responses with one pattern.
class Shared {
public:
    Shared(const ManyResponses& problem, const std::vector<Index>& responses,
           const Control& control)
        : problem_(problem), responses_(responses) {
        if (!prefers_gram(problem, static_cast<Index>(responses.size()))) return;
        const Matrix Y = problem.Y(Eigen::all, responses);
        const Index pattern = problem.pattern[static_cast<std::size_t>(responses.front())];
        ThreadPool pool(control.n_threads);
        stats_ = gram_stats(problem.X, Y, problem.weights.col(pattern), control, &pool);
        if (!stats_) throw Interruption();
        try {
            columns_ = std::make_shared<const GramColumns>(
                GramColumns::of({*stats_, 0}, problem.options.standardize));
        } catch (const std::invalid_argument& error) {
            wrong_ = error.what();
        }
    }

    PathResult solve(Index k, const Control& control) const {
        const Index response = responses_[static_cast<std::size_t>(k)];
        const AlphaGrid grid = problem_.strengths.of(response);
        FamilyProblem one = one_problem(problem_, response);
        if (!stats_) return family_path(std::move(one), grid, control);
        if (!columns_) throw std::invalid_argument(wrong_);
        require_response_scale(one.data.y, one.data.standardize.fit_intercept);
        PathWatch watch(control);
        return elastic_net_path_by_gram(one.data, StatsGram({*stats_, k}, columns_), grid, watch);
    }

private:
    const ManyResponses& problem_;
    const std::vector<Index>& responses_;
    std::optional<GramStats> stats_;
    std::shared_ptr<const GramColumns> columns_;
    std::string wrong_;  // why there are none
};

std::vector<std::vector<Index>> by_pattern(const ManyResponses& problem) {
    std::vector<std::vector<Index>> responses(static_cast<std::size_t>(problem.weights.cols()));
    for (std::size_t k = 0; k < problem.pattern.size(); ++k) {
        const Index pattern = problem.pattern[k];
        if (pattern < 0 || pattern >= problem.weights.cols())
            throw std::invalid_argument("there is no pattern " + std::to_string(pattern));
        responses[static_cast<std::size_t>(pattern)].push_back(static_cast<Index>(k));
    }
    return responses;
}

}  // namespace

std::vector<Outcome> many_responses(const ManyResponses& problem, const Control& control) {
    const Index n = problem.X.rows(), m = problem.Y.cols();
    if (problem.Y.rows() != n || problem.weights.rows() != n ||
        static_cast<Index>(problem.pattern.size()) != m)
        throw std::invalid_argument(
            "Y and weights must have a row for each of X, pattern an entry "
            "for each response");
    validate(problem.options.terms, problem.X.cols());
    const auto groups = by_pattern(problem);
    std::vector<Outcome> outcomes(static_cast<std::size_t>(m));
    const auto put = [&](const std::vector<Index>& responses, std::vector<Outcome> found) {
        for (std::size_t k = 0; k < responses.size(); ++k)
            outcomes[static_cast<std::size_t>(responses[k])] = std::move(found[k]);
    };
    if (static_cast<Index>(groups.size()) <= 2 * control.n_threads) {
        // Few patterns: threads share the responses of each.
        for (const auto& responses : groups) {
            if (responses.empty() || control.interrupted()) continue;
            std::optional<Shared> shared;
            try {
                shared.emplace(problem, responses, control);
            } catch (const Interruption&) {
                break;
            }
            put(responses,
                solve_many(static_cast<Index>(responses.size()), 8, control,
                           [&](Index k, const Control& own) { return shared->solve(k, own); }));
        }
        return outcomes;
    }
    const auto solve_group = [&](Index g, const Control& own) -> PathResult {
        const auto& responses = groups[static_cast<std::size_t>(g)];
        if (responses.empty()) return {};
        const Shared shared(problem, responses, own);
        put(responses,
            solve_many(static_cast<Index>(responses.size()), 8, own,
                       [&](Index k, const Control& inner) { return shared.solve(k, inner); }));
        return {};
    };
    const auto reports = solve_many(static_cast<Index>(groups.size()), 1, control, solve_group);
    for (std::size_t g = 0; g < reports.size(); ++g)
        for (const Index response : groups[g])
            if (!reports[g].error.empty())
                outcomes[static_cast<std::size_t>(response)] = {
                    .path = {}, .error = reports[g].error, .done = true};
    return outcomes;
}

}  // namespace fastreg
