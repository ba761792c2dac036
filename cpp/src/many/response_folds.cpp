#include "fastreg/many/response_folds.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "fastreg/batch/task_runner.hpp"
#include "fastreg/design/gathered_rows.hpp"
#include "fastreg/gram/fold_grams.hpp"
#include "fastreg/path/fold_scores.hpp"
#include "fastreg/path/gram_path.hpp"

namespace fastreg {

namespace {

Vector at_rows(const ConstVectorRef& values, const Rows& rows) { return values(rows); }

// X[rows] B + intercepts for the coefficients of a path, of rows that lie by columns.
Matrix predictions(const Matrix& rows, const PathResult& path) {
    const auto n_alphas = static_cast<Index>(path.alphas.size());
    Matrix out(rows.rows(), n_alphas);
    for (Index k = 0; k < n_alphas; ++k) {
        auto column = out.col(k);
        column.setConstant(path.intercepts[static_cast<std::size_t>(k)]);
        const auto first = static_cast<std::size_t>(path.indptr[static_cast<std::size_t>(k)]);
        const auto last = static_cast<std::size_t>(path.indptr[static_cast<std::size_t>(k) + 1]);
        for (std::size_t e = first; e < last; ++e)
            column += path.values[e] * rows.col(static_cast<Index>(path.indices[e]));
    }
    return out;
}

}  // namespace

ResponseFolds::ResponseFolds(const ManyResponses& problem, const Folds& folds, const Scorer& scorer,
                             const std::vector<Index>& responses, const Control& control)
    : problem_(problem),
      folds_(folds),
      scorer_(scorer),
      responses_(responses),
      weight_(problem.weights.col(problem.pattern[static_cast<std::size_t>(responses.front())])) {
    check_weights();
    form_statistics(control);
}

void ResponseFolds::check_weights() {
    tested_weight_.resize(n_folds());
    for (Index fold = 0; fold < n_folds(); ++fold) {
        if (!(at_rows(weight_, folds_.train[static_cast<std::size_t>(fold)]).sum() > 0.0))
            throw std::invalid_argument("fold " + std::to_string(fold) +
                                        " trains on no row that has a value and a weight");
        tested_weight_[fold] = at_rows(weight_, test(fold)).sum();
    }
    if (!(tested_weight_.sum() > 0.0))
        throw std::invalid_argument("no fold tests a row that has a value and a weight");
}

Vector ResponseFolds::train_weight(Index fold) const {
    if (fold == n_folds()) return weight_;
    return training_weight(folds_.train[static_cast<std::size_t>(fold)], weight_);
}

void ResponseFolds::form_statistics(const Control& control) {
    const auto count = static_cast<Index>(responses_.size());
    if (!prefers_grams(problem_, count, n_folds() + 1)) return;
    const ResponseColumns columns(problem_.Y, responses_);
    const Index n = problem_.X.rows(), p = n_features();
    const Rows owner = divided(folds_, n);
    // Merging costs folds² p², which must be little against n p². The rows' own statistics serve for
    // scores where there are more rows in a fold than features.
    const bool by_parts = problem_.X.dense_view() && !owner.empty() && n >= n_folds() * p &&
                          4 * n_folds() * n_folds() <= n &&
                          prefers_grams(problem_, count, 2 * n_folds() + 2);
    if (by_parts)
        form_from_parts(columns.view(), owner, control);
    else
        form_one_by_one(columns.view(), control);
    for (const GramStats& stats : train_)
        columns_.push_back(GramColumns::shared({stats, 0}, problem_.options.standardize));
}

void ResponseFolds::form_from_parts(const ConstMatrixRef& Y, const Rows& owner,
                                    const Control& control) {
    ThreadPool pool(control.n_threads);
    const auto grams =
        FoldGrams::of(*problem_.X.dense_view(), Y, weight_, owner, n_folds(), control, pool);
    if (!grams) throw Interruption();
    train_.resize(static_cast<std::size_t>(n_folds()) + 1);
    pool.run(n_folds() + 1, [&](Index fold) {
        train_[static_cast<std::size_t>(fold)] =
            fold < n_folds() ? grams->train(fold) : grams->all();
    });
    for (Index fold = 0; fold < n_folds(); ++fold) test_.push_back(grams->test(fold));
}

void ResponseFolds::form_one_by_one(const ConstMatrixRef& Y, const Control& control) {
    train_.resize(static_cast<std::size_t>(n_folds()) + 1);
    const auto form = [&](Index fold, const std::function<bool()>& stopped) {
        Control own = control;
        own.interrupted = stopped;
        auto stats = gram_stats(problem_.X, Y, train_weight(fold), own);
        if (stats) train_[static_cast<std::size_t>(fold)] = std::move(*stats);
    };
    if (!run_tasks(control.n_threads, n_folds() + 1, form, control.interrupted))
        throw Interruption();
    keep_rows();
}

// A copy of the rows that folds test where it is no larger than the Gram matrices: predictions are
// then sums of columns.
void ResponseFolds::keep_rows() {
    std::size_t n_rows = 0;
    for (const Rows& rows : folds_.test) n_rows += rows.size();
    if (!problem_.X.dense_view() || static_cast<Index>(n_rows) > (n_folds() + 1) * n_features())
        return;
    std::vector<Index> all(static_cast<std::size_t>(n_features()));
    std::iota(all.begin(), all.end(), Index{0});
    for (const Rows& rows : folds_.test) {
        const GatheredRows part(*problem_.X.dense_view(), rows);
        Matrix& kept = rows_.emplace_back(part.design().rows(), n_features());
        part.design().columns(all, kept);
    }
}

void ResponseFolds::check(Index k) const {
    const auto y = problem_.Y.col(response(k));
    if (problem_.options.family == "gaussian")
        require_response_scale(y, problem_.options.standardize.fit_intercept);
    for (Index fold = 0; fold < n_folds(); ++fold) {
        check_train(k, fold);
        if (tested_weight_[fold] > 0.0 &&
            !scorer_.has_score(at_rows(y, test(fold)), at_rows(weight_, test(fold))))
            throw std::invalid_argument(
                "scoring '" + scorer_.name() + "' has no value for the rows that fold " +
                std::to_string(fold) + " tests: the response has one value there");
    }
}

// Other families than gaussian need more than one value to train on, if there is an intercept.
void ResponseFolds::check_train(Index k, Index fold) const {
    const std::string& family = problem_.options.family;
    if (family == "gaussian") return;
    const Rows& rows = folds_.train[static_cast<std::size_t>(fold)];
    const double total = at_rows(weight_, rows).sum();
    const double ones = at_rows(problem_.Y.col(response(k)), rows).dot(at_rows(weight_, rows));
    if (family == "binomial" && !(0.0 < ones && ones < total))
        throw std::invalid_argument("fold " + std::to_string(fold) +
                                    " trains on one class only: use fewer folds");
    if (family == "poisson" && problem_.options.standardize.fit_intercept && !(ones > 0.0))
        throw std::invalid_argument("the response is 0 in every row that fold " +
                                    std::to_string(fold) + " trains on: use fewer folds");
}

PathResult ResponseFolds::fit(Index k, Index fold, const AlphaGrid& grid, const Vector& start,
                              const Control& control) const {
    const auto data = [&] { return response_problem(problem_, response(k), train_weight(fold)); };
    if (train_.empty()) {
        FamilyProblem one = data();
        one.data.coef_init = start;
        return family_path(std::move(one), grid, control);
    }
    const ManyOptions& options = problem_.options;
    PathWatch watch(control);
    return gram_path({.stats = {train_[static_cast<std::size_t>(fold)], k},
                      .standardize = options.standardize,
                      .terms = options.terms,
                      .coef_init = start,
                      .exact = exact_residual([&] { return data().data; }),
                      .columns = columns_[static_cast<std::size_t>(fold)]},
                     grid, watch);
}

Vector ResponseFolds::score(Index k, Index fold, const PathResult& path) const {
    const auto at = static_cast<std::size_t>(fold);
    if (scorer_.is_squares() && !test_.empty()) {
        const Vector squares = path_squares(test_[at], path, k);
        if (squares.size()) return squares;
    }
    const Matrix eta = rows_.empty() ? path_predictions(problem_.X, test(fold), path)
                                     : predictions(rows_[at], path);
    return scorer_.scores(eta, at_rows(problem_.Y.col(response(k)), test(fold)),
                          at_rows(weight_, test(fold)));
}

}  // namespace fastreg
