#include "pybind.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "fastreg/many/many_problems.hpp"
#include "fastreg/many/many_responses.hpp"
#include "fastreg/many/many_weights.hpp"
#include "fastreg/many/responses_cv.hpp"
#include "fastreg/many/rolling.hpp"

#include "many_options.hpp"

namespace fastreg::bindings {

namespace {

using MatrixArray = py::array_t<double, py::array::f_style>;

std::vector<Index> to_indices(const RowsArray& array) {
    return {array.data(), array.data() + array.size()};
}

ManyResponses read_responses(const Design& X, const MatrixArray& Y, const MatrixArray& weights,
                             const RowsArray& pattern, const ManyCall& call) {
    return {.X = X,
            .Y = matrix_view(Y, "Y"),
            .weights = matrix_view(weights, "weights"),
            .pattern = to_indices(pattern),
            .options = call.options,
            .strengths = call.strengths};
}

py::dict many_responses_binding(const py::object& X, const MatrixArray& Y,
                                const MatrixArray& weights, const RowsArray& pattern,
                                const py::dict& options) {
    const auto design = make_design(X);
    ManyCall call = read_options(options);
    const ManyResponses problem = read_responses(*design, Y, weights, pattern, call);
    return run_many(std::move(call), [&](const ManyCall& own) {
        return join(many_responses(problem, own.control));
    });
}

// From a dictionary with every one of these names.
FoldPlan read_plan(const py::dict& given, const std::string& family) {
    return {.folds = {to_rows(given["train"].cast<py::list>()),
                      to_rows(given["test"].cast<py::list>())},
            .scorer = Scorer(given["scoring"].cast<std::string>(), family),
            .allowance = {given["allowed_errors"].cast<double>(),
                          given["allowed_share"].cast<double>()},
            .part = given["part"].cast<Index>(),
            .behind = given["behind"].cast<Index>(),
            .most_extensions = given["most_extensions"].cast<Index>(),
            .explained = given["explained"].cast<double>(),
            .rounding = given["rounding"].cast<double>()};
}

// One entry a response; of the grids one after the other those that folds went through.
py::dict choices_dict(const std::vector<FoldChoice>& choices) {
    std::vector<std::int64_t> index, lengths;
    std::vector<double> alphas, mean, error, gaps;
    std::vector<bool> at_edge;
    const auto add = [](std::vector<double>& to, const std::vector<double>& from) {
        to.insert(to.end(), from.begin(), from.end());
    };
    for (const FoldChoice& one : choices) {
        index.push_back(one.index);
        lengths.push_back(static_cast<std::int64_t>(one.alphas.size()));
        gaps.push_back(one.fold_gap);
        at_edge.push_back(one.at_edge);
        add(alphas, one.alphas);
        add(mean, one.mean);
        add(error, one.error);
    }
    py::dict out;
    out["index"] = to_numpy(index);
    out["lengths"] = to_numpy(lengths);
    out["alphas"] = to_numpy(alphas);
    out["mean"] = to_numpy(mean);
    out["error"] = to_numpy(error);
    out["fold_gaps"] = to_numpy(gaps);
    out["at_edge"] = at_edge;
    return out;
}

py::dict responses_cv_binding(const py::object& X, const MatrixArray& Y, const MatrixArray& weights,
                              const RowsArray& pattern, const py::dict& plan,
                              const py::dict& options) {
    const auto design = make_design(X);
    ManyCall call = read_options(options);
    const ManyResponses problem = read_responses(*design, Y, weights, pattern, call);
    const FoldPlan folds = read_plan(plan, call.options.family);
    std::vector<FoldChoice> choices;
    py::dict out = run_many(std::move(call), [&](const ManyCall& own) {
        ChosenResponses found = responses_cv(problem, folds, own.control);
        choices = std::move(found.choices);
        return join(found.outcomes);
    });
    out["choices"] = choices_dict(choices);
    return out;
}

DenseView dense_view(const py::object& X) {
    const auto design = make_design(X);
    if (!design->dense_view()) throw py::type_error("X must be a dense array");
    return *design->dense_view();
}

// Lists of matrices, of responses and of weights (or None).
py::dict many_problems_binding(const py::list& Xs, const py::list& ys, const py::object& weights,
                               const py::dict& options) {
    std::vector<DenseView> views;
    std::vector<Vector> responses, sample_weights;
    for (const py::handle X : Xs)
        views.push_back(dense_view(py::reinterpret_borrow<py::object>(X)));
    for (const py::handle y : ys) responses.push_back(to_vector(y.cast<OptionalArray>(), "y"));
    if (!weights.is_none())
        for (const py::handle w : weights.cast<py::list>())
            sample_weights.push_back(to_vector(w.cast<OptionalArray>(), "sample_weight"));
    if (responses.size() != views.size() ||
        (!sample_weights.empty() && sample_weights.size() != views.size()))
        throw std::invalid_argument("there must be a y, and weights or none, for every X");
    const ProblemSource source = [&](Index k, std::vector<std::byte>&) {
        const auto at = static_cast<std::size_t>(k);
        return ProblemData{.X = views[at],
                           .y = responses[at],
                           .sample_weight = sample_weights.empty() ? Vector() : sample_weights[at]};
    };
    return run_many(read_options(options), [&](const ManyCall& own) {
        return many_problems(static_cast<Index>(views.size()), source, own.options, own.strengths,
                             own.control);
    });
}

// An array of B problems: X (B, n, p), Y (n, B), weights (n, B) or None.
py::dict many_arrays_binding(const py::array& X, const MatrixArray& Y,
                             const std::optional<MatrixArray>& weights, const py::dict& options) {
    if (X.ndim() != 3) throw py::value_error("X must have 3 dimensions");
    const DenseView first{.data = static_cast<const std::byte*>(X.data()),
                          .type = scalar_type(X.dtype()),
                          .rows = X.shape(1),
                          .cols = X.shape(2),
                          .row_stride = X.strides(1),
                          .col_stride = X.strides(2)};
    const auto responses = matrix_view(Y, "Y");
    const Index count = X.shape(0), stride = X.strides(0);
    if (responses.rows() != first.rows || responses.cols() != count)
        throw py::value_error("Y must have a column for every X");
    const auto source = [&](Index k, std::vector<std::byte>&) {
        ProblemData data{.X = first, .y = responses.col(k), .sample_weight = {}};
        data.X.data += k * stride;
        if (weights) data.sample_weight = matrix_view(*weights, "weights").col(k);
        return data;
    };
    return run_many(read_options(options), [&](const ManyCall& own) {
        return many_problems(count, source, own.options, own.strengths, own.control);
    });
}

// More entries go another way, with what saves more than checks cost.
constexpr Index most_small_entries = 1 << 16;

// Whether memory is float64 as the processor reads it.
bool is_native(const py::array& array) {
    const py::dtype type = array.dtype();
    return type.kind() == 'f' && type.itemsize() == 8 && type.byteorder() != '>' &&
           type.byteorder() != '<' &&
           (array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) != 0;
}

// One small problem: its coefficients, intercept and gap. None where the arrays are of another kind, or
// it fails, or its gap is above tol.
py::object solve_small_binding(const py::array& X, const py::array& y, double alpha,
                               double l1_ratio, bool fit_intercept, bool standardize, double tol,
                               Index max_iter) {
    if (X.ndim() != 2 || y.ndim() != 1 || X.size() == 0 || X.size() > most_small_entries ||
        y.shape(0) != X.shape(0) || !is_native(X) || !is_native(y))
        return py::none();
    ProblemData data{.X = {.data = static_cast<const std::byte*>(X.data()),
                           .type = ScalarType::float64,
                           .rows = X.shape(0),
                           .cols = X.shape(1),
                           .row_stride = X.strides(0),
                           .col_stride = X.strides(1)},
                     .y = Vector(y.shape(0)),
                     .sample_weight = {}};
    load_run(ScalarType::float64)(static_cast<const std::byte*>(y.data()), y.strides(0),
                                  data.y.size(), data.y.data());
    const ManyOptions options{
        .standardize = {fit_intercept, standardize},
        .terms = {
            .l1_ratio = l1_ratio, .penalty_factor = {}, .lower_bounds = {}, .upper_bounds = {}}};
    SignalPoll poll;
    const Control control{
        .tol = tol, .max_iter = max_iter, .interrupted = [&poll] { return poll(); }};
    PathResult path;
    try {
        path = run_interruptibly(poll, [&] {
            return solve_problem(data, options, {.alphas = Vector::Constant(1, alpha)}, control);
        });
    } catch (const std::invalid_argument&) {
        return py::none();
    }
    poll.rethrow();
    if (path.status.size() != 1 || path.status[0] != static_cast<std::int8_t>(Status::converged))
        return py::none();
    py::array_t<double> coef(data.X.cols);
    double* out = coef.mutable_data();
    std::fill(out, out + data.X.cols, 0.0);
    for (std::size_t e = 0; e < path.indices.size(); ++e) out[path.indices[e]] = path.values[e];
    return py::make_tuple(std::move(coef), path.intercepts[0], path.dual_gaps[0]);
}

py::dict many_groups_binding(const py::object& X, const py::array_t<double>& y,
                             const OptionalArray& sample_weight, const RowsArray& rows,
                             const RowsArray& starts, const py::dict& options) {
    const DenseView view = dense_view(X);
    const Vector response = to_vector(y, "y"), weight = to_vector(sample_weight, "sample_weight");
    const std::vector<Index> picked = to_indices(rows), begins = to_indices(starts);
    if (response.size() != view.rows || (weight.size() && weight.size() != view.rows))
        throw std::invalid_argument("y and sample_weight must have an entry for each row of X");
    const ProblemSource source = row_groups(view, response, weight, picked, begins);
    return run_many(read_options(options), [&](const ManyCall& own) {
        return many_problems(static_cast<Index>(begins.size()) - 1, source, own.options,
                             own.strengths, own.control);
    });
}

py::dict rolling_paths_binding(const py::object& X, const py::array_t<double>& y,
                               const OptionalArray& sample_weight, const RowsArray& first,
                               const RowsArray& last, const py::dict& options) {
    const auto design = make_design(X);
    const Vector response = to_vector(y, "y"), weight = to_vector(sample_weight, "sample_weight");
    ManyCall call = read_options(options);
    const RollingProblem problem{.X = *design,
                                 .y = response,
                                 .sample_weight = weight,
                                 .first = to_indices(first),
                                 .last = to_indices(last),
                                 .options = call.options,
                                 .strengths = call.strengths};
    return run_many(std::move(call),
                    [&](const ManyCall& own) { return rolling_paths(problem, own.control); });
}

py::dict many_weights_binding(const py::object& X, const py::array_t<double>& y,
                              const MatrixArray& weights, const OptionalArray& offset,
                              const py::dict& options) {
    const auto design = make_design(X);
    ManyCall call = read_options(options);
    const FamilyProblem problem{.data = {.X = *design,
                                         .y = to_vector(y, "y"),
                                         .sample_weight = {},
                                         .standardize = call.options.standardize,
                                         .l1_ratio = call.options.terms.l1_ratio,
                                         .penalty_factor = call.options.terms.penalty_factor,
                                         .lower_bounds = call.options.terms.lower_bounds,
                                         .upper_bounds = call.options.terms.upper_bounds,
                                         .coef_init = {}},
                                .family = call.options.family,
                                .offset = to_vector(offset, "offset"),
                                .grouped = false};
    const auto columns = matrix_view(weights, "weights");
    return run_many(std::move(call), [&](const ManyCall& own) {
        return many_weights(problem, columns, own.strengths, own.control);
    });
}

}  // namespace

void register_many(py::module_& m) {
    m.def("many_responses", &many_responses_binding, "Many responses on one X; see fit_many.",
          py::arg("X"), py::arg("Y"), py::kw_only(), py::arg("weights"), py::arg("pattern"),
          py::arg("options"));
    m.def("responses_cv", &responses_cv_binding,
          "Many responses on one X, strengths by cross-validation; see fit_many.", py::arg("X"),
          py::arg("Y"), py::kw_only(), py::arg("weights"), py::arg("pattern"), py::arg("plan"),
          py::arg("options"));
    m.def("many_problems", &many_problems_binding, "A list of problems; see fit_batch.",
          py::arg("Xs"), py::arg("ys"), py::kw_only(), py::arg("weights"), py::arg("options"));
    m.def("many_arrays", &many_arrays_binding, "An array of problems; see fit_batch.", py::arg("X"),
          py::arg("Y"), py::kw_only(), py::arg("weights"), py::arg("options"));
    m.def("solve_small", &solve_small_binding, "One small problem, or None; see solve.");
    m.def("many_groups", &many_groups_binding, "Groups of rows; see fit_groups.", py::arg("X"),
          py::arg("y"), py::kw_only(), py::arg("sample_weight"), py::arg("rows"), py::arg("starts"),
          py::arg("options"));
    m.def("rolling_paths", &rolling_paths_binding, "Windows of rows; see fit_rolling.",
          py::arg("X"), py::arg("y"), py::kw_only(), py::arg("sample_weight"), py::arg("first"),
          py::arg("last"), py::arg("options"));
    m.def("many_weights", &many_weights_binding, "One problem with many weights; see bootstrap.",
          py::arg("X"), py::arg("y"), py::kw_only(), py::arg("weights"), py::arg("offset"),
          py::arg("options"));
}

}  // namespace fastreg::bindings
