// The strength of each of many responses on one X, by cross-validation: folds along the grid of the
// response's own rows until it is clear which strengths are best, then the path of all rows down to
// the one that is chosen.
#pragma once

#include "fastreg/batch/folds.hpp"
#include "fastreg/many/fit_scores.hpp"
#include "fastreg/many/many_responses.hpp"
#include "fastreg/many/score_curve.hpp"

namespace fastreg {

struct FoldPlan {
    Folds folds;
    Scorer scorer{"mse", "gaussian"};
    Allowance allowance;
    // A grid is fitted in parts of so many strengths, after each of which it ends if scores have turned
    // so far behind or the path explains this much; it is continued by half of its strengths, at
    // most so often, where the best score is at its end.
    Index part = 100;
    Index behind = 5;
    Index most_extensions = 0;
    double explained = 0.999;
    double rounding = 1e-12;  // relative difference of scores that are the same
};

// What the folds of one response say.
struct FoldChoice {
    Index index = -1;                         // of the strength on the grid; -1: nothing was chosen
    std::vector<double> alphas, mean, error;  // as far as folds went
    double fold_gap = 0.0;  // the largest relative duality gap of the folds' solutions
    bool at_edge = false;   // the best score is that of the smallest strength
    bool stopped = false, extended = false;
};

struct ChosenResponses {
    std::vector<Outcome> outcomes;  // paths of the chosen strength alone
    std::vector<FoldChoice> choices;
};

// One outcome and one choice a response. Throws std::invalid_argument where sizes disagree.
ChosenResponses responses_cv(const ManyResponses& problem, const FoldPlan& plan,
                             const Control& control);

}  // namespace fastreg
