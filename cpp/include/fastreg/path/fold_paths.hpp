// Paths of one problem without the rows that each fold tests, and how they do on these rows: the
// work of cross-validation. Folds are weights of 0 on rows of one X.
//
// Paths run side by side, each in one thread if there are enough of them. Where the family is gaussian
// and statistics of the rows are the cheaper way, they are formed in one reading of X for all folds.
#pragma once

#include <functional>
#include <vector>

#include "fastreg/batch/folds.hpp"
#include "fastreg/path/family_path.hpp"

namespace fastreg {

// One path: a fold and a mix, with the strengths to solve and where to start.
struct FoldTask {
    Index fold = 0;
    double l1_ratio = 1.0;
    Vector alphas;
    Vector coef_init;  // raw; empty: zeros
};

struct FoldPath {
    PathResult path;
    // Linear predictors of the rows tested, without offsets: rows × (strengths · classes), classes
    // first. Or, with FoldProblem::squares, none.
    Matrix predictions;
    Vector squares;  // mean squared error of each strength on the rows tested, weighted
};

struct FoldProblem {
    FamilyProblem problem;  // of all rows; mix and start are the tasks'
    Folds folds;
    bool squares = false;  // gaussian only
    // Gets a task's number and its path, from any thread, in any order.
    std::function<void(Index, FoldPath)> on_path;
};

// Throws std::invalid_argument where sizes disagree, and Interruption.
void fold_paths(const FoldProblem& problem, const std::vector<FoldTask>& tasks,
                const Control& control);

}  // namespace fastreg
