#include "fastreg/solver/cholesky_factor.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace fastreg {

namespace {

// Members appended together: enough for matrix–matrix speed, few enough that their own block is
// cheap to factor.
constexpr std::size_t block_size = 64;

}  // namespace

void CholeskyFactor::clear() {
    for (Index position : members_) row_of_[static_cast<std::size_t>(position)] = -1;
    members_.clear();
}

void CholeskyFactor::reserve(Index rows) {
    if (rows <= L_.rows()) return;
    const Index capacity = std::max(rows, 2 * L_.rows());
    Matrix larger(capacity, capacity);
    larger.topLeftCorner(size(), size()) = L_.topLeftCorner(size(), size());
    L_.swap(larger);
}

void CholeskyFactor::set_row(Index position) {
    const auto key = static_cast<std::size_t>(position);
    if (key >= row_of_.size()) row_of_.resize(std::max(key + 1, 2 * row_of_.size()), -1);
    row_of_[key] = size();
    members_.push_back(position);
}

void CholeskyFactor::rebuild(const ShiftedGram& H, const std::vector<Index>& positions) {
    clear();
    append(H, positions);
}

void CholeskyFactor::append(const ShiftedGram& H, const std::vector<Index>& positions) {
    reserve(size() + static_cast<Index>(positions.size()));
    for (std::size_t first = 0; first < positions.size(); first += block_size) {
        const std::size_t last = std::min(first + block_size, positions.size());
        append_block(H, {positions.begin() + static_cast<std::ptrdiff_t>(first),
                         positions.begin() + static_cast<std::ptrdiff_t>(last)});
    }
}

// With W = L⁻¹ H_{A,new}, the new rows of L are [Wᵀ, M], where M Mᵀ = H_{new,new} − Wᵀ W. That
// small matrix is factored row by row, leaving out the members whose pivot vanishes.
void CholeskyFactor::append_block(const ShiftedGram& H, const std::vector<Index>& positions) {
    const Index a = size(), k = static_cast<Index>(positions.size());
    Matrix W(a, k), S(k, k);
    for (Index c = 0; c < k; ++c) {
        const Index position = positions[static_cast<std::size_t>(c)];
        for (Index r = 0; r < a; ++r) W(r, c) = H(members_[static_cast<std::size_t>(r)], position);
        for (Index r = 0; r < k; ++r) S(r, c) = H(positions[static_cast<std::size_t>(r)], position);
    }
    const Vector diagonal = S.diagonal();
    L_.topLeftCorner(a, a).triangularView<Eigen::Lower>().solveInPlace(W);
    S.noalias() -= W.transpose() * W;
    Index rows = 0;  // rows of the block appended so far
    for (Index t = 0; t < k; ++t) {
        auto row = L_.row(a + rows);
        for (Index u = 0, v = 0; u < t; ++u) {
            if (!contains(positions[static_cast<std::size_t>(u)])) continue;
            const auto other = L_.row(a + v).segment(a, v);
            row[a + v] = (S(t, u) - row.segment(a, v).dot(other)) / L_(a + v, a + v);
            ++v;
        }
        const double pivot = S(t, t) - row.segment(a, rows).squaredNorm();
        if (!(pivot > dependence * diagonal[t])) continue;
        row.head(a) = W.col(t).transpose();
        row[a + rows] = std::sqrt(pivot);
        set_row(positions[static_cast<std::size_t>(t)]);
        ++rows;
    }
}

// Without row k, L is lower Hessenberg from column k on; a rotation of columns c and c + 1 for
// every c ≥ k makes it triangular again.
void CholeskyFactor::remove(Index position) {
    const Index a = size(), k = row_of_[static_cast<std::size_t>(position)];
    for (Index c = 0; c < a; ++c) {
        double* column = &L_(0, c);
        std::copy(column + std::max(c, k + 1), column + a, column + std::max(c, k + 1) - 1);
    }
    for (Index c = k; c + 1 < a; ++c) {
        Eigen::JacobiRotation<double> rotation;
        rotation.makeGivens(L_(c, c), L_(c, c + 1));
        auto pair = L_.block(c, c, a - 1 - c, 2);
        pair.applyOnTheRight(0, 1, rotation);
        if (L_(c, c) < 0.0) pair.col(0) = -pair.col(0);
    }
    members_.erase(members_.begin() + k);
    row_of_[static_cast<std::size_t>(position)] = -1;
    for (Index r = k; r + 1 < a; ++r)
        row_of_[static_cast<std::size_t>(members_[static_cast<std::size_t>(r)])] = r;
}

void CholeskyFactor::solve(VectorRef x) const {
    const auto L = L_.topLeftCorner(size(), size());
    L.triangularView<Eigen::Lower>().solveInPlace(x);
    L.transpose().triangularView<Eigen::Upper>().solveInPlace(x);
}

}  // namespace fastreg
