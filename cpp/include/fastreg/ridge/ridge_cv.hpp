// Ridge regression at strengths that are chosen, one for each target, from scores of all of them.
#pragma once

#include <functional>
#include <vector>

#include "fastreg/ridge/leave_one_out.hpp"
#include "fastreg/ridge/ridge.hpp"

namespace fastreg {

struct RidgeSelectionProblem {
    // alphas and solver of it are not read.
    RidgeProblem ridge;
    Vector alphas;
    bool predictions = false;
    // The index of a strength for each target; called once, when the scores are known, with which it
    // may do what it wants.
    std::function<std::vector<Index>(RidgeScores)> choose;
};

struct RidgeSelection {
    std::vector<Index> index;
    RidgeResult chosen;  // one solution a target
};

// Throws std::invalid_argument where sizes disagree, and Interruption.
RidgeSelection ridge_cv(const RidgeSelectionProblem& problem, const Control& control);

}  // namespace fastreg
