#include "fastreg/solver/gram_solver.hpp"

#include <algorithm>

#include "fastreg/solver/certificate.hpp"

namespace fastreg {

namespace {

// Sweeps over the support between two sweeps over the whole working set.
constexpr int support_sweeps = 5;
// Newton steps, each ended by a change of the support, before the sweeps look at the whole working set again.
constexpr int pursuit_steps = 16;
// A change of more than this share of the factor's members is cheaper to make by refactoring.
constexpr double refactor_share = 0.25;
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
        model.size,
        [&](Index i) { return model.gradient(i); },
        [&](Index i) { return model.coef[i]; },
        [&](Index i) -> const CoordinatePenalty& { return model.h(i); },
        model.residual_square());
}

// The largest part of `step`, at most all of it, that keeps the sign of b and its bounds.
double admissible(double b, double step, const CoordinatePenalty& h) {
    const double target = b + step;
    if (target * b <= 0.0) return -b / step;
    if (target > h.upper) return (h.upper - b) / step;
    if (target < h.lower) return (h.lower - b) / step;
    return 1.0;
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

InnerReport GramSolver::solve(QuadraticModel& model, double tol, Index max_sweeps, const Control& control) {
    InnerReport report;
    while (true) {
        report.gap = model_gap(model);
        if (report.gap <= tol || report.sweeps >= max_sweeps) return report;
        if (control.interrupted()) {
            report.interrupted = true;
            return report;
        }
        sweep(model);
        ++report.sweeps;
        for (int k = 0; k < support_sweeps && report.sweeps < max_sweeps; ++k) {
            ++report.sweeps;
            // The largest decrease of a coordinate bounds what more sweeps could gain.
            if (sweep_support(model) < 0.01 * tol) break;
        }
        pursue_support(model);
    }
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

void GramSolver::pursue_support(QuadraticModel& model) {
    for (int k = 0; k < pursuit_steps; ++k) {
        update_factor(model);
        if (factor_.size() == 0 || newton_step(model) == 1.0) break;
    }
    model.refresh_product();
}

// Brings the factor's members to the coefficients that are free: neither zero nor at a bound.
void GramSolver::update_factor(const QuadraticModel& model) {
    support_.clear();
    scratch_.clear();
    std::size_t kept = 0;
    for (Index i = 0; i < model.size; ++i) {
        if (model.coef[i] == 0.0 || model.h(i).at_bound(model.coef[i])) continue;
        support_.push_back(i);
        if (factor_.contains(i))
            ++kept;
        else
            scratch_.push_back(i);
    }
    const std::size_t leaving = static_cast<std::size_t>(factor_.size()) - kept;
    const ShiftedGram H{model.gram, shift_};
    if (static_cast<double>(leaving + scratch_.size()) > refactor_share * static_cast<double>(support_.size())) {
        factor_.rebuild(H, support_);
        return;
    }
    const auto is_free = [&](Index i) { return model.coef[i] != 0.0 && !model.h(i).at_bound(model.coef[i]); };
    for (Index row = factor_.size() - 1; row >= 0; --row) {
        const Index member = factor_.members()[static_cast<std::size_t>(row)];
        if (!is_free(member)) factor_.remove(member);
    }
    factor_.append(H, scratch_);
}

// Moves the factor's members towards the solution for their signs; returns the part of the step that could be made.
double GramSolver::newton_step(QuadraticModel& model) {
    const std::vector<Index>& members = factor_.members();
    direction_.resize(factor_.size());
    for (Index k = 0; k < direction_.size(); ++k) {
        const Index i = members[static_cast<std::size_t>(k)];
        const double b = model.coef[i];
        direction_[k] = model.gradient(i) - std::copysign(model.h(i).l1, b) - model.h(i).l2 * b;
    }
    factor_.solve(direction_);
    double part = 1.0;
    for (Index k = 0; k < direction_.size(); ++k) {
        const Index i = members[static_cast<std::size_t>(k)];
        if (direction_[k] != 0.0) part = std::min(part, admissible(model.coef[i], direction_[k], model.h(i)));
    }
    for (Index k = 0; k < direction_.size(); ++k) {
        const Index i = members[static_cast<std::size_t>(k)];
        const double b = model.coef[i], step = part * direction_[k];
        const bool lands = part < 1.0 && std::abs(b + step) <= landing * std::abs(b);
        model.move(i, lands ? -b : model.h(i).clip(b + step) - b);
        if (lands) model.coef[i] = 0.0;
    }
    return part;
}

}  // namespace fastreg
