#include "fastreg/ridge/band_reduction.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <utility>

#include "fastreg/core/control.hpp"
#include "fastreg/ridge/symmetric_product.hpp"

namespace fastreg {

namespace {

// Columns after which the rest of the matrix is updated.
constexpr Index block_columns = 64;

// The reflectors that bring a panel to triangular form: the panel becomes R, V and tau theirs.
void triangularize(MatrixRef panel, MatrixRef V, VectorRef tau) {
    const Index m = panel.rows();
    tau.setZero();
    V.setZero();
    Vector scratch(panel.cols());
    for (Index c = 0; c < std::min(panel.cols(), m - 1); ++c) {
        auto column = panel.col(c).tail(m - c);
        double beta;
        column.makeHouseholderInPlace(tau[c], beta);
        V(c, c) = 1.0;
        V.col(c).tail(m - c - 1) = column.tail(m - c - 1);
        panel.block(c, c + 1, m - c, panel.cols() - c - 1)
            .applyHouseholderOnTheLeft(column.tail(m - c - 1), tau[c], scratch.data());
        column[0] = beta;
        column.tail(m - c - 1).setZero();
    }
}

// T of the product of reflectors, H₁ H₂ … = I − V T Vᵀ (Schreiber and Van Loan 1989).
Matrix compact_triangle(const Matrix& V, const Vector& tau) {
    const Matrix gram = V.transpose() * V;
    Matrix T = Matrix::Zero(tau.size(), tau.size());
    for (Index c = 0; c < tau.size(); ++c) {
        T(c, c) = tau[c];
        if (c == 0) continue;
        const Vector products = -tau[c] * gram.col(c).head(c);
        T.col(c).head(c) = T.topLeftCorner(c, c).triangularView<Eigen::Upper>() * products;
    }
    return T;
}

}  // namespace

const Index BandReduction::best_width = symmetric_product_columns;

BandReduction::BandReduction(Matrix K, Index width, const std::function<bool()>& interrupted)
    : width_(width), matrix_(std::move(K)), band_(Matrix::Zero(width + 1, matrix_.cols())) {
    // The reduction needs a diagonal of its own.
    const Vector diagonal = matrix_.diagonal();
    reduce(interrupted);
    matrix_.diagonal() = diagonal;
}

void BandReduction::reduce(const std::function<bool()>& interrupted) {
    const Index s = size(), b = width_;
    if (s == 0) return;
    // The updates that the matrix has not yet had are left · rightᵀ: panels [V W] and [W V].
    Matrix left(s, 2 * block_columns), right(s, 2 * block_columns);
    Matrix V_transposed, product;
    Vector tau(block_columns);
    Index first = 0, begin = 0;  // of the panel, of the block
    const auto panel_of = [&](Index j, Index count) {
        Matrix panel(s - j, count);
        panel = matrix_.block(j, j, s - j, count);
        panel.noalias() -= left.block(j, 0, s - j, 2 * (j - begin)) *
                           right.block(j, 0, count, 2 * (j - begin)).transpose();
        return panel;
    };
    const auto keep_band = [&](Index j, const Matrix& panel) {
        for (Index c = 0; c < panel.cols(); ++c) {
            const Index count = std::min(b + 1, panel.rows() - c);
            band_.col(j + c).head(count) = panel.col(c).segment(c, count);
        }
    };
    for (; s - first - b >= 2; first += b) {
        Matrix panel = panel_of(first, b);
        const Index next = first + b, m = s - next, done = 2 * (first - begin);
        Matrix V(m, b);
        triangularize(panel.bottomRows(m), V, tau.segment(first - begin, b));
        keep_band(first, panel);
        for (Index c = 0; c < std::min(b, m); ++c)
            matrix_.col(first + c).tail(m - c) = V.col(c).tail(m - c);
        const Matrix T = compact_triangle(V, tau.segment(first - begin, b));
        V_transposed = V.transpose();
        symmetric_product(matrix_.bottomRightCorner(m, m), V_transposed, product);
        Matrix W = product.transpose();
        W.noalias() -=
            left.block(next, 0, m, done) * (right.block(next, 0, m, done).transpose() * V).eval();
        W = (W * T.triangularView<Eigen::Upper>()).eval();
        W.noalias() -= V * (0.5 * T.transpose() * (V.transpose() * W)).eval();
        left.block(next, done, m, b) = right.block(next, done + b, m, b) = V;
        left.block(next, done + b, m, b) = right.block(next, done, m, b) = W;
        if (done + 2 * b < left.cols() && s - next - b >= 2) continue;
        matrix_.bottomRightCorner(m, m).triangularView<Eigen::Lower>() -=
            left.block(next, 0, m, done + 2 * b) *
            right.block(next, 0, m, done + 2 * b).transpose();
        triangles_.push_back(tau.head(next - begin));
        begin = next;
        if (interrupted()) throw Interruption();
    }
    keep_band(first, panel_of(first, s - first));
    for (std::size_t k = 0; k < triangles_.size(); ++k) {
        const Vector taus = triangles_[k];
        triangles_[k] = compact_triangle(reflectors(static_cast<Index>(k)), taus);
    }
}

// V of a block: its rows from the first one on that any of them changes.
Matrix BandReduction::reflectors(Index block) const {
    const Index begin = block * block_columns, top = begin + width_, m = size() - top;
    const Index count = triangles_[static_cast<std::size_t>(block)].rows();
    Matrix V = Matrix::Zero(m, count);
    for (Index c = 0; c < std::min(count, m); ++c)
        V.col(c).tail(m - c) = matrix_.col(begin + c).tail(m - c);
    return V;
}

void BandReduction::rotate(MatrixRef B) const {
    for (std::size_t k = triangles_.size(); k-- > 0;) {
        const Matrix V = reflectors(static_cast<Index>(k));
        auto part = B.bottomRows(V.rows());
        part.noalias() -=
            V *
            (triangles_[k].triangularView<Eigen::Upper>() * (V.transpose() * part).eval()).eval();
    }
}

void BandReduction::rotate_back(MatrixRef B) const {
    for (std::size_t k = 0; k < triangles_.size(); ++k) {
        const Matrix V = reflectors(static_cast<Index>(k));
        auto part = B.bottomRows(V.rows());
        part.noalias() -= V * (triangles_[k].transpose().triangularView<Eigen::Lower>() *
                               (V.transpose() * part).eval())
                                  .eval();
    }
}

Matrix BandReduction::rotation() const {
    Matrix Q = Matrix::Identity(size(), size());
    for (std::size_t k = triangles_.size(); k-- > 0;) {
        // Columns before the block's first row are still those of the identity.
        const Matrix V = reflectors(static_cast<Index>(k));
        auto part = Q.bottomRightCorner(V.rows(), V.rows());
        part.noalias() -=
            V *
            (triangles_[k].triangularView<Eigen::Upper>() * (V.transpose() * part).eval()).eval();
    }
    return Q;
}

}  // namespace fastreg
