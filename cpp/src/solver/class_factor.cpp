#include "fastreg/solver/class_factor.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fastreg/core/symmetric.hpp"

namespace fastreg {

namespace {

// Columns that are gathered together for their products with the others.
constexpr std::size_t block_columns = 64;
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
    std::vector<Index> features;
    for (Index i : entering) {
        features.push_back(classes_.feature_of(i));
        block.members.push_back(i);
        block.features.push_back(features.back());
        block.diagonal.push_back(model.h(i).l2);
    }
    if (block.gram.rows() < old + added) {
        const Index room = old + added + (old + added) / 4 + 16;
        block.gram.conservativeResize(room, room);
    }
    append_symmetric(block.gram, old, added,
                     [&](MatrixRef columns) { cross(block, block.features, features, columns); });
}

// Xᵀ diag(curvature) X / (K n) of two sets of features, with the intercept eliminated.
void ClassFactor::cross(const Block& block, const std::vector<Index>& rows,
                        const std::vector<Index>& cols, MatrixRef out) const {
    const StandardizedDesign& X = classes_.single();
    const Vector& root = X.root_weight();
    const Vector ones = root.size() ? root.cwiseProduct(block.curvature).eval() : block.curvature;
    const double total = root.size() ? root.dot(ones) : ones.sum();
    Matrix sums(static_cast<Index>(rows.size()), 1);
    if (classes_.fit_intercept()) X.transpose_matvec_columns(rows, ones, sums);
    Matrix gathered(X.rows(), static_cast<Index>(std::min(block_columns, cols.size())));
    for (std::size_t first = 0; first < cols.size(); first += block_columns) {
        const std::size_t count = std::min(block_columns, cols.size() - first);
        const auto place = static_cast<Index>(first), width = static_cast<Index>(count);
        auto part = gathered.leftCols(width);
        X.columns(Features(cols).subspan(first, count), part);
        const Eigen::RowVectorXd products = ones.transpose() * part;
        part.array().colwise() *= block.curvature.array();
        X.transpose_matvec_columns(rows, part, out.middleCols(place, width));
        if (classes_.fit_intercept())
            out.middleCols(place, width).noalias() -= sums * products / total;
    }
    out /= static_cast<double>(X.rows() * classes_.n_classes());
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
