#include "fastreg/many/rolling.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "fastreg/gram/rolling_stats.hpp"

namespace fastreg {

namespace {

// Windows that follow each other from one forming of the statistics. A thread takes such a run.
constexpr Index run_length = 128;

void check(const RollingProblem& problem) {
    const Index n = problem.X.rows();
    if (problem.options.family != "gaussian")
        throw std::invalid_argument("rolling windows are of the family gaussian");
    if (!problem.X.dense_view())
        throw std::invalid_argument("rolling windows need a dense X in memory");
    require_size(problem.y, n, "y", false);
    require_size(problem.sample_weight, n, "sample_weight", true);
    if (problem.first.size() != problem.last.size())
        throw std::invalid_argument("windows need as many first as last rows");
    for (std::size_t k = 0; k < problem.first.size(); ++k) {
        const bool inside =
            0 <= problem.first[k] && problem.first[k] < problem.last[k] && problem.last[k] <= n;
        const bool ordered = k == 0 || (problem.first[k - 1] <= problem.first[k] &&
                                        problem.last[k - 1] <= problem.last[k]);
        if (!inside || !ordered)
            throw std::invalid_argument("windows must lie within the rows and move on");
    }
}

// One run of windows: where its statistics and its last solution are.
struct Run {
    RollingStats stats;
    Vector start;
};

}  // namespace

JoinedOutcomes rolling_paths(const RollingProblem& problem, const Control& control) {
    check(problem);
    const Index count = static_cast<Index>(problem.first.size()), p = problem.X.cols();
    const DenseView& X = *problem.X.dense_view();
    std::vector<std::optional<Run>> runs(
        static_cast<std::size_t>((count + run_length - 1) / run_length));
    return solve_joined(count, run_length, control, [&](Index k, const Control& own) {
        auto& run = runs[static_cast<std::size_t>(k / run_length)];
        const bool begins = k % run_length == 0 || !run;
        if (begins) run.emplace(RollingStats(X, problem.y, problem.sample_weight), Vector());
        const auto at = static_cast<std::size_t>(k);
        const GramStats& stats = run->stats.move_to(problem.first[at], problem.last[at], begins);
        const AlphaGrid grid = problem.strengths.of(k);
        // Only a single alpha is near the solution of the window before.
        const Vector start = grid.alphas.size() == 1 ? run->start : Vector();
        PathResult path = solve_statistics(stats, 0, problem.options, grid, own, start);
        run->start = last_coefs(path, p);
        if ((k + 1) % run_length == 0) run.reset();
        return path;
    });
}

}  // namespace fastreg
