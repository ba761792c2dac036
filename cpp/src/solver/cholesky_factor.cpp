#include "fastreg/solver/cholesky_factor.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace fastreg {

namespace {

constexpr Index lanes = 8;
using Lanes = Eigen::Array<double, lanes, 1>;

}  // namespace

void CholeskyFactor::clear() {
    for (Index position : members_) row_of_[static_cast<std::size_t>(position)] = -1;
    members_.clear();
}

void CholeskyFactor::reserve(Index members, Index positions) {
    if (positions > static_cast<Index>(row_of_.size()))
        row_of_.resize(static_cast<std::size_t>(std::max(positions, 2 * size())), -1);
    for (auto I = static_cast<Index>(bands_.size()); I * band < members; ++I)
        bands_.emplace_back(band, (I + 1) * band + 1);
    const auto room = static_cast<std::size_t>(members);
    if (members_.capacity() >= room) return;
    members_.reserve(2 * room);
    cosine_.resize(2 * room);
    sine_.resize(2 * room);
}

void CholeskyFactor::append(const ShiftedGram& H, const std::vector<Index>& positions) {
    for (std::size_t first = 0; first < positions.size(); first += band) {
        const Features part = Features(positions).subspan(
            first, std::min<std::size_t>(band, positions.size() - first));
        const auto k = static_cast<Index>(part.size());
        Matrix projected(size(), k), schur(k, k);
        for (Index c = 0; c < k; ++c) {
            const Index position = part[static_cast<std::size_t>(c)];
            const double* column = H.gram.col(position).data();
            for (Index r = 0; r < size(); ++r)
                projected(r, c) = column[members_[static_cast<std::size_t>(r)]];
            for (Index r = 0; r < k; ++r) schur(r, c) = column[part[static_cast<std::size_t>(r)]];
            schur(c, c) += H.shift[static_cast<std::size_t>(position)];
        }
        const Vector diagonal = schur.diagonal();
        if (size() > 0) {
            forward_substitute(projected);
            schur.noalias() -= projected.transpose() * projected;
        }
        append(part, projected, schur, diagonal);
    }
}

// The new rows of L are [projectedᵀ, M], where M Mᵀ = schur. That small matrix is factored column by
// column, leaving out the members whose pivot vanishes.
void CholeskyFactor::append(Features positions, const ConstMatrixRef& projected,
                            const ConstMatrixRef& schur, const ConstVectorRef& diagonal) {
    const Index a = size(), k = static_cast<Index>(positions.size());
    Index last = 0;
    for (Index position : positions) last = std::max(last, position + 1);
    reserve(a + k, last);
    if (rows_.rows() < k) {
        const Index room = (std::max(k, band) + lanes - 1) / lanes * lanes;
        rows_.setZero(room, room);
    }
    for (Index c = 0; c < k; ++c) {
        rows_.col(c).setZero();
        rows_.col(c).segment(c, k - c) = schur.col(c).segment(c, k - c);
    }
    std::vector<Index> taken;  // the positions whose rows are there, by their place in `positions`
    for (Index t = 0; t < k; ++t) {
        const double pivot = rows_(t, t);
        if (!(pivot > dependence * diagonal[t])) continue;
        eliminate(t, k);
        taken.push_back(t);
        const Index position = positions[static_cast<std::size_t>(t)];
        row_of_[static_cast<std::size_t>(position)] = size();
        members_.push_back(position);
    }
    // Column by column, which is how both lie in memory.
    const auto n_taken = static_cast<Index>(taken.size());
    for (Index c = 0; c < a; ++c)
        for (Index v = 0; v < n_taken; ++v)
            row(a + v)[band * c] = projected(c, taken[static_cast<std::size_t>(v)]);
    for (Index c = 0; c < n_taken; ++c)
        for (Index v = c; v < n_taken; ++v)
            row(a + v)[band * (a + c)] =
                rows_(taken[static_cast<std::size_t>(v)], taken[static_cast<std::size_t>(c)]);
}

// Column t of M, and what it leaves of the columns behind it, in the lower triangle of rows_.
void CholeskyFactor::eliminate(Index t, Index k) {
    const double root = std::sqrt(rows_(t, t));
    auto column = rows_.col(t);
    column[t] = root;
    column.segment(t + 1, k - t - 1) /= root;
    // In whole packets: what lies above the diagonal and behind the last row means nothing.
    const double* from = column.data();
    for (Index c = t + 1; c < k; ++c) {
        double* to = rows_.col(c).data();
        const double factor = from[c];
        for (Index r = c - c % lanes; r < k; r += lanes)
            Eigen::Map<Lanes>(to + r) -= factor * Eigen::Map<const Lanes>(from + r);
    }
}

// W ← L⁻¹ W
void CholeskyFactor::forward_substitute(MatrixRef W) const {
    for (Index I = 0; I * band < size(); ++I) {
        const Index rows = band_rows(I), left = I * band;
        const Matrix& L = bands_[static_cast<std::size_t>(I)];
        auto part = W.middleRows(left, rows);
        part.noalias() -= L.topLeftCorner(rows, left) * W.topRows(left);
        L.block(0, left, rows, rows).triangularView<Eigen::Lower>().solveInPlace(part);
    }
}

// Without row k, L is lower Hessenberg from column k on; a rotation of columns c and c + 1 for
// every c ≥ k makes it triangular again.
void CholeskyFactor::remove(Index position) {
    const Index k = row_of_[static_cast<std::size_t>(position)];
    shift_rows_up(k);
    members_.erase(members_.begin() + k);
    row_of_[static_cast<std::size_t>(position)] = -1;
    for (Index r = k; r < size(); ++r)
        row_of_[static_cast<std::size_t>(members_[static_cast<std::size_t>(r)])] = r;
    rotate_bands(k);
}

void CholeskyFactor::shift_rows_up(Index removed) {
    for (Index I = removed / band; I * band < size(); ++I) {
        Matrix& L = bands_[static_cast<std::size_t>(I)];
        const Index from = std::max(removed - I * band, Index{0}), rows = band_rows(I);
        const bool more = (I + 1) * band < size();
        const double* below = more ? row((I + 1) * band) : nullptr;
        for (Index c = 0; c < L.cols(); ++c) {
            double* column = &L(0, c);
            std::copy(column + from + 1, column + rows, column + from);
            if (more) column[band - 1] = below[band * c];
        }
    }
}

// The rotations are found at the diagonal, band by band, and every band below gets them when it is
// its turn: it passes through the cache once.
void CholeskyFactor::rotate_bands(Index first) {
    for (Index I = first / band; I * band < size(); ++I) {
        Matrix& L = bands_[static_cast<std::size_t>(I)];
        const Index rows = band_rows(I), top = I * band;
        for (Index c = first; c < top; ++c) rotate_column_pair(&L(0, c), rows, c);
        for (Index c = std::max(first, top); c < top + rows; ++c) {
            double* column = &L(c - top, c);
            const double length = std::hypot(column[0], column[band]);
            cosine_[static_cast<std::size_t>(c)] = column[0] / length;
            sine_[static_cast<std::size_t>(c)] = column[band] / length;
            rotate_column_pair(column, top + rows - c, c);
        }
    }
}

void CholeskyFactor::rotate_column_pair(double* column, Index rows, Index c) const {
    const double cosine = cosine_[static_cast<std::size_t>(c)];
    const double sine = sine_[static_cast<std::size_t>(c)];
    double* next = column + band;
    for (Index r = 0; r < rows; ++r) {
        const double x = column[r], y = next[r];
        column[r] = cosine * x + sine * y;
        next[r] = cosine * y - sine * x;
    }
}

void CholeskyFactor::solve(VectorRef x) const {
    for (Index I = 0; I * band < size(); ++I) {
        const Index rows = band_rows(I), left = I * band;
        const Matrix& L = bands_[static_cast<std::size_t>(I)];
        auto part = x.segment(left, rows);
        part.noalias() -= L.topLeftCorner(rows, left) * x.head(left);
        L.block(0, left, rows, rows).triangularView<Eigen::Lower>().solveInPlace(part);
    }
    for (Index I = (size() + band - 1) / band - 1; I >= 0; --I) {
        const Index rows = band_rows(I), left = I * band;
        const Matrix& L = bands_[static_cast<std::size_t>(I)];
        auto part = x.segment(left, rows);
        L.block(0, left, rows, rows).transpose().triangularView<Eigen::Upper>().solveInPlace(part);
        x.head(left).noalias() -= L.topLeftCorner(rows, left).transpose() * part;
    }
}

// x ← L x: from the last band up, so that what is read was not yet written.
void CholeskyFactor::multiply_by_lower(VectorRef x) const {
    for (Index I = (size() + band - 1) / band - 1; I >= 0; --I) {
        const Index rows = band_rows(I), left = I * band;
        const Matrix& L = bands_[static_cast<std::size_t>(I)];
        auto part = x.segment(left, rows);
        for (Index r = rows - 1; r >= 0; --r)
            part[r] = L.row(r).segment(left, r + 1).dot(part.head(r + 1));
        part.noalias() += L.topLeftCorner(rows, left) * x.head(left);
    }
}

void CholeskyFactor::multiply(const ConstVectorRef& x, VectorRef out) const {
    out.setZero();
    for (Index I = 0; I * band < size(); ++I) {
        const Index rows = band_rows(I), left = I * band;
        const Matrix& L = bands_[static_cast<std::size_t>(I)];
        const auto part = x.segment(left, rows);
        out.head(left).noalias() += L.topLeftCorner(rows, left).transpose() * part;
        for (Index r = 0; r < rows; ++r)
            out.segment(left, r + 1) += part[r] * L.row(r).segment(left, r + 1).transpose();
    }
    multiply_by_lower(out);
}

void CholeskyFactor::column(Index r, VectorRef out) const {
    const double* source = row(r);
    out.setZero();
    for (Index c = 0; c <= r; ++c) out[c] = source[band * c];
    multiply_by_lower(out);
}

}  // namespace fastreg
