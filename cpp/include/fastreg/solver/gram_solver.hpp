// Solves the problem on the working set to a duality gap, in two alternating ways:
//
// 1. Sweeps of coordinate descent in Gram form (Friedman, Hastie and Tibshirani 2010) find the
//    support and its signs.
// 2. With support A and signs s fixed the problem is linear, (G_AA + l2) b_A = c_A − l1 s, and is
//    solved by a Cholesky factor that persists from call to call: warm-started along a path, one or
//    two of its rows change for every feature that enters. The step ends at the first coefficient
//    that would change its sign or leave its bounds; that one leaves A and the next step goes on
//    without it (the active-set form of the homotopy of Osborne, Presnell and Turlach 2000).
//
// Both ways lower the objective, so alternating them converges; the second ends at machine
// precision where the first alone would need hundreds of sweeps on correlated features.
//
// A feature of the support that depends linearly on others, x_k = X_A w, stays out of the factor.
// Along the direction (−w, 1) the fit doesn't change, only the penalty does, so the coefficients
// move along it, downhill, until one of them vanishes. Supports thus end with independent columns,
// also where n < p and the path has reached n features.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "fastreg/core/control.hpp"
#include "fastreg/solver/cholesky_factor.hpp"
#include "fastreg/solver/inner_report.hpp"
#include "fastreg/solver/quadratic_model.hpp"

namespace fastreg {

// What is known of the solution before the first step.
enum class Start : std::uint8_t {
    cold,  // nothing: sweeps find the support
    warm,  // most of the support, as at the last alpha: one step brings in each feature that is pulled
    near,  // nearly all of the support, and its signs: it is solved before anything else
};

class GramSolver {
public:
    // Sets the penalties of the model's members to those of a new alpha.
    void set_penalty(QuadraticModel& model, const std::vector<CoordinatePenalty>& penalty);
    // To be called when entries of the Gram matrix changed.
    void forget() { factor_.clear(); }
    // For another problem: only memory stays.
    void begin_anew() {
        forget();
        support_.clear();
        shift_.clear();
    }
    // Descends until the gap is at most tol or doesn't shrink any more, or max_sweeps, or
    // control.interrupted(). But for a cold start the caller renews the product afterwards.
    InnerReport solve(QuadraticModel& model, double tol, Index max_sweeps, const Control& control,
                      Start start = Start::cold);

private:
    Index n_pulled(const QuadraticModel& model) const;
    double sweep(QuadraticModel& model) const;
    double sweep_support(QuadraticModel& model);
    void sweep_others(QuadraticModel& model) const;
    bool pursue_downhill(QuadraticModel& model, const Control& control);
    bool pursue_support(QuadraticModel& model, const Control& control);
    void update_factor(const QuadraticModel& model);
    void resolve_dependence(QuadraticModel& model, const Control& control);
    void null_step(QuadraticModel& model, Index k);
    double newton_step(QuadraticModel& model);
    bool step_beyond(QuadraticModel& model, double part);
    double largest_part(const QuadraticModel& model, double limit, bool at_zero) const;
    void move_members(QuadraticModel& model, double part);
    void step_members(QuadraticModel& model, double part);

    CholeskyFactor factor_;
    std::vector<double> shift_;   // l2 of each position, as factored
    std::vector<Index> support_;  // coefficients that are free: neither zero nor at a bound
    std::vector<Index> last_support_;
    std::vector<Index> entering_;               // those of them that the factor lacks
    Vector before_, kept_coef_, kept_product_;  // to go back to
    Vector direction_, image_;                  // of the factor's members, in its order
    Vector step_, change_;                      // of all coefficients, and of their product
    std::vector<bool> inside_;                  // whether a position is a member
    std::vector<std::pair<Index, double>> landed_;
};

}  // namespace fastreg
