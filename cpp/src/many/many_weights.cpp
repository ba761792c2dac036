#include "fastreg/many/many_weights.hpp"

#include <stdexcept>

namespace fastreg {

std::vector<Outcome> many_weights(const FamilyProblem& problem, const ConstMatrixRef& weights,
                                  const Strengths& strengths, const Control& control) {
    if (weights.rows() != problem.data.X.rows())
        throw std::invalid_argument("weights must have a row for each of X");
    validate(problem.data);
    return solve_many(weights.cols(), 1, control, [&](Index k, const Control& own) {
        FamilyProblem one = problem;
        one.data.sample_weight = weights.col(k);
        return family_path(std::move(one), strengths.of(k), own);
    });
}

}  // namespace fastreg
