#include "fastreg/solver/orthant_newton.hpp"

#include <algorithm>
#include <cmath>

#include "fastreg/solver/coordinate_steps.hpp"
#include "fastreg/solver/working_gap.hpp"

namespace fastreg {

namespace {

// Rounds that may fail to halve the gap with an unchanged support.
constexpr int patience = 4;
// Iterations that may fail to halve it, with whatever supports.
constexpr Index most_in_vain = 3000;
// A direction is good enough when the energy of what is left of its system is below this share of
// that at the start: roughly while the support changes, closely once it doesn't. The gap falls by
// the root of it.
constexpr double rough = 1e-3;
// The same with a preconditioner, whose iterations cost more and count for more.
constexpr double rough_preconditioned = 1e-2;
constexpr double close = 1e-10;
constexpr int most_iterations = 200;
// The share of the gain foreseen by the gradient that a step must make, and how often it is halved.
constexpr double sufficient = 1e-4;
constexpr int most_halvings = 6, most_halvings_together = 40;
// Sweeps of coordinate descent where no step was found.
constexpr int fallback_sweeps = 5;
// Relative size of what counts as a rounding error of a sum of products.
constexpr double rounding = 1e-12;
// The same of the objective, relative to the null model's: a whole step may seem to rise by it.
constexpr double objective_rounding = 1e-15;

}  // namespace

InnerReport OrthantNewton::solve(WorkingModel& model, double tol, Index max_sweeps, bool dual_fits,
                                 const Control& control) {
    InnerReport report;
    double best = infinity;
    Index best_at = 0;
    int rounds_in_vain = 0;
    solved_ = true;
    model.refresh();
    while (true) {
        report.gap = working_gap(model);
        if (report.gap <= tol || report.sweeps >= max_sweeps) return report;
        report.interrupted = control.interrupted();
        if (report.interrupted || rounds_in_vain >= patience ||
            report.sweeps - best_at > most_in_vain)
            return report;
        find_support(model);
        const bool same = support_ == old_support_;
        rounds_in_vain = same && solved_ && !(report.gap <= 0.5 * best) ? rounds_in_vain + 1 : 0;
        if (report.gap <= 0.5 * best) best_at = report.sweeps;
        best = std::min(best, report.gap);
        old_support_ = support_;
        const bool large = static_cast<Index>(support_.size()) > model.residual().size();
        by_dual_ = dual_fits && large &&
                   std::all_of(support_.begin(), support_.end(),
                               [&](Index i) { return model.h(i).l2 > 0.0; });
        if (by_dual_) dual_.update(model, support_);
        by_other_ = other_ && other_->update(model, support_);
        left_ = max_sweeps - report.sweeps - 1;
        const double roughly = by_other_ ? rough_preconditioned : rough;
        if (!find_direction(model, same || by_dual_ ? close : roughly, control) || !search(model))
            sweep(model, control);
        report.sweeps = max_sweeps - left_;
    }
}

// The coefficients that are free or pulled, with their signs and minus their derivatives.
void OrthantNewton::find_support(const WorkingModel& model) {
    support_.clear();
    sign_.clear();
    descent_.resize(model.size());
    for (Index i = 0; i < model.size(); ++i) {
        const double b = model.coef[i];
        double toward = b;
        if (!is_free(model, i)) {
            const double step = coordinate_step(model, i);
            if (step == 0.0) continue;
            if (b == 0.0) toward = step;
        }
        const double s = std::copysign(1.0, toward);
        descent_[static_cast<Index>(support_.size())] =
            model.gradient[i] - s * model.h(i).l1 - model.h(i).l2 * b;
        support_.push_back(i);
        sign_.push_back(s);
    }
    descent_.conservativeResize(static_cast<Index>(support_.size()));
}

void OrthantNewton::precondition(const WorkingModel& model) {
    if (by_dual_) {
        dual_.solve(model, support_, residual_, preconditioned_);
        return;
    }
    if (by_other_) {
        other_->solve(model, support_, residual_, preconditioned_);
        return;
    }
    preconditioned_.resize(residual_.size());
    for (Index k = 0; k < residual_.size(); ++k) {
        const Index i = support_[static_cast<std::size_t>(k)];
        preconditioned_[k] = residual_[k] / (model.curvature(i) + model.h(i).l2);
    }
}

// Conjugate gradients on (G_AA + D) direction = descent. Whether there is a direction.
bool OrthantNewton::find_direction(WorkingModel& model, double share, const Control& control) {
    const Index a = descent_.size();
    direction_.setZero(a);
    if (a == 0) return false;
    residual_ = descent_;
    product_.resize(a);
    precondition(model);
    double energy = residual_.dot(preconditioned_);
    if (!(energy > 0.0)) return false;
    search_ = preconditioned_;
    const double enough = share * energy;
    Index iterations = 0;
    for (int k = 0; k < most_iterations && left_ > 0 && energy > enough; ++k, --left_) {
        ++iterations;
        if (control.interrupted()) break;
        model.multiply(support_, search_, product_);
        double scale = 0.0;
        for (Index r = 0; r < a; ++r) {
            const Index i = support_[static_cast<std::size_t>(r)];
            product_[r] += model.h(i).l2 * search_[r];
            scale += (model.curvature(i) + model.h(i).l2) * search_[r] * search_[r];
        }
        const double curvature = search_.dot(product_);
        // The fit doesn't change along this way; what was found so far is taken, or the way itself.
        if (!(curvature > rounding * scale)) {
            if (k == 0) direction_ = search_;
            energy = 0.0;
            break;
        }
        const double length = energy / curvature;
        direction_ += length * search_;
        residual_ -= length * product_;
        precondition(model);
        const double next = residual_.dot(preconditioned_);
        if (!(next > 0.0)) {
            energy = 0.0;
            break;
        }
        search_ = preconditioned_ + (next / energy) * search_;
        energy = next;
    }
    solved_ = energy <= enough;
    if (by_other_) other_->took(model, iterations);
    return descent_.dot(direction_) > 0.0;
}

// Puts A at the projection of where it was plus `length` of the direction. Returns the gain that
// the gradient foresees.
double OrthantNewton::place(WorkingModel& model, double length) {
    double gain = 0.0;
    for (Index k = 0; k < direction_.size(); ++k) {
        const Index i = support_[static_cast<std::size_t>(k)];
        const CoordinatePenalty& h = model.h(i);
        double b = before_[k] + length * direction_[k];
        // An unpenalised coefficient may cross zero.
        if (h.l1 > 0.0 && b * sign_[static_cast<std::size_t>(k)] < 0.0) b = 0.0;
        model.coef[i] = h.clip(b);
        gain += descent_[k] * (model.coef[i] - before_[k]);
    }
    return gain;
}

bool OrthantNewton::search(WorkingModel& model) {
    const double objective = model.objective();
    before_.resize(direction_.size());
    for (Index k = 0; k < before_.size(); ++k)
        before_[k] = model.coef[support_[static_cast<std::size_t>(k)]];
    double length = 1.0;
    for (int halvings = 0; halvings <= most_halvings; ++halvings, length *= 0.5) {
        const double gain = place(model, length);
        if (!(gain > 0.0)) continue;
        model.refresh();
        const double slack =
            halvings == 0 ? objective_rounding * 2.0 * model.null_objective() : 0.0;
        if (model.objective() <= objective - sufficient * gain + slack) return true;
    }
    for (Index k = 0; k < before_.size(); ++k)
        model.coef[support_[static_cast<std::size_t>(k)]] = before_[k];
    model.refresh();
    return false;
}

void OrthantNewton::sweep(WorkingModel& model, const Control& control) {
    const Vector before = model.coef.head(model.size());
    const double objective = model.objective();
    for (int sweep = 0; sweep < fallback_sweeps && left_ > 0 && !control.interrupted(); ++sweep) {
        --left_;
        for (Index i = 0; i < model.size(); ++i) {
            if (model.coef[i] == 0.0 && coordinate_step(model, i) == 0.0) continue;
            const double curvature = model.curvature(i), b = model.coef[i];
            const double step =
                model.h(i).minimize(model.gradient_now(i) + curvature * b, curvature) - b;
            if (!std::isfinite(step)) break;
            if (step != 0.0) model.move(i, step);
        }
    }
    model.refresh();
    // A loss that isn't quadratic may have far more curvature a step away than where the step began.
    const double slack = objective_rounding * 2.0 * model.null_objective();
    if (model.objective() <= objective + slack) return;
    model.coef.head(model.size()) = before;
    model.refresh();
    step_together(model, objective);
}

// All coefficients a part of their way, as small as it must be for the objective to fall.
void OrthantNewton::step_together(WorkingModel& model, double objective) {
    const Vector before = model.coef.head(model.size());
    Vector way(model.size());
    for (Index i = 0; i < model.size(); ++i) way[i] = coordinate_step(model, i);
    double length = 1.0;
    for (int halvings = 0; halvings <= most_halvings_together; ++halvings, length *= 0.5) {
        model.coef.head(model.size()) = before + length * way;
        model.refresh();
        if (model.objective() <= objective) return;
    }
    model.coef.head(model.size()) = before;
    model.refresh();
}

}  // namespace fastreg
