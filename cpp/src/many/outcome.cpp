#include "fastreg/many/outcome.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include "fastreg/batch/task_runner.hpp"
#include "fastreg/path/gram_path.hpp"
#include "fastreg/path/small_path.hpp"

namespace fastreg {

AlphaGrid Strengths::of(Index k) const {
    AlphaGrid grid{.alphas = {}, .relative = relative, .count = count, .eps = eps};
    if (alphas.size()) grid.alphas = alphas.col(alphas.cols() == 1 ? 0 : k);
    return grid;
}

PathResult solve_statistics(const GramStats& stats, Index response, const ManyOptions& options,
                            const AlphaGrid& grid, const Control& control,
                            const Vector& coef_init) {
    auto quick =
        small_path({stats, response}, options.standardize, options.terms, coef_init, grid, control);
    if (quick) return std::move(*quick);
    PathWatch watch(control);
    return gram_path({.stats = {stats, response},
                      .standardize = options.standardize,
                      .terms = options.terms,
                      .coef_init = coef_init,
                      .exact = {}},
                     grid, watch);
}

bool is_small(Index n, Index p) { return p <= 64 || (n >= 2 * p && p <= 512); }

std::vector<Outcome> solve_run(Index first, Index count, const Control& control,
                               const std::function<bool()>& stopped, const SolveProblem& solve) {
    std::vector<Outcome> outcomes(static_cast<std::size_t>(count));
    Control own = control;
    own.n_threads = 1;
    own.interrupted = stopped;
    for (Index k = 0; k < count && !stopped(); ++k) {
        Outcome& outcome = outcomes[static_cast<std::size_t>(k)];
        try {
            outcome.path = solve(first + k, own);
            outcome.path.scale = Vector();  // not asked for, and as much memory as all else
            outcome.done = outcome.path.stop != Stop::interrupted;
            if (!outcome.done) outcome.path = {};  // half a path is none
        } catch (const Interruption&) {
            break;  // nothing came of this problem, and the next ones are not begun
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception& error) {
            outcome.error = error.what();
            outcome.done = true;
        }
        if (outcome.done) own.on_problem();
    }
    return outcomes;
}

std::vector<Outcome> solve_many(Index count, Index length, const Control& control,
                                const SolveProblem& solve) {
    std::vector<Outcome> outcomes(static_cast<std::size_t>(count));
    const auto run = [&](Index r, const std::function<bool()>& stopped) {
        const Index first = r * length;
        auto found = solve_run(first, std::min(length, count - first), control, stopped, solve);
        std::move(found.begin(), found.end(), outcomes.begin() + first);
    };
    run_tasks(control.n_threads, (count + length - 1) / length, run, control.interrupted);
    return outcomes;
}

}  // namespace fastreg
