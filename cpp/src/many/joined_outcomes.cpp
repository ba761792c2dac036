#include "fastreg/many/joined_outcomes.hpp"

#include <algorithm>
#include <iterator>

#include "fastreg/batch/task_runner.hpp"

namespace fastreg {

namespace {

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

// Entries that count on from the last one; the first says where they begin.
void append_counts(std::vector<std::int64_t>& to, const std::vector<std::int64_t>& from) {
    const std::int64_t shift = to.back() - from.front();
    std::transform(from.begin() + 1, from.end(), std::back_inserter(to),
                   [&](std::int64_t end) { return end + shift; });
}

void append(PathResult& to, const PathResult& from) {
    append_counts(to.indptr, from.indptr);
    append(to.alphas, from.alphas);
    append(to.indices, from.indices);
    append(to.values, from.values);
    append(to.intercepts, from.intercepts);
    append(to.dual_gaps, from.dual_gaps);
    append(to.deviance_ratio, from.deviance_ratio);
    append(to.n_iter, from.n_iter);
    append(to.status, from.status);
}

}  // namespace

void JoinedOutcomes::add(const Outcome& outcome) {
    append(paths, outcome.path);
    offsets.push_back(static_cast<std::int64_t>(paths.alphas.size()));
    null_objective.push_back(outcome.path.null_objective);
    errors.push_back(outcome.error);
    done.push_back(outcome.done);
}

void JoinedOutcomes::add(const JoinedOutcomes& others) {
    append(paths, others.paths);
    append_counts(offsets, others.offsets);
    append(null_objective, others.null_objective);
    append(errors, others.errors);
    append(done, others.done);
}

JoinedOutcomes join(const std::vector<Outcome>& outcomes) {
    JoinedOutcomes all;
    for (const Outcome& one : outcomes) all.add(one);
    return all;
}

JoinedOutcomes solve_joined(Index count, Index length, const Control& control,
                            const SolveProblem& solve) {
    std::vector<JoinedOutcomes> runs(static_cast<std::size_t>((count + length - 1) / length));
    const auto run = [&](Index r, const std::function<bool()>& stopped) {
        const Index first = r * length;
        runs[static_cast<std::size_t>(r)] =
            join(solve_run(first, std::min(length, count - first), control, stopped, solve));
    };
    run_tasks(control.n_threads, static_cast<Index>(runs.size()), run, control.interrupted);
    JoinedOutcomes all;
    for (std::size_t r = 0; r < runs.size(); ++r) {
        // Of a run that never began nothing is done.
        const Index first = static_cast<Index>(r) * length;
        const auto size = static_cast<std::size_t>(std::min(length, count - first));
        if (runs[r].done.empty()) runs[r] = join(std::vector<Outcome>(size));
        all.add(runs[r]);
        runs[r] = {};
    }
    return all;
}

}  // namespace fastreg
