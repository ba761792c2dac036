// Ridge regression for many strengths without the rows of each fold of a cross-validation, and what
// it predicts for the rows that the fold tests.
//
// Where X is dense, in memory and not wider than long, its rows are read once for the statistics of
// all of them, and each fold gives up those of its own left-out rows: the formula of Chan, Golub and
// LeVeque (1983) backwards. Where that would cancel, a fold's statistics are formed from the rows it
// trains on.
#pragma once

#include <functional>

#include "fastreg/batch/folds.hpp"
#include "fastreg/ridge/ridge.hpp"

namespace fastreg {

struct RidgeFolds {
    Folds rows;
    // Whether a strength is the same relative to the mean of a fold's squares, not to their sum.
    bool keep_mean = false;
    // Gets a fold and its predictions: rows tested × (strengths · targets, targets first).
    std::function<void(Index, Matrix)> on_fold;
};

// Every target has the strengths `alphas`; those of the problem and its solver are not read. Throws
// std::invalid_argument where sizes disagree, and Interruption.
void ridge_folds(const RidgeProblem& problem, const Vector& alphas, const RidgeFolds& folds,
                 const Control& control);

}  // namespace fastreg
