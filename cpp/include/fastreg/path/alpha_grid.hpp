// The strengths of a path: from the smallest alpha that gives the null model, downwards.
#pragma once

#include "fastreg/core/types.hpp"

namespace fastreg {

// count values, evenly spaced on the log scale, from the largest exactly to eps · largest. Nothing
// but the null model exists if the largest is 0; the grid then starts at 1.
Vector alpha_grid(double largest, double eps, Index count);

}  // namespace fastreg
