// The loop over the alphas of a path, written once for every kind of problem: fit → record, until
// the end or an interruption. Whatever was recorded is valid when it returns early.
#pragma once

#include <vector>

#include "fastreg/core/control.hpp"

namespace fastreg {

// fit(alpha) solves one point, warm-started where the last one ended, and returns a report with a
// `status`; record(alpha, report) stores it. An interrupted point is recorded too, with the gap
// that it reached.
template <class Fit, class Record>
void run_path(const Vector& alphas, Fit fit, Record record) {
    for (Index k = 0; k < alphas.size(); ++k) {
        const auto report = fit(alphas[k]);
        record(alphas[k], report);
        if (report.status == Status::interrupted) return;
    }
}

}  // namespace fastreg
