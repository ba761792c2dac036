// Ctrl-C while the GIL is released. The solvers poll; at most every 50 ms the GIL is taken to ask
// Python for signals. The exception (KeyboardInterrupt, or what a signal handler raised) waits
// until the solver has returned.
#pragma once

#include <chrono>
#include <exception>

#include "pybind.hpp"

namespace fastreg::bindings {

class SignalPoll {
public:
    bool operator()() {
        if (raised_) return true;
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < std::chrono::milliseconds(50)) return false;
        last_ = now;
        const py::gil_scoped_acquire gil;
        if (PyErr_CheckSignals() == 0) return false;
        raised_ = std::make_exception_ptr(py::error_already_set());
        return true;
    }

    // Call with the GIL held.
    void rethrow() const {
        if (raised_) std::rethrow_exception(raised_);
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    std::exception_ptr raised_;
};

}  // namespace fastreg::bindings
