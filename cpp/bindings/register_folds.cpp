#include "pybind.hpp"

#include <chrono>
#include <string>

#include "fastreg/path/fold_paths.hpp"

#include "interrupt.hpp"
#include "path_dict.hpp"
#include "problem.hpp"

namespace fastreg::bindings {

namespace {

// Each of (fold, l1_ratio, alphas, coef_init or None).
std::vector<FoldTask> to_tasks(const py::list& tasks) {
    std::vector<FoldTask> out;
    for (const py::handle task : tasks) {
        const auto [fold, l1_ratio, alphas, coef_init] =
            task.cast<std::tuple<Index, double, OptionalArray, OptionalArray>>();
        out.push_back({.fold = fold,
                       .l1_ratio = l1_ratio,
                       .alphas = to_vector(alphas, "alphas"),
                       .coef_init = to_vector(coef_init, "coef_init")});
    }
    return out;
}

// The rows tested × classes (none: one predictor) × strengths, or None.
py::object to_predictions(Matrix predictions, Index n_alphas) {
    if (n_alphas == 0) return py::none();
    const Index n = predictions.rows(), classes = predictions.cols() / n_alphas;
    if (classes == 1) return take_matrix(std::move(predictions));
    return take_matrix(std::move(predictions), {n, classes, n_alphas}, {1, n, n * classes});
}

void fold_paths_binding(const py::object& X, const py::array_t<double>& y,
                        const OptionalArray& sample_weight, const py::list& train,
                        const py::list& test, const py::list& tasks, bool squares,
                        const py::object& on_path, bool fit_intercept, bool standardize,
                        const OptionalArray& penalty_factor, const OptionalArray& lower_bounds,
                        const OptionalArray& upper_bounds, double tol, Index max_iter,
                        Index n_threads, const std::string& family, const OptionalArray& offset,
                        bool grouped) {
    const auto design = make_design(X);
    SignalPoll poll;
    const auto start = std::chrono::steady_clock::now();
    const auto tell = [&](Index task, FoldPath found) {
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        const auto n_alphas = static_cast<Index>(found.path.alphas.size());
        const py::gil_scoped_acquire gil;
        const py::object score = found.squares.size()
                                     ? py::object(to_numpy(found.squares))
                                     : to_predictions(std::move(found.predictions), n_alphas);
        on_path(task, to_dict(std::move(found.path), seconds), score);
    };
    const FoldProblem problem{
        .problem =
            make_problem(*design, y, sample_weight, 1.0, {fit_intercept, standardize},
                         penalty_factor, lower_bounds, upper_bounds, family, offset, grouped),
        .folds = {to_rows(train), to_rows(test)},
        .squares = squares,
        .on_path = tell};
    const std::vector<FoldTask> listed = to_tasks(tasks);
    const Control control{
        .tol = tol, .max_iter = max_iter, .n_threads = n_threads, .interrupted = [&poll] {
            return poll();
        }};
    run_interruptibly(poll, [&] { fold_paths(problem, listed, control); });
}

}  // namespace

void register_folds(py::module_& m) {
    m.def("fold_paths", &fold_paths_binding,
          "Paths without the rows that folds test, and their scores; see fastreg.cv.", py::arg("X"),
          py::arg("y"), py::kw_only(), py::arg("sample_weight"), py::arg("train"), py::arg("test"),
          py::arg("tasks"), py::arg("squares"), py::arg("on_path"), py::arg("fit_intercept"),
          py::arg("standardize"), py::arg("penalty_factor"), py::arg("lower_bounds"),
          py::arg("upper_bounds"), py::arg("tol"), py::arg("max_iter"), py::arg("n_threads") = 1,
          py::arg("family") = "gaussian", py::arg("offset") = py::none(),
          py::arg("grouped") = false);
}

}  // namespace fastreg::bindings
