#include "pybind.hpp"

#include <array>
#include <string>

#include "fastreg/ridge/ridge_cv.hpp"
#include "fastreg/ridge/ridge_folds.hpp"

#include "arrays.hpp"
#include "interrupt.hpp"

namespace fastreg::bindings {

namespace {

using MatrixArray = py::array_t<double, py::array::f_style>;

// The names of RidgeSolver's values, in their order.
constexpr std::array<const char*, 7> solver_names{"auto",     "cholesky", "dual", "svd",
                                                  "spectral", "cg",       "lsqr"};

RidgeSolver find_solver(const std::string& name) {
    for (std::size_t k = 0; k < solver_names.size(); ++k)
        if (name == solver_names[k]) return static_cast<RidgeSolver>(k);
    throw py::value_error("there is no ridge solver '" + name + "'");
}

py::array_t<Index> take_counts(const Eigen::MatrixX<Index>& counts) {
    return py::array_t<Index>(
        {counts.rows(), counts.cols()},
        {sizeof(Index), sizeof(Index) * static_cast<std::size_t>(counts.rows())}, counts.data());
}

py::dict to_dict(RidgeResult result, double seconds) {
    const Index p = result.coefs.rows(), targets = result.dual_gaps.rows(),
                strengths = result.dual_gaps.cols();
    py::dict out;
    // targets × features × strengths, from columns that run over the targets first
    out["coefs"] =
        take_matrix(std::move(result.coefs), {targets, p, strengths}, {p, 1, p * targets});
    out["intercepts"] = take_matrix(std::move(result.intercepts));
    out["dual_gaps"] = take_matrix(std::move(result.dual_gaps));
    out["residuals"] = take_matrix(std::move(result.residuals));
    out["deviance_ratio"] = take_matrix(std::move(result.deviance_ratio));
    out["df"] = result.df.size() ? py::object(take_matrix(std::move(result.df))) : py::none();
    out["sigma"] =
        result.sigma.size() ? py::object(take_matrix(std::move(result.sigma))) : py::none();
    out["standard_errors"] =
        result.standard_errors.size()
            ? py::object(take_matrix(std::move(result.standard_errors), {targets, p, strengths},
                                     {p, 1, p * targets}))
            : py::none();
    out["n_iter"] = take_counts(result.n_iter);
    out["null_objective"] = to_numpy(result.null_objective);
    out["solver"] = solver_names[static_cast<std::size_t>(result.solver)];
    out["stop"] = static_cast<int>(result.stop);
    out["n_passes"] = result.n_passes;
    out["seconds"] = seconds;
    out["center"] = to_numpy(result.center);
    out["scale"] = to_numpy(result.scale);
    return out;
}

py::dict ridge_path_binding(const py::object& X, const MatrixArray& Y,
                            const OptionalArray& sample_weight, const MatrixArray& alphas,
                            bool fit_intercept, bool standardize,
                            const OptionalArray& penalty_factor, const std::string& solver,
                            double tol, Index max_iter, bool inference, Index n_threads,
                            double max_time, bool early_stop, const py::object& on_point) {
    const auto design = make_design(X);
    const RidgeProblem problem{.X = *design,
                               .Y = matrix_view(Y, "Y"),
                               .sample_weight = to_vector(sample_weight, "sample_weight"),
                               .standardize = {fit_intercept, standardize},
                               .penalty_factor = to_vector(penalty_factor, "penalty_factor"),
                               .alphas = to_matrix(alphas, "alphas"),
                               .solver = find_solver(solver),
                               .inference = inference};
    SignalPoll poll;
    const Control control{.tol = tol,
                          .max_iter = max_iter,
                          .n_threads = n_threads,
                          .interrupted = [&poll] { return poll(); },
                          .max_time = max_time,
                          .early_stop = early_stop,
                          .on_point = PointCallback(on_point, poll)};
    const auto start = std::chrono::steady_clock::now();
    RidgeResult result = run_interruptibly(poll, [&] { return ridge_path(problem, control); });
    if (poll.interrupted()) result.stop = Stop::interrupted;
    return to_dict(std::move(result),
                   std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

py::dict to_dict(RidgeScores scores) {
    const Index m = scores.loo.rows(), k = scores.loo.cols(), n = scores.predictions.cols();
    py::dict out;
    out["loo"] = take_matrix(std::move(scores.loo));
    out["gcv"] = take_matrix(std::move(scores.gcv));
    out["df"] = to_numpy(scores.df);
    out["predictions"] =
        scores.predictions.size()
            ? py::object(take_matrix(std::move(scores.predictions), {m, k, n}, {1, m, m * k}))
            : py::none();
    return out;
}

// The Python function that chooses, and the scores as it saw them. What it raises is kept.
class Choice {
public:
    Choice(const py::object& choose, SignalPoll& poll) : choose_(choose), poll_(poll) {}

    std::vector<Index> operator()(RidgeScores scores) {
        const py::gil_scoped_acquire gil;
        try {
            scores_ = to_dict(std::move(scores));
            const auto chosen = py::array_t<Index, py::array::c_style | py::array::forcecast>(
                py::object(choose_(scores_)));
            return {chosen.data(), chosen.data() + chosen.size()};
        } catch (py::error_already_set& error) {
            poll_.keep(std::move(error));
            throw Interruption();
        }
    }
    py::dict scores() const { return scores_; }

private:
    const py::object& choose_;
    SignalPoll& poll_;
    py::dict scores_;
};

py::dict ridge_cv_binding(const py::object& X, const MatrixArray& Y,
                          const OptionalArray& sample_weight, const OptionalArray& alphas,
                          bool fit_intercept, bool standardize, const OptionalArray& penalty_factor,
                          const py::object& choose, bool predictions, Index n_threads) {
    const auto design = make_design(X);
    SignalPoll poll;
    Choice choice(choose, poll);
    const RidgeSelectionProblem problem{
        .ridge = {.X = *design,
                  .Y = matrix_view(Y, "Y"),
                  .sample_weight = to_vector(sample_weight, "sample_weight"),
                  .standardize = {fit_intercept, standardize},
                  .penalty_factor = to_vector(penalty_factor, "penalty_factor"),
                  .alphas = {}},
        .alphas = to_vector(alphas, "alphas"),
        .predictions = predictions,
        .choose = [&choice](RidgeScores scores) { return choice(std::move(scores)); }};
    const Control control{.n_threads = n_threads, .interrupted = [&poll] { return poll(); }};
    const auto start = std::chrono::steady_clock::now();
    RidgeSelection found = run_interruptibly(poll, [&] { return ridge_cv(problem, control); });
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Index p = found.chosen.coefs.rows(), targets = found.chosen.coefs.cols();
    py::dict out = choice.scores();
    out["index"] = to_numpy(found.index);
    out["coefs"] = take_matrix(std::move(found.chosen.coefs), {targets, p}, {p, 1});
    out["intercepts"] = to_numpy(Vector(found.chosen.intercepts.col(0)));
    out["dual_gaps"] = to_numpy(Vector(found.chosen.dual_gaps.col(0)));
    out["residuals"] = to_numpy(Vector(found.chosen.residuals.col(0)));
    out["deviance_ratio"] = to_numpy(Vector(found.chosen.deviance_ratio.col(0)));
    out["null_objective"] = to_numpy(found.chosen.null_objective);
    out["n_passes"] = found.chosen.n_passes;
    out["seconds"] = seconds;
    out["center"] = to_numpy(found.chosen.center);
    out["scale"] = to_numpy(found.chosen.scale);
    return out;
}

void ridge_folds_binding(const py::object& X, const MatrixArray& Y,
                         const OptionalArray& sample_weight, const OptionalArray& alphas,
                         const py::list& train, const py::list& test, bool fit_intercept,
                         bool standardize, const OptionalArray& penalty_factor,
                         const py::object& on_fold, bool keep_mean, Index n_threads) {
    const auto design = make_design(X);
    SignalPoll poll;
    const RidgeProblem problem{.X = *design,
                               .Y = matrix_view(Y, "Y"),
                               .sample_weight = to_vector(sample_weight, "sample_weight"),
                               .standardize = {fit_intercept, standardize},
                               .penalty_factor = to_vector(penalty_factor, "penalty_factor"),
                               .alphas = {}};
    const Vector strengths = to_vector(alphas, "alphas");
    const Index m = problem.Y.cols(), k = strengths.size();
    const RidgeFolds folds{
        .rows = {to_rows(train), to_rows(test)},
        .keep_mean = keep_mean,
        .on_fold = [&](Index fold, Matrix predictions) {
            const py::gil_scoped_acquire gil;
            const Index n = predictions.rows();
            try {
                on_fold(fold, take_matrix(std::move(predictions), {n, m, k}, {1, n, n * m}));
            } catch (py::error_already_set& error) {
                poll.keep(std::move(error));
                throw Interruption();
            }
        }};
    const Control control{.n_threads = n_threads, .interrupted = [&poll] { return poll(); }};
    run_interruptibly(poll, [&] { ridge_folds(problem, strengths, folds, control); });
}

}  // namespace

void register_ridge(py::module_& m) {
    m.def("ridge_path", &ridge_path_binding,
          "Ridge for several strengths and targets; see fastreg.ridge_path.", py::arg("X"),
          py::arg("Y"), py::kw_only(), py::arg("sample_weight"), py::arg("alphas"),
          py::arg("fit_intercept"), py::arg("standardize"), py::arg("penalty_factor") = py::none(),
          py::arg("solver") = "auto", py::arg("tol") = 1e-11, py::arg("max_iter") = 0,
          py::arg("inference") = false, py::arg("n_threads") = 1, py::arg("max_time") = infinity,
          py::arg("early_stop") = false, py::arg("on_point") = py::none());
    m.def("ridge_cv", &ridge_cv_binding,
          "Leave-one-out and generalised cross-validation of ridge; see fastreg.ridge_cv.",
          py::arg("X"), py::arg("Y"), py::kw_only(), py::arg("sample_weight"), py::arg("alphas"),
          py::arg("fit_intercept"), py::arg("standardize"), py::arg("penalty_factor") = py::none(),
          py::arg("choose"), py::arg("predictions") = false, py::arg("n_threads") = 1);
    m.def("ridge_folds", &ridge_folds_binding,
          "Predictions of ridge for the rows that each fold leaves out; see fastreg.ridge_cv.",
          py::arg("X"), py::arg("Y"), py::kw_only(), py::arg("sample_weight"), py::arg("alphas"),
          py::arg("train"), py::arg("test"), py::arg("fit_intercept"), py::arg("standardize"),
          py::arg("penalty_factor") = py::none(), py::arg("on_fold"), py::arg("keep_mean") = false,
          py::arg("n_threads") = 1);
}

}  // namespace fastreg::bindings
