#include "fastreg/solver/multitask_descent.hpp"

#include <algorithm>
#include <cmath>

namespace fastreg {

namespace {

// Sweeps between Newton steps: as few where the support stays as it is, as many where it doesn't.
constexpr Index least_sweeps = 2, most_sweeps = 6;
// Sweeps are gone on with while so many more would do.
constexpr double few_sweeps = 8.0;
// Rounds that may fail to halve the gap.
constexpr Index patience = 60;
// The residual of a Newton system, relative to where it began, and iterations that it may take.
constexpr double least_share = 1e-4, most_share = 0.1;
constexpr int most_iterations = 200;
constexpr int halvings = 40;

// How many sweeps are left, if the gap goes on falling as it did.
double sweeps_left(double last, double gap, double tol) {
    if (!(gap < last) || !(last < infinity)) return infinity;
    return std::log(gap / tol) / std::log(last / gap);
}

}  // namespace

InnerReport MultitaskDescent::solve(double tol, Index max_sweeps, const Control& control) {
    InnerReport report;
    double best = infinity, last = infinity;
    Index since = 0, in_vain = 0;
    while (report.sweeps < max_sweeps && in_vain < patience) {
        report.interrupted = control.interrupted();
        if (report.interrupted) break;
        const bool changed = sweep();
        ++report.sweeps;
        ++since;
        model_.update_gradient();
        report.gap = model_.gap(model_.residual_square(), {});
        if (report.gap <= tol) break;
        in_vain = report.gap <= 0.5 * best ? 0 : in_vain + 1;
        best = std::min(best, report.gap);
        const bool due = since >= (changed ? most_sweeps : least_sweeps);
        if (due && sweeps_left(last, report.gap, tol) > few_sweeps) {
            newton_step(std::sqrt(0.1 * tol / report.gap), control);
            ++report.sweeps;
            since = 0;
            last = infinity;
        } else {
            last = report.gap;
        }
    }
    return report;
}

// Whether a group entered or left.
bool MultitaskDescent::sweep() {
    bool changed = false;
    for (Index k = 0; k < model_.n_blocks(); ++k) changed = sweep_block(model_.block(k)) || changed;
    return changed;
}

bool MultitaskDescent::sweep_block(MultitaskModel::Block block) {
    bool changed = false, moved = false;
    moves_.setZero(block.count, model_.n_targets());
    for (Index r = 0; r < block.count; ++r) {
        const Index i = block.first + r;
        const GroupPenalty& h = model_.h(i);
        const double curvature = model_.curvature(i);
        const bool was_zero = model_.coef.row(i).isZero(0.0);
        target_ = block.gradient.row(r);
        if (!was_zero) target_ += curvature * model_.coef.row(i);
        const double shrinkage = h.shrinkage(target_.norm(), curvature);
        if (was_zero && shrinkage == 0.0) continue;
        changed = changed || was_zero || shrinkage == 0.0;
        moved = true;
        // One that goes to zero gets there to the bit.
        moves_.row(r) = shrinkage * target_ - model_.coef.row(i);
        block.gradient.noalias() -= model_.block_gram(block, r) * moves_.row(r);
    }
    if (moved) model_.move(block, moves_);
    return changed;
}

void MultitaskDescent::find_support() {
    support_.clear();
    for (Index i = 0; i < model_.size(); ++i)
        if (!model_.coef.row(i).isZero(0.0)) support_.push_back(i);
    const auto a = static_cast<Index>(support_.size());
    coef_ = model_.coef(support_, Eigen::all);
    unit_.resize(a, coef_.cols());
    for (Vector* each : {&bending_, &ridge_, &curvature_}) each->resize(a);
    for (Index s = 0; s < a; ++s) {
        const Index i = support_[static_cast<std::size_t>(s)];
        const double norm = coef_.row(s).norm();
        bending_[s] = model_.h(i).l1 / norm;
        ridge_[s] = model_.h(i).l2;
        curvature_[s] = model_.curvature(i);
        unit_.row(s) = coef_.row(s) / norm;
    }
    descent_ = model_.gradient(support_, Eigen::all);
    descent_ -= (ridge_ + bending_).asDiagonal() * coef_;
    if (model_.by_gram()) gram_ = model_.gram(support_);
}

// The Hessian times P.
Matrix MultitaskDescent::multiply(const Matrix& P) const {
    Matrix out = model_.by_gram() ? Matrix(gram_ * P) : model_.multiply(support_, P);
    const Vector along = unit_.cwiseProduct(P).rowwise().sum().cwiseProduct(bending_);
    out += (ridge_ + bending_).asDiagonal() * P;
    out -= along.asDiagonal() * unit_;
    return out;
}

// By the blocks on its diagonal: along u, and across it.
Matrix MultitaskDescent::precondition(const Matrix& R) const {
    const Vector along = unit_.cwiseProduct(R).rowwise().sum();
    const Vector radial = (curvature_ + ridge_).cwiseInverse();
    const Vector across = (curvature_ + ridge_ + bending_).cwiseInverse();
    return across.asDiagonal() * R + along.cwiseProduct(radial - across).asDiagonal() * unit_;
}

// Newton's direction, by conjugate gradients.
bool MultitaskDescent::find_direction(double share, const Control& control) {
    Matrix R = descent_, Z = precondition(R), P = Z;
    direction_.setZero(R.rows(), R.cols());
    double product = R.cwiseProduct(Z).sum();
    const double enough = share * share * product;
    for (int k = 0; k < most_iterations && product > enough; ++k) {
        if (control.interrupted()) return false;
        const Matrix Q = multiply(P);
        const double curvature = P.cwiseProduct(Q).sum();
        if (!(curvature > 0.0)) break;
        const double length = product / curvature;
        direction_ += length * P;
        R -= length * Q;
        Z = precondition(R);
        const double next = R.cwiseProduct(Z).sum();
        P = Z + (next / product) * P;
        product = next;
    }
    return true;
}

// The share of the direction with the least objective. With d the step of a group, the slope at t is
//
//     Σ [t G d + l2 (b + t d) − gradient] d + l1 (b + t d) d / ‖b + t d‖,
//
// which grows with t.
double MultitaskDescent::search(const Matrix& products) const {
    const auto dot = [](const auto& A, const auto& B) -> Vector {
        return A.cwiseProduct(B).rowwise().sum();
    };
    const Matrix gradient = model_.gradient(support_, Eigen::all);
    const Vector bb = dot(coef_, coef_), bd = dot(coef_, direction_),
                 dd = dot(direction_, direction_);
    const Vector l1 = bending_.cwiseProduct(bb.cwiseSqrt());
    const double start = ridge_.dot(bd) - dot(gradient, direction_).sum();
    const double growth = dot(products(support_, Eigen::all), direction_).sum() + ridge_.dot(dd);
    const auto slope = [&](double t) {
        double sum = start + t * growth;
        for (Index s = 0; s < bb.size(); ++s) {
            const double square = bb[s] + t * (2.0 * bd[s] + t * dd[s]);
            if (l1[s] > 0.0 && square > 0.0) sum += l1[s] * (bd[s] + t * dd[s]) / std::sqrt(square);
        }
        return sum;
    };
    // One that passes zero does so at the end of the way: its norm falls until then.
    if (slope(1.0) <= 0.0) return 1.0;
    double low = 0.0, high = 1.0;
    for (int k = 0; k < halvings; ++k)
        (slope(0.5 * (low + high)) < 0.0 ? low : high) = 0.5 * (low + high);
    return low;
}

// A step of the groups away from zero; whether there was one.
bool MultitaskDescent::newton_step(double share, const Control& control) {
    find_support();
    if (support_.empty()) return false;
    if (!find_direction(std::clamp(share, least_share, most_share), control)) return false;
    std::vector<bool> leaves(support_.size(), false);
    for (std::size_t s = 0; s < support_.size(); ++s) {
        const auto row = static_cast<Index>(s);
        const double along = (coef_.row(row) + direction_.row(row)).dot(unit_.row(row));
        leaves[s] = bending_[row] > 0.0 && along <= 0.0;
        if (leaves[s]) direction_.row(row) = -coef_.row(row);
    }
    const MultitaskModel::Image image = model_.image(support_, direction_);
    const double length = search(image.products);
    if (length <= 0.0) return false;
    model_.move(support_, direction_, image, length);
    for (std::size_t s = 0; s < support_.size(); ++s)
        if (length == 1.0 && leaves[s]) model_.coef.row(support_[s]).setZero();
    return true;
}

}  // namespace fastreg
