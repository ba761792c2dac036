// Many problems with data of their own: groups of rows of one matrix, or matrices of any sizes.
#pragma once

#include <functional>
#include <vector>

#include "fastreg/design/dense.hpp"
#include "fastreg/many/joined_outcomes.hpp"

namespace fastreg {

// One problem's rows, in memory that a thread uses again for the next.
struct ProblemData {
    DenseView X;
    Vector y;
    Vector sample_weight;  // empty: ones
};

// The data of problem k; memory may be used for a copy.
using ProblemSource = std::function<ProblemData(Index k, std::vector<std::byte>& memory)>;

// Rows rows[starts[k]] … rows[starts[k + 1] − 1] of one dense X, copied when they are needed.
ProblemSource row_groups(const DenseView& X, const Vector& y, const Vector& sample_weight,
                         const std::vector<Index>& rows, const std::vector<Index>& starts);

// A single one: see many_problems.
PathResult solve_problem(const ProblemData& data, const ManyOptions& options, const AlphaGrid& grid,
                         const Control& control);

// One outcome a problem. Statistics are the way where the family is gaussian and features are few;
// data else.
JoinedOutcomes many_problems(Index count, const ProblemSource& source, const ManyOptions& options,
                             const Strengths& strengths, const Control& control);

}  // namespace fastreg
