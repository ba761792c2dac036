// Many problems at once: each has a path of its own or says why not, and the others go on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fastreg/core/control.hpp"
#include "fastreg/gram/gram_stats.hpp"
#include "fastreg/path/family_path.hpp"

namespace fastreg {

struct Outcome {
    PathResult path;
    std::string error;  // empty if there is a path
    bool done = false;  // else it was interrupted before
};

// What all problems have in common, apart from data and strengths.
struct ManyOptions {
    std::string family = "gaussian";
    StandardizeOptions standardize;
    PenaltyTerms terms;
};

// The strengths of problem k: column k, or the only column. Without any, a grid for each.
struct Strengths {
    Matrix alphas;
    bool relative = false;  // whether they are shares of the problem's alpha_max
    Index count = 100;
    double eps = 1e-3;

    AlphaGrid of(Index k) const;
};

// The path of a gaussian problem from its statistics, or of another family from its data.
PathResult solve_statistics(const GramStats& stats, Index response, const ManyOptions& options,
                            const AlphaGrid& grid, const Control& control,
                            const Vector& coef_init = {});

// Whether the gaussian family's statistics are the cheaper way to one path of so few features.
bool is_small(Index n, Index p);

using SolveProblem = std::function<PathResult(Index, const Control&)>;

// solve(k, control) for k from `first` on, one after the other; what it throws is the outcome of that
// problem. Once `stopped`, the rest isn't done.
std::vector<Outcome> solve_run(Index first, Index count, const Control& control,
                               const std::function<bool()>& stopped, const SolveProblem& solve);

// The same for k < count, by threads. Problems come in runs of `length`, which one thread takes after
// the other.
std::vector<Outcome> solve_many(Index count, Index length, const Control& control,
                                const SolveProblem& solve);

}  // namespace fastreg
