#include "fastreg/design/dense.hpp"

#include <algorithm>

namespace fastreg {

namespace {

// Rows of a block that is gathered for a product: deep enough that the product, not its result, is
// what is paid for.
constexpr Index product_depth = 512;
// Rows of a block of row-major data whose moments are taken together: it stays in the first-level
// cache.
constexpr Index moment_rows = 64;

Index first_weighted_row(const ConstVectorRef& weights) {
    for (Index i = 0; i < weights.size(); ++i)
        if (weights[i] > 0.0) return i;
    return 0;
}

// Moments of a run of rows about an origin x0, mergeable with those of another run (Chan, Golub and
// LeVeque 1983). The origin is one of the rows, so a constant column gives exact zeros.
struct RunningMoments {
    explicit RunningMoments(Vector start)
        : origin(std::move(start)), mean(Vector::Zero(origin.size())), squares(mean) {}

    void merge(double block_weight, const Vector& block_mean, const Vector& block_squares) {
        if (block_weight == 0.0) return;
        const double total = weight + block_weight;
        const Eigen::ArrayXd delta = (block_mean - mean).array();
        mean.array() += delta * (block_weight / total);
        squares.array() += block_squares.array() + delta.square() * (weight * block_weight / total);
        weight = total;
    }

    Vector origin;
    double weight = 0.0;
    Vector mean;     // of x − origin
    Vector squares;  // Σ w (x − origin − mean)²
};

template <class View>
ColumnMoments moments_by_column(const View& X, const ConstVectorRef& weights) {
    const Index n = X.rows();
    const Index origin_row = first_weighted_row(weights);
    const double total = weights.size() ? weights.sum() : static_cast<double>(n);
    ColumnMoments moments{Vector(X.cols()), Vector(X.cols())};
    Vector x(n);
    for (Index j = 0; j < X.cols(); ++j) {
        const double origin = static_cast<double>(X(origin_row, j));
        x = X.col(j).template cast<double>().array() - origin;
        const double shift = (weights.size() ? weights.dot(x) : x.sum()) / total;
        x.array() -= shift;
        const double squares = weights.size() ? x.cwiseAbs2().dot(weights) : x.squaredNorm();
        moments.mean[j] = origin + shift;
        moments.variance[j] = squares / total;
    }
    return moments;
}

template <class View>
ColumnMoments moments_by_row(const View& X, const ConstVectorRef& weights) {
    using RowBlock = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    RunningMoments running(X.row(first_weighted_row(weights)).template cast<double>().transpose());
    Vector block_mean(X.cols()), block_squares(X.cols());
    RowBlock block;
    for (Index first = 0; first < X.rows(); first += moment_rows) {
        const Index count = std::min(moment_rows, X.rows() - first);
        const Vector w =
            weights.size() ? Vector(weights.segment(first, count)) : Vector(Vector::Ones(count));
        const double block_weight = w.sum();
        if (block_weight == 0.0) continue;
        block = X.middleRows(first, count).template cast<double>().rowwise() -
                running.origin.transpose();
        block_mean.noalias() = block.transpose() * w / block_weight;
        block.rowwise() -= block_mean.transpose();
        block_squares.noalias() = block.cwiseAbs2().transpose() * w;
        running.merge(block_weight, block_mean, block_squares);
    }
    return {running.origin + running.mean, running.squares / running.weight};
}

}  // namespace

template <class Scalar, int Order>
void DenseDesign<Scalar, Order>::matvec(const ConstMatrixRef& B, MatrixRef out) const {
    out.noalias() = X_.template cast<double>() * B;
}

template <class Scalar, int Order>
void DenseDesign<Scalar, Order>::transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const {
    out.noalias() = X_.transpose().template cast<double>() * R;
}

template <class Scalar, int Order>
void DenseDesign<Scalar, Order>::gather_rows(Index first, Features J, MatrixRef block) const {
    const Index count = block.rows();
    if constexpr (Order == Eigen::ColMajor) {
        for (Index k = 0; k < block.cols(); ++k)
            block.col(k) = X_.col(J[static_cast<std::size_t>(k)])
                               .segment(first, count)
                               .template cast<double>();
    } else {
        for (Index i = 0; i < count; ++i)
            for (Index k = 0; k < block.cols(); ++k)
                block(i, k) = static_cast<double>(X_(first + i, J[static_cast<std::size_t>(k)]));
    }
}

template <class Scalar, int Order>
void DenseDesign<Scalar, Order>::columns(Features J, MatrixRef out) const {
    gather_rows(0, J, out);
}

template <class Scalar, int Order>
void DenseDesign<Scalar, Order>::sandwich(const ConstVectorRef& weights, Features J,
                                          const ConstVectorRef& center, MatrixRef out) const {
    const Index m = static_cast<Index>(J.size());
    Matrix block(std::min(product_depth, rows()), m);
    out.setZero();
    for (Index first = 0; first < rows(); first += product_depth) {
        const Index count = std::min(product_depth, rows() - first);
        auto part = block.topRows(count);
        gather_rows(first, J, part);
        if (center.size()) part.rowwise() -= center.transpose();
        if (weights.size()) part.array().colwise() *= weights.segment(first, count).array().sqrt();
        out.template selfadjointView<Eigen::Lower>().rankUpdate(part.transpose());
    }
    out.template triangularView<Eigen::StrictlyUpper>() = out.transpose();
}

template <class Scalar, int Order>
ColumnMoments DenseDesign<Scalar, Order>::column_moments(const ConstVectorRef& weights) const {
    if constexpr (Order == Eigen::ColMajor)
        return moments_by_column(X_, weights);
    else
        return moments_by_row(X_, weights);
}

template class DenseDesign<double, Eigen::ColMajor>;
template class DenseDesign<double, Eigen::RowMajor>;

}  // namespace fastreg
