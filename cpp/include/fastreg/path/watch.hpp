// What can end a path before its last alpha: the caller, the clock, or that nothing is left to
// explain. Every kind of path asks here.
#pragma once

#include <chrono>

#include "fastreg/core/control.hpp"

namespace fastreg {

class PathWatch {
public:
    // The control must outlive the watch; the clock starts now.
    explicit PathWatch(const Control& control);
    PathWatch(const PathWatch&) = delete;
    PathWatch& operator=(const PathWatch&) = delete;

    // For the solves on the path: these are also interrupted when time is up.
    const Control& solve_control() const { return solve_control_; }
    // Whether to stop at once, in the middle of a solve.
    bool interrupted();
    // Why a solve was interrupted.
    Stop cut() const { return asked_ ? Stop::interrupted : Stop::max_time; }
    // Tells the caller of a point that was recorded, and whether to go on. The step comes with
    // everything but its time.
    Stop after(PathStep step);

private:
    bool expired() const { return control_.max_time < infinity && seconds() > control_.max_time; }
    double seconds() const;
    bool explained(const PathStep& step);

    const Control& control_;
    Control solve_control_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    bool asked_ = false;  // the caller interrupted
    double last_ratio_ = 0.0;
};

}  // namespace fastreg
