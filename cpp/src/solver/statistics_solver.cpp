#include "fastreg/solver/statistics_solver.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fastreg/core/symmetric.hpp"
#include "fastreg/penalty/alpha_max.hpp"
#include "fastreg/solver/certificate.hpp"

namespace fastreg {

namespace {

// How far beyond its threshold a correlation must be for its feature to enter.
constexpr double entry_margin = 1e-13;
// Features that are looked at together: most are nowhere near their thresholds.
constexpr Index looked_at = 64;
// A threshold less its rounding error.
constexpr double below_one = 1.0 - 8.0 * epsilon;

// Entries of a matrix that are kept for the next solver.
constexpr Index most_spare = 1 << 18;
thread_local StatisticsMemory spare;

void grow(Vector& v, Index size) {
    const Index old = v.size();
    v.conservativeResize(size);
    v.tail(size - old).setZero();
}

}  // namespace

StatisticsSolver::StatisticsSolver(const StandardizedGram& S, ElasticNetPenalty penalty,
                                   Residual exact)
    : StatisticsMemory(std::exchange(spare, {})),
      S_(S),
      penalty_(std::move(penalty)),
      exact_(std::move(exact)),
      residual_square_(S.response_square()),
      anchor_square_(residual_square_) {
    const Index p = S.cols();
    features_.clear();
    member_.assign(static_cast<std::size_t>(p), false);
    model_.size = 0;
    model_.constant = residual_square_;
    inner_.begin_anew();
    coef_.setZero(p);
    product_.setZero(p);
    linear_ = S.linear();
    correlation_ = linear_;
    anchor_coef_.resize(0);
}

StatisticsSolver::~StatisticsSolver() {
    if (std::max(coef_.size(), model_.gram.size()) <= most_spare)
        spare = std::move(static_cast<StatisticsMemory&>(*this));
}

void StatisticsSolver::reserve(Index size) {
    if (size <= model_.gram.cols()) return;
    const Index capacity = std::min(std::max<Index>({size, size + size / 2, 64}), S_.cols());
    Matrix gram(capacity, capacity);
    gram.topLeftCorner(model_.size, model_.size) =
        model_.gram.topLeftCorner(model_.size, model_.size);
    model_.gram.swap(gram);
    grow(model_.linear, capacity);
    grow(model_.coef, capacity);
    grow(model_.product, capacity);
}

void StatisticsSolver::add(const std::vector<Index>& features) {
    const Index before = model_.size, count = static_cast<Index>(features.size());
    if (count == 0) return;
    reserve(before + count);
    features_.insert(features_.end(), features.begin(), features.end());
    model_.size += count;
    append_symmetric(model_.gram, before, count,
                     [&](MatrixRef columns) { S_.entries(features_, features, columns); });
    for (Index k = before; k < model_.size; ++k) {
        const Index feature = features_[static_cast<std::size_t>(k)];
        member_[static_cast<std::size_t>(feature)] = true;
        model_.linear[k] = linear_[feature];
        model_.coef[k] = 0.0;
        model_.product[k] = product_[feature];
    }
}

void StatisticsSolver::enter(const std::vector<Index>& features, double alpha) {
    add(features);
    entered_.clear();
    for (Index j : features_) entered_.push_back(penalty_at(alpha, j));
    inner_.set_penalty(model_, entered_);
}

void StatisticsSolver::set_coefficients(const Vector& coef) {
    std::vector<Index> support;
    for (Index j = 0; j < coef.size(); ++j)
        if (coef[j] != 0.0 && !S_.excluded(j) && !member_[static_cast<std::size_t>(j)])
            support.push_back(j);
    add(support);
    for (Index i = 0; i < model_.size; ++i) {
        const Index j = features_[static_cast<std::size_t>(i)];
        model_.coef[i] = penalty_.at(0.0, j).clip(coef[j]);
    }
    model_.refresh_product();
    evaluate();
}

void StatisticsSolver::warm_start(const Vector& coef) {
    if (coef.isZero(0.0)) return;
    set_coefficients(coef);
    start_near();
}

void StatisticsSolver::solve_null(const Control& control) {
    if (!penalty_.is_plain()) {
        Vector start = Vector::Zero(S_.cols());
        bool free = false;
        for (Index j = 0; j < S_.cols(); ++j) {
            start[j] = penalty_.at_infinity(j).clip(0.0);
            free = free || (!penalty_.penalised(j) && !S_.excluded(j));
        }
        if (!start.isZero(0.0)) set_coefficients(start);
        if (free) solve(infinity, control);
    }
    start_at(alpha_max(correlation_, penalty_));
}

// Correlations and ‖r‖² of the model's coefficients, by what changed since the anchor:
// ‖r‖² = ‖r_a‖² − n dᵀ(u_a + u). The model takes over the products, which have the error of one sum.
void StatisticsSolver::evaluate() {
    const auto coef = model_.coef.head(model_.size);
    S_.product(features_, coef, product_);
    correlation_ = linear_ - product_;
    double decrease = 0.0;
    for (Index i = 0; i < model_.size; ++i) {
        const Index j = features_[static_cast<std::size_t>(i)];
        coef_[j] = coef[i];
        model_.product[i] = product_[j];
        const Vector& before = anchored() ? anchor_correlation_ : linear_;
        decrease += moved(j) * (before[j] + correlation_[j]);
    }
    residual_square_ = std::max(0.0, anchor_square_ - decrease);
}

// Takes the correlations of the present coefficients from X and makes them the anchor.
void StatisticsSolver::anchor() {
    residual_square_ = anchor_square_ = exact_(coef_, correlation_);
    linear_ = correlation_ + product_;
    anchor_correlation_ = correlation_;
    anchor_coef_ = coef_;
    for (Index i = 0; i < model_.size; ++i)
        model_.linear[i] = linear_[features_[static_cast<std::size_t>(i)]];
    n_passes_ += 2;
}

// Of the correlation of a feature with a mean square of 1.
double StatisticsSolver::error_bound() const {
    double size = std::sqrt(anchor_square_);
    for (Index j : features_) size += S_.root_mean_square()[j] * std::abs(moved(j));
    return product_error * size;
}

// The features with a coefficient and those beyond their thresholds make up the gap; what others add
// to it is exactly 0.
double StatisticsSolver::relative_gap(double alpha) const {
    const std::vector<Index> free = unpenalised(alpha);
    Vector projected;
    double projection = 0.0;
    if (!free.empty()) {
        projected = correlation_;
        projection = project_off(free, alpha, projected);
    }
    const Vector& correlation = free.empty() ? correlation_ : projected;
    const double error = error_bound();
    std::vector<Index>& counted = counted_;
    counted.clear();
    for (Index j : features_)
        if (coef_[j] != 0.0) counted.push_back(j);
    double slack = 0.0;
    for (Index j : counted) slack += error * S_.root_mean_square()[j] * std::abs(coef_[j]);
    for_each_beyond(correlation, error, alpha, [&](Index j) {
        if (coef_[j] == 0.0) counted.push_back(j);
    });
    const auto feature = [&](Index k) { return counted[static_cast<std::size_t>(k)]; };
    const double gap = duality_gap(
        static_cast<Index>(counted.size()),
        [&](Index k) {
            const double u = correlation[feature(k)];
            // A correlation of exactly 0 is one that must be, and that was projected.
            return u == 0.0 ? u : u + std::copysign(error * S_.root_mean_square()[feature(k)], u);
        },
        [&](Index k) { return coef_[feature(k)]; },
        [&](Index k) { return penalty_at(alpha, feature(k)); },
        LeastSquaresGap{std::max(0.0, residual_square_ - projection)});
    return (gap + slack + 0.5 * projection) / (null_objective() > 0.0 ? null_objective() : 1.0);
}

// visit(j), in order, for the features whose correlation is beyond the threshold of their L1 term, or
// would be with an error of so much for a mean square of 1. Only these can leave zero.
template <class Visit>
void StatisticsSolver::for_each_beyond(const Vector& correlation, double error, double alpha,
                                       Visit visit) const {
    const double l1 = alpha == infinity ? 0.0 : below_one * alpha * penalty_.l1_ratio;
    for (Index first = 0; first < S_.cols(); first += looked_at) {
        const Index count = std::min(looked_at, S_.cols() - first);
        const auto size = correlation.segment(first, count).array().abs() +
                          error * S_.root_mean_square().segment(first, count).array();
        const double beyond =
            penalty_.factor.size()
                ? (size - l1 * penalty_.factor.segment(first, count).array()).maxCoeff()
                : size.maxCoeff() - l1;
        if (beyond <= 0.0) continue;
        for (Index j = first; j < first + count; ++j)
            if (!(size[j - first] <= l1 * (penalty_.factor.size() ? penalty_.factor[j] : 1.0)))
                visit(j);
    }
}

// Positions of the working set's features with neither a penalty nor an active bound.
std::vector<Index> StatisticsSolver::unpenalised(double alpha) const {
    std::vector<Index> free;
    if (penalty_.factor.size() == 0 && alpha > 0.0) return free;
    for (Index i = 0; i < model_.size; ++i) {
        const CoordinatePenalty h = penalty_at(alpha, features_[static_cast<std::size_t>(i)]);
        if (h.l1 == 0.0 && h.l2 == 0.0 && model_.coef[i] != 0.0 && !h.at_bound(model_.coef[i]))
            free.push_back(i);
    }
    return free;
}

// A feature that is free asks for a dual point that is orthogonal to its column, which the residual
// is but for rounding. With F these features the residual is projected off them, r' = r − X̃_F d: the
// correlations become those of r', and ‖X̃_F d‖² / n is returned.
double StatisticsSolver::project_off(const std::vector<Index>& free, double alpha,
                                     Vector& correlation) const {
    const std::vector<double> unshifted(features_.size(), 0.0);
    CholeskyFactor factor;
    factor.append({model_.gram, unshifted}, free);
    std::vector<Index> factored;
    Vector step(factor.size());
    for (Index k = 0; k < step.size(); ++k) {
        const Index position = factor.members()[static_cast<std::size_t>(k)];
        factored.push_back(features_[static_cast<std::size_t>(position)]);
        step[k] = correlation[factored.back()];
    }
    factor.solve(step);
    Vector change(S_.cols());  // X̃ᵀ X̃_F d / n
    S_.product(factored, step, change);
    double projection = 0.0;
    for (Index k = 0; k < step.size(); ++k)
        projection += step[k] * change[factored[static_cast<std::size_t>(k)]];
    correlation -= change;
    for (Index i : free) correlation[features_[static_cast<std::size_t>(i)]] = 0.0;
    // Columns that depend on those of F have a correlation of 0, too.
    for (Index j = 0; j < S_.cols(); ++j) {
        const double rounding = entry_margin * std::sqrt(model_.constant * S_.mean_square()[j]);
        if (std::abs(correlation[j]) <= rounding && penalty_at(alpha, j).l1 == 0.0)
            correlation[j] = 0.0;
    }
    return std::max(0.0, projection);
}

double StatisticsSolver::deviance_ratio() const {
    return model_.constant > 0.0 ? 1.0 - residual_square_ / model_.constant : 0.0;
}

// Whether a coefficient of zero must change at this alpha.
bool StatisticsSolver::is_pulled(Index j, double alpha) const {
    if (S_.excluded(j)) return false;
    const CoordinatePenalty h = penalty_at(alpha, j);
    const double u = correlation_[j];
    const bool may_move = u > 0.0 ? h.upper > 0.0 : h.lower < 0.0;
    const double margin =
        entry_margin * std::max(h.l1, std::sqrt(residual_square_) * S_.root_mean_square()[j]);
    return may_move && std::abs(u) > h.l1 + margin;
}

std::vector<Index> StatisticsSolver::violators(double alpha) const {
    std::vector<Index> features;
    for_each_beyond(correlation_, 0.0, alpha, [&](Index j) {
        if (!member_[static_cast<std::size_t>(j)] && is_pulled(j, alpha)) features.push_back(j);
    });
    return features;
}

Index StatisticsSolver::n_pulled(double alpha) const {
    Index count = 0;
    if (!penalty_.is_plain() || alpha == infinity) {
        for_each_beyond(correlation_, 0.0, alpha, [&](Index j) {
            if (coef_[j] == 0.0 && is_pulled(j, alpha)) ++count;
        });
        return count;
    }
    // Without bounds it is all that are beyond but those that have a coefficient.
    const double l1 = alpha * penalty_.l1_ratio;
    for (Index j = 0; j < S_.cols(); ++j) count += std::abs(correlation_[j]) > l1 ? 1 : 0;
    for (Index j : features_)
        if (coef_[j] != 0.0 && std::abs(correlation_[j]) > l1) --count;
    return count;
}

// Where X is at hand its correlations have the digits that the Gram form lacks.
bool StatisticsSolver::sharpen() {
    if (!exact_) return false;
    anchor();
    return true;
}

}  // namespace fastreg
