#include "fastreg/many/responses_cv.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "fastreg/many/response_folds.hpp"

namespace fastreg {

namespace {

PathResult nothing() {
    PathResult path;
    path.stop = Stop::interrupted;
    return path;
}

// A path without its other strengths.
PathResult only(const PathResult& path, Index index) {
    const auto at = static_cast<std::size_t>(index);
    const auto first = path.indptr[at], last = path.indptr[at + 1];
    PathResult out;
    out.alphas = {path.alphas[at]};
    out.indptr = {0, last - first};
    out.indices.assign(path.indices.begin() + first, path.indices.begin() + last);
    out.values.assign(path.values.begin() + first, path.values.begin() + last);
    out.intercepts = {path.intercepts[at]};
    out.dual_gaps = {path.dual_gaps[at]};
    out.deviance_ratio = {path.deviance_ratio[at]};
    out.n_iter = {path.n_iter[at]};
    out.status = {path.status[at]};
    out.null_objective = path.null_objective;
    return out;
}

// The folds of one response and its path of all rows, which goes no further than is asked.
class Search {
public:
    Search(const ResponseFolds& fits, const FoldPlan& plan, Index k, const Control& control)
        : fits_(fits),
          plan_(plan),
          k_(k),
          control_(control),
          curve_(fits.tested_weight(), plan.scorer.greater_is_better()),
          start_(static_cast<std::size_t>(fits.n_folds()) + 1) {}

    // False if interrupted. Choices are made by then, of all but the index.
    bool run() {
        fits_.check(k_);
        if (!find_grid()) return false;
        const auto count = static_cast<Index>(grid_.size());
        for (Index first = 0; first < count; first += plan_.part) {
            const Index last = std::min(count, first + plan_.part);
            if (!fit_folds(first, last)) return false;
            if (last == count) break;
            if (curve_.has_turned(plan_.behind) || is_explained()) {
                choice_.stopped = true;
                break;
            }
            if (interrupted_) return false;
        }
        if (!choice_.stopped && count > 1 && !extend(count)) return false;
        const bool flat = curve_.is_flat(plan_.rounding);
        choice_.at_edge = !flat && ends_at_best() && grid_.back() > 0.0;
        return true;
    }

    // The path of all rows at the chosen strength.
    PathResult chosen(FoldChoice& choice) {
        const Index index = curve_.choose(plan_.allowance);
        if (!reach(index)) return nothing();
        choice = std::move(choice_);
        choice.index = index;
        grid_.resize(static_cast<std::size_t>(curve_.size()));
        choice.alphas = std::move(grid_);
        choice.mean = curve_.mean();
        choice.error = curve_.error();
        const auto [path, at] = of_all_rows(index);
        return only(*path, at);
    }

private:
    bool find_grid() {
        const AlphaGrid asked = fits_.grid(k_);
        if (asked.alphas.size() && !asked.relative) {
            grid_.assign(asked.alphas.begin(), asked.alphas.end());
            return true;
        }
        // Shares of alpha_max, which the first part of the path finds.
        const Vector shares =
            asked.alphas.size() ? asked.alphas : alpha_grid(1.0, asked.eps, asked.count);
        const Index length = plan_.part < shares.size() ? plan_.part : 1;
        if (!solve_whole({.alphas = shares.head(length), .relative = true})) return false;
        const double largest = whole_.front().alphas.front() / shares[0];
        for (const double share : shares) grid_.push_back(largest * share);
        return true;
    }

    // Strengths first … last − 1 of the grid.
    Vector strengths(Index first, Index last) const {
        return Eigen::Map<const Vector>(grid_.data() + first, last - first);
    }

    Vector& start(Index fold) { return start_[static_cast<std::size_t>(fold)]; }

    bool solve_whole(const AlphaGrid& grid) {
        PathResult path = fits_.fit(k_, fits_.n_folds(), grid, start(fits_.n_folds()), control_);
        if (path.stop == Stop::interrupted) {
            interrupted_ = true;
            return false;
        }
        start(fits_.n_folds()) = last_coefs(path, fits_.n_features());
        n_whole_ += static_cast<Index>(path.alphas.size());
        whole_.push_back(std::move(path));
        return true;
    }

    // The path of all rows down to the position.
    bool reach(Index position) {
        return position < n_whole_ || solve_whole({.alphas = strengths(n_whole_, position + 1)});
    }

    // The part of that path that has the position, and where.
    std::pair<const PathResult*, Index> of_all_rows(Index position) const {
        auto part = whole_.begin();
        for (; position >= static_cast<Index>(part->alphas.size()); ++part)
            position -= static_cast<Index>(part->alphas.size());
        return {&*part, position};
    }

    bool fit_folds(Index first, Index last) {
        Matrix scores(fits_.n_folds(), last - first);
        for (Index fold = 0; fold < fits_.n_folds(); ++fold) {
            const PathResult path =
                fits_.fit(k_, fold, {.alphas = strengths(first, last)}, start(fold), control_);
            if (path.stop == Stop::interrupted) return false;
            start(fold) = last_coefs(path, fits_.n_features());
            for (const double gap : path.dual_gaps)
                choice_.fold_gap = std::max(choice_.fold_gap, gap);
            scores.row(fold) = fits_.score(k_, fold, path).transpose();
        }
        curve_.append(scores);
        return true;
    }

    bool is_explained() {
        const Index position = curve_.size() - 1;
        if (!reach(position)) return false;
        const auto [path, at] = of_all_rows(position);
        return path->deviance_ratio[static_cast<std::size_t>(at)] > plan_.explained;
    }

    bool ends_at_best() const { return curve_.size() > 1 && curve_.best() == curve_.size() - 1; }

    bool extend(Index count) {
        for (Index times = 0; times < plan_.most_extensions; ++times) {
            if (curve_.is_flat(plan_.rounding) || !ends_at_best() || is_explained())
                return !interrupted_;
            if (interrupted_) return false;
            const double last = grid_.back(), ratio = last / grid_[grid_.size() - 2];
            for (Index step = 1; step <= count / 2; ++step)
                grid_.push_back(last * std::pow(ratio, static_cast<double>(step)));
            if (!fit_folds(curve_.size(), static_cast<Index>(grid_.size()))) return false;
            choice_.extended = true;
        }
        return true;
    }

    const ResponseFolds& fits_;
    const FoldPlan& plan_;
    Index k_;
    const Control& control_;
    ScoreCurve curve_;
    FoldChoice choice_;
    std::vector<double> grid_;
    std::vector<Vector> start_;  // of each fold and of all rows
    std::vector<PathResult> whole_;
    Index n_whole_ = 0;
    bool interrupted_ = false;
};

}  // namespace

ChosenResponses responses_cv(const ManyResponses& problem, const FoldPlan& plan,
                             const Control& control) {
    check_folds(plan.folds, problem.X.rows());
    ChosenResponses found{.outcomes = {},
                          .choices = std::vector<FoldChoice>(problem.pattern.size())};
    const auto prepare = [&](const std::vector<Index>& responses, const Control& own) {
        const auto fits =
            std::make_shared<const ResponseFolds>(problem, plan.folds, plan.scorer, responses, own);
        return [&, fits](Index k, const Control& inner) {
            Search search(*fits, plan, k, inner);
            const Index response = responses[static_cast<std::size_t>(k)];
            return search.run() ? search.chosen(found.choices[static_cast<std::size_t>(response)])
                                : nothing();
        };
    };
    found.outcomes = solve_by_pattern(problem, prepare, 1, control);
    return found;
}

}  // namespace fastreg
