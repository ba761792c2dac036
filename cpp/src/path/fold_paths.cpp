#include "fastreg/path/fold_paths.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "fastreg/batch/task_runner.hpp"
#include "fastreg/gram/fold_grams.hpp"
#include "fastreg/path/fold_scores.hpp"
#include "fastreg/path/gram_path.hpp"
#include "fastreg/ridge/ridge.hpp"

namespace fastreg {

namespace {

// How many strengths, the last ones, have the solutions of normal equations.
Index closed_forms(const FamilyProblem& problem, const Vector& alphas) {
    const ElasticNetProblem& data = problem.data;
    if (problem.family != "gaussian" || data.lower_bounds.size() || data.upper_bounds.size())
        return 0;
    return data.l1_ratio == 0.0 ? alphas.size() : (alphas.array() == 0.0).count();
}

PathResult to_path(const RidgeResult& found, const Vector& alphas, double tol) {
    PathResult path;
    path.stop = found.stop;
    path.n_passes = found.n_passes;
    path.null_objective = found.null_objective[0];
    path.scale = found.scale;
    for (Index k = 0; k < found.coefs.cols(); ++k) {
        for (Index j = 0; j < found.coefs.rows(); ++j) {
            if (found.coefs(j, k) == 0.0) continue;
            path.indices.push_back(j);
            path.values.push_back(found.coefs(j, k));
        }
        path.indptr.push_back(static_cast<std::int64_t>(path.indices.size()));
        path.alphas.push_back(alphas[k]);
        path.intercepts.push_back(found.intercepts(0, k));
        path.dual_gaps.push_back(found.dual_gaps(0, k));
        path.deviance_ratio.push_back(found.deviance_ratio(0, k));
        path.n_iter.push_back(found.n_iter(0, k));
        const bool met = found.dual_gaps(0, k) <= tol;
        path.status.push_back(static_cast<std::int8_t>(met ? Status::converged : Status::stalled));
    }
    return path;
}

// The path of smaller strengths after that of larger ones.
void append(PathResult& path, const PathResult& rest) {
    append_alphas(path, rest);
    path.n_passes += rest.n_passes;
    path.stop = rest.stop;
}

PathResult ridge(const FamilyProblem& problem, const Vector& alphas, const Control& control,
                 std::optional<GramStats> stats) {
    const ElasticNetProblem& data = problem.data;
    const RidgeProblem reduced{.X = data.X,
                               .Y = data.y,
                               .sample_weight = data.sample_weight,
                               .standardize = data.standardize,
                               .penalty_factor = data.penalty_factor,
                               .alphas = alphas};
    Control accurate = control;
    accurate.tol = 1e-11;  // a residual, not a gap
    return to_path(ridge_path(reduced, accurate, std::move(stats)), alphas, control.tol);
}

// All that the tasks share.
class Work {
public:
    Work(const FoldProblem& problem, const std::vector<FoldTask>& tasks, const Control& control)
        : problem_(problem), tasks_(tasks), control_(control) {
        const ElasticNetProblem& data = problem.problem.data;
        const Index n = data.X.rows();
        check_folds(problem.folds, n);
        for (const FoldTask& task : tasks)
            if (task.fold < 0 || task.fold >= problem.folds.size())
                throw std::invalid_argument("there is no fold " + std::to_string(task.fold));
        if (problem.squares && problem.problem.family != "gaussian")
            throw std::invalid_argument("squared errors are of the family gaussian");
        require_size(data.sample_weight, n, "sample_weight", true);
        weight_ = data.sample_weight.size() ? data.sample_weight : Vector(Vector::Ones(n));
        if (problem.problem.family == "gaussian") form_statistics();
    }

    void run(Index number, const std::function<bool()>& stopped) const {
        const FoldTask& task = tasks_[static_cast<std::size_t>(number)];
        const Rows& test = problem_.folds.test[static_cast<std::size_t>(task.fold)];
        FoldPath found{.path = solve(task, stopped), .predictions = {}, .squares = {}};
        if (stopped() || found.path.stop != Stop::none) return;
        const ElasticNetProblem& data = problem_.problem.data;
        if (problem_.squares && grams_)
            found.squares = path_squares(grams_->test(task.fold), found.path);
        if (found.squares.size() == 0)
            found.predictions = path_predictions(data.X, test, found.path);
        if (problem_.squares && found.squares.size() == 0) {
            found.squares = path_squares(found.predictions, data.y(test), weight_(test));
            found.predictions.resize(0, 0);
        }
        problem_.on_path(number, std::move(found));
    }

private:
    void form_statistics() {
        const ElasticNetProblem& data = problem_.problem.data;
        const Index n_folds = problem_.folds.size();
        if (!prefers_fold_grams(data.X, n_folds)) return;
        const Rows owner = divided(problem_.folds, data.X.rows());
        if (owner.empty()) return;
        ThreadPool pool(control_.n_threads);
        grams_ =
            FoldGrams::of(*data.X.dense_view(), data.y, weight_, owner, n_folds, control_, pool);
        if (!grams_) throw Interruption();
    }

    PathResult solve(const FoldTask& task, const std::function<bool()>& stopped) const {
        FamilyProblem part = problem_.problem;
        part.data.l1_ratio = task.l1_ratio;
        part.data.coef_init = task.coef_init;
        part.data.sample_weight =
            training_weight(problem_.folds.train[static_cast<std::size_t>(task.fold)], weight_);
        Control control = control_;
        control.interrupted = stopped;
        control.n_threads = std::max<Index>(
            1, control_.n_threads / std::max<Index>(1, static_cast<Index>(tasks_.size())));
        std::optional<GramStats> stats;
        if (grams_) stats = grams_->train(task.fold);
        const Index n_closed = closed_forms(part, task.alphas);
        const Index n_open = task.alphas.size() - n_closed;
        if (n_open == 0) return ridge(part, task.alphas, control, std::move(stats));
        PathResult path = descend(part, task.alphas.head(n_open), control, stats);
        if (n_closed > 0 && path.stop == Stop::none)
            append(path, ridge(part, task.alphas.tail(n_closed), control, std::move(stats)));
        return path;
    }

    static PathResult descend(const FamilyProblem& part, const Vector& alphas,
                              const Control& control, const std::optional<GramStats>& stats) {
        const AlphaGrid grid{.alphas = alphas};
        if (!stats) return family_path(part, grid, control);
        validate(part.data);
        require_response_scale(part.data.y, part.data.standardize.fit_intercept);
        PathWatch watch(control);
        return elastic_net_path_by_gram(part.data, *stats, 0, grid, watch);
    }

    const FoldProblem& problem_;
    const std::vector<FoldTask>& tasks_;
    const Control& control_;
    Vector weight_;
    std::optional<FoldGrams> grams_;
};

}  // namespace

void fold_paths(const FoldProblem& problem, const std::vector<FoldTask>& tasks,
                const Control& control) {
    const Work work(problem, tasks, control);
    const auto task = [&](Index k, const std::function<bool()>& stopped) { work.run(k, stopped); };
    if (!run_tasks(control.n_threads, static_cast<Index>(tasks.size()), task, control.interrupted))
        throw Interruption();
}

}  // namespace fastreg
