// Outcomes of problems that follow each other, in a few arrays: thousands of paths of one alpha each
// would else be tens of thousands of pieces of memory, and longer in coming and going than in solving.
#pragma once

#include <string>
#include <vector>

#include "fastreg/many/outcome.hpp"

namespace fastreg {

struct JoinedOutcomes {
    // Problem k has the alphas offsets[k] … offsets[k + 1] − 1 of `paths`.
    std::vector<std::int64_t> offsets{0};
    PathResult paths;  // without what belongs to one path alone
    // An entry a problem, as in Outcome.
    std::vector<double> null_objective;
    std::vector<std::string> errors;
    std::vector<bool> done;

    void add(const Outcome& outcome);
    void add(const JoinedOutcomes& others);
};

JoinedOutcomes join(const std::vector<Outcome>& outcomes);

// As solve_many(), joined. A thread joins each of its runs as it ends.
JoinedOutcomes solve_joined(Index count, Index length, const Control& control,
                            const SolveProblem& solve);

}  // namespace fastreg
