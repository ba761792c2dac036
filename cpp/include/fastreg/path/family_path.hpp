// Elastic-net paths of a family that is known by its name.
#pragma once

#include <string>

#include "fastreg/path/elastic_net_path.hpp"

namespace fastreg {

struct FamilyProblem {
    // Of the family multinomial y holds the probabilities of the classes, one class after the other, and
    // of mgaussian the targets less their offsets.
    ElasticNetProblem data;
    std::string family = "gaussian";  // or "binomial", "multinomial", "poisson", "mgaussian"
    Vector offset;                    // like y; empty: zeros; the gaussian families have none
    bool grouped = false;             // multinomial: see MultinomialProblem
};

// Throw std::invalid_argument where there is no such family, and as its own functions do.
PathResult family_path(FamilyProblem problem, const AlphaGrid& grid, const Control& control);
double family_alpha_max(FamilyProblem problem);

}  // namespace fastreg
