// The strengths of a path: from the smallest alpha that gives the null model, downwards.
#pragma once

#include "fastreg/penalty/elastic_net.hpp"

namespace fastreg {

// The smallest alpha at which every coefficient is zero, given the null model's correlations X̃ᵀ ỹ
// / n. It is the largest correlation, over the directions in which the coefficient may move,
// divided by l1_ratio (and the feature's factor). Infinite without an L1 term; 0 if nothing
// correlates with the response.
double alpha_max(const Vector& null_correlation, const ElasticNetPenalty& penalty);

// count values, evenly spaced on the log scale, from the largest exactly to eps · largest. Nothing
// but the null model exists if the largest is 0; the grid then starts at 1.
Vector alpha_grid(double largest, double eps, Index count);

}  // namespace fastreg
