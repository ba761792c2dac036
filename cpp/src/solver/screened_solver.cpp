#include "fastreg/solver/screened_solver.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "fastreg/penalty/alpha_max.hpp"
#include "fastreg/solver/certificate.hpp"
#include "fastreg/solver/working_gap.hpp"

namespace fastreg {

namespace {

// How far beyond its threshold a correlation must be for its feature to enter, relative to the
// threshold or to the norms in the product, whichever is larger: more than rounding.
constexpr double entry_margin = 1e-13;
// Columns of undecided features are read one by one while they cost less than this share of a pass,
// which would add a reference besides.
constexpr double pass_share = 0.1;
// Only the columns outside the working set are read where they cost no more than this share of a pass.
constexpr double outside_share = 0.7;
// References are worth their products with the residual and of their correlations while the larger of
// them costs less than this share of a pass.
constexpr double reference_share = 0.15;
constexpr Index most_references = 64;
// Features that are likely to enter do so, at most so many and a share of the working set.
constexpr Index fewest_likely = 32;
// Features whose thresholds are looked at together: most blocks hold none that may enter.
constexpr Index scan_block = 256;
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
    const double worth =
        reference_share * X.pass_cost() / static_cast<double>(std::max(X.rows(), X.cols()));
    return std::min(most_references, static_cast<Index>(worth));
}

}  // namespace

ScreenedSolver::ScreenedSolver(const StandardizedDesign& X, std::unique_ptr<WorkingSolver> solver,
                               ElasticNetPenalty penalty)
    : X_(X),
      penalty_(std::move(penalty)),
      inner_(std::move(solver)),
      model_(inner_->model()),
      correlation_(X.cols()),
      references_(X.rows(), X.mean_square() * static_cast<double>(X.rows()),
                  reference_capacity(X)) {
    if (X.sequential()) cache_ = std::make_unique<ColumnCache>(X, X.spare_columns(fewest_ahead));
    pass();
}

void ScreenedSolver::set_coefficients(const Vector& coef) {
    std::vector<Index> support;
    for (Index j = 0; j < coef.size(); ++j)
        if (coef[j] != 0.0 && !X_.excluded(j) && !working_set().contains(j)) support.push_back(j);
    model_.add(support);
    for (Index i = 0; i < model_.size(); ++i) {
        const Index j = working_set().feature(i);
        model_.coef[i] = penalty_.at(0.0, j).clip(coef[j]);
    }
    model_.refresh();
    pass();
}

void ScreenedSolver::warm_start(const Vector& coef) {
    if (coef.isZero(0.0)) return;
    const double null_ratio = deviance_ratio();
    Vector null = Vector::Zero(X_.cols());
    for_each_coefficient([&](Index j, double b) { null[j] = b; });
    set_coefficients(coef);
    // The way from there may be far longer, also because predictors that saturate have no curvature.
    // Negated, so that a ratio that is not a number counts as worse.
    if (!(deviance_ratio() >= null_ratio)) set_coefficients(null);
}

void ScreenedSolver::solve_null(const Control& control) {
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
    start_at(alpha_max(correlation_, penalty_));
}

// Reads X once: exact correlations of the residual with all features.
void ScreenedSolver::pass() {
    double outside = X_.pass_cost();
    for (Index j : working_set().features()) outside -= X_.column_cost(j);
    if (X_.sequential() || outside > outside_share * X_.pass_cost())
        X_.transpose_matvec(residual(), correlation_);
    else
        read(features_outside());
    references_.add(residual(), correlation_);
    correlation_ /= static_cast<double>(X_.rows());
    exact_ = true;
    scanned_ = false;
    ++n_passes_;
}

std::vector<Index> ScreenedSolver::features_outside() const {
    std::vector<Index> outside;
    for (Index j = 0; j < X_.cols(); ++j)
        if (!working_set().contains(j)) outside.push_back(j);
    return outside;
}

// The same where only the columns outside the working set are read: the model has multiplied by its
// own.
void ScreenedSolver::read(const std::vector<Index>& outside) {
    Matrix products(static_cast<Index>(outside.size()), 1);
    X_.transpose_matvec_columns(outside, residual(), products);
    correlation_(outside) = products.col(0);
    correlation_(working_set().features()) =
        model_.gradient.head(model_.size()) * static_cast<double>(X_.rows());
}

// Correlations of the model's coefficients: exact wherever they matter at this alpha.
void ScreenedSolver::evaluate(double alpha, const Control& control) {
    model_.refresh();
    if (references_.size() == 0) {
        pass();
        beyond_ = beyond(alpha);
        return;
    }
    references_.project(residual(), correlation_);
    correlation_ /= static_cast<double>(X_.rows());
    exact_ = scanned_ = false;
    beyond_ = beyond(alpha);
    if (cache_) {
        evaluate_from_cache(alpha, control);
        return;
    }
    double cost = 0.0;
    for (Index j : beyond_) cost += X_.column_cost(j);
    if (cost > pass_share * X_.pass_cost()) {
        pass();
        beyond_ = beyond(alpha);
        return;
    }
    evaluate_exactly(beyond_);
    take_members();
}

// Features outside the working set whose correlation may be beyond the threshold.
std::vector<Index> ScreenedSolver::beyond(double alpha) {
    if (!scanned_) scan();
    std::vector<Index> features;
    const double l1 = alpha == infinity ? 0.0 : alpha * penalty_.l1_ratio;
    const double n = static_cast<double>(X_.rows());
    for (Index first = 0; first < X_.cols(); first += scan_block) {
        const Index count = std::min(scan_block, X_.cols() - first);
        double threshold = l1;
        if (penalty_.factor.size() && alpha != infinity)
            threshold *= penalty_.factor.segment(first, count).minCoeff();
        if (largest_[first / scan_block] <= threshold) continue;
        Eigen::Array<double, Eigen::Dynamic, 1, 0, scan_block, 1> size =
            correlation_.segment(first, count).array().abs();
        if (!exact_) size += references_.error_bounds(first, count) / n;
        for (Index j = first; j < first + count; ++j)
            if (size[j - first] > threshold && !working_set().contains(j) && may_pull(alpha, j))
                features.push_back(j);
    }
    return features;
}

// The largest size that a correlation may have, of every block of features. Those of the working set
// don't count: their correlations are at the threshold.
void ScreenedSolver::scan() {
    largest_.resize((X_.cols() + scan_block - 1) / scan_block);
    const double n = static_cast<double>(X_.rows());
    const Vector members = correlation_(working_set().features());
    correlation_(working_set().features()).setZero();
    for (Index first = 0; first < X_.cols(); first += scan_block) {
        const Index count = std::min(scan_block, X_.cols() - first);
        const auto size = correlation_.segment(first, count).array().abs();
        largest_[first / scan_block] =
            exact_ ? size.maxCoeff()
                   : (size + references_.error_bounds(first, count) / n).maxCoeff();
    }
    correlation_(working_set().features()) = members;
    scanned_ = true;
}

// Whether a feature with a coefficient of zero may have to move, as far as its correlation is known.
bool ScreenedSolver::may_pull(double alpha, Index j) const {
    if (X_.excluded(j)) return false;
    const CoordinatePenalty h = penalty_at(alpha, j);
    const double error = exact_ ? 0.0 : references_.error_bound(j) / static_cast<double>(X_.rows());
    return (h.upper > 0.0 && correlation_[j] + error > h.l1) ||
           (h.lower < 0.0 && correlation_[j] - error < -h.l1);
}

void ScreenedSolver::evaluate_exactly(const std::vector<Index>& features) {
    if (features.empty()) return;
    Matrix exact(static_cast<Index>(features.size()), 1);
    X_.transpose_matvec_columns(features, residual(), exact);
    exact /= static_cast<double>(X_.rows());
    for (std::size_t k = 0; k < features.size(); ++k)
        correlation_[features[k]] = exact(static_cast<Index>(k), 0);
}

void ScreenedSolver::take_members() {
    for (Index i = 0; i < model_.size(); ++i)
        correlation_[working_set().feature(i)] = model_.gradient[i];
}

// For the alpha of the last evaluation. A feature with neither a penalty nor an active bound asks
// for a dual point that is orthogonal to its column.
double ScreenedSolver::relative_gap(double alpha) const {
    const std::vector<Index> free = free_members(alpha);
    const double gap = free.empty() ? gap_of_known(alpha) : gap_of_projected(alpha, free);
    return gap / (null_objective() > 0.0 ? null_objective() : 1.0);
}

// Features that are neither in the working set nor beyond their threshold add nothing to the gap
// and don't limit the dual point.
double ScreenedSolver::gap_of_known(double alpha) const {
    const Index members = model_.size();
    const auto feature = [&](Index i) {
        return i < members ? working_set().feature(i)
                           : beyond_[static_cast<std::size_t>(i - members)];
    };
    return duality_gap(
        members + static_cast<Index>(beyond_.size()),
        [&](Index i) { return i < members ? model_.gradient[i] : correlation_[feature(i)]; },
        [&](Index i) { return i < members ? model_.coef[i] : 0.0; },
        [&](Index i) { return penalty_at(alpha, feature(i)); },
        [&, none = Vector()](double s) { return model_.loss_gap(s, none); });
}

double ScreenedSolver::gap_of_projected(double alpha, const std::vector<Index>& free) const {
    Vector correlation = correlation_, coef = Vector::Zero(X_.cols());
    for (Index i = 0; i < model_.size(); ++i) coef[working_set().feature(i)] = model_.coef[i];
    const Vector image = project_off(free, alpha, correlation);
    return duality_gap(
        X_.cols(), [&](Index j) { return correlation[j]; }, [&](Index j) { return coef[j]; },
        [&](Index j) { return penalty_at(alpha, j); },
        [&](double s) { return model_.loss_gap(s, image); });
}

std::vector<Index> ScreenedSolver::free_members(double alpha) const {
    std::vector<Index> free;
    if (alpha > 0.0 && alpha != infinity && penalty_.factor.size() == 0) return free;
    for (Index i = 0; i < model_.size(); ++i) {
        const CoordinatePenalty h = penalty_at(alpha, working_set().feature(i));
        if (h.l1 == 0.0 && h.l2 == 0.0 && !h.at_bound(model_.coef[i])) free.push_back(i);
    }
    return free;
}

// With F the free members, to whose columns the residual is orthogonal but for rounding, it is
// projected off them, along the image of a step d of theirs: the correlations become those of what is
// left, and the image is returned. Those of the features outside the working set are bounded instead.
Vector ScreenedSolver::project_off(const std::vector<Index>& free, double alpha,
                                   Vector& correlation) const {
    const double n = static_cast<double>(X_.rows());
    const Vector image = free_image(model_, free);
    Vector change(model_.size());
    const double projection = image.squaredNorm() / n;
    std::vector<Index> members(static_cast<std::size_t>(model_.size()));
    std::iota(members.begin(), members.end(), Index{0});
    working_set().correlate(members, image, change);
    std::vector<Index> near;
    for (Index j = 0; j < X_.cols(); ++j) {
        if (working_set().contains(j)) continue;
        const CoordinatePenalty h = penalty_at(alpha, j);
        const double bound = std::sqrt(projection * X_.mean_square()[j]);
        const double error = exact_ ? 0.0 : references_.error_bound(j) / n;
        if (bound > 0.0 && !X_.sequential() && std::abs(correlation[j]) + error + bound > h.l1)
            near.push_back(j);
        correlation[j] += h.lower == 0.0 || correlation[j] > 0.0 ? bound : -bound;
    }
    correlate_projected(near, image, correlation);
    for (Index i = 0; i < model_.size(); ++i)
        correlation[working_set().feature(i)] -= change[i] / n;
    for (Index i : free) correlation[working_set().feature(i)] = 0.0;
    // Columns that depend on those of F have a correlation of 0, too.
    for (Index j = 0; j < X_.cols(); ++j) {
        const double rounding =
            entry_margin * std::sqrt(model_.null_square() * X_.mean_square()[j]);
        if (std::abs(correlation[j]) <= rounding && penalty_at(alpha, j).l1 == 0.0)
            correlation[j] = 0.0;
    }
    return image;
}

// Exactly, where the bound would take a feature beyond its threshold.
void ScreenedSolver::correlate_projected(const std::vector<Index>& features, const Vector& image,
                                         Vector& correlation) const {
    if (features.empty()) return;
    Matrix exact(static_cast<Index>(features.size()), 1);
    X_.transpose_matvec_columns(features, residual() - image, exact);
    exact /= static_cast<double>(X_.rows());
    for (std::size_t k = 0; k < features.size(); ++k)
        correlation[features[k]] = exact(static_cast<Index>(k), 0);
}

// Whether a coefficient of zero must change at this alpha.
bool ScreenedSolver::is_pulled(Index j, double alpha) const {
    if (X_.excluded(j)) return false;
    const CoordinatePenalty h = penalty_at(alpha, j);
    const double u = correlation_[j];
    const bool may_move = u > 0.0 ? h.upper > 0.0 : h.lower < 0.0;
    const double margin =
        entry_margin * std::max(h.l1, std::sqrt(model_.residual_square() * X_.mean_square()[j]));
    return may_move && std::abs(u) > h.l1 + margin;
}

std::vector<Index> ScreenedSolver::violators(double alpha) const {
    std::vector<Index> features;
    for (Index j : beyond_)
        if (!working_set().contains(j) && is_pulled(j, alpha)) features.push_back(j);
    return features;
}

// Those, and the nearest of the features that are pulled at an alpha ahead, as far as is known: most of
// them follow, and a round that finds them late takes further steps. Where each step ends exactly, or
// a column costs a pass, they may wait.
std::vector<Index> ScreenedSolver::likely(double alpha, double ahead) {
    std::vector<Index> features = violators(alpha), near;
    if (cache_ || !gradual()) return features;
    for (Index j : beyond(ahead))
        if (is_pulled(j, ahead) && !is_pulled(j, alpha)) near.push_back(j);
    const auto room = static_cast<std::size_t>(fewest_likely + model_.size() / 4);
    if (near.size() > room) {
        const auto pull = [&](Index j) {
            return std::abs(correlation_[j]) / penalty_at(ahead, j).l1;
        };
        std::ranges::nth_element(near, near.begin() + static_cast<std::ptrdiff_t>(room),
                                 [&](Index i, Index j) { return pull(i) > pull(j); });
        near.resize(room);
        std::ranges::sort(near);
    }
    features.insert(features.end(), near.begin(), near.end());
    return features;
}

// How many coefficients must leave zero at this alpha.
Index ScreenedSolver::n_pulled(double alpha) const {
    auto count = static_cast<Index>(violators(alpha).size());
    for (Index i = 0; i < model_.size(); ++i)
        if (model_.coef[i] == 0.0 && is_pulled(working_set().feature(i), alpha)) ++count;
    return count;
}

void ScreenedSolver::enter(const std::vector<Index>& features, double alpha) {
    if (cache_) fetch(features, alpha);
    model_.add(features, cache_.get());
    std::vector<CoordinatePenalty> penalty;
    penalty.reserve(static_cast<std::size_t>(model_.size()));
    for (Index j : working_set().features()) penalty.push_back(penalty_at(alpha, j));
    inner_->set_penalty(penalty);
}

}  // namespace fastreg
