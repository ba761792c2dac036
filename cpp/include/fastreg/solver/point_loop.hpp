// One alpha, in rounds, for whatever solves the working set: with residuals from X, or from
// statistics.
//
//     features that must enter  →  solve the working set  →  correlations  →  certificate
//
// A solver that derives from PointLoop<Solver> has, with PointLoop as a friend,
//
//     void look(alpha)                            what is known at an alpha, before anything moves
//     std::vector<Index> violators(alpha) const   features to enter, as far as is known
//     Index n_pulled(alpha) const                 coefficients that must leave zero
//     void enter(features, alpha)                 takes them into the working set
//     Index solve_working_set(tol, limit, control)  to an absolute gap; returns the iterations
//     void evaluate(alpha, control)               correlations and ‖r‖² of the coefficients
//     bool sharpen()                              after a round in vain: more digits, if there are
//     double relative_gap(alpha) const            of the coefficients as evaluated
//     double null_objective() const
//     bool gradual() const                        whether every digit of the gap takes further steps
//
// and, if features that are likely to enter in later rounds may as well enter in the first,
//
//     std::vector<Index> likely(alpha, ahead)     the violators at alpha, and others that are at `ahead`
#pragma once

#include <algorithm>
#include <vector>

#include "fastreg/core/control.hpp"

namespace fastreg {

struct PointReport {
    double dual_gap = infinity;  // relative to the null model's objective
    Index n_iter = 0;            // rounds and sweeps
    Status status = Status::converged;
};

template <class Solver>
class PointLoop {
public:
    PointReport solve(double alpha, const Control& control);

protected:
    // The coefficients are those of the null model, which is the solution down to this alpha.
    void start_at(double alpha_max) {
        reached_ = alpha_max;
        nearest_ = approach_floor * alpha_max;
    }
    // The coefficients are near the solution of whatever alpha comes first.
    void start_near() { reached_ = infinity; }

private:
    // The working set is solved to this share of tol, so that a round is rarely lost to it.
    static constexpr double inner_share = 0.1;
    // Where every digit takes steps, many of them would be in vain before all features are there: the
    // first round goes to this share of the gap that the start has, or to the other share where those
    // that are likely to enter are there; each other to this share of what the last one left, and the
    // last to this share of tol.
    static constexpr double first_share = 0.3, foreseen_share = 0.02, next_share = 0.03,
                            last_share = 0.5;
    // An alpha ahead must be no less than this share.
    static constexpr double least_ahead = 0.5;
    // Rounds without a new feature that fail to halve the gap before the solve counts as stalled.
    static constexpr int patience = 3;
    // When more features than this (or than a solver's own number) would enter at once at an alpha less
    // than this share of the last one, alphas between are solved roughly first. A support that grows step by step is followed
    // by few changes of the factor; one that is found all at once takes as many as all its wrong
    // guesses.
    static constexpr Index most_entering = 100;
    static constexpr double far_alpha = 0.6;
    static constexpr double approach_step = 0.8;
    static constexpr double approach_share = 0.01;
    // Where a solver knows all correlations and hardly any is beyond, the step is larger.
    static constexpr double bold_step = 0.5;
    // Below this share of alpha_max the solution is nearly that without a penalty.
    static constexpr double approach_floor = 1e-6;

    Index approach(double alpha, const Control& control);
    double next_approach(double near);
    double first_tol(double alpha, double tol);
    double next_tol(double tol, double gap, double last, bool complete);
    std::vector<Index> first_violators(double alpha, double last);
    Solver& solver() { return static_cast<Solver&>(*this); }

    bool foresees_ = false;      // whether likely features have entered
    double reached_ = infinity;  // the alpha that the coefficients belong to
    double nearest_ = 0.0;       // how far down an alpha is approached
};

// Follows the path down to near alpha, roughly, and looks at alpha; returns the iterations that this
// took.
template <class Solver>
Index PointLoop<Solver>::approach(double alpha, const Control& control) {
    Index n_iter = 0;
    const double near = std::max(alpha / far_alpha, nearest_);
    solver().look(alpha);
    while (near < reached_ && reached_ < infinity && n_iter < control.max_iter &&
           !control.interrupted() && solver().n_pulled(alpha) > Solver::most_entering) {
        reached_ = next_approach(near);
        solver().look(reached_);
        const double tol =
            approach_share * solver().relative_gap(reached_) * solver().null_objective();
        solver().enter(solver().violators(reached_), reached_);
        n_iter += solver().solve_working_set(tol, control.max_iter - n_iter, control);
        solver().evaluate(reached_, control);
        solver().look(alpha);
    }
    return n_iter;
}

// The next alpha on the way down to `near`.
template <class Solver>
double PointLoop<Solver>::next_approach(double near) {
    if constexpr (requires { Solver::bold_entering; }) {
        const double bold = std::max(bold_step * reached_, near);
        if (solver().n_pulled(bold) <= Solver::bold_entering) return bold;
    }
    return approach_step * reached_;
}

// The relative gap to which the working set is solved in the first round, after a look at alpha.
template <class Solver>
double PointLoop<Solver>::first_tol(double alpha, double tol) {
    if (!solver().gradual()) return inner_share * tol;
    const double gap = solver().relative_gap(alpha);
    // Coefficients to start from may be as good as the solution.
    const double share = foresees_ ? foreseen_share : first_share;
    return gap <= tol ? tol : std::max(last_share * tol, share * gap);
}

// The features of the first round, after an alpha of `last`: those that violate the sequential strong
// rule (Tibshirani and others 2012) as well, where that is known.
template <class Solver>
std::vector<Index> PointLoop<Solver>::first_violators(double alpha, double last) {
    foresees_ = false;
    if constexpr (requires(Solver& s) { s.likely(alpha, last); }) {
        const double ahead = 2.0 * alpha - last;
        foresees_ = ahead > least_ahead * alpha && ahead < alpha;
        if (foresees_) return solver().likely(alpha, ahead);
    }
    return solver().violators(alpha);
}

// The same after a round that left this gap; complete: there are no features to enter. The gap of all
// features is then larger than that of the working set, as where features without a penalty are
// projected off, whose bounds it takes: the next round has to do better than the last.
template <class Solver>
double PointLoop<Solver>::next_tol(double tol, double gap, double last, bool complete) {
    const double better = inner_share * std::min(gap, last);
    if (solver().gradual()) last = std::max(last_share * tol, next_share * gap);
    return complete ? std::min(last, better) : last;
}

template <class Solver>
PointReport PointLoop<Solver>::solve(double alpha, const Control& control) {
    PointReport report;
    report.n_iter = approach(alpha, control);
    std::vector<Index> entering = first_violators(alpha, reached_);
    reached_ = alpha;
    const double null_objective = solver().null_objective();
    double inner_tol = first_tol(alpha, control.tol), best = infinity;
    int rounds_in_vain = 0;
    while (true) {
        solver().enter(entering, alpha);
        report.n_iter += solver().solve_working_set(inner_tol * null_objective,
                                                    control.max_iter - report.n_iter, control);
        solver().evaluate(alpha, control);
        report.dual_gap = solver().relative_gap(alpha);
        if (report.dual_gap <= control.tol) return report;
        entering = solver().violators(alpha);
        if (entering.empty() && report.n_iter < control.max_iter && solver().sharpen()) {
            report.dual_gap = solver().relative_gap(alpha);
            if (report.dual_gap <= control.tol) return report;
            entering = solver().violators(alpha);
        }
        inner_tol = next_tol(control.tol, report.dual_gap, inner_tol, entering.empty());
        // Negated, so that a gap that is not a number counts as no progress.
        rounds_in_vain =
            entering.empty() && !(report.dual_gap <= 0.5 * best) ? rounds_in_vain + 1 : 0;
        best = std::min(best, report.dual_gap);
        report.status = rounds_in_vain >= patience          ? Status::stalled
                        : report.n_iter >= control.max_iter ? Status::max_iter
                        : control.interrupted()             ? Status::interrupted
                                                            : Status::converged;
        if (report.status != Status::converged) return report;
    }
}

}  // namespace fastreg
