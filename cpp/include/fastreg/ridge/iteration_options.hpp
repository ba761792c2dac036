// What the iterative ways of ridge are told.
#pragma once

#include <algorithm>

#include "fastreg/core/types.hpp"

namespace fastreg {

struct IterationOptions {
    double tol = 1e-11;  // relative residual that ends the solve at one strength
    Index max_iter = 0;  // iterations at one strength; 0: by the size of the problem

    // For a problem with so many unknowns: in exact arithmetic that many iterations are enough.
    Index limit(Index unknowns) const {
        constexpr Index fewest = 200, most = 5000;
        return max_iter > 0 ? max_iter : std::clamp(10 * unknowns, fewest, most);
    }
};

}  // namespace fastreg
