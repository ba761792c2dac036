#include "pybind.hpp"

#include "fastreg/ridge/ridge.hpp"

#include "arrays.hpp"
#include "interrupt.hpp"

namespace fastreg::bindings {

namespace {

using MatrixArray = py::array_t<double, py::array::f_style>;

py::dict to_dict(RidgeResult result, Index targets, Index strengths, double seconds) {
    const Index p = result.coefs.rows();
    py::dict out;
    // targets × features × strengths, from columns that run over the targets first
    out["coefs"] =
        take_matrix(std::move(result.coefs), {targets, p, strengths}, {p, 1, p * targets});
    out["intercepts"] = take_matrix(std::move(result.intercepts));
    out["dual_gaps"] = take_matrix(std::move(result.dual_gaps));
    out["deviance_ratio"] = take_matrix(std::move(result.deviance_ratio));
    out["null_objective"] = to_numpy(result.null_objective);
    out["stop"] = static_cast<int>(result.stop);
    out["n_passes"] = result.n_passes;
    out["seconds"] = seconds;
    out["center"] = to_numpy(result.center);
    out["scale"] = to_numpy(result.scale);
    return out;
}

py::dict ridge_path_binding(const py::object& X, const MatrixArray& Y,
                            const OptionalArray& sample_weight, const MatrixArray& alphas,
                            bool fit_intercept, bool standardize, Index n_threads, double max_time,
                            bool early_stop, const py::object& on_point) {
    const auto design = make_design(X);
    const RidgeProblem problem{.X = *design,
                               .Y = to_matrix(Y, "Y"),
                               .sample_weight = to_vector(sample_weight, "sample_weight"),
                               .standardize = {fit_intercept, standardize},
                               .alphas = to_matrix(alphas, "alphas")};
    SignalPoll poll;
    const Control control{.n_threads = n_threads,
                          .interrupted = [&poll] { return poll(); },
                          .max_time = max_time,
                          .early_stop = early_stop,
                          .on_point = PointCallback(on_point, poll)};
    const auto start = std::chrono::steady_clock::now();
    RidgeResult result = [&] {
        const py::gil_scoped_release release;
        return ridge_path(problem, control);
    }();
    if (poll.interrupted()) result.stop = Stop::interrupted;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Index strengths = result.dual_gaps.cols();
    return to_dict(std::move(result), problem.Y.cols(), strengths, seconds);
}

}  // namespace

void register_ridge(py::module_& m) {
    m.def("ridge_path", &ridge_path_binding,
          "Ridge for several strengths and targets; see fastreg.ridge_path.", py::arg("X"),
          py::arg("Y"), py::kw_only(), py::arg("sample_weight"), py::arg("alphas"),
          py::arg("fit_intercept"), py::arg("standardize"), py::arg("n_threads") = 1,
          py::arg("max_time") = infinity, py::arg("early_stop") = false,
          py::arg("on_point") = py::none());
}

}  // namespace fastreg::bindings
