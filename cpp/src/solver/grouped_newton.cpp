#include "fastreg/solver/grouped_newton.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fastreg {

namespace {

// Rounds that may fail to halve the gap with an unchanged support, and to lower the objective by as much
// as is asked for.
constexpr int patience = 4;
// Iterations that may fail to halve it, with whatever supports.
constexpr Index most_in_vain = 3000;
// A direction is good enough when the energy of what is left of its system is below this share of
// that at the start: roughly while the support changes or the system is damped, else closely.
constexpr double rough = 1e-2;
constexpr double close = 1e-4;
constexpr int most_iterations = 200;
// The share of the gain foreseen by the gradient that a step must make, and how often it is halved.
constexpr double sufficient = 1e-4;
constexpr int most_halvings = 8, most_halvings_together = 40;
// The system is damped by this share of the curvatures, and more, where a step was too long: along ways
// in which the fit hardly changes, as between columns that are alike.
constexpr double least_damping = 1e-6, most_damping = 1e2, more_damping = 10.0, less_damping = 0.25;
// Proximal gradient steps where no step was found.
constexpr int fallback_steps = 5;
// Relative size of what counts as a rounding error of a sum of products.
constexpr double rounding = 1e-12;
// The same of the objective, relative to the null model's: a whole step may seem to rise by it.
constexpr double objective_rounding = 1e-15;

}  // namespace

void GroupedNewton::set_penalty(std::vector<GroupPenalty> penalty) {
    penalty_ = std::move(penalty);
    model_.penalty.clear();
    // The model's objective is that of what is smooth.
    for (const GroupPenalty& each : penalty_)
        model_.penalty.insert(model_.penalty.end(), static_cast<std::size_t>(classes_),
                              CoordinatePenalty{.l2 = each.l2});
}

double GroupedNewton::objective() const {
    double sum = model_.objective();
    for (Index g = 0; g < n_groups(); ++g) sum += h(g).norm_part(coef(g).norm());
    return sum;
}

// Groups without a penalty ask for a dual point that is orthogonal to their columns. The last step
// says what it costs to make it so, at the most.
double GroupedNewton::gap() const {
    const Index size = model_.size();
    Matrix B = model_.coef.head(size).reshaped(classes_, n_groups());
    Matrix U = model_.gradient.head(size).reshaped(classes_, n_groups());
    double rest = 0.0;
    for (Index g = 0; g < n_groups(); ++g)
        if (h(g).none()) {
            rest = decrement_;
            U.col(g).setZero();
        }
    const Vector none;
    return rest + group_gap(B, U, penalty_, [&](double s) { return model_.loss_gap(s, none); });
}

InnerReport GroupedNewton::solve(double tol, Index max_sweeps, const Control& control) {
    InnerReport report;
    double best = infinity, gained = 0.0;
    Index best_at = 0;
    int rounds_in_vain = 0;
    solved_ = true;
    decrement_ = infinity;
    model_.refresh();
    while (true) {
        report.gap = gap();
        if (report.gap <= tol || report.sweeps >= max_sweeps) return report;
        report.interrupted = control.interrupted();
        if (report.interrupted || rounds_in_vain >= patience ||
            report.sweeps - best_at > most_in_vain)
            return report;
        find_support();
        const bool same = positions_ == old_positions_;
        const bool in_vain = same && solved_ && !(report.gap <= 0.5 * best) && !(gained > tol);
        rounds_in_vain = in_vain ? rounds_in_vain + 1 : 0;
        if (report.gap <= 0.5 * best) best_at = report.sweeps;
        best = std::min(best, report.gap);
        old_positions_ = positions_;
        const double before = objective();
        left_ = max_sweeps - report.sweeps - 1;
        if (!find_direction(same && damping_ == 0.0 ? close : rough, control) || !search())
            descend();
        report.sweeps = max_sweeps - left_;
        gained = before - objective();
    }
}

// The groups that are away from zero or pulled, and minus the derivatives.
void GroupedNewton::find_support() {
    support_.clear();
    positions_.clear();
    unit_.resize(classes_, n_groups());
    descent_.resize(model_.size());
    for (Index g = 0; g < n_groups(); ++g) {
        const double size = coef(g).norm(), pull = gradient(g).norm();
        if (size == 0.0 && !(pull > h(g).l1)) continue;
        const bool on_ray = size == 0.0 && h(g).l1 > 0.0;
        const auto m = static_cast<Index>(support_.size());
        unit_.col(m).setZero();
        if (on_ray)
            unit_.col(m) = gradient(g) / pull;
        else if (size > 0.0)
            unit_.col(m) = coef(g) / size;
        descent_.segment(m * classes_, classes_) =
            gradient(g) - h(g).l2 * coef(g) - h(g).l1 * unit_.col(m);
        support_.push_back(
            {.group = g, .on_ray = on_ray, .bending = size > 0.0 ? h(g).l1 / size : 0.0});
        for (Index k = 0; k < classes_; ++k) positions_.push_back(g * classes_ + k);
    }
    unit_.conservativeResize(classes_, static_cast<Index>(support_.size()));
    descent_.conservativeResize(static_cast<Index>(positions_.size()));
}

// out = (H + the penalty's Hessian) v on the support
void GroupedNewton::multiply(const Vector& v, Vector& out) {
    out.resize(v.size());
    model_.multiply(positions_, v, out);
    for (std::size_t m = 0; m < support_.size(); ++m) {
        const Member& member = support_[m];
        const Index at = static_cast<Index>(m) * classes_;
        const auto u = unit_.col(static_cast<Index>(m));
        const auto d = v.segment(at, classes_);
        auto image = out.segment(at, classes_);
        image += (h(member.group).l2 + member.bending + damping_ * curvature(member.group)) * d -
                 (member.bending * u.dot(d)) * u;
        if (!member.on_ray) continue;
        const double along = u.dot(image);
        image = along * u;
    }
}

// Of the loss's Hessian the diagonal is taken, with the classes' mean curvatures.
void GroupedNewton::prepare_preconditioner() {
    const Vector& root = model_.single().root_weight();
    class_curvature_.resize(classes_);
    for (Index k = 0; k < classes_; ++k) {
        const Vector rows = model_.row_curvature(k);
        class_curvature_[k] = root.size() ? rows.dot(root.cwiseAbs2()) : rows.sum();
    }
    const double mean = class_curvature_.mean();
    // A class that is as good as certain would let its coefficients move without limit.
    class_curvature_ = (class_curvature_ / (mean > 0.0 ? mean : 1.0)).cwiseMax(1e-3);
    scale_.resize(classes_, static_cast<Index>(support_.size()));
    for (std::size_t m = 0; m < support_.size(); ++m) {
        const Index g = support_[m].group;
        scale_.col(static_cast<Index>(m)) = (curvature(g) * class_curvature_).array() + h(g).l2 +
                                            support_[m].bending + damping_ * curvature(g);
    }
    std::vector<Index> groups;
    Vector along(unit_.cols()), across(unit_.cols());
    for (std::size_t m = 0; m < support_.size(); ++m) {
        const Member& member = support_[m];
        groups.push_back(member.group);
        const double smooth = h(member.group).l2 + damping_ * curvature(member.group);
        along[static_cast<Index>(m)] = smooth;
        across[static_cast<Index>(m)] = member.on_ray ? infinity : smooth + member.bending;
    }
    by_factor_ = factor_.update(groups, unit_, along, across);
}

// With the diagonal by the formula of Sherman and Morrison.
void GroupedNewton::precondition() {
    if (by_factor_) {
        factor_.solve(residual_, preconditioned_);
        return;
    }
    preconditioned_.resize(residual_.size());
    for (std::size_t m = 0; m < support_.size(); ++m) {
        const Member& member = support_[m];
        const Index at = static_cast<Index>(m) * classes_;
        const auto u = unit_.col(static_cast<Index>(m));
        const auto scale = scale_.col(static_cast<Index>(m));
        const auto r = residual_.segment(at, classes_);
        auto out = preconditioned_.segment(at, classes_);
        if (member.on_ray) {
            out = u * (u.dot(r) / u.cwiseAbs2().dot(scale));
            continue;
        }
        out = r.cwiseQuotient(scale);
        if (member.bending == 0.0) continue;
        const Vector w = u.cwiseQuotient(scale);
        const double left = 1.0 - member.bending * u.dot(w);
        if (left > 0.0) out += w * (member.bending * u.dot(out) / left);
    }
}

// Conjugate gradients. Whether there is a direction.
bool GroupedNewton::find_direction(double share, const Control& control) {
    direction_.setZero(descent_.size());
    if (descent_.size() == 0) return false;
    prepare_preconditioner();
    decrement_ = infinity;
    Index iterations = 0;
    residual_ = descent_;
    precondition();
    double energy = residual_.dot(preconditioned_);
    if (!(energy > 0.0)) return false;
    search_ = preconditioned_;
    const double enough = share * energy;
    for (int k = 0; k < most_iterations && left_ > 0 && energy > enough; ++k, --left_) {
        if (control.interrupted()) break;
        ++iterations;
        multiply(search_, product_);
        const double curvature = search_.dot(product_);
        const double scale = search_.cwiseAbs2().dot(scale_.reshaped());
        // The fit doesn't change along this way; what was found so far is taken, or the way itself.
        if (!(curvature > rounding * scale)) {
            if (k == 0) direction_ = search_;
            energy = 0.0;
            break;
        }
        const double length = energy / curvature;
        direction_ += length * search_;
        residual_ -= length * product_;
        precondition();
        const double next = residual_.dot(preconditioned_);
        if (!(next > 0.0)) {
            energy = 0.0;
            break;
        }
        search_ = preconditioned_ + (next / energy) * search_;
        energy = next;
    }
    solved_ = energy <= enough;
    if (by_factor_) factor_.took(iterations);
    // What all classes share changes nothing but the penalty.
    auto by_group = direction_.reshaped(classes_, static_cast<Index>(support_.size()));
    by_group.rowwise() -= by_group.colwise().mean().eval();
    const double gain = descent_.dot(direction_);
    if (solved_) decrement_ = 0.5 * gain;
    return gain > 0.0;
}

// Puts the support where it was plus `length` of the direction, and groups that turn back at zero.
// Returns the gain that the gradient foresees.
double GroupedNewton::place(double length) {
    double gain = 0.0;
    for (std::size_t m = 0; m < support_.size(); ++m) {
        const Index at = static_cast<Index>(m) * classes_, g = support_[m].group;
        const auto before = before_.segment(at, classes_);
        auto b = model_.coef.segment(g * classes_, classes_);
        b = before + length * direction_.segment(at, classes_);
        if (h(g).l1 > 0.0 && !(unit_.col(static_cast<Index>(m)).dot(b) > 0.0)) b.setZero();
        gain += descent_.segment(at, classes_).dot(b - before);
    }
    return gain;
}

bool GroupedNewton::search() {
    const double start = objective();
    before_.resize(direction_.size());
    for (Index k = 0; k < before_.size(); ++k)
        before_[k] = model_.coef[positions_[static_cast<std::size_t>(k)]];
    double length = 1.0;
    for (int halvings = 0; halvings <= most_halvings; ++halvings, length *= 0.5) {
        const double gain = place(length);
        if (!(gain > 0.0)) continue;
        model_.refresh();
        const double slack =
            halvings == 0 ? objective_rounding * 2.0 * model_.null_objective() : 0.0;
        if (!(objective() <= start - sufficient * gain + slack)) continue;
        if (halvings == 0)
            damping_ = damping_ > least_damping ? less_damping * damping_ : 0.0;
        else if (halvings > 1)
            damping_ = std::clamp(more_damping * damping_, least_damping, most_damping);
        return true;
    }
    damping_ = std::clamp(more_damping * damping_, least_damping, most_damping);
    for (Index k = 0; k < before_.size(); ++k)
        model_.coef[positions_[static_cast<std::size_t>(k)]] = before_[k];
    model_.refresh();
    return false;
}

// Proximal gradient steps of all groups at once, each as short as it must be for the objective to
// fall.
void GroupedNewton::descend() {
    for (int step = 0; step < fallback_steps && left_ > 0; ++step, --left_) {
        const double start = objective();
        const Vector before = model_.coef.head(model_.size());
        Vector way(model_.size());
        for (Index g = 0; g < n_groups(); ++g) {
            const double bound = curvature(g);
            const Vector z = gradient(g) + bound * coef(g);
            way.segment(g * classes_, classes_) = h(g).shrinkage(z.norm(), bound) * z - coef(g);
        }
        if (!way.allFinite() || way.isZero(0.0)) return;
        double length = 1.0;
        int halvings = 0;
        for (; halvings <= most_halvings_together; ++halvings, length *= 0.5) {
            // A whole step leaves zeros exact.
            model_.coef.head(model_.size()) = before + length * way;
            model_.refresh();
            if (objective() <= start) break;
        }
        if (halvings <= most_halvings_together) continue;
        model_.coef.head(model_.size()) = before;
        model_.refresh();
        return;
    }
}

}  // namespace fastreg
