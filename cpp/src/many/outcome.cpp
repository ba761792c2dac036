#include "fastreg/many/outcome.hpp"

#include <algorithm>
#include <exception>
#include <new>

#include "fastreg/batch/task_runner.hpp"
#include "fastreg/path/gram_path.hpp"

namespace fastreg {

AlphaGrid Strengths::of(Index k) const {
    AlphaGrid grid{.alphas = {}, .relative = relative, .count = count, .eps = eps};
    if (alphas.size()) grid.alphas = alphas.col(alphas.cols() == 1 ? 0 : k);
    return grid;
}

PathResult solve_statistics(const GramStats& stats, Index response, const ManyOptions& options,
                            const AlphaGrid& grid, const Control& control,
                            const Vector& coef_init) {
    PathWatch watch(control);
    return gram_path({.stats = {stats, response},
                      .standardize = options.standardize,
                      .terms = options.terms,
                      .coef_init = coef_init,
                      .exact = {}},
                     grid, watch);
}

bool is_small(Index n, Index p) { return p <= 64 || (n >= 2 * p && p <= 512); }

std::vector<Outcome> solve_many(Index count, Index length, const Control& control,
                                const std::function<PathResult(Index, const Control&)>& solve) {
    std::vector<Outcome> outcomes(static_cast<std::size_t>(count));
    const auto run = [&](Index first, const std::function<bool()>& stopped) {
        Control own = control;
        own.n_threads = 1;
        own.interrupted = stopped;
        const Index end = std::min(count, (first + 1) * length);
        for (Index k = first * length; k < end && !stopped(); ++k) {
            Outcome& outcome = outcomes[static_cast<std::size_t>(k)];
            try {
                outcome.path = solve(k, own);
                outcome.path.scale = Vector();  // not asked for, and as much memory as all else
                outcome.done = outcome.path.stop != Stop::interrupted;
            } catch (const Interruption&) {
                return;  // nothing came of this problem, and the next ones are not begun
            } catch (const std::bad_alloc&) {
                throw;
            } catch (const std::exception& error) {
                outcome.error = error.what();
                outcome.done = true;
            }
            if (outcome.done) own.on_problem();
        }
    };
    run_tasks(control.n_threads, (count + length - 1) / length, run, control.interrupted);
    return outcomes;
}

}  // namespace fastreg
