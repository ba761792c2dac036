#include "fastreg/solver/support_solver.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "fastreg/solver/coordinate_steps.hpp"

namespace fastreg {

namespace {

// Sweeps over the support after a round that gained too little.
constexpr int support_sweeps = 5;
// Sweeps of the candidates, at most.
constexpr int candidate_sweeps = 50;
// Candidates that are admitted in one round.
constexpr std::size_t most_candidates = 256;
// Rounds that may fail to halve the gap although each solved its support.
constexpr int patience = 4;
// Rounds before features outside the working set are looked at again.
constexpr Index most_rounds = 1000;
// Rounds of candidates and steps before residual and gradient are computed from the data.
constexpr Index most_pursuits = 50;
// Members of the working set are watched from this share of their threshold on, and are forgotten
// below the other.
constexpr double watch_share = 0.8;
constexpr double keep_share = 0.5;
// Where memory bounds the number of those, at least so many of the nearest are.
constexpr double least_watched = 256.0;
// Candidates have settled when a sweep changes them by less than this share.
constexpr double settled_share = 1e-3;
// Positions whose Gram entries are computed together.
constexpr std::size_t block = 64;
// Relative size of what counts as a rounding error of a sum of products.
constexpr double rounding = 1e-12;
// Coefficients that a step brings this close to where they must stop (relative to their way there)
// stop there.
constexpr double landing = 1e-12;
// Conjugate gradients end where the objective could gain no more than this share of tol, and for a
// step that can be made in full that one. Supports up to this size are then solved until rounding is
// what is left, relative to the null objective: that costs nothing.
constexpr double direction_share = 0.05;
constexpr double full_share = 1e-3;
constexpr Index small_support = 64;
constexpr double least_share = 1e-23;
constexpr int most_iterations = 200;
// The cost model of the choice between the factor and products through the data.
//
// What factor and watched entries may take: this share of X, or so many numbers if that is more.
constexpr double memory_share = 0.2;
constexpr double least_memory = 8e6;
// The factor may take so much of it. What is left bounds how many features are watched.
constexpr double factor_share = 0.75;
// A change of the factor costs |A|² operations, a product with X_A and back its entries, and takes in
// and drops many features at once. The factor is too slow when |A|² is more than this many times the
// entries of X_A (sparse columns), or as many times as conjugate gradients have lately needed
// iterations for one alpha, if those were more.
constexpr double usual_iterations = 20.0;
// The memory of that fades by this factor with every alpha. After this many times the iterations that
// were expected the choice is made anew.
constexpr double forget = 0.97;
constexpr double patient_share = 4.0;
// With L2 terms a support of this many times n goes to the dual form: n³ / 3 operations a step, but
// few steps. For a support just above n the factor's many small changes still cost less.
constexpr double dual_size = 2.0;
// The dual form takes n³ / 3 operations a step at the speed of a matrix product, which is worth the
// iterations that it saves if n³ is no more than this many times their number and the entries of X_A.
constexpr double dual_worth = 50.0;
// What is solved through the data goes back to the factor below this share of the limits.
constexpr double return_share = 0.5;

double memory(const ResidualModel& model) {
    return std::max(memory_share * model.pass_cost(), least_memory);
}

// Where a coefficient must stop on its way: at zero, or at a bound.
double stop(double b, double direction, const CoordinatePenalty& h) {
    if (direction > 0.0) return b < 0.0 ? std::min(0.0, h.upper) : h.upper;
    return b > 0.0 ? std::max(0.0, h.lower) : h.lower;
}

// The largest t ≤ limit for which b + t · direction has the sign of b, or is zero, and is within the
// bounds.
double admissible(double b, double direction, const CoordinatePenalty& h, double limit) {
    return direction == 0.0 ? limit : std::min(limit, (stop(b, direction, h) - b) / direction);
}

// b + part · direction, exactly at the stop if it gets there but for rounding.
double moved(double b, double direction, double part, const CoordinatePenalty& h) {
    const double end = stop(b, direction, h), target = b + part * direction;
    if (direction == 0.0 || std::isinf(end)) return target;
    const bool there = admissible(b, direction, h, infinity) <= part;
    return there || std::abs(target - end) <= landing * std::abs(b - end) ? end : target;
}

}  // namespace

void SupportSolver::set_penalty(ResidualModel& model,
                                const std::vector<CoordinatePenalty>& penalty) {
    model.penalty = penalty;
    shift_.resize(penalty.size());
    factored_shift_.resize(penalty.size());
    for (std::size_t i = 0; i < penalty.size(); ++i) shift_[i] = penalty[i].l2;
}

InnerReport SupportSolver::solve(ResidualModel& model, double tol, Index max_sweeps,
                                 const Control& control) {
    model.refresh();
    InnerReport report;
    iterations_ = std::max(usual_iterations, forget * iterations_);
    while (true) {
        const Index left = max_sweeps - report.sweeps;
        const bool by_data = through_data(model);
        const auto most =
            by_data ? std::min(left, static_cast<Index>(patient_share * iterations_)) : left;
        const InnerReport part = by_data ? solve_by_data(model, tol, most, control)
                                         : solve_by_factor(model, tol, most, control);
        report.sweeps += part.sweeps;
        report.gap = part.gap;
        report.interrupted = part.interrupted;
        const bool ended = by_data ? part.sweeps < most : !by_data_;
        if (ended || part.gap <= tol || part.interrupted || report.sweeps >= max_sweeps)
            return report;
    }
}

InnerReport SupportSolver::solve_by_data(ResidualModel& model, double tol, Index max_sweeps,
                                         const Control& control) {
    factor_.clear();
    outside_.clear();
    const InnerReport report = newton_.solve(model, tol, max_sweeps, dual_pays(model), control);
    iterations_ = std::max(iterations_, static_cast<double>(report.sweeps));
    return report;
}

// Whether a factor of the support takes too much memory or time.
bool SupportSolver::through_data(const ResidualModel& model) {
    bool l2 = true;
    expected_size_ = expected_cost_ = 0.0;
    for (Index i = 0; i < model.size(); ++i) {
        if (!is_free(model, i) && coordinate_step(model, i) == 0.0) continue;
        expected_size_ += 1.0;
        expected_cost_ += model.column_cost(i);
        l2 = l2 && shift(i) > 0.0;
    }
    const double part = by_data_ ? return_share : 1.0, square = expected_size_ * expected_size_;
    const double n = static_cast<double>(model.residual().size());
    by_data_ = 0.5 * square > factor_share * memory(model) ||
               (l2 && expected_size_ > part * dual_size * n) ||
               square > part * iterations_ * (expected_cost_ + n);
    if (!by_data_) newton_.clear();
    return by_data_;
}

bool SupportSolver::dual_pays(const ResidualModel& model) const {
    const double n = static_cast<double>(model.residual().size());
    return 2.0 * n * n <= memory(model) && n * n * n <= dual_worth * iterations_ * expected_cost_;
}

InnerReport SupportSolver::solve_by_factor(ResidualModel& model, double tol, Index max_sweeps,
                                           const Control& control) {
    InnerReport report;
    double best = infinity;
    int rounds_in_vain = 0;
    bool gained = true;
    tol_ = tol;
    while (true) {
        report.gap = model_gap(model);
        if (report.gap <= tol || report.sweeps >= std::min(max_sweeps, most_rounds)) return report;
        report.interrupted = control.interrupted();
        if (report.interrupted || rounds_in_vain >= patience || through_data(model)) return report;
        best = std::min(best, report.gap);
        if (!gained) {
            report.sweeps += sweep_support(model, 0.01 * tol, control);
            model.refresh();
        }
        const std::vector<Index> before = support_;
        left_steps_ = max_sweeps - report.sweeps;
        const bool full = pursue_downhill(model, control);
        report.sweeps = max_sweeps - left_steps_;
        gained = model_gap(model) <= 0.5 * best;
        // With the same support as before, solved exactly, and no smaller gap, rounding errors are
        // what is left.
        rounds_in_vain = full && support_ == before && !gained ? rounds_in_vain + 1 : 0;
    }
}

// Coordinate descent over what is not zero or pulled off it, until a sweep could gain no more than
// `enough`.
Index SupportSolver::sweep_support(ResidualModel& model, double enough, const Control& control) {
    for (Index sweeps = 1;; ++sweeps) {
        double largest = 0.0;
        for (Index i = 0; i < model.size(); ++i) {
            if (model.coef[i] == 0.0 && coordinate_step(model, i) == 0.0) continue;
            const double gradient = model.gradient_now(i), curvature = model.curvature(i);
            const double b = model.coef[i];
            const double step = model.h(i).minimize(gradient + curvature * b, curvature) - b;
            if (step == 0.0) continue;
            model.move(i, step);
            largest = std::max(largest, curvature * step * step);
        }
        if (largest < enough || sweeps >= support_sweeps || control.interrupted()) return sweeps;
    }
}

// Takes the steps back if the objective is not lower for them: systems that are nearly singular can
// amplify rounding errors without limit.
bool SupportSolver::pursue_downhill(ResidualModel& model, const Control& control) {
    const double objective = model.objective();
    before_ = model.coef.head(model.size());
    const bool full = pursue(model, control);
    settle(model);
    model.refresh();
    if (!(model.objective() <= objective + rounding * model.constant())) {
        model.coef.head(model.size()) = before_;
        model.refresh();
    }
    support_.clear();
    for (Index i = 0; i < model.size(); ++i)
        if (is_free(model, i)) support_.push_back(i);
    return full;
}

// Rounds of candidates and steps until no candidate is left. Whether all steps were full.
bool SupportSolver::pursue(ResidualModel& model, const Control& control) {
    refused_.clear();
    residual_square_ = model.residual_square();
    rebuild_if_worth(model);
    drop_bound_members(model);
    watch(model);
    // Most of what is pulled at a new alpha is not once the support has followed.
    for (Index rounds = 0; rounds < most_pursuits && newton_steps(model, control); ++rounds) {
        find_candidates(model);
        if (candidates_.empty() ||
            (rounds > 0 && model_gap(model, LeastSquaresGap{residual_square_}) <= tol_))
            return true;
        eliminate_support(model);
        descend_candidates(model);
        append_candidates(model);
        resolve_dependence(model, control);
    }
    return false;
}

// Watches all that may enter at this alpha: what is pulled, or near it.
void SupportSolver::watch(const ResidualModel& model) {
    std::vector<Index> near;
    for (Index i = 0; i < model.size(); ++i) {
        if (factor_.contains(i)) continue;
        const bool watched = outside_.contains(i);
        const double share = watched ? keep_share : watch_share;
        const bool wanted = is_free(model, i) || coordinate_step(model, i) != 0.0 ||
                            std::abs(model.gradient[i]) > share * model.h(i).l1;
        if (wanted && !watched) near.push_back(i);
        if (!wanted && watched) outside_.forget(i);
    }
    const double a = std::max(1.0, static_cast<double>(factor_.size()));
    const double room = memory(model) / a - 0.5 * a - static_cast<double>(outside_.rows());
    if (static_cast<double>(near.size()) > room) {
        const auto excess = [&](Index i) { return std::abs(model.gradient[i]) - model.h(i).l1; };
        std::sort(near.begin(), near.end(), [&](Index i, Index j) {
            return is_free(model, i) != is_free(model, j) ? is_free(model, i)
                                                          : excess(i) > excess(j);
        });
        near.resize(static_cast<std::size_t>(std::max(room, least_watched)));
    }
    watch(model, near);
}

void SupportSolver::watch(const ResidualModel& model, const std::vector<Index>& positions) {
    if (positions.empty()) return;
    const Index a = factor_.size();
    outside_.reserve(outside_.rows() + static_cast<Index>(positions.size()), a, model.size());
    for (std::size_t first = 0; first < positions.size(); first += block) {
        const Features part =
            Features(positions).subspan(first, std::min(block, positions.size() - first));
        Matrix entries(a, static_cast<Index>(part.size()));
        model.cross(factor_.members(), part, entries);
        for (std::size_t k = 0; k < part.size(); ++k)
            outside_.watch(part[k], entries.col(static_cast<Index>(k)));
    }
}

// Members that are zero or at a bound leave the factor and are watched.
void SupportSolver::drop_bound_members(const ResidualModel& model) {
    for (Index r = factor_.size() - 1; r >= 0; --r) {
        const Index i = member(r);
        if (is_free(model, i)) continue;
        Vector entries(factor_.size());
        factor_.column(r, entries);
        std::copy(entries.data() + r + 1, entries.data() + entries.size(), entries.data() + r);
        factor_.remove(i);
        outside_.remove_member(r);
        outside_.reserve(outside_.rows() + 1, factor_.size(), model.size());
        outside_.watch(i, entries.head(factor_.size()));
    }
}

void SupportSolver::find_candidates(const ResidualModel& model) {
    candidates_.clear();
    std::vector<std::pair<double, Index>> pulled;
    for (Index i : outside_.watched()) {
        if (is_refused(i)) continue;
        const double step = coordinate_step(model, i);
        if (is_free(model, i))
            pulled.emplace_back(-infinity, i);
        else if (step != 0.0)
            pulled.emplace_back(-model.curvature(i) * step * step, i);
    }
    if (pulled.size() > most_candidates) {
        std::sort(pulled.begin(), pulled.end());
        pulled.resize(most_candidates);
    }
    for (const auto& [gain, i] : pulled) candidates_.push_back(i);
    std::sort(candidates_.begin(), candidates_.end());
}

// The Gram matrix of the candidates becomes its Schur complement.
void SupportSolver::eliminate_support(const ResidualModel& model) {
    const auto k = static_cast<Index>(candidates_.size());
    projected_.resize(factor_.size(), k);
    schur_.resize(k, k);
    for (Index t = 0; t < k; ++t)
        projected_.col(t) =
            outside_.row(outside_.row_of(candidates_[static_cast<std::size_t>(t)])).transpose();
    model.cross(candidates_, candidates_, schur_);
    own_diagonal_ = schur_.diagonal();
    factor_.forward_substitute(projected_);
    schur_.noalias() -= projected_.transpose() * projected_;
}

// Coordinate descent on the candidates, with the support following. Those that end elsewhere than
// they were get the direction that they will move in, not the way itself: they make it together
// with the support.
void SupportSolver::descend_candidates(ResidualModel& model) {
    const auto k = static_cast<Index>(candidates_.size());
    Vector gradient(k), coef(k);
    left_.resize(factor_.size());
    for (Index r = 0; r < left_.size(); ++r) left_[r] = descent(model, member(r));
    factor_.forward_substitute(left_);
    gradient.noalias() = -projected_.transpose() * left_;
    for (Index t = 0; t < k; ++t) {
        const Index i = candidates_[static_cast<std::size_t>(t)];
        gradient[t] += model.gradient[i];
        coef[t] = model.coef[i];
    }
    for (int sweep = 0; sweep < candidate_sweeps && left_steps_ > 0; ++sweep, --left_steps_) {
        bool moved = false;
        for (Index t = 0; t < k; ++t) {
            const double curvature = schur_(t, t);
            if (!(curvature > CholeskyFactor::dependence * own_diagonal_[t])) continue;
            const CoordinatePenalty& h = model.h(candidates_[static_cast<std::size_t>(t)]);
            const double move = h.minimize(gradient[t] + curvature * coef[t], curvature) - coef[t];
            if (move == 0.0) continue;
            coef[t] += move;
            gradient -= move * schur_.col(t);
            moved = moved || std::abs(move) > settled_share * std::abs(coef[t]);
        }
        if (!moved) break;
    }
    for (Index t = 0; t < k; ++t) {
        const Index i = candidates_[static_cast<std::size_t>(t)];
        if (coef[t] == model.coef[i]) continue;
        model.coef[i] = std::nextafter(model.coef[i], coef[t]);
        nudged_.push_back(i);
    }
}

void SupportSolver::append_candidates(const ResidualModel& model) {
    entering_.clear();
    Index count = 0;
    for (Index t = 0; t < schur_.cols(); ++t) {
        const Index i = candidates_[static_cast<std::size_t>(t)];
        if (!is_free(model, i)) continue;
        entering_.push_back(i);
        // The columns of those that enter move to the front.
        projected_.col(count) = projected_.col(t);
        schur_.col(count) = schur_.col(t);
        schur_.row(count) = schur_.row(t);
        factored_shift(i) = shift(i);
        own_diagonal_[count] = own_diagonal_[t] + shift(i);
        schur_(count, count) = schur_(t, t) + shift(i);
        ++count;
    }
    const Index before = factor_.size();
    factor_.append(entering_, projected_.leftCols(count), schur_.topLeftCorner(count, count),
                   own_diagonal_.head(count));
    for (Index i : entering_)
        if (!factor_.contains(i)) refused_.push_back(i);
    take_in(model, {factor_.members().begin() + before, factor_.members().end()});
}

// New members of the factor are no longer watched; the others get their entries with them.
void SupportSolver::take_in(const ResidualModel& model, const std::vector<Index>& appended) {
    for (Index i : appended) outside_.forget(i);
    for (std::size_t first = 0; first < appended.size(); first += block) {
        const Features part =
            Features(appended).subspan(first, std::min(block, appended.size() - first));
        Matrix entries(outside_.rows(), static_cast<Index>(part.size()));
        model.cross(outside_.watched(), part, entries);
        for (Index k = 0; k < entries.cols(); ++k) outside_.append_member(entries.col(k));
    }
}

// Candidates that did not move after all.
void SupportSolver::settle(ResidualModel& model) {
    for (Index i : nudged_) {
        double& b = model.coef[i];
        if (std::abs(b) < std::numeric_limits<double>::min()) b = 0.0;
        for (double bound : {model.h(i).lower, model.h(i).upper})
            if (b != bound && std::nextafter(b, bound) == bound) b = bound;
    }
    nudged_.clear();
}

// Steps until one is full, to the solution for its support: every other takes a coefficient away.
// False if it was interrupted.
bool SupportSolver::newton_steps(ResidualModel& model, const Control& control) {
    while (left_steps_ > 0) {
        if (factor_.size() == 0) return true;
        if (control.interrupted()) return false;
        make_room();
        const double part = newton_step(model);
        --left_steps_;
        drop_bound_members(model);
        if (part == 1.0) return true;
    }
    return false;
}

// Scratch for a step, so that the step itself allocates nothing.
void SupportSolver::make_room() {
    for (ScratchVector* v : {&descent_, &direction_, &image_, &change_, &left_, &search_})
        v->resize(factor_.size());
    product_.resize(std::max(factor_.size(), outside_.rows()));
}

// Moves the members towards the solution for their signs; returns the part of the way that could be
// made.
double SupportSolver::newton_step(ResidualModel& model) {
    const HotLoop guard;
    find_direction(model);
    double part = largest_part(model, 1.0);
    if (part == 1.0 && lags_) {
        const double enough = factor_.size() > small_support ? full_share * tol_ : 0.0;
        conjugate_gradients(std::max(enough, least_share * model.constant()));
        part = largest_part(model, 1.0);
    }
    step(model, part);
    return part;
}

// The step to the solution for the members' signs, and G times it.
void SupportSolver::find_direction(const ResidualModel& model) {
    const Index a = factor_.size();
    lags_ = false;
    descent_.resize(a);
    for (Index r = 0; r < a; ++r) {
        descent_[r] = descent(model, member(r));
        lags_ = lags_ || factored_shift(member(r)) != shift(member(r));
    }
    if (lags_) {
        direction_.setZero(a);
        image_.setZero(a);
        left_ = descent_;
        conjugate_gradients(direction_share * tol_);
        return;
    }
    direction_ = descent_;
    factor_.solve(direction_);
    image_ = descent_;
    for (Index r = 0; r < a; ++r) image_[r] -= shift(member(r)) * direction_[r];
}

// On (G + l2) direction = descent, preconditioned by the factor of an earlier l2; left_ is what is
// left of the right-hand side, and is solved for until its energy is `enough`.
void SupportSolver::conjugate_gradients(double enough) {
    const Index a = factor_.size();
    product_.resize(a);
    search_ = left_;
    factor_.solve(search_);
    double energy = left_.dot(search_);
    for (int k = 0; k < most_iterations && energy > enough; ++k) {
        factor_.multiply(search_, product_);
        for (Index r = 0; r < a; ++r) product_[r] -= factored_shift(member(r)) * search_[r];
        double curvature = search_.dot(product_);
        for (Index r = 0; r < a; ++r) curvature += shift(member(r)) * search_[r] * search_[r];
        const double length = energy / curvature;
        direction_ += length * search_;
        image_ += length * product_;
        left_ -= length * product_;
        for (Index r = 0; r < a; ++r) left_[r] -= length * shift(member(r)) * search_[r];
        product_ = left_;
        factor_.solve(product_);
        const double next = left_.dot(product_);
        search_ = product_ + (next / energy) * search_;
        energy = next;
        lag_cost_ += 4.0 * static_cast<double>(a) * static_cast<double>(a);
    }
}

// Moves by `part` of the direction; gradients and residual_square_ follow.
void SupportSolver::step(ResidualModel& model, double part) {
    const Index a = factor_.size();
    change_.resize(a);
    for (Index r = 0; r < a; ++r) change_[r] = -model.coef[member(r)];
    move_members(model, part);
    double gained = 0.0;  // Δᵀ (old gradient + new gradient)
    for (Index r = 0; r < a; ++r) {
        const Index i = member(r);
        change_[r] += model.coef[i];
        const double old = model.gradient[i];
        model.gradient[i] -= part * image_[r];
        gained += change_[r] * (old + model.gradient[i]);
    }
    residual_square_ = std::max(0.0, residual_square_ - gained);
    if (outside_.rows() == 0) return;
    product_.resize(outside_.rows());
    product_.noalias() = outside_.entries() * change_;
    for (Index r = 0; r < outside_.rows(); ++r) model.gradient[outside_.position(r)] -= product_[r];
}

// How much of direction_, at most `limit` times it, keeps every member's sign and bounds.
double SupportSolver::largest_part(const ResidualModel& model, double limit) const {
    for (Index r = 0; r < direction_.size(); ++r) {
        const Index i = member(r);
        limit = admissible(model.coef[i], direction_[r], model.h(i), limit);
    }
    return limit;
}

void SupportSolver::move_members(ResidualModel& model, double part) {
    for (Index r = 0; r < direction_.size(); ++r) {
        const Index i = member(r);
        model.coef[i] = moved(model.coef[i], direction_[r], part, model.h(i));
    }
}

// Each feature of the support that the factor refused gives up its coefficient or takes the row of a
// member that does.
void SupportSolver::resolve_dependence(ResidualModel& model, const Control& control) {
    for (Index k : refused_) {
        if (factor_.contains(k) || !is_free(model, k) || factor_.size() == 0) continue;
        if (control.interrupted()) return;
        null_step(model, k);
        drop_bound_members(model);
        if (!is_free(model, k)) continue;
        Matrix projected = outside_.row(outside_.row_of(k)).transpose();
        factor_.forward_substitute(projected);
        const Vector whole = Vector::Constant(1, model.curvature(k) + shift(k));
        const Matrix schur = Matrix::Constant(1, 1, whole[0] - projected.squaredNorm());
        factored_shift(k) = shift(k);
        factor_.append({&k, 1}, projected, schur, whole);
        if (factor_.contains(k)) take_in(model, {k});
    }
}

// Moves along (−w, 1), where x_k = X_A w but for rounding, until a coefficient vanishes or meets its
// bound, or the objective is at its least.
void SupportSolver::null_step(ResidualModel& model, Index k) {
    const Vector cross = outside_.row(outside_.row_of(k)).transpose();
    direction_ = cross;
    factor_.solve(direction_);
    // Slopes along the direction: of the objective, and of the penalty alone.
    double slope = -descent(model, k), tilt = slope + model.gradient[k], size = std::abs(tilt);
    for (Index r = 0; r < direction_.size(); ++r) {
        const double part = direction_[r] * (descent(model, member(r)) - model.gradient[member(r)]);
        slope += direction_[r] * descent(model, member(r));
        tilt += part;
        size += std::abs(part);
    }
    const double whole = model.curvature(k) + shift(k);
    const double curvature = whole - cross.dot(direction_);
    const bool curved = curvature > rounding * whole;
    // Without curvature the slope is the penalty's; where that vanishes, too, b_k may go to zero.
    if (!curved) slope = std::abs(tilt) > rounding * size ? tilt : model.coef[k];
    const double sign = slope > 0.0 ? -1.0 : 1.0;
    direction_ *= -sign;
    double part = curved ? std::abs(slope) / curvature : infinity;
    part = largest_part(model, admissible(model.coef[k], sign, model.h(k), part));
    if (part == infinity) return;
    model.coef[k] = moved(model.coef[k], sign, part, model.h(k));
    move_members(model, part);
}

void SupportSolver::rebuild_if_worth(const ResidualModel& model) {
    const auto a = static_cast<double>(factor_.size());
    const double n = static_cast<double>(model.residual().size());
    if (lag_cost_ <= a * a * (n + a / 3.0)) return;
    lag_cost_ = 0.0;
    factor_.clear();
    outside_.clear();
}

}  // namespace fastreg
