#include "pybind.hpp"

#include <chrono>
#include <string>

#include "interrupt.hpp"
#include "path_dict.hpp"
#include "problem.hpp"

namespace fastreg::bindings {

namespace {

py::dict elastic_net_path_binding(
    const py::object& X, const py::array_t<double>& y, const OptionalArray& sample_weight,
    const OptionalArray& alphas, Index n_alphas, double eps, double l1_ratio, bool fit_intercept,
    bool standardize, const OptionalArray& penalty_factor, const OptionalArray& lower_bounds,
    const OptionalArray& upper_bounds, const OptionalArray& coef_init, double tol, Index max_iter,
    Index n_threads, double max_time, bool early_stop, const py::object& on_point,
    const std::string& family, const OptionalArray& offset, bool grouped) {
    const auto design = make_design(X);
    FamilyProblem problem =
        make_problem(*design, y, sample_weight, l1_ratio, {fit_intercept, standardize},
                     penalty_factor, lower_bounds, upper_bounds, family, offset, grouped);
    problem.data.coef_init = to_vector(coef_init, "coef_init");
    const AlphaGrid grid{.alphas = to_vector(alphas, "alphas"), .count = n_alphas, .eps = eps};
    SignalPoll poll;
    const Control control{.tol = tol,
                          .max_iter = max_iter,
                          .n_threads = n_threads,
                          .interrupted = [&poll] { return poll(); },
                          .max_time = max_time,
                          .early_stop = early_stop,
                          .on_point = PointCallback(on_point, poll)};
    const auto start = std::chrono::steady_clock::now();
    PathResult result = [&] {
        const py::gil_scoped_release release;
        return family_path(std::move(problem), grid, control);
    }();
    if (poll.interrupted()) result.stop = Stop::interrupted;
    return to_dict(std::move(result),
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

double alpha_max_binding(const py::object& X, const py::array_t<double>& y,
                         const OptionalArray& sample_weight, double l1_ratio, bool fit_intercept,
                         bool standardize, const OptionalArray& penalty_factor,
                         const OptionalArray& lower_bounds, const OptionalArray& upper_bounds,
                         const std::string& family, const OptionalArray& offset, bool grouped) {
    const auto design = make_design(X);
    FamilyProblem problem =
        make_problem(*design, y, sample_weight, l1_ratio, {fit_intercept, standardize},
                     penalty_factor, lower_bounds, upper_bounds, family, offset, grouped);
    const py::gil_scoped_release release;
    return family_alpha_max(std::move(problem));
}

}  // namespace

void register_path(py::module_& m) {
    m.def("elastic_net_path", &elastic_net_path_binding,
          "Elastic-net path of a family; see fastreg.path.", py::arg("X"), py::arg("y"),
          py::kw_only(), py::arg("sample_weight"), py::arg("alphas"), py::arg("n_alphas"),
          py::arg("eps"), py::arg("l1_ratio"), py::arg("fit_intercept"), py::arg("standardize"),
          py::arg("penalty_factor"), py::arg("lower_bounds"), py::arg("upper_bounds"),
          py::arg("coef_init"), py::arg("tol"), py::arg("max_iter"), py::arg("n_threads") = 1,
          py::arg("max_time") = infinity, py::arg("early_stop") = false,
          py::arg("on_point") = py::none(), py::arg("family") = "gaussian",
          py::arg("offset") = py::none(), py::arg("grouped") = false);
    m.def("alpha_max", &alpha_max_binding, "The smallest alpha whose solution is the null model.",
          py::arg("X"), py::arg("y"), py::kw_only(), py::arg("sample_weight"), py::arg("l1_ratio"),
          py::arg("fit_intercept"), py::arg("standardize"), py::arg("penalty_factor"),
          py::arg("lower_bounds"), py::arg("upper_bounds"), py::arg("family") = "gaussian",
          py::arg("offset") = py::none(), py::arg("grouped") = false);
}

}  // namespace fastreg::bindings
