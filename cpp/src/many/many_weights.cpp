#include "fastreg/many/many_weights.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "fastreg/gram/weighted_gram.hpp"
#include "fastreg/path/gram_path.hpp"

namespace fastreg {

namespace {

// Samples whose moments are formed together; a thread solves such a run.
constexpr Index run_length = 32;
// Down to this tol rough entries of a Gram matrix are enough, but for columns that are nearly dependent.
constexpr double rough_tol = 1e-8;
// Entries of X that are copied for all samples, and their squares: what stays in the cache.
constexpr Index most_entries = 1 << 18;

PathResult solve_one(const FamilyProblem& problem, const ConstVectorRef& weight,
                     const AlphaGrid& grid, const Control& control) {
    FamilyProblem one = problem;
    one.data.sample_weight = weight;
    return family_path(std::move(one), grid, control);
}

// Whether samples share rows and a solution to start from: each then takes so few passes over X that
// nothing pays that saves some.
bool prefers_shared(const FamilyProblem& problem, const ConstMatrixRef& weights,
                    const Strengths& strengths) {
    const Design& X = problem.data.X;
    return problem.family == "gaussian" && X.dense_view() && weights.cols() > 1 &&
           strengths.alphas.rows() == 1 && X.rows() <= most_entries / std::max<Index>(1, X.cols());
}

// Samples of one problem at one alpha. All start from the solution under all weights together, which
// has most of the features that they have.
class Shared {
public:
    Shared(const FamilyProblem& problem, const ConstMatrixRef& weights, const Strengths& strengths,
           const Control& control)
        : problem_(problem),
          weights_(weights),
          strengths_(strengths),
          runs_(static_cast<std::size_t>((weights.cols() + run_length - 1) / run_length)) {
        const Vector total = weights.rowwise().sum();
        try {
            rows_.emplace(*problem.data.X.dense_view(), problem.data.y, total,
                          problem.data.standardize,
                          last_coefs(solve_one(problem, total, strengths.of(0), control),
                                     problem.data.X.cols()));
        } catch (const std::invalid_argument&) {
            // It is said of each sample.
        } catch (const Interruption&) {
            // None of them will begin.
        }
    }

    PathResult solve(Index k, const Control& control) {
        if (!rows_) return solve_one(problem_, weights_.col(k), strengths_.of(k), control);
        auto& run = runs_[static_cast<std::size_t>(k / run_length)];
        const Index within = k % run_length, first = k - within;
        if (run.empty())
            run = rows_->samples(
                weights_.middleCols(first, std::min(run_length, weights_.cols() - first)));
        PathResult path = solve(run[static_cast<std::size_t>(within)], k, control);
        if (within + 1 == static_cast<Index>(run.size())) run = {};
        return path;
    }

private:
    PathResult solve(const WeightedRows::Sample& sample, Index k, const Control& control) const {
        const AlphaGrid grid = strengths_.of(k);
        if (auto found = rows_->columns(sample)) {
            const auto columns = std::make_shared<const GramColumns>(*std::move(found));
            for (const Entries entries : {Entries::rough, Entries::exact}) {
                if (entries == Entries::rough && control.tol < rough_tol) continue;
                PathResult path = solve(sample, columns, entries, grid, control);
                const auto converged = static_cast<std::int8_t>(Status::converged);
                if (path.stop != Stop::none || path.status.back() == converged) return path;
            }
        }
        // By itself, as any other problem.
        return solve_one(problem_, weights_.col(k), grid, control);
    }

    PathResult solve(const WeightedRows::Sample& sample,
                     const std::shared_ptr<const GramColumns>& columns, Entries entries,
                     const AlphaGrid& grid, const Control& control) const {
        thread_local WeightedGram::Memory memory;
        const WeightedGram S(*rows_, sample, columns, entries, memory);
        PathWatch watch(control);
        return gram_path(
            S, problem_.data.terms(), rows_->start(),
            [&S](const Vector& coef, VectorRef out) { return S.residual(coef, out); }, grid, watch);
    }

    const FamilyProblem& problem_;
    const ConstMatrixRef& weights_;
    const Strengths& strengths_;
    std::optional<WeightedRows> rows_;
    std::vector<std::vector<WeightedRows::Sample>> runs_;
};

}  // namespace

JoinedOutcomes many_weights(const FamilyProblem& problem, const ConstMatrixRef& weights,
                            const Strengths& strengths, const Control& control) {
    if (weights.rows() != problem.data.X.rows())
        throw std::invalid_argument("weights must have a row for each of X");
    validate(problem.data);
    if (prefers_shared(problem, weights, strengths)) {
        Shared shared(problem, weights, strengths, control);
        return solve_joined(weights.cols(), run_length, control,
                            [&](Index k, const Control& own) { return shared.solve(k, own); });
    }
    return solve_joined(weights.cols(), 1, control, [&](Index k, const Control& own) {
        return solve_one(problem, weights.col(k), strengths.of(k), own);
    });
}

}  // namespace fastreg
