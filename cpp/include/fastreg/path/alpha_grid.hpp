// The strengths of a path: from the smallest alpha that gives the null model, downwards.
#pragma once

#include "fastreg/core/types.hpp"

namespace fastreg {

// Either the alphas themselves, in the order in which they are solved, or a grid of `count` down to
// eps · alpha_max.
struct AlphaGrid {
    Vector alphas;
    // Whether the alphas are shares of alpha_max; of 1 if nothing but the null model exists.
    bool relative = false;
    Index count = 100;
    double eps = 1e-3;
};

// count values, evenly spaced on the log scale, from the largest exactly to eps · largest. Nothing
// but the null model exists if the largest is 0; the grid then starts at 1.
Vector alpha_grid(double largest, double eps, Index count);

}  // namespace fastreg
