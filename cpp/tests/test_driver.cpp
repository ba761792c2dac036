// What ends a path early, and which points are there then.
#include "fastreg/path/driver.hpp"

#include <vector>

#include "check.hpp"

namespace {

using fastreg::Control;
using fastreg::Index;
using fastreg::PathStep;
using fastreg::PathWatch;
using fastreg::Status;
using fastreg::Stop;
using fastreg::Vector;

struct Report {
    Status status = Status::converged;
};

struct Run {
    Stop stop;
    std::vector<double> recorded;
};

// A path whose k-th point explains ratios[k] and is interrupted if the control says so.
Run run(const std::vector<double>& ratios, const Control& control) {
    const Vector alphas = Vector::LinSpaced(static_cast<Index>(ratios.size()), 1.0, 0.1);
    PathWatch watch(control);
    std::vector<double> recorded;
    const Stop stop = fastreg::run_path(
        alphas, watch,
        [](double, const Control& inner) {
            return Report{inner.interrupted() ? Status::interrupted : Status::converged};
        },
        [&](double alpha, const Report&) {
            recorded.push_back(alpha);
            return PathStep{.deviance_ratio = ratios[recorded.size() - 1]};
        });
    return {stop, recorded};
}

const std::vector<double> growing{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8};

void test_whole_paths() {
    const Run whole = run(growing, Control{});
    check::that(whole.stop == Stop::none && whole.recorded.size() == 8, "nothing ends it");
    Index told = 0;
    const Run watched = run(growing, {.on_point = [&](const PathStep& step) {
                                return ++told == 8 && step.index == 7 && step.n_alphas == 8;
                            }});
    check::that(watched.stop == Stop::none && told == 8, "asked to end after the last point");
}

void test_the_callers_word() {
    const Run told = run(growing, {.on_point = [](const PathStep& s) { return s.index == 2; }});
    check::that(told.stop == Stop::callback && told.recorded.size() == 3, "callback");
    Index polls = 0;
    const Run cut = run(growing, {.interrupted = [&] { return ++polls > 4; }});
    check::that(cut.stop == Stop::interrupted && cut.recorded.size() == 2,
                "a point that is cut off is dropped");
    const Run at_once = run(growing, {.interrupted = [] { return true; }});
    check::that(at_once.stop == Stop::interrupted && at_once.recorded.size() == 1,
                "but the first is kept");
    const Run late = run(growing, {.max_time = 0.0});
    check::that(late.stop == Stop::max_time && late.recorded.size() == 1, "no time at all");
}

void test_nothing_left_to_explain() {
    const std::vector<double> slow{0.1, 0.1000001, 0.5, 0.6, 0.7, 0.8, 0.800001, 0.9};
    const Run ended = run(slow, {.early_stop = true});
    check::that(ended.stop == Stop::deviance_ratio && ended.recorded.size() == 7,
                "growth that is too small, after five points");
    check::that(run(slow, Control{}).stop == Stop::none, "only where it is asked for");
    const Run full = run({0.1, 0.9995, 0.9996, 0.9997, 0.9998, 0.9999}, {.early_stop = true});
    check::that(full.stop == Stop::deviance_ratio && full.recorded.size() == 5, "explained");
    const Run plateau = run({0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.6}, {.early_stop = true});
    check::that(plateau.stop == Stop::none, "no growth at all is no end");
    const Run null = run(std::vector<double>(8, 0.0), {.early_stop = true});
    check::that(null.stop == Stop::none, "nor is a null model");
}

}  // namespace

int main() {
    test_whole_paths();
    test_the_callers_word();
    test_nothing_left_to_explain();
    return check::report("driver");
}
