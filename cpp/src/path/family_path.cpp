#include "fastreg/path/family_path.hpp"

#include <stdexcept>
#include <utility>

#include "fastreg/path/glm_path.hpp"
#include "fastreg/path/multinomial_path.hpp"
#include "fastreg/path/multitask_path.hpp"

namespace fastreg {

namespace {

constexpr const char* gaussian = "gaussian";
constexpr const char* multinomial = "multinomial";
constexpr const char* mgaussian = "mgaussian";

// A column for every class or target, of what holds one after the other.
Matrix by_output(const Vector& stacked, Index n) {
    const Index outputs = n > 0 ? stacked.size() / n : 0;
    if (outputs * n != stacked.size())
        throw std::invalid_argument("y must have an entry for every row, and class or target");
    return stacked.reshaped(n, outputs);
}

MultitaskProblem with_targets(FamilyProblem problem) {
    if (problem.offset.size() != 0)
        throw std::invalid_argument("offsets of this family are subtracted from y");
    Matrix Y = by_output(problem.data.y, problem.data.X.rows());
    return {.data = std::move(problem.data), .Y = std::move(Y)};
}

MultinomialProblem with_classes(FamilyProblem problem) {
    ElasticNetProblem& data = problem.data;
    const Index n = data.X.rows();
    if (problem.offset.size() != 0 && problem.offset.size() != data.y.size())
        throw std::invalid_argument("offset must have an entry for every row and class of y");
    Matrix Y = by_output(data.y, n), known;
    if (problem.offset.size() != 0) known = by_output(problem.offset, n);
    return {.data = std::move(data),
            .Y = std::move(Y),
            .offset = std::move(known),
            .grouped = problem.grouped};
}

GlmProblem with_link(FamilyProblem problem) {
    Family family{};
    if (problem.family == "binomial")
        family = Family::binomial;
    else if (problem.family == "poisson")
        family = Family::poisson;
    else
        throw std::invalid_argument("there is no family '" + problem.family + "'");
    return {.data = std::move(problem.data), .family = family, .offset = std::move(problem.offset)};
}

}  // namespace

PathResult family_path(FamilyProblem problem, const AlphaGrid& grid, const Control& control) {
    if (problem.family == gaussian) return elastic_net_path(problem.data, grid, control);
    if (problem.family == multinomial)
        return multinomial_path(with_classes(std::move(problem)), grid, control);
    if (problem.family == mgaussian)
        return multitask_path(with_targets(std::move(problem)), grid, control);
    return glm_path(with_link(std::move(problem)), grid, control);
}

double family_alpha_max(FamilyProblem problem) {
    if (problem.family == gaussian) return elastic_net_alpha_max(problem.data);
    if (problem.family == multinomial)
        return multinomial_alpha_max(with_classes(std::move(problem)));
    if (problem.family == mgaussian) return multitask_alpha_max(with_targets(std::move(problem)));
    return glm_alpha_max(with_link(std::move(problem)));
}

}  // namespace fastreg
