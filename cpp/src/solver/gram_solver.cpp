#include "fastreg/solver/gram_solver.hpp"

#include <algorithm>
#include <utility>

#include "fastreg/solver/certificate.hpp"

namespace fastreg {

namespace {

// Sweeps over the support between two sweeps over the whole working set.
constexpr int support_sweeps = 5;
// Rounds of a start that isn't cold, which sweep no more than what is outside the support.
constexpr int warm_rounds = 3;
// With so many coefficients at zero that must leave it, a warm start has whole sweeps first: each
// coefficient that a step takes away again costs a change of the factor.
constexpr Index many_pulled = 8;
// Rounds that may fail to halve the gap although each solved its support.
constexpr int patience = 4;
// Sweeps before features outside the working set are looked at again.
constexpr Index most_sweeps = 1000;
// A change of more than this share of the factor's members is cheaper to make by refactoring.
constexpr double refactor_share = 0.25;
// Relative size of what counts as a rounding error of a sum of products.
constexpr double rounding = 1e-12;
// Coefficients that a step brings this close to zero (relative to their size before) are zero.
constexpr double landing = 1e-12;

double update_coordinate(QuadraticModel& model, Index i) {
    const double curvature = model.curvature(i), b = model.coef[i];
    const double step = model.h(i).minimize(model.gradient(i) + curvature * b, curvature) - b;
    if (step == 0.0) return 0.0;
    model.move(i, step);
    return curvature * step * step;
}

double model_gap(const QuadraticModel& model) {
    return duality_gap(
        model.size, [&](Index i) { return model.gradient(i); },
        [&](Index i) { return model.coef[i]; },
        [&](Index i) -> const CoordinatePenalty& { return model.h(i); },
        LeastSquaresGap{model.residual_square()});
}

bool is_free(const QuadraticModel& model, Index i) {
    return model.coef[i] != 0.0 && !model.h(i).at_bound(model.coef[i]);
}

// Minus the derivative of the objective by a free coefficient.
double descent(const QuadraticModel& model, Index i) {
    const double b = model.coef[i];
    return model.gradient(i) - std::copysign(model.h(i).l1, b) - model.h(i).l2 * b;
}

// The largest t ≤ limit for which b + t · step has the sign of b, or is zero, and is within the
// bounds. Where it need not stop at zero, only the bounds count.
double admissible(double b, double step, const CoordinatePenalty& h, double limit, bool stops) {
    if (step == 0.0) return limit;
    const double end = step > 0.0 ? (stops && b < 0.0 ? std::min(0.0, h.upper) : h.upper)
                                  : (stops && b > 0.0 ? std::max(0.0, h.lower) : h.lower);
    return std::min(limit, (end - b) / step);
}

// `step`, made exact where it ends at zero or at a bound but for rounding.
double landing_step(double b, double step, const CoordinatePenalty& h, bool stops) {
    const double target = b + step;
    if (stops && (target * b <= 0.0 || std::abs(target) <= landing * std::abs(b))) return -b;
    for (double bound : {h.lower, h.upper})
        if (std::isfinite(bound) && std::abs(target - bound) <= landing * std::abs(bound))
            return bound - b;
    return target < h.lower || target > h.upper ? h.clip(target) - b : step;
}

}  // namespace

void GramSolver::set_penalty(QuadraticModel& model, const std::vector<CoordinatePenalty>& penalty) {
    model.penalty = penalty;
    bool same = shift_.size() <= penalty.size();
    for (std::size_t i = 0; same && i < shift_.size(); ++i) same = shift_[i] == penalty[i].l2;
    if (!same) factor_.clear();
    shift_.resize(penalty.size());
    for (std::size_t i = 0; i < penalty.size(); ++i) shift_[i] = penalty[i].l2;
}

InnerReport GramSolver::solve(QuadraticModel& model, double tol, Index max_sweeps,
                              const Control& control, Start start) {
    InnerReport report;
    double best = infinity;
    int rounds_in_vain = 0;
    int shortcuts = start == Start::cold ? 0 : warm_rounds;
    while (true) {
        report.gap = model_gap(model);
        if (report.gap <= tol || report.sweeps >= std::min(max_sweeps, most_sweeps)) return report;
        report.interrupted = control.interrupted();
        if (report.interrupted || rounds_in_vain >= patience) return report;
        best = std::min(best, report.gap);
        if (shortcuts > 0) {
            --shortcuts;
            ++report.sweeps;
            const bool first = report.sweeps == 1;
            if (start == Start::warm && first && n_pulled(model) >= many_pulled) {
                for (int k = 0; k < support_sweeps; ++k) sweep(model);
                report.sweeps += support_sweeps - 1;
            } else if (start == Start::warm || !first) {
                sweep_others(model);
            }
            pursue_downhill(model, control);
            continue;
        }
        sweep(model);
        ++report.sweeps;
        for (int k = 0; k < support_sweeps && report.sweeps < max_sweeps; ++k) {
            ++report.sweeps;
            // The largest decrease of a coordinate bounds what more sweeps could gain.
            if (sweep_support(model) < 0.01 * tol) break;
        }
        // With the same support as before, solved exactly, and no smaller gap, rounding errors are
        // what is left.
        last_support_ = support_;
        const bool full = pursue_downhill(model, control);
        if (start == Start::cold) model.refresh_product();
        const bool settled = full && support_ == last_support_;
        rounds_in_vain = settled && !(model_gap(model) <= 0.5 * best) ? rounds_in_vain + 1 : 0;
    }
}

// Coefficients at zero that a sweep would move.
Index GramSolver::n_pulled(const QuadraticModel& model) const {
    Index count = 0;
    for (Index i = 0; i < model.size; ++i)
        if (model.coef[i] == 0.0 && std::abs(model.gradient(i)) > model.h(i).l1) ++count;
    return count;
}

double GramSolver::sweep(QuadraticModel& model) const {
    double largest = 0.0;
    for (Index i = 0; i < model.size; ++i) largest = std::max(largest, update_coordinate(model, i));
    return largest;
}

double GramSolver::sweep_support(QuadraticModel& model) {
    double largest = 0.0;
    for (Index i = 0; i < model.size; ++i)
        if (model.coef[i] != 0.0) largest = std::max(largest, update_coordinate(model, i));
    return largest;
}

// The coordinates that the factor can't have: those at zero and at bounds.
void GramSolver::sweep_others(QuadraticModel& model) const {
    for (Index i = 0; i < model.size; ++i)
        if (!is_free(model, i)) update_coordinate(model, i);
}

// Pursues the support, but takes that back if the objective is not lower for it: systems that are
// nearly singular can amplify rounding errors without limit.
bool GramSolver::pursue_downhill(QuadraticModel& model, const Control& control) {
    const double objective = model.objective();
    before_ = model.coef.head(model.size);
    const bool full = pursue_support(model, control);
    if (model.objective() <= objective + rounding * model.constant) return full;
    model.coef.head(model.size) = before_;
    model.refresh_product();
    return true;
}

// Newton steps until one is full, to the solution for its support: every other takes a coefficient
// away. False if it was interrupted.
bool GramSolver::pursue_support(QuadraticModel& model, const Control& control) {
    bool full = false;
    for (Index left = model.size + 1; left > 0 && !full && !control.interrupted(); --left) {
        update_factor(model);
        if (factor_.size() < static_cast<Index>(support_.size()))
            resolve_dependence(model, control);
        full = factor_.size() == 0 || newton_step(model) == 1.0;
    }
    return full;
}

// Brings the factor's members to the support.
void GramSolver::update_factor(const QuadraticModel& model) {
    support_.clear();
    entering_.clear();
    for (Index i = 0; i < model.size; ++i) {
        if (!is_free(model, i)) continue;
        support_.push_back(i);
        if (!factor_.contains(i)) entering_.push_back(i);
    }
    const std::size_t kept = support_.size() - entering_.size();
    const std::size_t leaving = static_cast<std::size_t>(factor_.size()) - kept;
    const ShiftedGram H{model.gram, shift_};
    if (static_cast<double>(leaving + entering_.size()) >
        refactor_share * static_cast<double>(support_.size())) {
        factor_.clear();
        factor_.append(H, support_);
        return;
    }
    for (Index row = factor_.size() - 1; row >= 0; --row) {
        const Index member = factor_.members()[static_cast<std::size_t>(row)];
        if (!is_free(model, member)) factor_.remove(member);
    }
    factor_.append(H, entering_);
}

// Each feature of the support that the factor refused gives up its coefficient or takes the row of a
// member that does.
void GramSolver::resolve_dependence(QuadraticModel& model, const Control& control) {
    const ShiftedGram H{model.gram, shift_};
    for (Index k : support_) {
        if (factor_.contains(k) || !is_free(model, k) || factor_.size() == 0) continue;
        if (control.interrupted()) return;
        null_step(model, k);
        const std::vector<Index> members = factor_.members();
        for (auto member = members.rbegin(); member != members.rend(); ++member)
            if (!is_free(model, *member)) factor_.remove(*member);
        if (is_free(model, k)) factor_.append(H, {k});
    }
}

// Moves along (−w, 1), where x_k = X_A w but for rounding, until a coefficient vanishes or meets its
// bound, or the objective is at its least.
void GramSolver::null_step(QuadraticModel& model, Index k) {
    const ShiftedGram H{model.gram, shift_};
    const std::vector<Index>& members = factor_.members();
    direction_.resize(factor_.size());
    for (Index r = 0; r < direction_.size(); ++r)
        direction_[r] = H(members[static_cast<std::size_t>(r)], k);
    const Vector cross = direction_;
    factor_.solve(direction_);
    // Slopes along the direction: of the objective, and of the penalty alone.
    double slope = -descent(model, k), tilt = slope + model.gradient(k), size = std::abs(tilt);
    for (Index r = 0; r < direction_.size(); ++r) {
        const Index i = members[static_cast<std::size_t>(r)];
        const double part = direction_[r] * (descent(model, i) - model.gradient(i));
        slope += direction_[r] * descent(model, i);
        tilt += part;
        size += std::abs(part);
    }
    const double curvature = H(k, k) - cross.dot(direction_);
    const bool curved = curvature > rounding * H(k, k);
    // Without curvature the slope is the penalty's; where that vanishes, too, b_k may go to zero.
    if (!curved) slope = std::abs(tilt) > rounding * size ? tilt : model.coef[k];
    const double sign = slope > 0.0 ? -1.0 : 1.0;
    direction_ *= -sign;
    double part = curved ? std::abs(slope) / curvature : infinity;
    part = largest_part(model, admissible(model.coef[k], sign, model.h(k), part, true), true);
    if (part == infinity) return;
    model.move(k, landing_step(model.coef[k], part * sign, model.h(k), true));
    move_members(model, part);
}

// Moves the members towards the solution for their signs; returns the part of the step that could
// be made.
double GramSolver::newton_step(QuadraticModel& model) {
    direction_.resize(factor_.size());
    for (Index r = 0; r < direction_.size(); ++r)
        direction_[r] = descent(model, factor_.members()[static_cast<std::size_t>(r)]);
    image_ = direction_;
    factor_.solve(direction_);
    const double part = largest_part(model, 1.0, false);
    if (part == 1.0 || !step_beyond(model, part)) step_members(model, part);
    return part;
}

// The whole step, with members that would change their sign set to zero and those that would leave
// their bounds set to them, if that lowers the objective as much as the part that can be made: one
// step then takes away many members.
bool GramSolver::step_beyond(QuadraticModel& model, double part) {
    const double slope = image_.dot(direction_);
    const double enough = model.objective() - (part - 0.5 * part * part) * slope;
    kept_coef_ = model.coef.head(model.size);
    kept_product_ = model.product.head(model.size);
    step_members(model, 1.0);
    if (model.objective() <= enough) return true;
    model.coef.head(model.size) = kept_coef_;
    model.product.head(model.size) = kept_product_;
    return false;
}

// How much of direction_, at most `limit` times it, keeps every member's sign and bounds; without an
// L1 term the sign need not be kept, unless all are to stop at zero.
double GramSolver::largest_part(const QuadraticModel& model, double limit, bool at_zero) const {
    for (Index r = 0; r < direction_.size(); ++r) {
        const Index i = factor_.members()[static_cast<std::size_t>(r)];
        const CoordinatePenalty& h = model.h(i);
        limit = admissible(model.coef[i], direction_[r], h, limit, at_zero || h.l1 > 0.0);
    }
    return limit;
}

// The same where image_ is (G + shift) times the direction: what G times the step is follows from it
// for the members, so that only the rows of other features are read.
void GramSolver::step_members(QuadraticModel& model, double part) {
    const std::vector<Index>& members = factor_.members();
    step_.setZero(model.size);
    change_.setZero(model.size);
    inside_.assign(static_cast<std::size_t>(model.size), false);
    landed_.clear();
    for (Index r = 0; r < direction_.size(); ++r) {
        const Index i = members[static_cast<std::size_t>(r)];
        const double step = part * direction_[r];
        inside_[static_cast<std::size_t>(i)] = true;
        change_[i] = part * (image_[r] - shift_[static_cast<std::size_t>(i)] * direction_[r]);
        step_[i] = landing_step(model.coef[i], step, model.h(i), model.h(i).l1 > 0.0);
        if (step_[i] != step) landed_.emplace_back(i, step_[i] - step);
    }
    for (const auto& [i, rest] : landed_) change_ += rest * model.gram.col(i).head(model.size);
    for (Index o = 0; o < model.size; ++o)
        if (!inside_[static_cast<std::size_t>(o)])
            change_[o] = model.gram.col(o).head(model.size).dot(step_);
    model.coef.head(model.size) += step_;
    model.product.head(model.size) += change_;
}

void GramSolver::move_members(QuadraticModel& model, double part) {
    for (Index r = 0; r < direction_.size(); ++r) {
        const Index i = factor_.members()[static_cast<std::size_t>(r)];
        model.move(i, landing_step(model.coef[i], part * direction_[r], model.h(i), true));
    }
}

}  // namespace fastreg
