#include "fastreg/path/watch.hpp"

namespace fastreg {

namespace {

// glmnet's rule (Friedman, Hastie and Tibshirani 2010): a path ends where the deviance ratio is
// above the first, or grew by less than the second share of itself, but not before so many alphas.
constexpr double largest_ratio = 0.999;
constexpr double least_growth = 1e-5;
constexpr Index least_alphas = 5;
// No growth at all says nothing: coefficients at their bounds wait for the next feature to enter.
constexpr double rounding = 1e-12;

}  // namespace

PathWatch::PathWatch(const Control& control) : control_(control), solve_control_(control) {
    solve_control_.interrupted = [this] { return interrupted(); };
}

double PathWatch::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool PathWatch::interrupted() {
    asked_ = asked_ || control_.interrupted();
    return asked_ || expired();
}

bool PathWatch::explained(const PathStep& step) {
    const double growth = step.deviance_ratio - last_ratio_;
    last_ratio_ = step.deviance_ratio;
    if (step.index + 1 < least_alphas) return false;
    if (step.deviance_ratio > largest_ratio) return true;
    return growth > rounding && growth < least_growth * step.deviance_ratio;
}

Stop PathWatch::after(PathStep step) {
    step.seconds = seconds();
    if (control_.on_point(step)) return Stop::callback;
    if (interrupted()) return cut();
    if (control_.early_stop && explained(step)) return Stop::deviance_ratio;
    return Stop::none;
}

}  // namespace fastreg
