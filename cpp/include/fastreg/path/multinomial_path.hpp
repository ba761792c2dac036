// Elastic-net paths of the symmetric multinomial family.
#pragma once

#include "fastreg/path/elastic_net_path.hpp"

namespace fastreg {

struct MultinomialProblem {
    // y of the data is not used. Bounds are those of every class; a grouped penalty has none.
    ElasticNetProblem data;
    Matrix Y;       // samples × classes: probabilities that sum to 1
    Matrix offset;  // of the linear predictors, in the same shape; empty: zeros
    // Whether the norms of the features' coefficients take the place of their absolute values.
    bool grouped = false;
};

// Coefficient k p + j is that of class k and feature j. Throws std::invalid_argument as
// elastic_net_path does, and where a class has no weight beside intercepts.
PathResult multinomial_path(const MultinomialProblem& problem, const AlphaGrid& grid,
                            const Control& control);

double multinomial_alpha_max(const MultinomialProblem& problem);

}  // namespace fastreg
