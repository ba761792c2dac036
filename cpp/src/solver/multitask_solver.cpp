#include "fastreg/solver/multitask_solver.hpp"

#include <cmath>

#include "fastreg/penalty/alpha_max.hpp"

namespace fastreg {

namespace {

// How far beyond its threshold a correlation must be for its feature to enter, relative to the
// threshold or to the norms in the product, whichever is larger: more than rounding.
constexpr double entry_margin = 1e-13;

}  // namespace

MultitaskSolver::MultitaskSolver(const StandardizedDesign& X, MultitaskModel& model,
                                 ElasticNetPenalty penalty)
    : X_(X),
      model_(model),
      inner_(model),
      penalty_(std::move(penalty)),
      correlation_(X.cols(), model.n_targets()) {
    pass();
}

double MultitaskSolver::deviance_ratio() const {
    return model_.constant() > 0.0 ? 1.0 - model_.exact_square() / model_.constant() : 0.0;
}

// By its penalty factor, or because its column can't carry a coefficient.
bool MultitaskSolver::excluded(Index j) const {
    return X_.excluded(j) || (penalty_.upper.size() && penalty_.upper[j] == 0.0);
}

GroupPenalty MultitaskSolver::penalty_at(double alpha, Index j) const {
    if (excluded(j)) return {.l1 = infinity};
    if (alpha == infinity) return {.l1 = penalty_.penalised(j) ? infinity : 0.0};
    const CoordinatePenalty h = penalty_.at(alpha, j);
    return {.l1 = h.l1, .l2 = h.l2};
}

// Coefficients of all features, target after target.
void MultitaskSolver::set_coefficients(const Vector& coef) {
    const auto by_feature = coef.reshaped(X_.cols(), model_.n_targets());
    std::vector<Index> support;
    for (Index j = 0; j < X_.cols(); ++j)
        if (!excluded(j) && !model_.working_set().contains(j) && !by_feature.row(j).isZero(0.0))
            support.push_back(j);
    model_.add(support);
    for (Index i = 0; i < model_.size(); ++i)
        model_.coef.row(i) = by_feature.row(model_.working_set().feature(i));
    evaluate(0.0, {});
}

void MultitaskSolver::warm_start(const Vector& coef) {
    if (coef.isZero(0.0)) return;
    const double null_ratio = deviance_ratio();
    Vector null = Vector::Zero(coef.size());
    for_each_coefficient([&](Index j, double b) { null[j] = b; });
    set_coefficients(coef);
    // Negated, so that a ratio that is not a number counts as worse.
    if (!(deviance_ratio() >= null_ratio)) set_coefficients(null);
}

void MultitaskSolver::solve_null(const Control&) {
    std::vector<Index> free;
    for (Index j = 0; j < X_.cols(); ++j)
        if (!penalty_.penalised(j) && !excluded(j)) free.push_back(j);
    if (!free.empty()) {
        enter(free, infinity);
        for (int k = 0; k < 2; ++k) {
            model_.take_gradient(correlation_);
            model_.fit_free();
            evaluate(infinity, {});
        }
    }
    start_at(alpha_max(norm_, penalty_));
}

void MultitaskSolver::pass() {
    X_.transpose_matvec(model_.residual(), correlation_);
    correlation_ /= static_cast<double>(X_.rows());
    norm_ = correlation_.rowwise().norm();
    ++n_passes_;
}

void MultitaskSolver::evaluate(double, const Control&) {
    model_.refresh();
    pass();
    model_.take_gradient(correlation_);
}

// Whether a group at zero must move at this alpha.
bool MultitaskSolver::is_pulled(Index j, double alpha) const {
    if (excluded(j)) return false;
    const double l1 = penalty_at(alpha, j).l1;
    const double margin =
        entry_margin * std::max(l1, std::sqrt(model_.exact_square() * X_.mean_square()[j]));
    return norm_[j] > l1 + margin;
}

std::vector<Index> MultitaskSolver::violators(double alpha) const {
    std::vector<Index> features;
    for (Index j = 0; j < X_.cols(); ++j)
        if (!model_.working_set().contains(j) && is_pulled(j, alpha)) features.push_back(j);
    return features;
}

// How many groups must leave zero at this alpha.
Index MultitaskSolver::n_pulled(double alpha) const {
    auto count = static_cast<Index>(violators(alpha).size());
    for (Index i = 0; i < model_.size(); ++i)
        if (model_.coef.row(i).isZero(0.0) && is_pulled(model_.working_set().feature(i), alpha))
            ++count;
    return count;
}

void MultitaskSolver::enter(const std::vector<Index>& features, double alpha) {
    model_.add(features);
    model_.penalty.clear();
    for (Index j : model_.working_set().features()) model_.penalty.push_back(penalty_at(alpha, j));
}

// For the alpha of the last evaluation. Groups at zero that aren't pulled add nothing to the gap and
// don't limit the dual point, unless the residual is projected.
double MultitaskSolver::relative_gap(double alpha) {
    std::vector<GroupPenalty> members;
    for (Index j : model_.working_set().features()) members.push_back(penalty_at(alpha, j));
    std::vector<Index> others;
    for (Index j = 0; j < X_.cols(); ++j)
        if (!model_.working_set().contains(j) && !excluded(j)) others.push_back(j);
    MultitaskModel::Others rest;
    rest.correlation = correlation_(others, Eigen::all).transpose();
    for (Index j : others) {
        rest.penalty.push_back(penalty_at(alpha, j));
        rest.mean_square.push_back(X_.mean_square()[j]);
    }
    model_.penalty.swap(members);
    const double gap = model_.gap(model_.exact_square(), rest);
    model_.penalty.swap(members);
    return gap / (null_objective() > 0.0 ? null_objective() : 1.0);
}

}  // namespace fastreg
