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
constexpr int most_halvings = 8, most_halvings_together = 40;
// So often before the step goes no further than to the first coefficient that would cross zero.
constexpr int projected_halvings = 3;
// Coefficients that a step brings this close to zero (relative to their size before) are zero.
constexpr double landing = 1e-12;
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
    double best = infinity, last_objective = infinity;
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
        // Damped steps lower the objective for long before they halve the gap.
        const bool gained = last_objective - model.objective() > tol;
        last_objective = model.objective();
        rounds_in_vain =
            same && solved_ && !gained && !(report.gap <= 0.5 * best) ? rounds_in_vain + 1 : 0;
        if (report.gap <= 0.5 * best) best_at = report.sweeps;
        best = std::min(best, report.gap);
        old_support_ = support_;
        left_ = max_sweeps - report.sweeps - 1;
        if (!advance(model, dual_fits, same, control)) sweep(model, control);
        report.sweeps = max_sweeps - left_;
    }
}

// A step along a direction for the support; closely where it is the same as before.
bool OrthantNewton::advance(WorkingModel& model, bool dual_fits, bool same,
                            const Control& control) {
    if (!find_step(model, dual_fits, same, control)) return false;
    if (search(model, false)) return true;
    // Coefficients of zero that the direction turned against their sign stayed behind, and the rest of
    // it need not descend.
    while (left_ > 0 && drop_turned(model))
        if (!find_step(model, dual_fits, same, control)) return false;
    return search(model, true);
}

bool OrthantNewton::find_step(WorkingModel& model, bool dual_fits, bool same,
                              const Control& control) {
    const bool large = static_cast<Index>(support_.size()) > model.residual().size();
    by_dual_ = dual_fits && large && std::all_of(support_.begin(), support_.end(), [&](Index i) {
                   return model.h(i).l2 > 0.0;
               });
    if (by_dual_) dual_.update(model, support_);
    by_other_ = other_ && other_->update(model, support_);
    const double roughly = by_other_ ? rough_preconditioned : rough;
    return find_direction(model, same || by_dual_ ? close : roughly, control);
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
            follow_flat_way(model);
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

// search_ changes the penalty alone, which falls along it to the first zero. That is the direction
// if it promises more than what was found.
void OrthantNewton::follow_flat_way(const WorkingModel& model) {
    double length = infinity;
    for (Index k = 0; k < search_.size(); ++k) {
        const auto r = static_cast<std::size_t>(k);
        const double b = model.coef[support_[r]];
        if (model.h(support_[r]).l1 > 0.0 && b != 0.0 && search_[k] * sign_[r] < 0.0)
            length = std::min(length, -b / search_[k]);
    }
    if (length < infinity && length * descent_.dot(search_) > descent_.dot(direction_))
        direction_ = length * search_;
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
        const double least = landing * std::abs(before_[k]);
        if (h.l1 > 0.0 && b * sign_[static_cast<std::size_t>(k)] <= least) b = 0.0;
        model.coef[i] = h.clip(b);
        gain += descent_[k] * (model.coef[i] - before_[k]);
    }
    return gain;
}

// Takes coefficients of zero that the direction would move against their sign out of the support:
// they would stay where they are, and without them the rest need not descend.
bool OrthantNewton::drop_turned(const WorkingModel& model) {
    std::size_t kept = 0;
    for (std::size_t k = 0; k < support_.size(); ++k) {
        const auto r = static_cast<Index>(k);
        const Index i = support_[k];
        if (model.coef[i] == 0.0 && model.h(i).l1 > 0.0 && direction_[r] * sign_[k] < 0.0) continue;
        support_[kept] = i;
        sign_[kept] = sign_[k];
        descent_[static_cast<Index>(kept++)] = descent_[r];
    }
    if (kept == support_.size()) return false;
    support_.resize(kept);
    sign_.resize(kept);
    descent_.conservativeResize(static_cast<Index>(kept));
    return true;
}

// The largest part of the direction, at most all of it, that takes no coefficient across zero.
double OrthantNewton::to_first_zero(const WorkingModel& model) const {
    double part = 1.0;
    for (Index k = 0; k < direction_.size(); ++k) {
        const auto r = static_cast<std::size_t>(k);
        if (model.h(support_[r]).l1 > 0.0 && direction_[k] * sign_[r] < 0.0)
            part = std::min(part, -before_[k] / direction_[k]);
    }
    return part;
}

// Halves the direction until the objective falls as it should. The projection of a long way need not
// descend, but the straight way to the first coefficient of zero does: far goes on to that.
bool OrthantNewton::search(WorkingModel& model, bool far) {
    const double objective = model.objective();
    before_.resize(direction_.size());
    for (Index k = 0; k < before_.size(); ++k)
        before_[k] = model.coef[support_[static_cast<std::size_t>(k)]];
    double length = 1.0;
    const int last = far ? most_halvings : projected_halvings;
    for (int halvings = 0; halvings <= last; ++halvings, length *= 0.5) {
        if (halvings == projected_halvings + 1) length = std::min(length, to_first_zero(model));
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
