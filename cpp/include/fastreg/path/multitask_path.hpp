// Elastic-net paths of several gaussian targets, whose features are in or out for all targets at once.
#pragma once

#include "fastreg/path/elastic_net_path.hpp"

namespace fastreg {

struct MultitaskProblem {
    // y of the data is not used, and there are no bounds.
    ElasticNetProblem data;
    Matrix Y;  // samples × targets, less the offset
};

// Coefficient k p + j is that of target k and feature j. Throws std::invalid_argument as
// elastic_net_path does.
PathResult multitask_path(const MultitaskProblem& problem, const AlphaGrid& grid,
                          const Control& control);

double multitask_alpha_max(const MultitaskProblem& problem);

}  // namespace fastreg
