// One problem with many weights of its rows: bootstrap samples, halves, folds of any kind. Rows are
// never copied.
#pragma once

#include "fastreg/many/joined_outcomes.hpp"

namespace fastreg {

// Solves `problem` with each column of weights in the place of its own, strengths by column.
JoinedOutcomes many_weights(const FamilyProblem& problem, const ConstMatrixRef& weights,
                            const Strengths& strengths, const Control& control);

}  // namespace fastreg
