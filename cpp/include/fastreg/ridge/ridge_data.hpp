// What ridge_path and ridge_cv share: a problem made ready for its solvers, and their solutions made
// a result.
#pragma once

#include <optional>

#include "fastreg/gram/gram_stats.hpp"
#include "fastreg/ridge/ridge.hpp"
#include "fastreg/ridge/ridge_form.hpp"
#include "fastreg/ridge/ridge_targets.hpp"

namespace fastreg {

// Throws std::invalid_argument where sizes disagree.
void validate(const RidgeProblem& problem);

// Statistics of X and Y from one reading, where X is in memory row by row or column by column.
std::optional<GramStats> statistics(const RidgeProblem& problem, const Control& control);

// The problem as its solvers see it, with statistics if they were taken.
struct RidgeData {
    RidgeData(const RidgeProblem& problem, std::optional<GramStats> known);
    RidgeData(const RidgeData&) = delete;

    std::optional<GramStats> stats;
    StandardizedDesign X;
    RidgeDesign Z;
    RidgeTargets Y;

    GramStats* statistics() { return stats ? &*stats : nullptr; }
};

// Room for so many strengths.
RidgeResult empty_result(const RidgeData& data, RidgeSolver solver, Index strengths);
// Solutions of the strengths from `first` on to the result; coefficients stay those of X̃.
void record(const RidgeData& data, const RidgeSolutions& found, Index first, Index strengths,
            RidgeResult& result);
// From X̃ to X, and only the strengths that were solved.
void finish(const RidgeData& data, Index solved, RidgeResult& result);

}  // namespace fastreg
