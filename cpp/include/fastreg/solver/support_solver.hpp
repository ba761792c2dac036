// Solves the problem on the working set to a duality gap, almost without touching the data. With
// support A, the free coefficients, a round has two steps:
//
// 1. Members that the gradient pulls off zero, or off a bound, are candidates. A is eliminated from
//    the problem (it follows them, with its signs fixed), and coordinate descent on the small
//    problem that is left tells which candidates enter A, and with which signs.
// 2. With A and its signs s fixed the problem is linear, (G_AA + l2) b_A = c_A − alpha·l1·s, and is
//    solved by a Cholesky factor that persists from call to call: warm-started along a path, one or
//    two of its rows change for every feature that enters. The step ends at the first coefficient
//    that would change its sign or leave its bounds; that one leaves A and the next step goes on
//    without it (the active-set form of the homotopy of Osborne, Presnell and Turlach 2000).
//
// G_AA is nowhere but in the factor, from which its products follow. The gradient of the members
// that are near their threshold follows by their Gram entries with A; the data is read for the
// entries of new members, and at the end, for the residual and the exact gradient.
//
// Where this gains too little, sweeps of coordinate descent (Friedman, Hastie and Tibshirani 2010)
// over the support follow; they can't fail to descend. All steps lower the objective.
//
// With an L2 term G_AA + l2 changes from alpha to alpha. The factor is not computed anew: it
// becomes the preconditioner of conjugate gradients, which need few iterations while alpha is near
// those at which it was built, and is rebuilt when they have cost as much as that would.
//
// A feature of the support that depends linearly on others, x_k = X_A w, stays out of the factor.
// Along the direction (−w, 1) the fit doesn't change, only the penalty does, so the coefficients
// move along it, downhill, until one of them vanishes. Supports thus end with independent columns,
// also where n < p and the path has reached n features.
//
// A support for which the factor would take too much memory or time, larger than n or of sparse
// columns, is left to OrthantNewton; the cost model is in the source.
#pragma once

#include <algorithm>
#include <vector>

#include "fastreg/core/control.hpp"
#include "fastreg/core/scratch.hpp"
#include "fastreg/solver/cholesky_factor.hpp"
#include "fastreg/solver/cross_gram.hpp"
#include "fastreg/solver/inner_report.hpp"
#include "fastreg/solver/orthant_newton.hpp"
#include "fastreg/solver/residual_model.hpp"

namespace fastreg {

class SupportSolver {
public:
    static constexpr bool gradual = false;

    // Sets the penalties of the model's members to those of a new alpha.
    void set_penalty(ResidualModel& model, const std::vector<CoordinatePenalty>& penalty);
    // Descends until the gap is at most tol or doesn't shrink any more, or max_sweeps, or
    // control.interrupted().
    InnerReport solve(ResidualModel& model, double tol, Index max_sweeps, const Control& control);

private:
    bool through_data(const ResidualModel& model);
    bool dual_pays(const ResidualModel& model) const;
    InnerReport solve_by_data(ResidualModel& model, double tol, Index max_sweeps,
                              const Control& control);
    InnerReport solve_by_factor(ResidualModel& model, double tol, Index max_sweeps,
                                const Control& control);
    Index sweep_support(ResidualModel& model, double enough, const Control& control);
    bool pursue_downhill(ResidualModel& model, const Control& control);
    bool pursue(ResidualModel& model, const Control& control);
    // What is watched
    void watch(const ResidualModel& model);
    void watch(const ResidualModel& model, const std::vector<Index>& positions);
    void drop_bound_members(const ResidualModel& model);
    // Which candidates enter
    void find_candidates(const ResidualModel& model);
    void eliminate_support(const ResidualModel& model);
    void descend_candidates(ResidualModel& model);
    void append_candidates(const ResidualModel& model);
    void take_in(const ResidualModel& model, const std::vector<Index>& appended);
    void settle(ResidualModel& model);
    // Steps of the support
    bool newton_steps(ResidualModel& model, const Control& control);
    void make_room();
    double newton_step(ResidualModel& model);
    void find_direction(const ResidualModel& model);
    void conjugate_gradients(double enough);
    void step(ResidualModel& model, double part);
    double largest_part(const ResidualModel& model, double limit) const;
    void move_members(ResidualModel& model, double part);
    void resolve_dependence(ResidualModel& model, const Control& control);
    void null_step(ResidualModel& model, Index k);
    void rebuild_if_worth(const ResidualModel& model);

    bool is_refused(Index i) const {
        return std::find(refused_.begin(), refused_.end(), i) != refused_.end();
    }
    Index member(Index r) const { return factor_.members()[static_cast<std::size_t>(r)]; }
    double shift(Index i) const { return shift_[static_cast<std::size_t>(i)]; }
    double& factored_shift(Index i) { return factored_shift_[static_cast<std::size_t>(i)]; }

    OrthantNewton newton_;                // for supports that the factor is too large for
    bool by_data_ = false;                // whether that one is at work
    double iterations_ = 0.0;             // of conjugate gradients that an alpha lately took
    double expected_size_ = 0.0;          // coefficients that are free or pulled,
    double expected_cost_ = 0.0;          // and the cost of a product with their columns
    CholeskyFactor factor_;               // of G_AA + factored_shift
    CrossGram outside_;                   // of the watched members with A
    std::vector<double> shift_;           // l2 of each position
    std::vector<double> factored_shift_;  // the same when it was appended to the factor
    double lag_cost_ = 0.0;               // spent on conjugate gradients since the factor was built
    double tol_ = 0.0;                    // absolute
    Index left_steps_ = 0;                // that may still be made
    bool lags_ = false;              // whether the factor is of another l2 than the present one
    double residual_square_ = 0.0;   // ‖r‖² / n, as the steps change it
    std::vector<Index> support_;     // coefficients that are free: neither zero nor at a bound
    std::vector<Index> candidates_;  // free members that the factor lacks, and pulled ones
    std::vector<Index> entering_;    // those of the candidates that enter
    std::vector<Index> nudged_;      // coefficients that were given a sign only
    std::vector<Index> refused_;     // dependent members of the support
    // L⁻¹ H of the factor's members with the candidates, and the candidates' Schur complement.
    Matrix projected_, schur_;
    Vector own_diagonal_;
    Vector before_;  // coefficients to go back to
    // Of the factor's members, in its order: minus the derivative, the step, G times the step, the
    // change, and the scratch of conjugate gradients.
    ScratchVector descent_, direction_, image_, change_, left_, search_, product_;
};

}  // namespace fastreg
