// What all calls about many problems have in common: options that go in, outcomes that come out.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "pybind.hpp"

#include "fastreg/many/joined_outcomes.hpp"

#include "arrays.hpp"
#include "interrupt.hpp"

namespace fastreg::bindings {

struct ManyCall {
    ManyOptions options;
    Strengths strengths;
    Control control;
    py::object progress;  // a function of the number of problems that are done, or None
};

// From a dictionary with every one of the names below, progress as well or not; alphas are (k, m),
// (k, 1) or None.
inline ManyCall read_options(const py::dict& given) {
    const auto vector = [&](const char* name) {
        return to_vector(given[name].cast<OptionalArray>(), name);
    };
    ManyCall call;
    call.options = {
        .family = given["family"].cast<std::string>(),
        .standardize = {given["fit_intercept"].cast<bool>(), given["standardize"].cast<bool>()},
        .terms = {.l1_ratio = given["l1_ratio"].cast<double>(),
                  .penalty_factor = vector("penalty_factor"),
                  .lower_bounds = vector("lower_bounds"),
                  .upper_bounds = vector("upper_bounds")}};
    call.strengths = {.alphas = {},
                      .relative = given["relative"].cast<bool>(),
                      .count = given["n_alphas"].cast<Index>(),
                      .eps = given["eps"].cast<double>()};
    if (!given["alphas"].is_none())
        call.strengths.alphas =
            to_matrix(given["alphas"].cast<py::array_t<double, py::array::f_style>>(), "alphas");
    call.control.tol = given["tol"].cast<double>();
    call.control.max_iter = given["max_iter"].cast<Index>();
    call.control.n_threads = given["n_threads"].cast<Index>();
    call.progress = given.contains("progress") ? py::object(given["progress"]) : py::none();
    return call;
}

// Paths one after the other; problem k has the columns offsets[k] … offsets[k + 1] − 1, and errors[k]
// says why it has none.
inline py::dict outcomes_dict(const JoinedOutcomes& all) {
    py::list errors;
    for (const std::string& error : all.errors) errors.append(error);
    py::dict out;
    out["offsets"] = to_numpy(all.offsets);
    out["indptr"] = to_numpy(all.paths.indptr);
    out["indices"] = to_numpy(all.paths.indices);
    out["values"] = to_numpy(all.paths.values);
    out["alphas"] = to_numpy(all.paths.alphas);
    out["intercepts"] = to_numpy(all.paths.intercepts);
    out["dual_gaps"] = to_numpy(all.paths.dual_gaps);
    out["deviance_ratio"] = to_numpy(all.paths.deviance_ratio);
    out["n_iter"] = to_numpy(all.paths.n_iter);
    out["status"] = to_numpy(all.paths.status);
    out["null_objective"] = to_numpy(all.null_objective);
    out["done"] = all.done;
    out["errors"] = errors;
    return out;
}

// Solves without the GIL: solve(call) returns the JoinedOutcomes. After Ctrl-C what is done comes back,
// with `interrupted` set.
template <class Solve>
py::dict run_many(ManyCall call, Solve solve) {
    SignalPoll poll;
    ProgressPoll progress(call.progress, poll);
    std::atomic<Index> n_done = 0;
    call.control.interrupted = [&] {
        progress(n_done.load());
        return poll();
    };
    if (progress.wanted()) call.control.on_problem = [&n_done] { ++n_done; };
    const auto start = std::chrono::steady_clock::now();
    const JoinedOutcomes outcomes = [&] {
        const py::gil_scoped_release release;
        return solve(std::as_const(call));
    }();
    progress.tell(n_done.load());
    const bool interrupted = poll.interrupted();
    py::dict out = outcomes_dict(outcomes);
    out["interrupted"] = interrupted;
    out["seconds"] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return out;
}

}  // namespace fastreg::bindings
