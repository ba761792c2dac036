#include "fastreg/solver/group_factor.hpp"

#include <algorithm>
#include <cmath>

#include "fastreg/core/symmetric.hpp"

namespace fastreg {

namespace {

// Curvatures below this share of the largest count as that much.
constexpr double least_curvature = 1e-6;
// What is added to diagonals, relative to them, for columns that depend on others.
constexpr double ridge = 1e-7;
// Iterations a system that a new matrix would take, too.
constexpr Index usual_iterations = 8;
// Multiplications of matrices are so many times as fast as those of a pass.
constexpr double product_speed = 8.0;
// Solving with the factors may cost so many times as much as the columns of the support have entries, and
// making them so many times as much as a product with all classes through these columns.
constexpr double solve_share = 4.0, factor_share = 1500.0;
// What the matrices may take: so many numbers, or this share of X if that is more.
constexpr double least_memory = 1.6e7, memory_share = 0.5;

}  // namespace

bool GroupFactor::fits(const std::vector<Index>& groups) const {
    const auto size = static_cast<double>(groups.size());
    double cost = 0.0;
    for (Index g : groups) cost += model_.column_cost(g * classes_);
    if (size * size > solve_share * cost) return false;
    if (size * size * size > factor_share * static_cast<double>(classes_) * cost) return false;
    return 3.0 * size * size <= std::max(least_memory, memory_share * model_.single().pass_cost());
}

bool GroupFactor::update(const std::vector<Index>& groups, const Matrix& unit, const Vector& along,
                         const Vector& across) {
    if (!fits(groups)) {
        outdated_ = true;
        return false;
    }
    place_.resize(static_cast<std::size_t>(model_.size() / classes_), -1);
    position_.resize(place_.size(), -1);
    if (outdated_) renew();
    std::vector<Index> entering;
    support_cost_ = 0.0;
    for (Index g : groups) {
        support_cost_ += model_.column_cost(g * classes_);
        if (place_[static_cast<std::size_t>(g)] < 0) entering.push_back(g);
    }
    take_in(entering);
    const auto size = static_cast<double>(groups.size());
    rebuild_cost_ = (support_cost_ + size * size) * size / product_speed;
    support_.clear();
    for (Index g : groups) support_.push_back(place_[static_cast<std::size_t>(g)]);
    unit_ = unit;
    return factor(along, across);
}

void GroupFactor::renew() {
    std::fill(place_.begin(), place_.end(), Index{-1});
    members_.clear();
    curvature_ = model_.row_curvature(0);
    for (Index k = 1; k < classes_; ++k) curvature_ += model_.row_curvature(k);
    curvature_ /= static_cast<double>(classes_);
    curvature_ = curvature_.cwiseMax(least_curvature * curvature_.maxCoeff());
    const Vector& root = model_.single().root_weight();
    ones_ = root.size() ? root.cwiseProduct(curvature_).eval() : curvature_;
    outdated_ = false;
    lost_ = 0.0;
}

// Computes the rows and columns of G that are new, with the intercept eliminated.
void GroupFactor::take_in(const std::vector<Index>& entering) {
    if (entering.empty()) return;
    const auto old = static_cast<Index>(members_.size()),
               added = static_cast<Index>(entering.size());
    std::vector<Index> columns;
    for (Index g : entering) {
        Index& position = position_[static_cast<std::size_t>(g)];
        if (position < 0) {
            position = used_.size() + static_cast<Index>(columns.size());
            columns.push_back(model_.feature_of(g * classes_));
        }
        place_[static_cast<std::size_t>(g)] = static_cast<Index>(members_.size());
        members_.push_back(position);
    }
    used_.add(columns);
    if (gram_.rows() < old + added) {
        const Index room = old + added + (old + added) / 4 + 16;
        gram_.conservativeResize(room, room);
    }
    const Features fresh = Features(members_).subspan(static_cast<std::size_t>(old));
    append_symmetric(gram_, old, added, [&](MatrixRef out) {
        used_.cross(members_, fresh, out, &curvature_);
        if (model_.fit_intercept()) {
            const Vector& root = model_.single().root_weight();
            const double total = root.size() ? root.dot(ones_) : ones_.sum();
            Vector sums(old + added);
            used_.correlate(members_, ones_, sums);
            out -= sums * (sums.tail(added).transpose() /
                           (total * static_cast<double>(model_.single().rows())));
        }
        out /= static_cast<double>(classes_);
    });
}

bool GroupFactor::factor(const Vector& along, const Vector& across) {
    const auto size = static_cast<Index>(support_.size());
    Matrix A(size, size);
    for (Index h = 0; h < size; ++h)
        for (Index g = 0; g < size; ++g)
            A(g, h) =
                gram_(support_[static_cast<std::size_t>(g)], support_[static_cast<std::size_t>(h)]);
    Matrix R = A.cwiseProduct(unit_.transpose() * unit_);
    held_.setOnes(size);
    for (Index g = 0; g < size; ++g) {
        R(g, g) += along[g] + ridge * A(g, g);
        if (unit_.col(g).isZero(0.0)) R(g, g) = 1.0;
        if (across[g] == infinity) {
            held_[g] = 0.0;
            A.row(g).setZero();
            A.col(g).setZero();
            A(g, g) = 1.0;
        } else {
            A(g, g) += across[g] + ridge * A(g, g);
        }
    }
    along_.compute(R);
    across_.compute(A);
    return along_.info() == Eigen::Success && across_.info() == Eigen::Success;
}

void GroupFactor::solve(const Vector& v, Vector& out) const {
    const auto size = static_cast<Index>(support_.size());
    const auto by_group = v.reshaped(classes_, size);
    Vector radial = unit_.cwiseProduct(by_group).colwise().sum().transpose();
    Matrix rest = (by_group - unit_ * radial.asDiagonal()) * held_.asDiagonal();
    along_.solveInPlace(radial);
    rest = across_.solve(rest.transpose()).transpose() * held_.asDiagonal();
    const Vector turned = unit_.cwiseProduct(rest).colwise().sum().transpose();
    out = (rest + unit_ * (radial - turned).asDiagonal()).reshaped();
}

void GroupFactor::took(Index iterations) {
    lost_ += 4.0 * static_cast<double>(classes_) * support_cost_ *
             static_cast<double>(std::max<Index>(0, iterations - usual_iterations));
    outdated_ = outdated_ || lost_ > rebuild_cost_;
}

}  // namespace fastreg
