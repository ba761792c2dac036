#include "fastreg/solver/multitask_descent.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fastreg {

namespace {

// Sweeps between Newton steps: as few where the support stays as it is, as many where it doesn't.
constexpr Index least_sweeps = 2, most_sweeps = 6;
// Sweeps are gone on with while so many more would do.
constexpr double few_sweeps = 8.0;
// Rounds that may fail to halve the gap: between columns that are alike sweeps gain little for long.
constexpr Index patience = 1000;
// The residual of a Newton system, relative to where it began, and iterations that it may take.
constexpr double least_share = 1e-4, most_share = 0.1;
constexpr int most_iterations = 200;
constexpr int halvings = 40;
// What a step is tried at next that groups stand in the way of.
constexpr double shorter = 0.3;
// Newton steps without a sweep between them, where so many rounds failed to halve the gap.
constexpr Index slow = 8;
constexpr Index most_steps = 32;
// A curvature that can't be told from none, relative to that of columns that are independent.
constexpr double flat = 1e-10;
constexpr double beyond = 1e-12;

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
        model_.fit_free();
        report.gap = model_.gap(model_.residual_square(), {});
        if (report.gap <= tol) break;
        in_vain = report.gap <= 0.5 * best ? 0 : in_vain + 1;
        best = std::min(best, report.gap);
        const bool due = since >= (changed ? most_sweeps : least_sweeps);
        if (due && sweeps_left(last, report.gap, tol) > few_sweeps) {
            const double share = std::sqrt(0.1 * tol / report.gap);
            const Index most = in_vain < slow ? 1 : most_steps;
            Index steps = 1;
            while (newton_step(share, control) && steps < most) ++steps;
            report.sweeps += steps;
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
    cut_ = false;
    double product = R.cwiseProduct(Z).sum();
    const double enough = share * share * product;
    for (int k = 0; k < most_iterations && product > enough; ++k) {
        if (control.interrupted()) return false;
        const Matrix Q = multiply(P);
        const double curvature = P.cwiseProduct(Q).sum();
        const Vector size = (curvature_ + ridge_).cwiseProduct(P.rowwise().squaredNorm());
        if (!(curvature > flat * size.sum())) {
            // Dependent columns: along P the fit doesn't change, only the penalty does. A group gets to
            // zero before that ends.
            const double first = first_at_zero(P);
            if (first < infinity) {
                direction_ = first * P;
                cut_ = true;
            }
            break;
        }
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

// How far along D the first group turns back.
double MultitaskDescent::first_at_zero(const Matrix& D) const {
    double first = infinity;
    for (Index s = 0; s < D.rows(); ++s) {
        const double along = D.row(s).dot(unit_.row(s));
        if (bending_[s] > 0.0 && along < 0.0)
            first = std::min(first, -coef_.row(s).dot(unit_.row(s)) / along);
    }
    return first;
}

// The least objective on the way along D, whose groups that turn back are put at zero. With d the step
// of a group, the slope at t is
//
//     Σ [t G d + l2 (b + t d) − gradient] d + l1 (b + t d) d / ‖b + t d‖,
//
// which grows with t.
MultitaskDescent::Way MultitaskDescent::search(Matrix D) const {
    Way way;
    for (Index s = 0; s < D.rows(); ++s) {
        // A little beyond, so that the one that a step was cut off at is among them.
        const double along = (coef_.row(s) + (1.0 + beyond) * D.row(s)).dot(unit_.row(s));
        if (bending_[s] > 0.0 && along <= 0.0) D.row(s) = -coef_.row(s);
    }
    way.image = model_.image(support_, D);
    const auto dot = [](const auto& A, const auto& B) -> Vector {
        return A.cwiseProduct(B).rowwise().sum();
    };
    const Matrix gradient = model_.gradient(support_, Eigen::all);
    const Matrix products = way.image.products(support_, Eigen::all);
    const Vector bb = dot(coef_, coef_), bd = dot(coef_, D), dd = dot(D, D);
    const Vector l1 = bending_.cwiseProduct(bb.cwiseSqrt());
    const double start = ridge_.dot(bd) - dot(gradient, D).sum();
    const double growth = dot(products, D).sum() + ridge_.dot(dd);
    const auto square = [&](Index s, double t) { return bb[s] + t * (2.0 * bd[s] + t * dd[s]); };
    const auto slope = [&](double t) {
        double sum = start + t * growth;
        for (Index s = 0; s < bb.size(); ++s)
            if (l1[s] > 0.0 && square(s, t) > 0.0)
                sum += l1[s] * (bd[s] + t * dd[s]) / std::sqrt(square(s, t));
        return sum;
    };
    // A group that gets to zero does so at the end of the way: its norm falls until then.
    if (slope(1.0) > 0.0) {
        double low = 0.0, high = 1.0;
        for (int k = 0; k < halvings; ++k) {
            const double middle = 0.5 * (low + high);
            (slope(middle) < 0.0 ? low : high) = middle;
        }
        way.share = low;
    }
    const double t = way.share;
    way.change = t * (start + 0.5 * t * growth);
    for (Index s = 0; s < bb.size(); ++s)
        way.change += l1[s] * (std::sqrt(std::max(0.0, square(s, t))) - std::sqrt(bb[s]));
    way.direction = std::move(D);
    return way;
}

// A step of the groups away from zero. Where those that turn back are in the way of the others, shorter
// ones are tried, up to where the first of them turns back. Whether one was cut off like that: there is
// more to gain without the groups that got to zero, which a sweep might only bring back.
bool MultitaskDescent::newton_step(double share, const Control& control) {
    find_support();
    if (support_.empty()) return false;
    if (!find_direction(std::clamp(share, least_share, most_share), control)) return false;
    Way way = search(direction_);
    const double first = first_at_zero(direction_);
    for (double part = shorter; way.share < 1.0 && first < 1.0; part *= shorter) {
        Way other = search(std::max(part, first) * direction_);
        const bool whole = other.share == 1.0 || part <= first;
        if (other.change < way.change) {
            way = std::move(other);
            cut_ = true;
        }
        if (whole) break;
    }
    if (!(way.change < 0.0)) return false;
    model_.move(support_, way.direction, way.image, way.share);
    for (std::size_t s = 0; s < support_.size(); ++s) {
        const auto row = static_cast<Index>(s);
        const bool ends = way.share == 1.0 && way.direction.row(row) == -coef_.row(row);
        if (ends) model_.coef.row(support_[s]).setZero();
    }
    return cut_;
}

}  // namespace fastreg
