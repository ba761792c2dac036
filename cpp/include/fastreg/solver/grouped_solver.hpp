// One alpha of the multinomial family with a penalty of groups, by the rounds of point_loop.hpp. The
// features of that loop are those of X, each with its K coefficients, and all their correlations are
// computed in every round: one pass over X serves the residuals of all classes.
//
// Invariant between calls: correlations and gap are those of the coefficients that
// for_each_coefficient() gives, also after an interrupted or stalled solve.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "fastreg/penalty/elastic_net.hpp"
#include "fastreg/solver/grouped_newton.hpp"
#include "fastreg/solver/point_loop.hpp"

namespace fastreg {

class GroupedSolver : public PointLoop<GroupedSolver> {
public:
    // X is that of all classes, which the model is of and which must outlive this, as the model must;
    // it has no members yet. The penalty is that of a feature's group, without bounds.
    GroupedSolver(const StandardizedDesign& X, MultinomialModel& model, ElasticNetPenalty penalty);

    // The solution for an infinite alpha: only coefficients without a penalty. correlation() is then
    // that of this null model.
    void solve_null(const Control& control);
    // Coefficients to start from, class after class, on the scale of X̃; not where they fit worse than
    // the null model.
    void warm_start(const Vector& coef);

    double null_objective() const { return model_.null_objective(); }
    double deviance_ratio() const { return model_.deviance_ratio(); }
    // The norm over the classes of x̃_jᵀ residual / n, for every feature.
    const Vector& correlation() const { return norm_; }
    // Full passes over X made so far.
    Index n_passes() const { return n_passes_; }
    // calls visit(k p + j, coefficient) for class k and feature j of the support, in ascending order
    template <class Visit>
    void for_each_coefficient(Visit visit) const;

private:
    friend PointLoop<GroupedSolver>;

    Index n_features() const { return norm_.size(); }
    Index feature(Index g) const { return features_[static_cast<std::size_t>(g)]; }
    bool contains(Index j) const { return member_[static_cast<std::size_t>(j)]; }
    bool excluded(Index j) const;
    GroupPenalty penalty_at(double alpha, Index j) const;
    std::vector<GroupPenalty> penalties(double alpha) const;
    bool is_pulled(Index j, double alpha) const;
    std::vector<Index> free_positions(double alpha) const;
    Vector project_off(const std::vector<Index>& free, Matrix& correlation);
    void set_coefficients(const Vector& coef);
    void add(const std::vector<Index>& features);
    void correlate(const Vector& residual, Matrix& out);
    void pass();

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
    // A round costs a pass over X, so that the working set is solved at once.
    bool gradual() const { return false; }

    const StandardizedDesign& X_;
    MultinomialModel& model_;
    GroupedNewton inner_;
    ElasticNetPenalty penalty_;
    Index classes_;
    std::vector<Index> features_;  // of the groups of the working set
    std::vector<bool> member_;
    Matrix correlation_;  // classes × features
    Vector norm_;         // of its columns
    Index n_passes_ = 0;
};

template <class Visit>
void GroupedSolver::for_each_coefficient(Visit visit) const {
    std::vector<std::pair<Index, double>> support;
    for (Index i = 0; i < model_.size(); ++i)
        if (model_.coef[i] != 0.0)
            support.emplace_back(model_.working_set().feature(i), model_.coef[i]);
    std::sort(support.begin(), support.end());
    for (const auto& [j, b] : support) visit(j, b);
}

}  // namespace fastreg
