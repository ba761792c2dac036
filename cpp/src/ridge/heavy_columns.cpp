#include "fastreg/ridge/heavy_columns.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace fastreg {

namespace {

// Seconds, but for a factor, of an entry of X in an iteration, of one of a heavy column, of an
// entry of the factor in an iteration, of a multiplication of the heavy columns' Gram matrix and of
// one of its factorisation.
constexpr double entry_cost = 2.0;
constexpr double heavy_entry_cost = 2.5;
constexpr double factor_entry_cost = 0.5;
constexpr double gram_cost = 1.5;
constexpr double factorisation_cost = 0.1;
// Numbers of heavy columns that are considered: these, and doubled as far as this.
constexpr Index fewest = 16;
constexpr Index most = 4096;
// The smallest eigenvalue of the scaled matrix that is reckoned with.
constexpr double least_eigenvalue = 1e-3;

// Places of the columns, the heaviest first, as far as they may count.
std::vector<Index> by_weight(const Vector& square) {
    std::vector<Index> order(static_cast<std::size_t>(square.size()));
    std::iota(order.begin(), order.end(), Index{0});
    const auto end = order.begin() + std::min<Index>(most + 1, square.size());
    std::partial_sort(order.begin(), end, order.end(),
                      [&](Index a, Index b) { return square[a] > square[b]; });
    order.erase(end, order.end());
    return order;
}

// How many columns should be taken as heavy.
Index count_heavy(const RidgeDesign& Z, const Vector& square, const std::vector<Index>& order,
                  double tol, double alpha) {
    const StandardizedDesign& X = Z.standardized();
    const double n = static_cast<double>(Z.rows()), trace = square.sum();
    const double level = trace / n + alpha;  // mean of the diagonal
    if (!(trace > 0.0)) return 0;
    // Columns that would make the same spectrum if they were all alike: the bulk's smallest
    // eigenvalue follows from their number (Marchenko and Pastur 1967).
    const double alike = trace * trace / square.squaredNorm();
    const double gap = std::max(0.0, 1.0 - std::sqrt(n / std::max(alike, 1.0)));
    const double smallest = std::max(least_eigenvalue, alpha / level + gap * gap);
    double best = infinity, entries = 0.0;
    Index chosen = 0;
    for (Index k = 0, next = 0; next < static_cast<Index>(order.size());
         next = std::max(fewest, 2 * next)) {
        for (; k < next; ++k)
            entries += X.column_cost(
                Z.features()[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])]);
        const double heaviest = square[order[static_cast<std::size_t>(k)]] / level;
        const double iterations =
            0.5 * std::log(2.0 / tol) * std::sqrt((1.0 + heaviest) / smallest);
        const double size = static_cast<double>(k), per_row = entries / n;
        const double cost = iterations * (entry_cost * X.pass_cost() + heavy_entry_cost * entries +
                                          factor_entry_cost * size * size) +
                            gram_cost * 0.5 * entries * per_row +
                            factorisation_cost * size * size * size / 3.0;
        if (cost < best) {
            best = cost;
            chosen = k;
        }
    }
    return chosen;
}

}  // namespace

HeavyColumns::HeavyColumns(const RidgeDesign& Z, double tol, double alpha) {
    const StandardizedDesign& X = Z.standardized();
    const double n = static_cast<double>(Z.rows());
    const Vector square = Z.mean_square();
    std::vector<Index> order = by_weight(square);
    order.resize(static_cast<std::size_t>(count_heavy(Z, square, order, tol, alpha)));
    Vector rest = Z.factor();
    std::vector<Index> features;
    for (const Index k : order) features.push_back(Z.features()[static_cast<std::size_t>(k)]);
    for (const Index j : features) rest[j] = 0.0;
    diagonal_ = X.row_squares(rest) / n;
    heavy_ = X.entries(features);
    Vector scale(static_cast<Index>(order.size()));
    for (Index k = 0; k < scale.size(); ++k)
        scale[k] = Z.shrink()[order[static_cast<std::size_t>(k)]] / std::sqrt(n);
    heavy_.scale_columns(scale);
    by_row_ = heavy_.transposed();
    mean_ = Vector::Zero(scale.size());
    ones_ = X.null_row_space();
    for (Index k = 0; ones_.size() && k < scale.size(); ++k)
        heavy_.for_each_entry(k, [&](Index i, double x) { mean_[k] += x * ones_[i]; });
}

// HᵀD⁻¹H from the entries, then the centre.
void HeavyColumns::set_alpha(double alpha) {
    const Index k = n_heavy();
    inverse_ =
        diagonal_.unaryExpr([&](double d) { return d + alpha > 0.0 ? 1.0 / (d + alpha) : 1.0; });
    if (k == 0) return;
    SparseColumns weighted = by_row_;
    weighted.scale_columns(inverse_);
    Matrix inner(k, k);
    heavy_.gram(weighted, inner);
    if (ones_.size()) {
        Vector cross(k);
        for (Index a = 0; a < k; ++a) {
            cross[a] = 0.0;
            heavy_.for_each_entry(
                a, [&](Index i, double x) { cross[a] += x * inverse_[i] * ones_[i]; });
        }
        const double square = ones_.cwiseAbs2().dot(inverse_);
        inner -= cross * mean_.transpose() + mean_ * (cross - square * mean_).transpose();
    }
    inner.diagonal().array() += 1.0;
    inner.triangularView<Eigen::StrictlyLower>() = inner.transpose();
    factor_.compute(inner);
}

void HeavyColumns::apply(const ConstMatrixRef& R, MatrixRef out) const {
    out = R.array().colwise() * inverse_.array();
    if (n_heavy() == 0) return;
    Matrix c(n_heavy(), R.cols()), image(R.rows(), R.cols());
    transpose_multiply(out, c);
    factor_.solveInPlace(c);
    multiply(c, image);
    out.array() -= image.array().colwise() * inverse_.array();
}

void HeavyColumns::multiply(const ConstMatrixRef& c, MatrixRef out) const {
    for (Index t = 0; t < c.cols(); ++t) {
        const double shift = ones_.size() ? mean_.dot(c.col(t)) : 0.0;
        for (Index i = 0; i < out.rows(); ++i)
            out(i, t) = by_row_.dot(i, c.col(t)) - (ones_.size() ? shift * ones_[i] : 0.0);
    }
}

void HeavyColumns::transpose_multiply(const ConstMatrixRef& R, MatrixRef out) const {
    for (Index t = 0; t < R.cols(); ++t) {
        const double sum = ones_.size() ? ones_.dot(R.col(t)) : 0.0;
        for (Index k = 0; k < n_heavy(); ++k) out(k, t) = heavy_.dot(k, R.col(t)) - mean_[k] * sum;
    }
}

}  // namespace fastreg
