#include "fastreg/many/many_responses.hpp"

#include <memory>
#include <optional>

#include "fastreg/many/patterns.hpp"
#include "fastreg/path/gram_path.hpp"

namespace fastreg {

namespace {

// Responses that a thread takes at once.
constexpr Index together = 8;

// Responses with one pattern.
class Shared {
public:
    Shared(const ManyResponses& problem, const std::vector<Index>& responses,
           const Control& control)
        : problem_(problem), responses_(responses) {
        if (!prefers_grams(problem, static_cast<Index>(responses.size()), 1)) return;
        const ResponseColumns columns(problem.Y, responses);
        ThreadPool pool(control.n_threads);
        stats_ = gram_stats(problem.X, columns.view(), weight(), control, &pool);
        if (!stats_) throw Interruption();
        columns_ = GramColumns::shared({*stats_, 0}, problem.options.standardize);
    }

    PathResult solve(Index k, const Control& control) const {
        const Index response = responses_[static_cast<std::size_t>(k)];
        const AlphaGrid grid = problem_.strengths.of(response);
        if (!stats_)
            return family_path(response_problem(problem_, response, weight()), grid, control);
        const ManyOptions& options = problem_.options;
        require_response_scale(problem_.Y.col(response), options.standardize.fit_intercept);
        const auto data = [&] { return response_problem(problem_, response, weight()).data; };
        PathWatch watch(control);
        return gram_path({.stats = {*stats_, k},
                          .standardize = options.standardize,
                          .terms = options.terms,
                          .coef_init = {},
                          .exact = exact_residual(data),
                          .columns = columns_},
                         grid, watch);
    }

private:
    Vector weight() const {
        return problem_.weights.col(problem_.pattern[static_cast<std::size_t>(responses_.front())]);
    }

    const ManyResponses& problem_;
    const std::vector<Index>& responses_;
    std::optional<GramStats> stats_;
    std::shared_ptr<const GramColumns> columns_;
};

}  // namespace

std::vector<Outcome> many_responses(const ManyResponses& problem, const Control& control) {
    const auto prepare = [&](const std::vector<Index>& responses, const Control& own) {
        const auto shared = std::make_shared<const Shared>(problem, responses, own);
        return [shared](Index k, const Control& inner) { return shared->solve(k, inner); };
    };
    return solve_by_pattern(problem, prepare, together, control);
}

}  // namespace fastreg
