#include "fastreg/solver/class_factor.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fastreg/core/symmetric.hpp"

namespace fastreg {

namespace {

// Curvatures below this share of the largest count as that much.
constexpr double least_curvature = 1e-6;
// Iterations a system that new factors would take, too.
constexpr Index usual_iterations = 6;
// Multiplications of matrices are so many times as fast as those of a pass.
constexpr double product_speed = 8.0;
// What all the matrices may take: so many numbers, or this share of X if that is more.
constexpr double least_memory = 1.6e7, memory_share = 0.5;

}  // namespace

bool ClassFactor::fits(const WorkingModel& model, const std::vector<Index>& A) const {
    std::vector<double> sizes(static_cast<std::size_t>(classes_.n_classes()), 0.0);
    for (Index i : A) sizes[static_cast<std::size_t>(classes_.class_of(i))] += 1.0;
    const double numbers = std::inner_product(sizes.begin(), sizes.end(), sizes.begin(), 0.0);
    const double X = model.pass_cost() / static_cast<double>(classes_.n_classes());
    return 1.5 * numbers <= std::max(least_memory, memory_share * X);
}

bool ClassFactor::update(const WorkingModel& model, const std::vector<Index>& A) {
    if (!fits(model, A)) {
        blocks_.clear();
        return false;
    }
    place_.resize(static_cast<std::size_t>(model.size()), -1);
    support_cost_ = 0.0;
    for (Index i : A) support_cost_ += model.column_cost(i);
    if (outdated_ || blocks_.empty()) rebuild(model, A);
    std::vector<std::vector<Index>> entering(blocks_.size());
    for (Block& block : blocks_) block.wanted.clear();
    for (Index i : A) {
        const auto k = static_cast<std::size_t>(classes_.class_of(i));
        Index& place = place_[static_cast<std::size_t>(i)];
        if (place < 0) {
            place = static_cast<Index>(blocks_[k].members.size() + entering[k].size());
            entering[k].push_back(i);
        }
        blocks_[k].wanted.push_back(place);
    }
    for (std::size_t k = 0; k < blocks_.size(); ++k) {
        if (!entering[k].empty()) take_in(model, blocks_[k], entering[k]);
        follow(blocks_[k]);
    }
    return true;
}

void ClassFactor::rebuild(const WorkingModel& model, const std::vector<Index>& A) {
    std::fill(place_.begin(), place_.end(), Index{-1});
    blocks_.assign(static_cast<std::size_t>(classes_.n_classes()), Block());
    for (std::size_t k = 0; k < blocks_.size(); ++k) {
        blocks_[k].curvature = classes_.row_curvature(static_cast<Index>(k));
        const double most = blocks_[k].curvature.maxCoeff();
        blocks_[k].curvature = blocks_[k].curvature.cwiseMax(least_curvature * most);
    }
    outdated_ = false;
    lost_ = rebuild_cost_ = 0.0;
    std::vector<double> costs(blocks_.size(), 0.0), sizes(blocks_.size(), 0.0);
    for (Index i : A) {
        costs[static_cast<std::size_t>(classes_.class_of(i))] += model.column_cost(i);
        sizes[static_cast<std::size_t>(classes_.class_of(i))] += 1.0;
    }
    for (std::size_t k = 0; k < blocks_.size(); ++k)
        rebuild_cost_ += (costs[k] * sizes[k] + sizes[k] * sizes[k] * sizes[k]) / product_speed;
}

void ClassFactor::take_in(const WorkingModel& model, Block& block,
                          const std::vector<Index>& entering) {
    const auto old = static_cast<Index>(block.members.size()),
               added = static_cast<Index>(entering.size());
    const std::vector<Index> columns = columns_of(entering);
    for (Index i : entering) {
        block.members.push_back(i);
        block.diagonal.push_back(model.h(i).l2);
    }
    block.columns.insert(block.columns.end(), columns.begin(), columns.end());
    if (block.gram.rows() < old + added) {
        const Index room = old + added + (old + added) / 4 + 16;
        block.gram.conservativeResize(room, room);
    }
    if (old == 0)
        sandwich(block, block.gram.topLeftCorner(added, added));
    else
        append_symmetric(block.gram, old, added,
                         [&](MatrixRef out) { cross(block, columns, out); });
}

std::vector<Index> ClassFactor::columns_of(const std::vector<Index>& members) {
    std::vector<Index> columns, fresh;
    for (Index i : members) {
        const Index feature = classes_.feature_of(i);
        Index& position = position_[static_cast<std::size_t>(feature)];
        if (position < 0) {
            position = set_.size() + static_cast<Index>(fresh.size());
            fresh.push_back(feature);
        }
        columns.push_back(position);
    }
    set_.add(fresh);
    return columns;
}

// Xᵀ diag(curvature) X / (K n) of the block's columns, with the intercept eliminated.
void ClassFactor::sandwich(const Block& block, MatrixRef out) const {
    set_.sandwich(block.columns, block.curvature, out);
    if (classes_.fit_intercept()) {
        // The root, so that both triangles stay the same to the bit.
        const Vector products =
            products_with_ones(block, block.columns) / std::sqrt(curvature_sum(block));
        out.noalias() -= products * products.transpose();
    }
    out /= static_cast<double>(classes_.n_classes());
}

// The same of all the block's columns with some of them.
void ClassFactor::cross(const Block& block, const std::vector<Index>& cols, MatrixRef out) const {
    set_.cross(block.columns, cols, out, &block.curvature);
    if (classes_.fit_intercept()) {
        const Vector right = products_with_ones(block, cols) / curvature_sum(block);
        out.noalias() -= products_with_ones(block, block.columns) * right.transpose();
    }
    out /= static_cast<double>(classes_.n_classes());
}

// The sum of the curvatures over the rows, by their weights, times their number.
double ClassFactor::curvature_sum(const Block& block) const {
    const Vector& root = classes_.single().root_weight();
    const double sum = root.size() ? root.cwiseAbs2().dot(block.curvature) : block.curvature.sum();
    return sum * static_cast<double>(block.curvature.size());
}

Vector ClassFactor::products_with_ones(const Block& block,
                                       const std::vector<Index>& columns) const {
    const Vector& root = classes_.single().root_weight();
    Vector products(static_cast<Index>(columns.size()));
    set_.correlate(columns, root.size() ? root.cwiseProduct(block.curvature) : block.curvature,
                   products);
    return products;
}

// Brings the factor's members to those of the support.
void ClassFactor::follow(Block& block) const {
    std::vector<bool> wanted(block.members.size(), false);
    for (Index place : block.wanted) wanted[static_cast<std::size_t>(place)] = true;
    std::vector<Index> leaving, entering;
    for (Index place : block.factor.members())
        if (!wanted[static_cast<std::size_t>(place)]) leaving.push_back(place);
    if (2 * leaving.size() > block.factor.members().size()) {
        block.factor.clear();
        leaving.clear();
    }
    for (auto place = leaving.rbegin(); place != leaving.rend(); ++place)
        block.factor.remove(*place);
    for (Index place : block.wanted)
        if (!block.factor.contains(place)) entering.push_back(place);
    const auto size = static_cast<Index>(block.members.size());
    block.factor.append({block.gram.topLeftCorner(size, size), block.diagonal}, entering);
}

// Coordinates whose columns depend on others of their class are left out of the factor and have the
// diagonal alone.
void ClassFactor::solve(const WorkingModel& model, const std::vector<Index>& A, const Vector& v,
                        Vector& out) {
    out.resize(v.size());
    for (Block& block : blocks_) block.right.setZero(block.factor.size());
    for (std::size_t a = 0; a < A.size(); ++a) {
        Block& block = blocks_[static_cast<std::size_t>(classes_.class_of(A[a]))];
        const Index place = place_[static_cast<std::size_t>(A[a])], k = static_cast<Index>(a);
        if (block.factor.contains(place))
            block.right[block.factor.row_of(place)] = v[k];
        else
            out[k] = v[k] / (model.curvature(A[a]) + model.h(A[a]).l2);
    }
    for (Block& block : blocks_) block.factor.solve(block.right);
    for (std::size_t a = 0; a < A.size(); ++a) {
        const Block& block = blocks_[static_cast<std::size_t>(classes_.class_of(A[a]))];
        const Index place = place_[static_cast<std::size_t>(A[a])];
        if (block.factor.contains(place))
            out[static_cast<Index>(a)] = block.right[block.factor.row_of(place)];
    }
}

void ClassFactor::took(const WorkingModel&, Index iterations) {
    lost_ += 4.0 * support_cost_ *
             static_cast<double>(std::max<Index>(0, iterations - usual_iterations));
    outdated_ = lost_ > rebuild_cost_;
}

}  // namespace fastreg
