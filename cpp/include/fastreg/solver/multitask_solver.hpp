// One alpha of least squares of several targets, whose features are in or out for all targets at once,
// by the rounds of point_loop.hpp. All correlations are computed in every round: one pass over X serves
// the residuals of all targets.
//
// Invariant between calls: correlations and gap are those of the coefficients that
// for_each_coefficient() gives, also after an interrupted or stalled solve.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "fastreg/penalty/elastic_net.hpp"
#include "fastreg/solver/multitask_descent.hpp"
#include "fastreg/solver/point_loop.hpp"

namespace fastreg {

class MultitaskSolver : public PointLoop<MultitaskSolver> {
public:
    // X and the model, which is of X and has no members yet, must outlive this. The penalty is that of
    // a feature's group, without bounds but those that exclude a feature.
    MultitaskSolver(const StandardizedDesign& X, MultitaskModel& model, ElasticNetPenalty penalty);

    // The solution for an infinite alpha: only coefficients without a penalty. correlation() is then
    // that of this null model.
    void solve_null(const Control& control);
    // Coefficients to start from, target after target, on the scale of X̃; not where they fit worse than
    // the null model.
    void warm_start(const Vector& coef);

    double null_objective() const { return 0.5 * model_.constant(); }
    double deviance_ratio() const;
    // The norm over the targets of x̃_jᵀ residual / n, for every feature.
    const Vector& correlation() const { return norm_; }
    // Full passes over X made so far.
    Index n_passes() const { return n_passes_; }
    // calls visit(k p + j, coefficient) for target k and feature j of the support, in ascending order
    template <class Visit>
    void for_each_coefficient(Visit visit) const;

private:
    friend PointLoop<MultitaskSolver>;

    bool excluded(Index j) const;
    GroupPenalty penalty_at(double alpha, Index j) const;
    void set_coefficients(const Vector& coef);
    void pass();
    bool is_pulled(Index j, double alpha) const;

    void look(double) {}
    std::vector<Index> violators(double alpha) const;
    Index n_pulled(double alpha) const;
    void enter(const std::vector<Index>& features, double alpha);
    Index solve_working_set(double tol, Index limit, const Control& control) {
        return inner_.solve(tol, limit, control).sweeps;
    }
    void evaluate(double alpha, const Control& control);
    double relative_gap(double alpha);
    bool sharpen() { return false; }
    // Newton steps square the gap: a pass over X costs more than the last of them.
    bool gradual() const { return true; }

    const StandardizedDesign& X_;
    MultitaskModel& model_;
    MultitaskDescent inner_;
    ElasticNetPenalty penalty_;
    Matrix correlation_;  // features × targets
    Vector norm_;         // of its rows
    Index n_passes_ = 0;
};

template <class Visit>
void MultitaskSolver::for_each_coefficient(Visit visit) const {
    std::vector<std::pair<Index, Index>> support;  // features and positions
    for (Index i = 0; i < model_.size(); ++i)
        if (!model_.coef.row(i).isZero(0.0))
            support.emplace_back(model_.working_set().feature(i), i);
    std::sort(support.begin(), support.end());
    for (Index k = 0; k < model_.n_targets(); ++k)
        for (const auto& [j, i] : support) visit(k * X_.cols() + j, model_.coef(i, k));
}

}  // namespace fastreg
