#include "fastreg/path/family_path.hpp"

#include <stdexcept>
#include <utility>

#include "fastreg/path/glm_path.hpp"
#include "fastreg/path/multinomial_path.hpp"

namespace fastreg {

namespace {

constexpr const char* gaussian = "gaussian";
constexpr const char* multinomial = "multinomial";

MultinomialProblem with_classes(FamilyProblem problem) {
    ElasticNetProblem& data = problem.data;
    const Index n = data.X.rows(), classes = n > 0 ? data.y.size() / n : 0;
    if (classes * n != data.y.size())
        throw std::invalid_argument("y must have a probability for every row and class");
    if (problem.offset.size() != 0 && problem.offset.size() != data.y.size())
        throw std::invalid_argument("offset must have an entry for every row and class of y");
    Matrix Y = data.y.reshaped(n, classes), known;
    if (problem.offset.size() != 0) known = problem.offset.reshaped(n, classes);
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
    return glm_path(with_link(std::move(problem)), grid, control);
}

double family_alpha_max(FamilyProblem problem) {
    if (problem.family == gaussian) return elastic_net_alpha_max(problem.data);
    if (problem.family == multinomial)
        return multinomial_alpha_max(with_classes(std::move(problem)));
    return glm_alpha_max(with_link(std::move(problem)));
}

}  // namespace fastreg
