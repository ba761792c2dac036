#include "fastreg/solver/grouped_solver.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fastreg/penalty/alpha_max.hpp"
#include "fastreg/solver/working_gap.hpp"

namespace fastreg {

namespace {

// How far beyond its threshold a correlation must be for its feature to enter, relative to the
// threshold or to the norms in the product, whichever is larger: more than rounding.
constexpr double entry_margin = 1e-13;

}  // namespace

GroupedSolver::GroupedSolver(const StandardizedDesign& X, MultinomialModel& model,
                             ElasticNetPenalty penalty)
    : X_(X),
      model_(model),
      inner_(model),
      penalty_(std::move(penalty)),
      classes_(model.n_classes()),
      member_(static_cast<std::size_t>(X.cols() / model.n_classes()), false),
      norm_(X.cols() / model.n_classes()) {
    pass();
}

// By its penalty factor, or because its column can't carry a coefficient.
bool GroupedSolver::excluded(Index j) const {
    return X_.excluded(j) || (penalty_.upper.size() && penalty_.upper[j] == 0.0);
}

GroupPenalty GroupedSolver::penalty_at(double alpha, Index j) const {
    if (excluded(j)) return {.l1 = infinity};
    if (alpha == infinity) return {.l1 = penalty_.penalised(j) ? infinity : 0.0};
    const CoordinatePenalty h = penalty_.at(alpha, j);
    return {.l1 = h.l1, .l2 = h.l2};
}

std::vector<GroupPenalty> GroupedSolver::penalties(double alpha) const {
    std::vector<GroupPenalty> out;
    out.reserve(static_cast<std::size_t>(n_features()));
    for (Index j = 0; j < n_features(); ++j) out.push_back(penalty_at(alpha, j));
    return out;
}

void GroupedSolver::add(const std::vector<Index>& features) {
    std::vector<Index> positions;
    for (Index j : features) {
        features_.push_back(j);
        member_[static_cast<std::size_t>(j)] = true;
        for (Index k = 0; k < classes_; ++k) positions.push_back(k * n_features() + j);
    }
    model_.add(positions);
}

// Coefficients of all features, class after class.
void GroupedSolver::set_coefficients(const Vector& coef) {
    const auto by_feature = coef.reshaped(n_features(), classes_);
    std::vector<Index> support;
    for (Index j = 0; j < n_features(); ++j)
        if (!excluded(j) && !contains(j) && !by_feature.row(j).isZero(0.0)) support.push_back(j);
    add(support);
    // What all classes share changes nothing but the penalty.
    for (std::size_t g = 0; g < features_.size(); ++g) {
        const auto row = by_feature.row(features_[g]);
        model_.coef.segment(static_cast<Index>(g) * classes_, classes_) =
            (row.array() - row.mean()).transpose();
    }
    model_.refresh();
    pass();
}

void GroupedSolver::warm_start(const Vector& coef) {
    if (coef.isZero(0.0)) return;
    const double null_ratio = deviance_ratio();
    Vector null = Vector::Zero(X_.cols());
    for_each_coefficient([&](Index j, double b) { null[j] = b; });
    set_coefficients(coef);
    // Negated, so that a ratio that is not a number counts as worse.
    if (!(deviance_ratio() >= null_ratio)) set_coefficients(null);
}

void GroupedSolver::solve_null(const Control& control) {
    bool free = false;
    for (Index j = 0; j < n_features(); ++j)
        free = free || (!penalty_.penalised(j) && !excluded(j));
    if (free) solve(infinity, control);
    start_at(alpha_max(norm_, penalty_));
}

// out = X̃ᵀ residual / n, one pass over X.
void GroupedSolver::correlate(const Vector& residual, Matrix& out) {
    Matrix products(X_.cols(), 1);
    X_.transpose_matvec(residual, products);
    out = products.reshaped(n_features(), classes_).transpose() / static_cast<double>(X_.rows());
    ++n_passes_;
}

void GroupedSolver::pass() {
    correlate(model_.residual(), correlation_);
    norm_ = correlation_.colwise().norm().transpose();
}

void GroupedSolver::evaluate(double, const Control&) {
    model_.refresh();
    pass();
}

// Whether a group at zero must move at this alpha.
bool GroupedSolver::is_pulled(Index j, double alpha) const {
    if (excluded(j)) return false;
    const double l1 = penalty_at(alpha, j).l1;
    const double margin =
        entry_margin * std::max(l1, std::sqrt(model_.residual_square() * X_.mean_square()[j]));
    return norm_[j] > l1 + margin;
}

std::vector<Index> GroupedSolver::violators(double alpha) const {
    std::vector<Index> features;
    for (Index j = 0; j < n_features(); ++j)
        if (!contains(j) && is_pulled(j, alpha)) features.push_back(j);
    return features;
}

// How many groups must leave zero at this alpha.
Index GroupedSolver::n_pulled(double alpha) const {
    auto count = static_cast<Index>(violators(alpha).size());
    for (std::size_t g = 0; g < features_.size(); ++g)
        if (model_.coef.segment(static_cast<Index>(g) * classes_, classes_).isZero(0.0) &&
            is_pulled(features_[g], alpha))
            ++count;
    return count;
}

void GroupedSolver::enter(const std::vector<Index>& features, double alpha) {
    add(features);
    std::vector<GroupPenalty> penalty;
    penalty.reserve(features_.size());
    for (Index j : features_) penalty.push_back(penalty_at(alpha, j));
    inner_.set_penalty(std::move(penalty));
}

// For the alpha of the last evaluation. A feature without a penalty asks for a dual point that is
// orthogonal to its column.
double GroupedSolver::relative_gap(double alpha) {
    Matrix B = Matrix::Zero(classes_, n_features());
    for (std::size_t g = 0; g < features_.size(); ++g)
        B.col(features_[g]) = model_.coef.segment(static_cast<Index>(g) * classes_, classes_);
    const std::vector<GroupPenalty> penalty = penalties(alpha);
    const std::vector<Index> free = free_positions(alpha);
    Matrix correlation = correlation_;
    Vector image;
    if (!free.empty()) image = project_off(free, correlation);
    // Columns that depend on the free ones are orthogonal, too.
    for (Index j = 0; j < n_features(); ++j) {
        const double rounding =
            entry_margin * std::sqrt(model_.null_square() * X_.mean_square()[j]);
        if (penalty[static_cast<std::size_t>(j)].l1 == 0.0 && correlation.col(j).norm() <= rounding)
            correlation.col(j).setZero();
    }
    const double gap =
        group_gap(B, correlation, penalty, [&](double s) { return model_.loss_gap(s, image); });
    return gap / (null_objective() > 0.0 ? null_objective() : 1.0);
}

std::vector<Index> GroupedSolver::free_positions(double alpha) const {
    std::vector<Index> free;
    for (Index i = 0; i < model_.size(); ++i)
        if (penalty_at(alpha, feature(i / classes_)).none()) free.push_back(i);
    return free;
}

// The residual, to which the free columns are orthogonal but for rounding, is projected off them along
// the image of a step of theirs, which is returned: the correlations are those of what is left.
Vector GroupedSolver::project_off(const std::vector<Index>& free, Matrix& correlation) {
    const Vector image = free_image(model_, free);
    Matrix change;
    correlate(image, change);
    correlation -= change;
    for (Index i : free) correlation.col(feature(i / classes_)).setZero();
    return image;
}

}  // namespace fastreg
