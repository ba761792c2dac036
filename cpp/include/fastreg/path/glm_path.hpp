// Elastic-net paths of the families with a link: the binomial (logistic regression) and the Poisson.
#pragma once

#include <cstdint>

#include "fastreg/path/elastic_net_path.hpp"

namespace fastreg {

// The values are part of the Python interface.
enum class Family : std::int8_t { binomial = 1, poisson = 2 };

struct GlmProblem {
    ElasticNetProblem data;
    Family family = Family::binomial;
    Vector offset;  // of the linear predictor; empty: zeros
};

// Throws std::invalid_argument as elastic_net_path does, and where the null model has no finite
// intercept.
PathResult glm_path(const GlmProblem& problem, const AlphaGrid& grid, const Control& control);

// The exact null-model alpha_max of the problem.
double glm_alpha_max(const GlmProblem& problem);

}  // namespace fastreg
