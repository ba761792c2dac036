// Many responses on one X: one standardisation, one Gram matrix.
#pragma once

#include "fastreg/many/outcome.hpp"

namespace fastreg {

// Y has a response in each column; those that lack the same rows have one *pattern*: a column of
// weights with 0 for these rows.
struct ManyResponses {
    const Design& X;
    ConstMatrixRef Y;
    ConstMatrixRef weights;      // rows × patterns
    std::vector<Index> pattern;  // of each response
    ManyOptions options;
    Strengths strengths;
};

// One outcome a response. Throws std::invalid_argument where sizes disagree.
std::vector<Outcome> many_responses(const ManyResponses& problem, const Control& control);

}  // namespace fastreg
