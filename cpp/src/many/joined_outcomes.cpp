#include "fastreg/many/joined_outcomes.hpp"

#include <algorithm>

#include "fastreg/batch/task_runner.hpp"

namespace fastreg {

namespace {

template <class T>
void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void JoinedOutcomes::add(const Outcome& outcome) {
    append_alphas(paths, outcome.path);
    offsets.push_back(static_cast<std::int64_t>(paths.alphas.size()));
    null_objective.push_back(outcome.path.null_objective);
    errors.push_back(outcome.error);
    done.push_back(outcome.done);
}

void JoinedOutcomes::add(const JoinedOutcomes& others) {
    const std::int64_t before = offsets.back();
    for (std::size_t k = 1; k < others.offsets.size(); ++k)
        offsets.push_back(before + others.offsets[k]);
    append_alphas(paths, others.paths);
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
