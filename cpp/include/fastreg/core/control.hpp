// What the caller may set about a solve, apart from the problem itself, and how a solve may end.
#pragma once

#include <cstdint>
#include <functional>

#include "fastreg/core/types.hpp"

namespace fastreg {

// How the solve at one alpha ended. The values are part of the Python interface.
enum class Status : std::int8_t {
    converged = 0,    // the relative duality gap is at most tol
    max_iter = 1,     // the limit on sweeps was reached first
    stalled = 2,      // the gap stopped decreasing above tol: rounding errors are what is left
    interrupted = 3,  // the caller asked to stop
};

struct Control {
    double tol = 1e-6;         // relative duality gap that ends the solve at one alpha
    Index max_iter = 100'000;  // coordinate-descent sweeps at one alpha
    // Polled between sweeps and passes; true ends the path with what is solved so far.
    std::function<bool()> interrupted = [] { return false; };
};

}  // namespace fastreg
