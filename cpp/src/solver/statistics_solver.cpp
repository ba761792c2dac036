#include "fastreg/solver/statistics_solver.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fastreg/penalty/alpha_max.hpp"
#include "fastreg/solver/certificate.hpp"

namespace fastreg {

namespace {

// How far beyond its threshold a correlation must be for its feature to enter.
constexpr double entry_margin = 1e-13;
// Rounding error of a sum of products, relative to the norms of its factors. Sums over blocks of
// rows err by a few units in the last place.
constexpr double product_error = 16.0 * epsilon;

void grow(Vector& v, Index size) {
    const Index old = v.size();
    v.conservativeResize(size);
    v.tail(size - old).setZero();
}

}  // namespace

StatisticsSolver::StatisticsSolver(const StandardizedGram& S, ElasticNetPenalty penalty,
                                   Residual exact)
    : S_(S),
      penalty_(std::move(penalty)),
      exact_(std::move(exact)),
      member_(static_cast<std::size_t>(S.cols()), false),
      coef_(Vector::Zero(S.cols())),
      product_(coef_),
      linear_(S.linear()),
      correlation_(linear_),
      residual_square_(S.response_square()),
      anchor_coef_(coef_),
      anchor_correlation_(linear_),
      anchor_square_(residual_square_) {
    model_.constant = residual_square_;
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
    reserve(model_.size + static_cast<Index>(features.size()));
    for (Index feature : features) {
        const Index k = model_.size++;
        features_.push_back(feature);
        member_[static_cast<std::size_t>(feature)] = true;
        for (Index i = 0; i <= k; ++i)
            model_.gram(i, k) = model_.gram(k, i) =
                S_.entry(features_[static_cast<std::size_t>(i)], feature);
        model_.linear[k] = linear_[feature];
        model_.coef[k] = 0.0;
        model_.product[k] = model_.gram.col(k).head(k).dot(model_.coef.head(k));
    }
}

void StatisticsSolver::enter(const std::vector<Index>& features, double alpha) {
    add(features);
    std::vector<CoordinatePenalty> penalty;
    penalty.reserve(features_.size());
    for (Index j : features_) penalty.push_back(penalty_at(alpha, j));
    inner_.set_penalty(model_, penalty);
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
    if (!coef.isZero(0.0)) set_coefficients(coef);
}

void StatisticsSolver::solve_null(const Control& control) {
    Vector start = Vector::Zero(S_.cols());
    bool free = false;
    for (Index j = 0; j < S_.cols(); ++j) {
        start[j] = penalty_.at_infinity(j).clip(0.0);
        free = free || (!penalty_.penalised(j) && !S_.excluded(j));
    }
    if (!start.isZero(0.0)) set_coefficients(start);
    if (free) solve(infinity, control);
    start_at(alpha_max(correlation_, penalty_));
}

// Correlations and ‖r‖² of the model's coefficients, by what changed since the anchor:
// ‖r‖² = ‖r_a‖² − n dᵀ(u_a + u).
void StatisticsSolver::evaluate() {
    for (Index i = 0; i < model_.size; ++i)
        coef_[features_[static_cast<std::size_t>(i)]] = model_.coef[i];
    S_.product(features_, model_.coef.head(model_.size), product_);
    correlation_ = linear_ - product_;
    const auto change = coef_ - anchor_coef_;
    residual_square_ =
        std::max(0.0, anchor_square_ - change.dot(anchor_correlation_ + correlation_));
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
    const Vector root = S_.mean_square().cwiseSqrt();
    return product_error *
           (std::sqrt(anchor_square_) + root.dot((coef_ - anchor_coef_).cwiseAbs()));
}

double StatisticsSolver::relative_gap(double alpha) const {
    Vector correlation = correlation_;
    const double projection = project_unpenalised(alpha, correlation);
    const double error = error_bound();
    double slack = 0.0;
    for (Index j = 0; j < S_.cols(); ++j) {
        const double bound = error * std::sqrt(S_.mean_square()[j]);
        slack += bound * std::abs(coef_[j]);
        // A correlation of exactly 0 is one that must be, and that was projected.
        if (correlation[j] != 0.0) correlation[j] += std::copysign(bound, correlation[j]);
    }
    const double gap = duality_gap(
        S_.cols(), [&](Index j) { return correlation[j]; }, [&](Index j) { return coef_[j]; },
        [&](Index j) { return penalty_at(alpha, j); },
        LeastSquaresGap{std::max(0.0, residual_square_ - projection)});
    return (gap + slack + 0.5 * projection) / (null_objective() > 0.0 ? null_objective() : 1.0);
}

// A feature with neither a penalty nor an active bound asks for a dual point that is orthogonal to
// its column, which the residual is but for rounding. With F these features the residual is
// projected off them, r' = r − X̃_F d: the correlations become those of r', and ‖X̃_F d‖² / n is
// returned.
double StatisticsSolver::project_unpenalised(double alpha, Vector& correlation) const {
    std::vector<Index> free;
    for (Index i = 0; i < model_.size; ++i) {
        const CoordinatePenalty h = penalty_at(alpha, features_[static_cast<std::size_t>(i)]);
        if (h.l1 == 0.0 && h.l2 == 0.0 && model_.coef[i] != 0.0 && !h.at_bound(model_.coef[i]))
            free.push_back(i);
    }
    if (free.empty()) return 0.0;
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
        entry_margin * std::max(h.l1, std::sqrt(residual_square_ * S_.mean_square()[j]));
    return may_move && std::abs(u) > h.l1 + margin;
}

std::vector<Index> StatisticsSolver::violators(double alpha) const {
    std::vector<Index> features;
    for (Index j = 0; j < S_.cols(); ++j)
        if (!member_[static_cast<std::size_t>(j)] && is_pulled(j, alpha)) features.push_back(j);
    return features;
}

Index StatisticsSolver::n_pulled(double alpha) const {
    Index count = 0;
    for (Index j = 0; j < S_.cols(); ++j)
        if (coef_[j] == 0.0 && is_pulled(j, alpha)) ++count;
    return count;
}

// Where X is at hand its correlations have the digits that the Gram form lacks.
bool StatisticsSolver::sharpen() {
    if (!exact_) return false;
    anchor();
    return true;
}

}  // namespace fastreg
