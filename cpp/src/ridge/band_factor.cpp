#include "fastreg/ridge/band_factor.hpp"

#include <cmath>

namespace fastreg {

namespace {

constexpr int inverse_iterations = 4;

}  // namespace

BandFactor::BandFactor(const Matrix& band, double shift)
    : lower_(band.bottomRows(band.rows() - 1)), pivots_(band.row(0).transpose().array() + shift) {
    Vector column(lower_.rows());
    for (Index j = 0; j < lower_.cols(); ++j) {
        // Also false for NaN.
        positive_ = positive_ && pivots_[j] > 0.0;
        if (!positive_) return;
        const Index count = below(j);
        column.head(count) = lower_.col(j).head(count);
        lower_.col(j).head(count) /= pivots_[j];
        for (Index d = 0; d < count; ++d) {
            const double factor = lower_(d, j);
            pivots_[j + 1 + d] -= factor * column[d];
            lower_.col(j + 1 + d).head(count - d - 1) -=
                factor * column.segment(d + 1, count - d - 1);
        }
    }
}

void BandFactor::solve_in_place(MatrixRef right) const {
    for (Index t = 0; t < right.cols(); ++t) {
        auto x = right.col(t);
        for (Index j = 0; j < x.size(); ++j)
            x.segment(j + 1, below(j)) -= x[j] * lower_.col(j).head(below(j));
        x.array() /= pivots_.array();
        for (Index j = x.size(); j-- > 0;)
            x[j] -= lower_.col(j).head(below(j)).dot(x.segment(j + 1, below(j)));
    }
}

double BandFactor::smallest_eigenvalue() const {
    const Index s = pivots_.size();
    if (s == 0) return 1.0;
    // Any start that no eigenvector is orthogonal to by its structure.
    Matrix x = Vector::LinSpaced(s, 1.0, 100.0).array().sin().matrix();
    double growth = 0.0;
    for (int k = 0; k < inverse_iterations; ++k) {
        x /= x.norm();
        solve_in_place(x);
        growth = x.norm();
        if (!std::isfinite(growth)) return 0.0;
    }
    return 1.0 / growth;
}

Vector BandFactor::inverse_diagonal() const {
    const Index s = pivots_.size(), b = lower_.rows();
    // Entry (d, j) is Z(j + d, j), for Z the inverse.
    Matrix inverse = Matrix::Zero(b + 1, s);
    Vector sums(b);
    for (Index j = s; j-- > 0;) {
        const Index count = below(j);
        const auto l = lower_.col(j).head(count);
        // sums = Z(J, J) l for J = j + 1 … j + count, from the lower triangle of Z
        sums.head(count).setZero();
        for (Index k = 0; k < count; ++k) {
            const auto column = inverse.col(j + 1 + k).segment(1, count - 1 - k);
            sums[k] += inverse(0, j + 1 + k) * l[k] + column.dot(l.tail(count - 1 - k));
            sums.segment(k + 1, count - 1 - k) += l[k] * column;
        }
        inverse.col(j).segment(1, count) = -sums.head(count);
        inverse(0, j) = 1.0 / pivots_[j] + l.dot(sums.head(count));
    }
    return inverse.row(0).transpose();
}

}  // namespace fastreg
