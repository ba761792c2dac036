// One alpha of an elastic net, by the rounds of point_loop.hpp with residuals from X. What the loss
// is, and how the working set is solved, is the business of a WorkingSolver.
//
// Correlations are exact for the working set and for every feature that could enter. For the others
// the reference subspace shows that they can't, without touching their columns; only when it leaves
// too many undecided is all of X read, and that residual becomes a reference.
//
// Invariant between calls: residual() is that of the coefficients that for_each_coefficient() gives,
// also after an interrupted or stalled solve.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "fastreg/core/control.hpp"
#include "fastreg/screening/column_cache.hpp"
#include "fastreg/screening/reference_subspace.hpp"
#include "fastreg/solver/point_loop.hpp"
#include "fastreg/solver/working_solver.hpp"

namespace fastreg {

class ScreenedSolver : public PointLoop<ScreenedSolver> {
public:
    // The solver's model is of X, which must outlive this, and has no members yet.
    ScreenedSolver(const StandardizedDesign& X, std::unique_ptr<WorkingSolver> solver,
                   ElasticNetPenalty penalty);

    // The solution for an infinite alpha: penalised coefficients as close to zero as their bounds
    // allow, the others free. correlation() is exact for all features afterwards.
    void solve_null(const Control& control);
    // Coefficients to start from, on the scale of X̃; not where they fit worse than the null model.
    void warm_start(const Vector& coef);
    // The smallest strength to come. Where a pass over X is made for an earlier one, residuals are
    // foreseen down to there.
    void expect(double smallest) { expected_ = smallest; }

    double null_objective() const { return model_.null_objective(); }
    double deviance_ratio() const { return model_.deviance_ratio(); }
    const Vector& residual() const { return model_.residual(); }
    // x̃_jᵀ residual() / n: exact until the first solve, then an estimate where it is below the
    // threshold.
    const Vector& correlation() const { return correlation_; }
    // Full passes over X made so far.
    Index n_passes() const { return n_passes_; }
    // calls visit(feature, coefficient) for the support, in ascending order of the features
    template <class Visit>
    void for_each_coefficient(Visit visit) const;

private:
    friend PointLoop<ScreenedSolver>;

    const WorkingSet& working_set() const { return model_.working_set(); }
    // With columns fetched ahead, see look_ahead.cpp.
    void evaluate_from_cache(double alpha, const Control& control);
    void pass_ahead(double alpha, const Control& control);
    Matrix foresee(double alpha, std::vector<double>& reached, const Control& control);
    void solve_ahead(double alpha, const Control& control);
    void evaluate_cached();
    std::vector<Index> cached_violators(double alpha) const;
    void raise_scores(double alpha, bool bounded, std::vector<double>& scores) const;
    std::vector<Index> best(std::vector<double>& scores) const;
    void fetch(const std::vector<Index>& features, double alpha);
    CoordinatePenalty penalty_at(double alpha, Index j) const {
        return alpha == infinity ? penalty_.at_infinity(j) : penalty_.at(alpha, j);
    }
    void set_coefficients(const Vector& coef);
    void pass();
    std::vector<Index> features_outside() const;
    void read(const std::vector<Index>& outside);
    void evaluate(double alpha, const Control& control);
    void evaluate_exactly(const std::vector<Index>& features);
    void take_members();
    std::vector<Index> beyond(double alpha);
    void scan();
    bool may_pull(double alpha, Index j) const;
    double relative_gap(double alpha) const;
    double gap_of_known(double alpha) const;
    double gap_of_projected(double alpha, const std::vector<Index>& free) const;
    std::vector<Index> free_members(double alpha) const;
    Vector project_off(const std::vector<Index>& free, double alpha, Vector& correlation) const;
    void correlate_projected(const std::vector<Index>& features, const Vector& image,
                             Vector& correlation) const;
    bool is_pulled(Index j, double alpha) const;
    std::vector<Index> violators(double alpha) const;
    std::vector<Index> likely(double alpha, double ahead);
    Index n_pulled(double alpha) const;
    void enter(const std::vector<Index>& features, double alpha);
    void look(double alpha) { beyond_ = beyond(alpha); }
    Index solve_working_set(double tol, Index limit, const Control& control) {
        return inner_->solve(tol, limit, control).sweeps;
    }
    bool sharpen() { return false; }
    bool gradual() const { return inner_->gradual(); }

    const StandardizedDesign& X_;
    ElasticNetPenalty penalty_;
    std::unique_ptr<WorkingSolver> inner_;
    WorkingModel& model_;  // the inner solver's
    Vector correlation_;
    ReferenceSubspace references_;
    std::unique_ptr<ColumnCache> cache_;  // of a sequential X
    double expected_ = infinity;
    bool exact_ = true;          // whether correlation_ is, for all features
    Vector largest_;             // bounds of the correlations' sizes, by block
    bool scanned_ = false;       // whether they are those of correlation_
    std::vector<Index> beyond_;  // features outside the working set that may be pulled; exact
    Index n_passes_ = 0;
};

template <class Visit>
void ScreenedSolver::for_each_coefficient(Visit visit) const {
    std::vector<std::pair<Index, double>> support;
    for (Index i = 0; i < model_.size(); ++i)
        if (model_.coef[i] != 0.0) support.emplace_back(working_set().feature(i), model_.coef[i]);
    std::sort(support.begin(), support.end());
    for (const auto& [j, b] : support) visit(j, b);
}

}  // namespace fastreg
