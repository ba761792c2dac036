#include "fastreg/solver/proximal_newton.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fastreg/core/symmetric.hpp"
#include "fastreg/solver/coordinate_steps.hpp"
#include "fastreg/solver/working_gap.hpp"

namespace fastreg {

namespace {

// Steps that may fail to halve the gap.
constexpr int patience = 6;
// The quadratic model is solved to this share of the gap, or of what is asked for.
constexpr double quadratic_share = 0.01;
// The share of the gain that the gradient foresees that a step must make, how often it is halved, and
// what counts as a rounding error of the objective, relative to the null model's.
constexpr double sufficient = 1e-4;
constexpr int most_halvings = 12;
constexpr double rounding = 1e-14;
// Curvatures below this share of the largest count as that much: a row that is as good as certain
// would let its features move without limit.
constexpr double least_curvature = 1e-6;
// The scale changes by no more than this factor at once.
constexpr double most_rescaling = 8.0;
// The cost model. A matrix and its factor may take so many numbers, or this share of X if that is
// more. Multiplications of matrices by matrices are so many times as fast as those of a pass, and
// those of triangles by vectors, which the quadratic model takes, amount to so many squares a step.
constexpr double least_memory = 1.6e7, memory_share = 0.5;
constexpr double product_speed = 8.0;
constexpr double squares_a_step = 20.0;
// The quadratic model is solved twice where that costs no more than this share of a step's products
// with the data.
constexpr double second_share = 0.5;
// Features whose products with the members cost as much as a step.
constexpr std::size_t few_entering = 32;
// Steps that building the matrix anew must save at the least.
constexpr double least_saving = 2.0;
// Features that are pulled by more than this share of their threshold are appended with others.
constexpr double near_share = 0.97;

// What a step of one coefficient gains by the gradient of the loss and the penalty. Without a change
// of sign the difference of the penalties is not taken between two large numbers.
double foreseen_gain(double gradient, const CoordinatePenalty& h, double from, double to) {
    if (from * to > 0.0)
        return (to - from) * (gradient - std::copysign(h.l1, to) - 0.5 * h.l2 * (from + to));
    return gradient * (to - from) + h.value(from) - h.value(to);
}

double column_cost(const GlmModel& model, Features positions) {
    double cost = 0.0;
    for (Index i : positions) cost += model.column_cost(i);
    return cost;
}

// Operations that a step takes on the data of columns with this cost.
double data_cost(const GlmModel& model, double column_cost) {
    return 4.0 * (column_cost + static_cast<double>(model.residual().size()));
}

}  // namespace

void ProximalNewton::set_penalty(GlmModel& model, const std::vector<CoordinatePenalty>& penalty) {
    const auto same = [](const CoordinatePenalty& a, const CoordinatePenalty& b) {
        return a.l1 == b.l1 && a.l2 == b.l2;
    };
    if (!std::equal(model.penalty.begin(), model.penalty.end(), penalty.begin(),
                    penalty.begin() + static_cast<std::ptrdiff_t>(model.penalty.size()), same))
        steps_ = 0;
    model.penalty = penalty;
    place_.resize(penalty.size(), -1);
}

InnerReport ProximalNewton::solve(GlmModel& model, double tol, Index max_iter,
                                  const Control& control) {
    InnerReport report;
    double best = infinity, last_gap = infinity;
    int steps_in_vain = 0;
    gained_ = 0.0;
    while (true) {
        model.refresh();
        report.gap = working_gap(model);
        if (report.gap <= tol || report.sweeps >= max_iter) return report;
        report.interrupted = control.interrupted();
        if (report.interrupted) return report;
        // Where the likelihood has no maximum a gap says nothing, but the objective falls for long.
        steps_in_vain = report.gap <= 0.5 * best || gained_ > tol ? 0 : steps_in_vain + 1;
        gained_ = 0.0;
        best = std::min(best, report.gap);
        find_wanted(model);
        if (steps_in_vain > patience && rough_) {
            rough_ = false;
            outdated_ = true;
            steps_in_vain = 0;
        }
        if (too_large(model) || steps_in_vain > patience) {
            const InnerReport rest = solve_by_data(model, tol, max_iter - report.sweeps, control);
            return {rest.gap, report.sweeps + rest.sweeps, rest.interrupted};
        }
        // The first step at a new alpha tells nothing of the matrix: the support follows.
        const double contraction = steps_ > 1 && last_gap < infinity ? report.gap / last_gap : 0.0;
        last_gap = report.gap;
        outdated_ = outdated_ || rebuilding_pays(model, contraction, report.gap / tol);
        const bool fresh = prepare(model), following = steps_++ == 0;
        const double enough = quadratic_share * std::max(report.gap, tol);
        report.sweeps += 1 + solve_quadratic(model, enough, max_iter - report.sweeps, control);
        if (step(model) || following) continue;
        // Nothing is gained in a direction of descent: the matrix is too far from the Hessian, or
        // rounding errors are what is left, of it or of the gap.
        if (fresh) steps_in_vain = patience;
        outdated_ = true;
    }
}

InnerReport ProximalNewton::solve_by_data(GlmModel& model, double tol, Index max_iter,
                                          const Control& control) {
    outdated_ = true;
    return by_data_.solve(model, tol, max_iter, false, control);
}

// The members that are free or pulled off zero, or off a bound.
void ProximalNewton::find_wanted(const GlmModel& model) {
    wanted_.clear();
    for (Index i = 0; i < model.size(); ++i)
        if (is_free(model, i) || coordinate_step(model, i) != 0.0) wanted_.push_back(i);
}

bool ProximalNewton::too_large(const GlmModel& model) const {
    const auto size = static_cast<double>(wanted_.size());
    return 1.5 * size * size > std::max(least_memory, memory_share * model.pass_cost());
}

// Whether the steps that are left, at the speed of the last one, cost more than a new matrix. The last
// one left this share of the gap, which is so many times what is asked for.
bool ProximalNewton::rebuilding_pays(const GlmModel& model, double contraction,
                                     double ratio) const {
    const auto size = static_cast<double>(wanted_.size());
    const double cost = column_cost(model, wanted_);
    const double step = data_cost(model, cost) + squares_a_step * size * size;
    const double rebuild = (0.5 * size * cost + size * size * size / 3.0) / product_speed;
    const double left =
        contraction < 1.0 ? std::log(std::max(ratio, 1.0)) / -std::log(contraction) : infinity;
    return (left - least_saving) * step > rebuild;
}

// Whether the matrix was built anew.
bool ProximalNewton::prepare(const GlmModel& model) {
    std::vector<Index> entering;
    for (Index i : wanted_)
        if (place_[static_cast<std::size_t>(i)] < 0) entering.push_back(i);
    // Most of what is pulled at a new alpha is not once the members have followed, but a few cost less
    // than the step that would tell.
    const bool few = entering.size() <= few_entering;
    if (steps_ == 0 && !members_.empty() && !outdated_ && !few) return false;
    // Members that came and went make the matrix larger than it need be.
    if (outdated_ || 2 * entering.size() > members_.size() ||
        members_.size() + entering.size() > 2 * wanted_.size() + few_entering) {
        rebuild(model);
        return true;
    }
    if (entering.empty()) return false;
    add_near(model, entering);
    append(model, entering);
    return false;
}

// What is nearly pulled often is once others have moved: to append it with them saves reading the
// columns of all members again.
void ProximalNewton::add_near(const GlmModel& model, std::vector<Index>& positions) const {
    for (Index i = 0; i < model.size(); ++i) {
        if (place_[static_cast<std::size_t>(i)] >= 0 || is_free(model, i)) continue;
        const double pull = model.gradient[i];
        const CoordinatePenalty& h = model.h(i);
        const bool may_move = pull > 0.0 ? h.upper > 0.0 : h.lower < 0.0;
        if (may_move && std::abs(pull) > near_share * h.l1 && coordinate_step(model, i) == 0.0)
            positions.push_back(i);
    }
}

void ProximalNewton::make_room(Index size) {
    const Index old = quadratic_.gram.rows();
    if (size <= old) return;
    const Index room = size + size / 4 + 16;
    quadratic_.gram.conservativeResize(room, room);
    for (Vector* v : {&quadratic_.linear, &quadratic_.coef, &quadratic_.product})
        v->conservativeResize(room);
}

void ProximalNewton::rebuild(const GlmModel& model) {
    std::fill(place_.begin(), place_.end(), Index{-1});
    members_ = wanted_;
    const auto size = static_cast<Index>(members_.size());
    for (Index k = 0; k < size; ++k) place_[static_cast<std::size_t>(member(k))] = k;
    const Vector& curvature = model.row_curvature();
    lagged_ = curvature.cwiseMax(least_curvature * curvature.maxCoeff());
    make_room(size);
    model.sandwich(lagged_, members_, quadratic_.gram.topLeftCorner(size, size), rough_);
    quadratic_.size = size;
    fresh_product_ = false;
    quadratic_solver_.forget();
    memory_.clear();
    scale_ = 1.0;
    outdated_ = false;
}

void ProximalNewton::append(const GlmModel& model, const std::vector<Index>& entering) {
    const auto old = static_cast<Index>(members_.size()),
               added = static_cast<Index>(entering.size());
    for (Index i : entering) {
        place_[static_cast<std::size_t>(i)] = static_cast<Index>(members_.size());
        members_.push_back(i);
    }
    make_room(old + added);
    append_symmetric(quadratic_.gram, old, added, [&](MatrixRef columns) {
        model.cross(lagged_, members_, entering, columns, rough_);
    });
    quadratic_.size = old + added;
    for (Index k = old; k < quadratic_.size; ++k) {
        quadratic_.coef[k] = 0.0;
        quadratic_.product[k] = quadratic_.gram.col(k).head(old).dot(quadratic_.coef.head(old));
    }
}

// Takes the quadratic model to the present coefficients, divided by the scale, so that the factor of
// its matrix stays what it is.
void ProximalNewton::set_quadratic(const GlmModel& model) {
    const Index size = quadratic_.size;
    std::vector<CoordinatePenalty> penalty;
    penalty.reserve(members_.size());
    for (Index k = 0; k < size; ++k) {
        CoordinatePenalty h = model.h(member(k));
        h.l1 /= scale_;
        h.l2 /= scale_;
        penalty.push_back(h);
        // After a whole step the coefficients are what they were, and so is their product.
        const double change = model.coef[member(k)] - quadratic_.coef[k];
        if (fresh_product_ && change != 0.0) quadratic_.move(k, change);
        quadratic_.coef[k] = model.coef[member(k)];
    }
    if (!fresh_product_) quadratic_.refresh_product();
    fresh_product_ = true;
    quadratic_solver_.set_penalty(quadratic_, penalty);
}

// Whether to solve the quadratic model twice costs little against the products with the data.
bool ProximalNewton::memory_pays(const GlmModel& model) const {
    const auto size = static_cast<double>(members_.size());
    return squares_a_step * size * size <=
           second_share * data_cost(model, column_cost(model, members_));
}

// Solves it, and once more with the gradient that the last steps foresee at its solution.
Index ProximalNewton::solve_quadratic(const GlmModel& model, double tol, Index most,
                                      const Control& control) {
    set_quadratic(model);
    const Index size = quadratic_.size;
    const Vector start = quadratic_.coef.head(size), product = quadratic_.product.head(size);
    Vector gradient(size);
    for (Index k = 0; k < size; ++k) gradient[k] = model.gradient[member(k)] / scale_;
    const auto solve = [&] {
        quadratic_.linear.head(size) = gradient + product;
        quadratic_.constant =
            start.dot(2.0 * gradient + product) + model.residual_square() / scale_;
        return quadratic_solver_.solve(quadratic_, tol / scale_, most, control, Start::near).sweeps;
    };
    Index sweeps = solve();
    if (memory_.empty() || sweeps >= most || !memory_pays(model)) return sweeps;
    memory_.prepare(quadratic_.gram, scale_, members_);
    gradient -= memory_.defect(quadratic_.coef.head(size) - start);
    most -= sweeps;
    sweeps += solve();
    return sweeps;
}

// Goes to the solution of the quadratic model, or as far on the way as the objective falls.
bool ProximalNewton::step(GlmModel& model) {
    std::vector<Index> moving;
    std::vector<double> start, end;
    double foreseen = 0.0;
    for (Index k = 0; k < quadratic_.size; ++k) {
        const Index i = member(k);
        const double from = model.coef[i], to = quadratic_.coef[k];
        if (from == to) continue;
        moving.push_back(i);
        start.push_back(from);
        end.push_back(to);
        foreseen += foreseen_gain(model.gradient[i], model.h(i), from, to);
    }
    if (moving.empty() || !(foreseen > 0.0)) return false;
    const auto count = static_cast<Index>(moving.size());
    const Vector way =
        Eigen::Map<const Vector>(end.data(), count) - Eigen::Map<const Vector>(start.data(), count);
    const Vector image = model.image(moving, way), gradient = model.gradient.head(model.size());
    const double objective = model.objective(), slack = rounding * model.null_objective();
    const double before = model.energy(lagged_, image);
    double t = 1.0;
    for (int halvings = 0; halvings <= most_halvings; ++halvings, t *= 0.5) {
        const double loss = model.loss_along(image, t);
        for (std::size_t k = 0; k < moving.size(); ++k)
            model.coef[moving[k]] = t == 1.0 ? end[k] : start[k] + t * way[static_cast<Index>(k)];
        const double value = loss + model.penalty_value();
        if (!(value <= objective - sufficient * t * foreseen + slack)) continue;
        model.take_step();
        remember(model, gradient, moving, t * way);
        gained_ = objective - value;
        const double after = model.energy(model.row_curvature(), image);
        if (before > 0.0 && after > 0.0)
            scale_ = std::clamp(after / before, scale_ / most_rescaling, scale_ * most_rescaling);
        return true;
    }
    for (std::size_t k = 0; k < moving.size(); ++k) model.coef[moving[k]] = start[k];
    model.undo();
    return false;
}

void ProximalNewton::remember(const GlmModel& model, const Vector& before,
                              const std::vector<Index>& moving, const Vector& way) {
    Vector step = Vector::Zero(quadratic_.size);
    for (std::size_t k = 0; k < moving.size(); ++k)
        step[place_[static_cast<std::size_t>(moving[k])]] = way[static_cast<Index>(k)];
    memory_.add(std::move(step), before - model.gradient.head(before.size()));
}

}  // namespace fastreg
