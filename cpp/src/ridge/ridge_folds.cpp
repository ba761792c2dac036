#include "fastreg/ridge/ridge_folds.hpp"

#include <numeric>
#include <optional>
#include <utility>

#include "fastreg/design/predict_rows.hpp"
#include "fastreg/ridge/fold_stats.hpp"
#include "fastreg/ridge/ridge_data.hpp"

namespace fastreg {

namespace {

// Raw predictions of these rows.
Matrix predict(const Design& X, const RidgeResult& path, const Rows& rows) {
    std::vector<Index> all(static_cast<std::size_t>(X.cols()));
    std::iota(all.begin(), all.end(), Index{0});
    Matrix predictions = predict_rows(X, rows, all, path.coefs);
    const Eigen::RowVectorXd intercepts = path.intercepts.reshaped().transpose();
    predictions.rowwise() += intercepts;
    return predictions;
}

}  // namespace

void ridge_folds(const RidgeProblem& problem, const Vector& alphas, const RidgeFolds& folds,
                 const Control& control) {
    validate(problem);
    const Index n = problem.X.rows(), targets = problem.Y.cols();
    check_folds(folds.rows, n);
    const Vector weight = problem.sample_weight.size() ? problem.sample_weight : Vector::Ones(n);
    std::optional<FoldStats> stats;
    if (problem.X.dense_view() && n >= problem.X.cols())
        stats.emplace(problem.X, problem.Y, weight, control);
    for (std::size_t fold = 0; fold < folds.rows.train.size(); ++fold) {
        RidgeProblem part{.X = problem.X,
                          .Y = problem.Y,
                          .sample_weight = training_weight(folds.rows.train[fold], weight),
                          .standardize = problem.standardize,
                          .penalty_factor = problem.penalty_factor,
                          .alphas = alphas.replicate(1, targets)};
        if (!folds.keep_mean) part.alphas *= weight.sum() / part.sample_weight.sum();
        std::optional<GramStats> known;
        if (stats) known = stats->of(folds.rows.train[fold], part.sample_weight);
        const RidgeResult path = ridge_path(part, control, std::move(known));
        if (path.coefs.cols() < alphas.size() * targets) throw Interruption();
        folds.on_fold(static_cast<Index>(fold), predict(problem.X, path, folds.rows.test[fold]));
    }
}

}  // namespace fastreg
