#include "pybind.hpp"

#include "fastreg/path/glm_path.hpp"
#include "fastreg/path/multinomial_path.hpp"

#include <stdexcept>
#include <string>

#include "arrays.hpp"
#include "interrupt.hpp"
#include "path_dict.hpp"

namespace fastreg::bindings {

namespace {

// The problem apart from where to start, for every function that takes one.
ElasticNetProblem make_problem(const Design& X, const py::array_t<double>& y,
                               const OptionalArray& sample_weight, double l1_ratio,
                               StandardizeOptions standardize, const OptionalArray& penalty_factor,
                               const OptionalArray& lower_bounds,
                               const OptionalArray& upper_bounds) {
    return {.X = X,
            .y = to_vector(y, "y"),
            .sample_weight = to_vector(sample_weight, "sample_weight"),
            .standardize = standardize,
            .l1_ratio = l1_ratio,
            .penalty_factor = to_vector(penalty_factor, "penalty_factor"),
            .lower_bounds = to_vector(lower_bounds, "lower_bounds"),
            .upper_bounds = to_vector(upper_bounds, "upper_bounds"),
            .coef_init = {}};
}

constexpr const char* gaussian = "gaussian";
constexpr const char* multinomial = "multinomial";

// Of this family y holds the classes' probabilities, one class after the other, and so do offsets.
MultinomialProblem with_classes(ElasticNetProblem problem, const Vector& offset, bool grouped) {
    const Index n = problem.X.rows(), classes = n > 0 ? problem.y.size() / n : 0;
    if (classes * n != problem.y.size())
        throw std::invalid_argument("y must have a probability for every row and class");
    if (offset.size() != 0 && offset.size() != problem.y.size())
        throw std::invalid_argument("offset must have an entry for every row and class of y");
    Matrix Y = problem.y.reshaped(n, classes), known;
    if (offset.size() != 0) known = offset.reshaped(n, classes);
    return {.data = std::move(problem),
            .Y = std::move(Y),
            .offset = std::move(known),
            .grouped = grouped};
}

Family family_of(const std::string& name) {
    if (name == "binomial") return Family::binomial;
    if (name == "poisson") return Family::poisson;
    throw std::invalid_argument("there is no family '" + name + "'");
}

PathResult solve(ElasticNetProblem problem, const std::string& family, bool grouped, Vector offset,
                 const AlphaGrid& grid, const Control& control) {
    if (family == gaussian) return elastic_net_path(problem, grid, control);
    if (family == multinomial)
        return multinomial_path(with_classes(std::move(problem), offset, grouped), grid, control);
    return glm_path(
        {.data = std::move(problem), .family = family_of(family), .offset = std::move(offset)},
        grid, control);
}

py::dict elastic_net_path_binding(
    const py::object& X, const py::array_t<double>& y, const OptionalArray& sample_weight,
    const OptionalArray& alphas, Index n_alphas, double eps, double l1_ratio, bool fit_intercept,
    bool standardize, const OptionalArray& penalty_factor, const OptionalArray& lower_bounds,
    const OptionalArray& upper_bounds, const OptionalArray& coef_init, double tol, Index max_iter,
    Index n_threads, double max_time, bool early_stop, const py::object& on_point,
    const std::string& family, const OptionalArray& offset, bool grouped) {
    const auto design = make_design(X);
    ElasticNetProblem problem =
        make_problem(*design, y, sample_weight, l1_ratio, {fit_intercept, standardize},
                     penalty_factor, lower_bounds, upper_bounds);
    problem.coef_init = to_vector(coef_init, "coef_init");
    Vector known = to_vector(offset, "offset");
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
        return solve(std::move(problem), family, grouped, std::move(known), grid, control);
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
    ElasticNetProblem problem =
        make_problem(*design, y, sample_weight, l1_ratio, {fit_intercept, standardize},
                     penalty_factor, lower_bounds, upper_bounds);
    Vector known = to_vector(offset, "offset");
    const py::gil_scoped_release release;
    if (family == gaussian) return elastic_net_alpha_max(problem);
    if (family == multinomial)
        return multinomial_alpha_max(with_classes(std::move(problem), known, grouped));
    return glm_alpha_max(
        {.data = std::move(problem), .family = family_of(family), .offset = std::move(known)});
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
          py::arg("on_point") = py::none(), py::arg("family") = gaussian,
          py::arg("offset") = py::none(), py::arg("grouped") = false);
    m.def("alpha_max", &alpha_max_binding, "The smallest alpha whose solution is the null model.",
          py::arg("X"), py::arg("y"), py::kw_only(), py::arg("sample_weight"), py::arg("l1_ratio"),
          py::arg("fit_intercept"), py::arg("standardize"), py::arg("penalty_factor"),
          py::arg("lower_bounds"), py::arg("upper_bounds"), py::arg("family") = gaussian,
          py::arg("offset") = py::none(), py::arg("grouped") = false);
}

}  // namespace fastreg::bindings
