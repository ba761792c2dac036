// The part of ScreenedSolver that saves passes over a sequential X, where a single column costs as
// much as all of them.
//
// Columns that may enter soon are kept in memory. As long as every feature that the reference
// subspace leaves undecided is among them, correlations are exact where they matter and nothing is
// read. Otherwise one pass does three things: it gives the correlations of the residual; those of
// residuals foreseen for smaller alphas, found with the columns at hand as if there were no others,
// which become references that the path will come close to; and the columns that rank highest
// there. What was foreseen is only ever used as a reference: the certificates don't rest on it.
#include <algorithm>
#include <functional>

#include "fastreg/solver/screened_solver.hpp"

namespace fastreg {

namespace {

// Foreseen residuals a pass, and the share of alpha from one to the next.
constexpr int most_foreseen = 3;
constexpr double step_ahead = 0.85;
// They are solved for roughly: features enter in at most so many rounds, to this share of the null
// objective.
constexpr int rounds_ahead = 4;
constexpr double tol_ahead = 1e-4;

}  // namespace

void ScreenedSolver::evaluate_from_cache(double alpha, const Control& control) {
    const double n = static_cast<double>(X_.rows());
    for (Index j : beyond_) {
        if (!cache_->contains(j)) {
            pass_ahead(alpha, control);
            return;
        }
        correlation_[j] = cache_->dot(j, residual()) / n;
    }
    take_members();
}

void ScreenedSolver::pass_ahead(double alpha, const Control& control) {
    const Vector coef = model_.coef.head(model_.size());
    std::vector<double> reached;
    const Matrix residuals = foresee(alpha, reached, control);
    std::vector<double> scores(static_cast<std::size_t>(X_.cols()), 0.0);
    for (Index k = 0; k < residuals.cols(); ++k) {
        references_.project(residuals.col(k), correlation_);
        correlation_ /= static_cast<double>(X_.rows());
        raise_scores(reached[static_cast<std::size_t>(k)], true, scores);
    }
    const std::vector<Index> wanted = best(scores);
    scores = {};
    Matrix products(X_.cols(), residuals.cols());
    cache_->replace(wanted, [&](Features missing, MatrixRef out) {
        X_.transpose_matvec_and_columns(residuals, missing, products, out);
    });
    ++n_passes_;
    for (Index k = 0; k < residuals.cols(); ++k) references_.add(residuals.col(k), products.col(k));

    model_.coef.head(model_.size()).setZero();
    model_.coef.head(coef.size()) = coef;
    model_.refresh();
    correlation_ = products.col(0) / static_cast<double>(X_.rows());
    exact_ = true;
    scanned_ = false;
    take_members();
    beyond_ = beyond(alpha);
}

// The residual and those at smaller alphas, as the columns at hand have it.
Matrix ScreenedSolver::foresee(double alpha, std::vector<double>& reached, const Control& control) {
    Matrix residuals(X_.rows(), 1 + most_foreseen);
    residuals.col(0) = residual();
    reached = {alpha};
    if (alpha < infinity && !cache_->features().empty()) {
        evaluate_cached();
        for (double next = alpha; next > expected_ && !control.interrupted();) {
            next = std::max(expected_, step_ahead * next);
            solve_ahead(next, control);
            residuals.col(static_cast<Index>(reached.size())) = residual();
            reached.push_back(next);
            if (reached.size() > most_foreseen) break;
        }
    }
    residuals.conservativeResize(Eigen::NoChange, static_cast<Index>(reached.size()));
    return residuals;
}

void ScreenedSolver::solve_ahead(double alpha, const Control& control) {
    for (int round = 0; round < rounds_ahead; ++round) {
        const std::vector<Index> entering = cached_violators(alpha);
        if (round > 0 && entering.empty()) return;
        enter(entering, alpha);
        inner_->solve(tol_ahead * null_objective(), control.max_iter, control);
        model_.refresh();
        evaluate_cached();
    }
}

// Exact correlations of every feature whose column is at hand.
void ScreenedSolver::evaluate_cached() {
    const Vector cached = cache_->transpose_matvec(residual()) / static_cast<double>(X_.rows());
    for (Index k = 0; k < cached.size(); ++k)
        correlation_[cache_->features()[static_cast<std::size_t>(k)]] = cached[k];
    take_members();
}

std::vector<Index> ScreenedSolver::cached_violators(double alpha) const {
    std::vector<Index> features;
    for (Index j : cache_->features())
        if (!working_set().contains(j) && is_pulled(j, alpha)) features.push_back(j);
    return features;
}

// How close to its threshold a feature's correlation may be, as a share of it.
void ScreenedSolver::raise_scores(double alpha, bool bounded, std::vector<double>& scores) const {
    const double n = static_cast<double>(X_.rows());
    for (Index j = 0; j < X_.cols(); ++j) {
        if (X_.excluded(j) || working_set().contains(j)) continue;
        const CoordinatePenalty h = penalty_at(alpha, j);
        const double error = bounded ? references_.error_bound(j) / n : 0.0;
        double pull = 0.0;
        if (h.upper > 0.0) pull = std::max(pull, correlation_[j] + error);
        if (h.lower < 0.0) pull = std::max(pull, error - correlation_[j]);
        double& score = scores[static_cast<std::size_t>(j)];
        if (pull > 0.0) score = std::max(score, pull / h.l1);
    }
}

// The features of the highest scores, as many as there is room for.
std::vector<Index> ScreenedSolver::best(std::vector<double>& scores) const {
    const auto room = static_cast<std::size_t>(cache_->capacity());
    std::vector<Index> features;
    double least = 0.0;
    if (room < scores.size()) {
        std::vector<double> sorted = scores;
        const auto last = sorted.begin() + static_cast<std::ptrdiff_t>(room);
        std::nth_element(sorted.begin(), last, sorted.end(), std::greater<>());
        least = *last;
    }
    const auto take = [&](auto ranks) {
        for (Index j = 0; j < X_.cols() && features.size() < room; ++j)
            if (ranks(scores[static_cast<std::size_t>(j)])) features.push_back(j);
    };
    take([&](double score) { return score > least; });
    if (least > 0.0) take([&](double score) { return score == least; });
    return features;
}

// Makes sure that the columns of the features, whose correlations are exact, are at hand: if one
// isn't, it is read together with all that rank highest.
void ScreenedSolver::fetch(const std::vector<Index>& features, double alpha) {
    if (std::ranges::all_of(features, [&](Index j) { return cache_->contains(j); })) return;
    std::vector<double> scores(static_cast<std::size_t>(X_.cols()), 0.0);
    raise_scores(alpha, false, scores);
    for (Index j : features) scores[static_cast<std::size_t>(j)] = infinity;
    const std::vector<Index> wanted = best(scores);
    cache_->replace(wanted, [&](Features missing, MatrixRef out) { X_.columns(missing, out); });
}

}  // namespace fastreg
