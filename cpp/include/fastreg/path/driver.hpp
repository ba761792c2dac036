// The loop over the alphas of a path, written once for every kind of problem: fit → record → check,
// until the end or a reason to stop. Whatever was recorded is valid when it returns early.
#pragma once

#include "fastreg/path/watch.hpp"

namespace fastreg {

// fit(alpha, control) solves one point, warm-started where the last one ended, and returns a report
// with a `status`; record(alpha, report) stores it and says what was stored. A point that was
// interrupted is recorded only where there would be none, with the gap that it reached.
template <class Fit, class Record>
Stop run_path(const Vector& alphas, PathWatch& watch, Fit fit, Record record) {
    for (Index k = 0; k < alphas.size(); ++k) {
        const auto report = fit(alphas[k], watch.solve_control());
        const bool cut = report.status == Status::interrupted;
        if (cut && k > 0) return watch.cut();
        PathStep step = record(alphas[k], report);
        step.index = k;
        step.n_alphas = alphas.size();
        step.alpha = alphas[k];
        const Stop stop = watch.after(step);
        if (cut) return watch.cut();
        if (stop != Stop::none && k + 1 < alphas.size()) return stop;
    }
    return Stop::none;
}

}  // namespace fastreg
