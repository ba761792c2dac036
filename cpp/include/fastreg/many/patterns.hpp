// Responses that lack the same rows are prepared together and solved one by one.
#pragma once

#include <functional>
#include <vector>

#include "fastreg/many/many_responses.hpp"

namespace fastreg {

// Solves response k of those that were prepared.
using SolveResponse = std::function<PathResult(Index k, const Control&)>;
// Prepares responses of one pattern, which outlive what it gives back.
using PrepareResponses =
    std::function<SolveResponse(const std::vector<Index>& responses, const Control&)>;

// One outcome a response. Threads share the responses of a pattern, `together` at a time, or the
// patterns, if there are many. What preparing throws is the outcome of all of the pattern's
// responses. Throws std::invalid_argument where sizes disagree.
std::vector<Outcome> solve_by_pattern(const ManyResponses& problem, const PrepareResponses& prepare,
                                      Index together, const Control& control);

// The columns of these responses: where they lie, if they are all there are.
class ResponseColumns {
public:
    ResponseColumns(const ConstMatrixRef& Y, const std::vector<Index>& responses);
    ConstMatrixRef view() const;

private:
    const ConstMatrixRef& all_;
    Matrix some_;
};

// The problem of one response with these weights, from the data.
FamilyProblem response_problem(const ManyResponses& problem, Index response, Vector weight);

// Whether so many responses, each with a path from every one of them, pay for Gram matrices, and
// there is memory for so many.
bool prefers_grams(const ManyResponses& problem, Index n_responses, Index n_grams);

}  // namespace fastreg
