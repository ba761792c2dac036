#include "fastreg/ridge/ridge_folds.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "fastreg/design/gathered_rows.hpp"
#include "fastreg/ridge/fold_stats.hpp"
#include "fastreg/ridge/ridge_data.hpp"

namespace fastreg {

namespace {

// Rows that are predicted together.
constexpr std::size_t predicted_rows = 8192;

void check_rows(const std::vector<Index>& rows, Index n, const char* what) {
    for (const Index row : rows)
        if (row < 0 || row >= n)
            throw std::invalid_argument(std::string("a fold ") + what + " row " +
                                        std::to_string(row) + ", but X has " + std::to_string(n) +
                                        " rows");
}

void check_folds(const RidgeFolds& folds, Index n) {
    if (folds.train.size() != folds.test.size())
        throw std::invalid_argument("train has " + std::to_string(folds.train.size()) +
                                    " folds, but test has " + std::to_string(folds.test.size()));
    for (const auto& rows : folds.train) check_rows(rows, n, "trains on");
    for (const auto& rows : folds.test) check_rows(rows, n, "tests");
}

Vector weight_of(const std::vector<Index>& train, const Vector& weight) {
    Vector of_fold = Vector::Zero(weight.size());
    for (const Index row : train) {
        if (of_fold[row] > 0.0)
            throw std::invalid_argument("a fold trains on row " + std::to_string(row) + " twice");
        of_fold[row] = weight[row];
    }
    if (!(of_fold.sum() > 0.0))
        throw std::invalid_argument("sample_weight is zero for all rows that a fold trains on");
    return of_fold;
}

// Raw predictions of these rows.
Matrix predict(const Design& X, const RidgeResult& path, const std::vector<Index>& rows) {
    const Index columns = path.coefs.cols(), count = static_cast<Index>(rows.size());
    Matrix predictions(count, columns);
    if (const DenseView* view = X.dense_view()) {
        const std::span<const Index> all(rows);
        for (std::size_t first = 0; first < all.size(); first += predicted_rows) {
            const auto block = all.subspan(first, std::min(predicted_rows, all.size() - first));
            const GatheredRows part(*view, block);
            Matrix fitted(part.design().rows(), columns);
            part.design().matvec(path.coefs, fitted);
            predictions.middleRows(static_cast<Index>(first), fitted.rows()) = fitted;
        }
    } else {
        Matrix fitted(X.rows(), columns);
        X.matvec(path.coefs, fitted);
        predictions = fitted(rows, Eigen::all);
    }
    const Eigen::RowVectorXd intercepts = path.intercepts.reshaped().transpose();
    predictions.rowwise() += intercepts;
    return predictions;
}

}  // namespace

void ridge_folds(const RidgeProblem& problem, const Vector& alphas, const RidgeFolds& folds,
                 const Control& control) {
    validate(problem);
    const Index n = problem.X.rows(), targets = problem.Y.cols();
    check_folds(folds, n);
    const Vector weight = problem.sample_weight.size() ? problem.sample_weight : Vector::Ones(n);
    std::optional<FoldStats> stats;
    if (problem.X.dense_view() && n >= problem.X.cols())
        stats.emplace(problem.X, problem.Y, weight, control);
    for (std::size_t fold = 0; fold < folds.train.size(); ++fold) {
        RidgeProblem part{.X = problem.X,
                          .Y = problem.Y,
                          .sample_weight = weight_of(folds.train[fold], weight),
                          .standardize = problem.standardize,
                          .penalty_factor = problem.penalty_factor,
                          .alphas = alphas.replicate(1, targets)};
        if (!folds.keep_mean) part.alphas *= weight.sum() / part.sample_weight.sum();
        std::optional<GramStats> known;
        if (stats) known = stats->of(folds.train[fold], part.sample_weight);
        const RidgeResult path = ridge_path(part, control, std::move(known));
        if (path.coefs.cols() < alphas.size() * targets) throw Interruption();
        folds.on_fold(static_cast<Index>(fold), predict(problem.X, path, folds.test[fold]));
    }
}

}  // namespace fastreg
