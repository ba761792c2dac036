// What all calls about many problems have in common: options that go in, outcomes that come out.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "pybind.hpp"

#include "fastreg/many/outcome.hpp"

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
class Packer {
public:
    explicit Packer(std::vector<Outcome> outcomes) : outcomes_(std::move(outcomes)) {}

    py::dict dict() const {
        py::dict out;
        std::vector<std::int64_t> offsets{0}, indptr{0};
        std::vector<bool> done;
        py::list errors;
        for (const Outcome& one : outcomes_) {
            offsets.push_back(offsets.back() + static_cast<std::int64_t>(one.path.alphas.size()));
            for (std::size_t k = 1; k < one.path.indptr.size(); ++k)
                indptr.push_back(indptr.back() + one.path.indptr[k] - one.path.indptr[k - 1]);
            done.push_back(one.done);
            errors.append(one.error);
        }
        out["offsets"] = to_numpy(offsets);
        out["indptr"] = to_numpy(indptr);
        out["indices"] = joined(&PathResult::indices);
        out["values"] = joined(&PathResult::values);
        out["alphas"] = joined(&PathResult::alphas);
        out["intercepts"] = joined(&PathResult::intercepts);
        out["dual_gaps"] = joined(&PathResult::dual_gaps);
        out["deviance_ratio"] = joined(&PathResult::deviance_ratio);
        out["n_iter"] = joined(&PathResult::n_iter);
        out["status"] = joined(&PathResult::status);
        std::vector<double> null;
        for (const Outcome& one : outcomes_) null.push_back(one.path.null_objective);
        out["null_objective"] = to_numpy(null);
        out["done"] = done;
        out["errors"] = errors;
        return out;
    }

private:
    template <class T>
    py::array_t<T> joined(std::vector<T> PathResult::* part) const {
        std::vector<T> all;
        std::size_t size = 0;
        for (const Outcome& one : outcomes_) size += (one.path.*part).size();
        all.reserve(size);
        for (const Outcome& one : outcomes_)
            all.insert(all.end(), (one.path.*part).begin(), (one.path.*part).end());
        return to_numpy(all);
    }

    std::vector<Outcome> outcomes_;
};

// Solves without the GIL. After Ctrl-C what is done comes back, with `interrupted` set.
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
    auto outcomes = [&] {
        const py::gil_scoped_release release;
        return solve(std::as_const(call));
    }();
    progress.tell(n_done.load());
    const bool interrupted = poll.interrupted();
    py::dict out = Packer(std::move(outcomes)).dict();
    out["interrupted"] = interrupted;
    out["seconds"] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return out;
}

}  // namespace fastreg::bindings
