#include "fastreg/many/patterns.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "fastreg/batch/task_runner.hpp"
#include "fastreg/path/gram_path.hpp"

namespace fastreg {

namespace {

// Bytes that a Gram matrix, and all of them, may always take; beyond, no more than X does.
constexpr double free_bytes = 64e6, free_bytes_of_all = 256e6;
// What a Gram matrix costs, in paths with X: a path for so many features.
constexpr Index features_a_path = 160;

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

void check_sizes(const ManyResponses& problem) {
    const Index n = problem.X.rows(), m = problem.Y.cols();
    if (problem.Y.rows() != n || problem.weights.rows() != n ||
        static_cast<Index>(problem.pattern.size()) != m)
        throw std::invalid_argument(
            "Y and weights must have a row for each of X, pattern an entry "
            "for each response");
    validate(problem.options.terms, problem.X.cols());
}

}  // namespace

std::vector<Outcome> solve_by_pattern(const ManyResponses& problem, const PrepareResponses& prepare,
                                      Index together, const Control& control) {
    check_sizes(problem);
    const auto groups = by_pattern(problem);
    std::vector<Outcome> outcomes(problem.pattern.size());
    const auto solve_group = [&](Index g, const Control& own) {
        const auto& responses = groups[static_cast<std::size_t>(g)];
        const auto outcome = [&](std::size_t k) -> Outcome& {
            return outcomes[static_cast<std::size_t>(responses[k])];
        };
        if (responses.empty()) return;
        try {
            const SolveResponse solve = prepare(responses, own);
            auto found = solve_many(static_cast<Index>(responses.size()), together, own, solve);
            for (std::size_t k = 0; k < responses.size(); ++k) outcome(k) = std::move(found[k]);
        } catch (const Interruption&) {
            return;
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception& error) {
            for (std::size_t k = 0; k < responses.size(); ++k)
                outcome(k) = {.path = {}, .error = error.what(), .done = true};
        }
    };
    const auto n_groups = static_cast<Index>(groups.size());
    if (n_groups <= 2 * control.n_threads) {
        // Few patterns: threads share the responses of each.
        for (Index g = 0; g < n_groups && !control.interrupted(); ++g) solve_group(g, control);
        return outcomes;
    }
    const auto run = [&](Index g, const std::function<bool()>& stopped) {
        Control own = control;
        own.n_threads = 1;
        own.interrupted = stopped;
        solve_group(g, own);
    };
    run_tasks(control.n_threads, n_groups, run, control.interrupted);
    return outcomes;
}

ResponseColumns::ResponseColumns(const ConstMatrixRef& Y, const std::vector<Index>& responses)
    : all_(Y) {
    // They ascend, so as many as there are is all of them.
    if (static_cast<Index>(responses.size()) != Y.cols()) some_ = Y(Eigen::all, responses);
}

ConstMatrixRef ResponseColumns::view() const {
    if (some_.size()) return some_;
    return all_;
}

FamilyProblem response_problem(const ManyResponses& problem, Index response, Vector weight) {
    const ManyOptions& options = problem.options;
    return {.data = {.X = problem.X,
                     .y = problem.Y.col(response),
                     .sample_weight = std::move(weight),
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

bool prefers_grams(const ManyResponses& problem, Index n_responses, Index n_grams) {
    const Design& X = problem.X;
    if (problem.options.family != "gaussian" || X.sequential()) return false;
    const double p = static_cast<double>(X.cols()), bytes = 8.0 * p * p;
    const double of_X = 8.0 * X.pass_cost();
    if (bytes > std::max(free_bytes, of_X) ||
        static_cast<double>(n_grams) * bytes > std::max(free_bytes_of_all, of_X))
        return false;
    // Every one of them has a path of each response to pay for it; or a single path would form it.
    const Strengths& strengths = problem.strengths;
    const Index n_alphas = strengths.alphas.size() ? strengths.alphas.rows() : strengths.count;
    return X.cols() <= features_a_path * n_responses || prefers_gram(X, n_alphas);
}

}  // namespace fastreg
