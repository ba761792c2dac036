// Paths over windows of consecutive rows, each from the statistics of the last: rows that come are
// added, those that leave are taken away.
#pragma once

#include <vector>

#include "fastreg/many/joined_outcomes.hpp"

namespace fastreg {

// Window k holds rows first[k] … last[k] − 1; both ends never decrease.
struct RollingProblem {
    const Design& X;  // dense, in memory
    const Vector& y;
    const Vector& sample_weight;  // empty: ones
    std::vector<Index> first, last;
    ManyOptions options;
    Strengths strengths;
};

// One outcome a window. Statistics are formed anew at fixed windows and where taking rows away would
// cost digits; solutions start from those of the window before. Both depend on the data alone.
// Throws std::invalid_argument where X is not dense, sizes disagree or the family is not gaussian.
JoinedOutcomes rolling_paths(const RollingProblem& problem, const Control& control);

}  // namespace fastreg
