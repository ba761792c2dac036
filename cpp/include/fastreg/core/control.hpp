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
    interrupted = 3,  // the caller asked to stop, or time was up
};

// Why a path ended before its last alpha. The values are part of the Python interface.
enum class Stop : std::int8_t {
    none = 0,
    deviance_ratio = 1,  // nothing is left to explain
    max_time = 2,
    callback = 3,  // on_point asked for it
    interrupted = 4,
};

// One alpha of a path as those who watch it see it.
struct PathStep {
    Index index = 0;
    Index n_alphas = 0;
    double alpha = 0.0;
    double dual_gap = 0.0;  // relative to the null model's objective
    Index n_nonzero = 0;
    double deviance_ratio = 0.0;
    Index n_iter = 0;
    double seconds = 0.0;  // since the path began
};

// Thrown where work that has nothing to give back is cut short by Control::interrupted.
struct Interruption {};

struct Control {
    double tol = 1e-6;         // relative duality gap that ends the solve at one alpha
    Index max_iter = 100'000;  // coordinate-descent sweeps at one alpha
    Index n_threads = 1;
    // Polled between sweeps and passes; true ends the path with what is solved so far.
    std::function<bool()> interrupted = [] { return false; };
    // The rest is about whole paths: seconds after which one ends, whether it ends where smaller
    // alphas explain no more, and who is told of every alpha; true ends it.
    double max_time = infinity;
    bool early_stop = false;
    std::function<bool(const PathStep&)> on_point = [](const PathStep&) { return false; };
    // Told by any thread of every problem, of many, that is done.
    std::function<void()> on_problem = [] {};
};

}  // namespace fastreg
