// The duality gap of the problem on the working set, also where features have no penalty.
#pragma once

#include <vector>

#include "fastreg/solver/working_model.hpp"

namespace fastreg {

// As of the last refresh(). A feature without a penalty asks for a dual point that is orthogonal to its
// column, which residuals are but for what is left to gain: it is projected off, as the certificate of
// all features does. What that changes in the other correlations is bounded, not computed.
double working_gap(const WorkingModel& model);

// The image of the step of these members that brings their correlations to zero. Members whose columns
// depend on those of others stay where they are.
Vector free_image(const WorkingModel& model, const std::vector<Index>& free);

}  // namespace fastreg
