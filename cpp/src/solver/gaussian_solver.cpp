#include "fastreg/solver/gaussian_solver.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fastreg/penalty/alpha_max.hpp"
#include "fastreg/solver/certificate.hpp"

namespace fastreg {

namespace {

// The working set is solved to this share of tol, so that a round is rarely lost to it.
constexpr double inner_share = 0.1;
// Rounds without a new feature that fail to halve the gap before the solve counts as stalled.
constexpr int patience = 3;
// When more features than this would enter at once at an alpha less than this share of the last one,
// alphas between are solved roughly first. A support that grows step by step is followed by few
// changes of the factor; one that is found all at once takes as many as all its wrong guesses.
constexpr Index most_entering = 100;
constexpr double far_alpha = 0.6;
constexpr double approach_step = 0.8;
constexpr double approach_share = 0.01;
// Below this share of alpha_max the solution is nearly that without a penalty.
constexpr double approach_floor = 1e-6;
// How far beyond its threshold a correlation must be for its feature to enter, relative to the
// threshold or to the norms in the product, whichever is larger: more than rounding.
constexpr double entry_margin = 1e-13;
// Columns of undecided features are read one by one while they cost less than this share of a pass,
// which would add a reference besides.
constexpr double pass_share = 0.1;
// References are worth their product with the residual while it costs less than this share of a
// pass.
constexpr double reference_share = 0.15;
constexpr Index most_references = 64;
// References to a sequential X may take this many times the memory that columns fetched ahead may.
constexpr double reference_memory = 3.0;
constexpr Index fewest_references = 8;
// Of those columns there are at least so many.
constexpr Index fewest_ahead = 8;

// Each spares passes, whatever it costs; what bounds them is memory.
Index sequential_references(const StandardizedDesign& X) {
    const double each = static_cast<double>(sizeof(double)) * static_cast<double>(X.cols());
    const auto fit = static_cast<Index>(reference_memory * X.spare_memory() / each);
    return std::min({std::clamp(fit, fewest_references, most_references), X.rows()});
}

Index reference_capacity(const StandardizedDesign& X) {
    if (X.sequential()) return sequential_references(X);
    const double worth = reference_share * X.pass_cost() / static_cast<double>(X.cols());
    return std::min(most_references, static_cast<Index>(worth));
}

}  // namespace

GaussianSolver::GaussianSolver(const StandardizedDesign& X, Vector y, ElasticNetPenalty penalty)
    : X_(X),
      y_(std::move(y)),
      penalty_(std::move(penalty)),
      working_set_(X),
      coef_(Vector::Zero(X.cols())),
      residual_(y_),
      correlation_(X.cols()),
      references_(X.rows(), X.mean_square() * static_cast<double>(X.rows()),
                  reference_capacity(X)) {
    if (X.sequential()) cache_ = std::make_unique<ColumnCache>(X, X.spare_columns(fewest_ahead));
    model_.constant = y_.squaredNorm() / static_cast<double>(X.rows());
    residual_square_ = model_.constant;
    pass();
}

void GaussianSolver::set_coefficients(const Vector& coef) {
    std::vector<Index> support;
    for (Index j = 0; j < coef.size(); ++j)
        if (coef[j] != 0.0 && !X_.excluded(j) && !working_set_.contains(j)) support.push_back(j);
    working_set_.add(support, model_);
    for (Index i = 0; i < model_.size; ++i) {
        const Index j = working_set_.features()[static_cast<std::size_t>(i)];
        model_.coef[i] = penalty_.at(0.0, j).clip(coef[j]);
    }
    model_.refresh_product();
    update_residual();
    pass();
    anchor();
}

void GaussianSolver::warm_start(const Vector& coef) {
    if (!coef.isZero(0.0)) set_coefficients(coef);
}

void GaussianSolver::solve_null(const Control& control) {
    Vector start = Vector::Zero(X_.cols());
    bool free = false;
    for (Index j = 0; j < X_.cols(); ++j) {
        start[j] = penalty_.at_infinity(j).clip(0.0);
        free = free || (!penalty_.penalised(j) && !X_.excluded(j));
    }
    if (!start.isZero(0.0)) set_coefficients(start);
    if (free) {
        solve(infinity, control);
        pass();
    }
    reached_ = alpha_max(correlation_, penalty_);
    nearest_ = approach_floor * reached_;
}

void GaussianSolver::update_residual() {
    for (Index i = 0; i < model_.size; ++i)
        coef_[working_set_.features()[static_cast<std::size_t>(i)]] = model_.coef[i];
    working_set_.residual(y_, model_, residual_);
    residual_square_ = residual_.squaredNorm() / static_cast<double>(X_.rows());
}

// Reads X once: exact correlations of the residual with all features.
void GaussianSolver::pass() {
    X_.transpose_matvec(residual_, correlation_);
    references_.add(residual_, correlation_);
    correlation_ /= static_cast<double>(X_.rows());
    ++n_passes_;
}

// Correlations of the model's coefficients: exact wherever they matter at this alpha.
void GaussianSolver::evaluate(double alpha, const Control& control) {
    update_residual();
    if (references_.size() == 0) {
        pass();
        return;
    }
    references_.project(residual_, correlation_);
    correlation_ /= static_cast<double>(X_.rows());
    if (cache_) {
        evaluate_from_cache(alpha, control);
        return;
    }
    const std::vector<Index> features = undecided(alpha);
    double cost = 0.0;
    for (Index j : features) cost += X_.column_cost(j);
    if (cost > pass_share * X_.pass_cost()) {
        pass();
        return;
    }
    evaluate_exactly(features);
    evaluate_members();
}

void GaussianSolver::evaluate_members() {
    const Vector members =
        working_set_.transpose_matvec(residual_) / static_cast<double>(X_.rows());
    for (Index i = 0; i < members.size(); ++i)
        correlation_[working_set_.features()[static_cast<std::size_t>(i)]] = members[i];
}

// Features outside the working set whose correlation may be beyond the threshold.
std::vector<Index> GaussianSolver::undecided(double alpha) const {
    std::vector<Index> features;
    const double n = static_cast<double>(X_.rows());
    for (Index j = 0; j < X_.cols(); ++j) {
        if (X_.excluded(j) || working_set_.contains(j)) continue;
        const CoordinatePenalty h = penalty_at(alpha, j);
        const double error = references_.error_bound(j) / n;
        const bool above = h.upper > 0.0 && correlation_[j] + error > h.l1;
        const bool below = h.lower < 0.0 && correlation_[j] - error < -h.l1;
        if (above || below) features.push_back(j);
    }
    return features;
}

void GaussianSolver::evaluate_exactly(const std::vector<Index>& features) {
    Matrix exact(static_cast<Index>(features.size()), 1);
    X_.transpose_matvec_columns(features, residual_, exact);
    exact /= static_cast<double>(X_.rows());
    for (std::size_t k = 0; k < features.size(); ++k)
        correlation_[features[k]] = exact(static_cast<Index>(k), 0);
}

void GaussianSolver::anchor() {
    for (Index i = 0; i < model_.size; ++i)
        model_.linear[i] =
            correlation_[working_set_.features()[static_cast<std::size_t>(i)]] + model_.product[i];
}

double GaussianSolver::relative_gap(double alpha) const {
    Vector correlation = correlation_;
    const double projection = project_unpenalised(alpha, correlation);
    const double square = residual_square_ - projection;
    const double gap = duality_gap(
        X_.cols(), [&](Index j) { return correlation[j]; }, [&](Index j) { return coef_[j]; },
        [&](Index j) { return penalty_at(alpha, j); }, std::max(0.0, square));
    return (gap + 0.5 * projection) / (null_objective() > 0.0 ? null_objective() : 1.0);
}

// A feature with neither a penalty nor an active bound asks for a dual point that is orthogonal to
// its column, which the residual is but for rounding. With F these features, the residual is
// projected off them, r' = r − X_F d: the correlations become those of r', and ‖X_F d‖² / n is
// returned. Those of the features outside the working set are bounded instead.
double GaussianSolver::project_unpenalised(double alpha, Vector& correlation) const {
    std::vector<Index> free;
    for (Index i = 0; i < model_.size; ++i) {
        const CoordinatePenalty h =
            penalty_at(alpha, working_set_.features()[static_cast<std::size_t>(i)]);
        if (h.l1 == 0.0 && h.l2 == 0.0 && model_.coef[i] != 0.0 && !h.at_bound(model_.coef[i]))
            free.push_back(i);
    }
    if (free.empty()) return 0.0;
    CholeskyFactor factor;
    factor.append({model_.gram, std::vector<double>(static_cast<std::size_t>(model_.size), 0.0)},
                  free);
    Vector step(factor.size());
    const auto feature = [&](Index i) {
        return working_set_.features()[static_cast<std::size_t>(i)];
    };
    for (Index k = 0; k < step.size(); ++k)
        step[k] = correlation[feature(factor.members()[static_cast<std::size_t>(k)])];
    factor.solve(step);
    Vector change = Vector::Zero(model_.size);  // X_Eᵀ X_F d / n
    for (Index k = 0; k < step.size(); ++k)
        change += step[k] *
                  model_.gram.col(factor.members()[static_cast<std::size_t>(k)]).head(model_.size);
    double projection = 0.0;
    for (Index k = 0; k < step.size(); ++k)
        projection += step[k] * change[factor.members()[static_cast<std::size_t>(k)]];
    projection = std::max(0.0, projection);
    for (Index j = 0; j < X_.cols(); ++j) {
        if (working_set_.contains(j)) continue;
        const double bound = std::sqrt(projection * X_.mean_square()[j]);
        correlation[j] +=
            penalty_at(alpha, j).lower == 0.0 || correlation[j] > 0.0 ? bound : -bound;
    }
    for (Index i = 0; i < model_.size; ++i) correlation[feature(i)] -= change[i];
    for (Index i : free) correlation[feature(i)] = 0.0;
    // Columns that depend on those of F have a correlation of 0, too.
    for (Index j = 0; j < X_.cols(); ++j) {
        const double rounding = entry_margin * std::sqrt(model_.constant * X_.mean_square()[j]);
        if (std::abs(correlation[j]) <= rounding && penalty_at(alpha, j).l1 == 0.0)
            correlation[j] = 0.0;
    }
    return projection;
}

double GaussianSolver::deviance_ratio() const {
    return model_.constant > 0.0 ? 1.0 - residual_square_ / model_.constant : 0.0;
}

// Whether a coefficient of zero must change at this alpha.
bool GaussianSolver::is_pulled(Index j, double alpha) const {
    if (X_.excluded(j)) return false;
    const CoordinatePenalty h = penalty_at(alpha, j);
    const double u = correlation_[j];
    const bool may_move = u > 0.0 ? h.upper > 0.0 : h.lower < 0.0;
    const double margin =
        entry_margin * std::max(h.l1, std::sqrt(residual_square_ * X_.mean_square()[j]));
    return may_move && std::abs(u) > h.l1 + margin;
}

std::vector<Index> GaussianSolver::violators(double alpha) const {
    std::vector<Index> features;
    for (Index j = 0; j < X_.cols(); ++j)
        if (!working_set_.contains(j) && is_pulled(j, alpha)) features.push_back(j);
    return features;
}

// How many coefficients must leave zero at this alpha.
Index GaussianSolver::n_pulled(double alpha) const {
    Index count = 0;
    for (Index j = 0; j < X_.cols(); ++j)
        if (coef_[j] == 0.0 && is_pulled(j, alpha)) ++count;
    return count;
}

void GaussianSolver::enter(const std::vector<Index>& features, double alpha) {
    if (cache_) fetch(features, alpha);
    working_set_.add(features, model_, cache_.get());
    anchor();
    std::vector<CoordinatePenalty> penalty;
    penalty.reserve(static_cast<std::size_t>(model_.size));
    for (Index j : working_set_.features()) penalty.push_back(penalty_at(alpha, j));
    inner_.set_penalty(model_, penalty);
}

// Follows the path down to near alpha, roughly; returns the sweeps that this took.
Index GaussianSolver::approach(double alpha, const Control& control) {
    Index sweeps = 0;
    const double near = std::max(alpha / far_alpha, nearest_);
    while (near < reached_ && reached_ < infinity && sweeps < control.max_iter &&
           !control.interrupted() && n_pulled(alpha) > most_entering) {
        reached_ *= approach_step;
        const double tol = approach_share * relative_gap(reached_) * null_objective();
        enter(violators(reached_), reached_);
        sweeps += inner_.solve(model_, tol, control.max_iter - sweeps, control).sweeps;
        evaluate(reached_, control);
    }
    return sweeps;
}

PointReport GaussianSolver::solve(double alpha, const Control& control) {
    PointReport report;
    report.n_iter = approach(alpha, control);
    reached_ = alpha;
    double inner_tol = inner_share * control.tol * null_objective(), best = infinity;
    int rounds_in_vain = 0;
    std::vector<Index> entering = violators(alpha);
    while (true) {
        enter(entering, alpha);
        report.n_iter +=
            inner_.solve(model_, inner_tol, control.max_iter - report.n_iter, control).sweeps;
        evaluate(alpha, control);
        report.dual_gap = relative_gap(alpha);
        if (report.dual_gap <= control.tol) return report;
        entering = violators(alpha);
        if (entering.empty())
            inner_tol = std::min(inner_tol, inner_share * report.dual_gap * null_objective());
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
