#include "fastreg/solver/dual_factor.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace fastreg {

namespace {

// Columns that enter or leave together.
constexpr std::size_t block = 64;
// L2 terms that differ by more than this share from a common multiple of the old ones are new.
constexpr double same_ratio = 1e-12;
// Members that may have come and gone, by the size of the support, before rounding errors of what
// was subtracted are swept out by summing anew.
constexpr Index most_changes = 20;

}  // namespace

void DualFactor::clear() {
    members_.clear();
    outer_.resize(0, 0);
    changes_ = 0;
}

void DualFactor::update(const WorkingModel& model, const std::vector<Index>& A) {
    const Index n = model.residual().size();
    weight_.resize(static_cast<std::size_t>(model.size()), 0.0);
    if (!follows(model, A)) rebuild(model, A);
    Matrix K = outer_ / scale_;
    K.diagonal().array() += static_cast<double>(n);
    factor_.compute(K);
}

// Adds and subtracts what changed, if that is less work than all of A.
bool DualFactor::follows(const WorkingModel& model, const std::vector<Index>& A) {
    if (members_.empty()) return false;
    const auto l2 = [&](Index i) { return model.h(i).l2; };
    const auto weight = [&](Index i) { return weight_[static_cast<std::size_t>(i)]; };
    scale_ = l2(members_.front()) * weight(members_.front());
    entering_.clear();
    leaving_.clear();
    std::set_difference(A.begin(), A.end(), members_.begin(), members_.end(),
                        std::back_inserter(entering_));
    std::set_difference(members_.begin(), members_.end(), A.begin(), A.end(),
                        std::back_inserter(leaving_));
    changes_ += static_cast<Index>(entering_.size() + leaving_.size());
    if (entering_.size() + leaving_.size() >= A.size() ||
        changes_ > most_changes * static_cast<Index>(A.size()))
        return false;
    for (Index i : members_)
        if (!(std::abs(l2(i) * weight(i) - scale_) <= same_ratio * scale_)) return false;
    for (Index i : entering_) weight_[static_cast<std::size_t>(i)] = scale_ / l2(i);
    add(model, entering_, 1.0);
    add(model, leaving_, -1.0);
    members_ = A;
    return true;
}

void DualFactor::rebuild(const WorkingModel& model, const std::vector<Index>& A) {
    const Index n = model.residual().size();
    outer_.setZero(n, n);
    changes_ = 0;
    scale_ = model.h(A.front()).l2;
    for (Index i : A) weight_[static_cast<std::size_t>(i)] = scale_ / model.h(i).l2;
    add(model, A, 1.0);
    members_ = A;
}

void DualFactor::add(const WorkingModel& model, const std::vector<Index>& positions, double sign) {
    const Index n = model.residual().size();
    Vector column(n);
    for (std::size_t first = 0; first < positions.size(); first += block) {
        const std::size_t count = std::min(block, positions.size() - first);
        block_.resize(n, static_cast<Index>(count));
        for (std::size_t k = 0; k < count; ++k) {
            const Index i = positions[first + k];
            column.setZero();
            model.working_set().add_column(i, std::sqrt(weight_[static_cast<std::size_t>(i)]),
                                           column);
            block_.col(static_cast<Index>(k)) = column;
        }
        outer_.selfadjointView<Eigen::Lower>().rankUpdate(block_, sign);
    }
}

void DualFactor::solve(const WorkingModel& model, const std::vector<Index>& A, const Vector& v,
                       Vector& out) {
    const auto a = static_cast<Index>(A.size());
    inverse_.resize(a);
    for (Index k = 0; k < a; ++k) inverse_[k] = 1.0 / model.h(A[static_cast<std::size_t>(k)]).l2;
    scaled_ = inverse_.cwiseProduct(v);
    image_.setZero(model.residual().size());
    model.working_set().add_columns(A, scaled_, image_);
    factor_.solveInPlace(image_);
    out.resize(a);
    model.working_set().correlate(A, image_, out);
    out = scaled_ - inverse_.cwiseProduct(out);
}

}  // namespace fastreg
