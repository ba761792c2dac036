// What Python has to say while the GIL is released: Ctrl-C, and a callback after every alpha. The
// solvers poll; at most every 50 ms the GIL is taken to ask Python for signals. An exception
// (KeyboardInterrupt, what a signal handler raised, or the callback) waits until the solver has
// returned.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

#include "pybind.hpp"

#include "fastreg/core/control.hpp"

namespace fastreg::bindings {

// How many kernels are at work in this process, called by different threads of Python.
inline std::atomic<int> calls_in_progress = 0;

class CallCount {
public:
    CallCount() { ++calls_in_progress; }
    ~CallCount() { --calls_in_progress; }
    CallCount(const CallCount&) = delete;
    CallCount& operator=(const CallCount&) = delete;
};

// One for each call that may take long.
class SignalPoll {
public:
    bool operator()() {
        if (raised_) return true;
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < std::chrono::milliseconds(50)) return false;
        last_ = now;
        const py::gil_scoped_acquire gil;
        return check();
    }

    // The rest needs the GIL.
    bool check() {
        if (raised_) return true;
        if (PyErr_CheckSignals() == 0) return false;
        keep(py::error_already_set());
        return true;
    }
    // Its type is asked for here, where the GIL is held.
    void keep(py::error_already_set&& error) {
        keyboard_interrupt_ = error.type().is(py::handle(PyExc_KeyboardInterrupt));
        raised_ = std::make_exception_ptr(std::move(error));
    }
    void rethrow() const {
        if (raised_) std::rethrow_exception(raised_);
    }
    // Whether it was Ctrl-C, after which a partial result is wanted. Any other exception is thrown.
    bool interrupted() {
        if (check() && !keyboard_interrupt_) rethrow();
        return keyboard_interrupt_;
    }

private:
    CallCount counted_;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    std::exception_ptr raised_;
    bool keyboard_interrupt_ = false;
};

// Runs work without the GIL. What interrupted it before it had anything to give back is thrown.
template <class Work>
auto run_interruptibly(const SignalPoll& poll, Work work) {
    try {
        const py::gil_scoped_release release;
        return work();
    } catch (const Interruption&) {
        poll.rethrow();
        throw std::logic_error("a kernel was interrupted by nothing");
    }
}

// Calls a Python function with a number that grows, whenever the thread that polls comes by, at most
// every 50 ms.
class ProgressPoll {
public:
    // Both must outlive it. None is never called.
    ProgressPoll(const py::object& function, SignalPoll& poll) : function_(function), poll_(poll) {}

    bool wanted() const { return !function_.is_none(); }
    void operator()(Index number) {
        const auto now = std::chrono::steady_clock::now();
        if (!wanted() || now - last_ < std::chrono::milliseconds(50)) return;
        last_ = now;
        const py::gil_scoped_acquire gil;
        tell(number);
    }
    // Needs the GIL.
    void tell(Index number) {
        if (!wanted()) return;
        try {
            function_(number);
        } catch (py::error_already_set& error) {
            poll_.keep(std::move(error));
        }
    }

private:
    const py::object& function_;
    SignalPoll& poll_;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// on_point of a control: calls a Python function with the fields of the step.
class PointCallback {
public:
    // Both must outlive it. None is never called.
    PointCallback(const py::object& function, SignalPoll& poll)
        : function_(function), poll_(poll) {}

    bool operator()(const PathStep& step) const {
        if (function_.is_none()) return false;
        const py::gil_scoped_acquire gil;
        try {
            const py::object answer =
                function_(step.index, step.n_alphas, step.alpha, step.dual_gap, step.n_nonzero,
                          step.deviance_ratio, step.n_iter, step.seconds);
            return answer.cast<bool>();
        } catch (py::error_already_set& error) {
            poll_.keep(std::move(error));
            return true;
        }
    }

private:
    const py::object& function_;
    SignalPoll& poll_;
};

}  // namespace fastreg::bindings
