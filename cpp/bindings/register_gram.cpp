#include "pybind.hpp"

#include "fastreg/path/gram_path.hpp"

#include "arrays.hpp"
#include "interrupt.hpp"
#include "path_dict.hpp"

namespace fastreg::bindings {

namespace {

using MatrixArray = py::array_t<double, py::array::f_style>;
using VectorArray = py::array_t<double, py::array::c_style>;

py::dict gram_stats_binding(const py::object& X, const MatrixArray& Y,
                            const OptionalArray& sample_weight) {
    const auto design = make_design(X);
    const Matrix responses = to_matrix(Y, "Y");
    const Vector weight = to_vector(sample_weight, "sample_weight");
    SignalPoll poll;
    const Control control{.interrupted = [&poll] { return poll(); }};
    auto stats = [&] {
        const py::gil_scoped_release release;
        return gram_stats(*design, responses, weight, control);
    }();
    poll.rethrow();
    py::dict out;
    out["n_samples"] = stats->rows;
    out["weight"] = stats->weight;
    out["x_mean"] = to_numpy(stats->x_mean);
    out["y_mean"] = to_numpy(stats->y_mean);
    out["gram"] = take_matrix(std::move(stats->gram));
    out["xty"] = take_matrix(std::move(stats->xty));
    out["yty"] = to_numpy(stats->yty);
    return out;
}

// Read where it is: the array is contiguous already.
Eigen::Map<const Vector> vector_view(const VectorArray& array) {
    return {array.data(), array.size()};
}

// weight, x_mean, y_mean, gram, xty, yty of one response
py::dict gram_path_binding(const py::tuple& stats, const OptionalArray& alphas, Index n_alphas,
                           double eps, double l1_ratio, bool fit_intercept, bool standardize,
                           const OptionalArray& penalty_factor, const OptionalArray& lower_bounds,
                           const OptionalArray& upper_bounds, const OptionalArray& coef_init,
                           double tol, Index max_iter, bool early_stop) {
    const auto x_mean = stats[1].cast<VectorArray>(), xty = stats[4].cast<VectorArray>();
    const auto gram = stats[3].cast<MatrixArray>();
    if (gram.ndim() != 2 || gram.shape(0) != x_mean.size() || gram.shape(1) != x_mean.size() ||
        xty.size() != x_mean.size())
        throw py::value_error("gram must be p × p, x_mean and xty must have p entries");
    const GramProblem problem{
        .stats = {stats[0].cast<double>(), vector_view(x_mean), stats[2].cast<double>(),
                  Eigen::Map<const Matrix>(gram.data(), gram.shape(0), gram.shape(1)),
                  vector_view(xty), stats[5].cast<double>()},
        .standardize = {fit_intercept, standardize},
        .terms = {.l1_ratio = l1_ratio,
                  .penalty_factor = to_vector(penalty_factor, "penalty_factor"),
                  .lower_bounds = to_vector(lower_bounds, "lower_bounds"),
                  .upper_bounds = to_vector(upper_bounds, "upper_bounds")},
        .coef_init = to_vector(coef_init, "coef_init"),
        .exact = {}};
    const AlphaGrid grid{.alphas = to_vector(alphas, "alphas"), .count = n_alphas, .eps = eps};
    SignalPoll poll;
    const Control control{.tol = tol,
                          .max_iter = max_iter,
                          .interrupted = [&poll] { return poll(); },
                          .early_stop = early_stop};
    const auto start = std::chrono::steady_clock::now();
    PathResult result = [&] {
        const py::gil_scoped_release release;
        PathWatch watch(control);
        return gram_path(problem, grid, watch);
    }();
    poll.rethrow();
    return to_dict(std::move(result),
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

}  // namespace

void register_gram(py::module_& m) {
    m.def("gram_stats", &gram_stats_binding,
          "Weighted means and centred cross-products; see fastreg.GramStats.", py::arg("X"),
          py::arg("Y"), py::kw_only(), py::arg("sample_weight"));
    m.def("gram_path", &gram_path_binding,
          "Gaussian elastic-net path from statistics; see fastreg.GramStats.path.",
          py::arg("stats"), py::kw_only(), py::arg("alphas"), py::arg("n_alphas"), py::arg("eps"),
          py::arg("l1_ratio"), py::arg("fit_intercept"), py::arg("standardize"),
          py::arg("penalty_factor"), py::arg("lower_bounds"), py::arg("upper_bounds"),
          py::arg("coef_init"), py::arg("tol"), py::arg("max_iter"), py::arg("early_stop"));
}

}  // namespace fastreg::bindings
