#include "fastreg/ridge/gram_matrices.hpp"

#include <algorithm>
#include <utility>

#include "fastreg/core/panel_product.hpp"

namespace fastreg {

namespace {

// Columns that are gathered together for ZZᵀ: deep enough that the product, not its result, is what
// is paid for.
constexpr Index gathered_columns = 512;

// The statistics' matrix becomes that of Z, in its own memory.
Matrix from_statistics(const RidgeDesign& Z, GramStats& stats) {
    const StandardizedDesign& X = Z.standardized();
    const Features J = Z.features();
    Matrix gram = std::move(stats.gram);
    const Index q = Z.cols();
    const bool centred = X.null_row_space().size() > 0;
    Vector scale(q), mean(q);
    for (Index k = 0; k < q; ++k) {
        const Index j = J[static_cast<std::size_t>(k)];
        scale[k] = X.inverse_scale()[j] * Z.shrink()[k];
        mean[k] = centred ? 0.0 : stats.x_mean[j] * scale[k];
    }
    for (Index k = 0; k < q; ++k) {
        const Index column = J[static_cast<std::size_t>(k)];
        const double factor = scale[k] / stats.weight;
        for (Index i = 0; i < q; ++i)
            gram(i, k) = gram(J[static_cast<std::size_t>(i)], column) * (factor * scale[i]) +
                         mean[i] * mean[k];
    }
    gram.conservativeResize(q, q);
    return gram;
}

Matrix from_columns(const RidgeDesign& Z) {
    const Index q = Z.cols();
    Matrix gram(q, q);
    Z.standardized().sandwich(Z.features(), gram);
    gram /= static_cast<double>(Z.rows());
    gram.array().colwise() *= Z.shrink().array();
    gram.array().rowwise() *= Z.shrink().transpose().array();
    Z.count_passes(1);
    return gram;
}

// K ← K + AᵀA, upper triangle, where column i of A is row i of the columns gathered.
void add_outer(const Matrix& columns, Index count, PanelBlock& block, Matrix& K) {
    const Index n = columns.rows();
    const Vector zero = Vector::Zero(n);
    block.set_depth(count);
    block.pack_by_row(columns.data(), n, n, zero.data(), nullptr, 0);
    block.add_product((n + PanelBlock::width - 1) / PanelBlock::width, n, K);
}

}  // namespace

Matrix feature_gram(const RidgeDesign& Z, GramStats* stats) {
    Matrix gram = stats ? from_statistics(Z, *stats) : from_columns(Z);
    if (!Z.projected()) return gram;
    const Matrix& C = Z.basis_product();
    gram.noalias() -= C.transpose() * C / static_cast<double>(Z.rows());
    return gram;
}

Matrix correlations(const RidgeDesign& Z, const Matrix& Y, const GramStats* stats) {
    Matrix c(Z.cols(), Y.cols());
    if (!stats || Z.projected()) {
        Z.transpose_matvec(Y, c);
        return c / static_cast<double>(Z.rows());
    }
    const StandardizedDesign& X = Z.standardized();
    const bool centred = X.null_row_space().size() > 0;
    for (Index k = 0; k < c.rows(); ++k) {
        const Index j = Z.features()[static_cast<std::size_t>(k)];
        c.row(k) = stats->xty.row(j) / stats->weight;
        if (!centred) c.row(k) += stats->x_mean[j] * stats->y_mean.transpose();
        c.row(k) *= X.inverse_scale()[j] * Z.shrink()[k];
    }
    return c;
}

Matrix row_gram(const RidgeDesign& Z) {
    const Index n = Z.rows(), width = PanelBlock::width;
    const Index padded = (n + width - 1) / width * width;
    Matrix K = Matrix::Zero(padded, padded);
    const Index length = Z.block_columns(std::min(gathered_columns, std::max<Index>(1, Z.cols())));
    PanelBlock block(std::min(length, gathered_columns), padded / width);
    Matrix columns(n, length);
    for (Index first = 0; first < Z.cols(); first += length) {
        const Index count = std::min(length, Z.cols() - first);
        Z.columns(first, columns.leftCols(count));
        for (Index k = 0; k < count; k += gathered_columns)
            add_outer(columns.middleCols(k, std::min(gathered_columns, count - k)),
                      std::min(gathered_columns, count - k), block, K);
    }
    Z.count_passes(1);
    K.conservativeResize(n, n);
    K /= static_cast<double>(n);
    const double level = K.trace() / static_cast<double>(n);
    const auto fill = [&](const auto& directions) {
        K.template triangularView<Eigen::Upper>() += level * directions * directions.transpose();
    };
    if (Z.standardized().null_row_space().size()) fill(Z.standardized().null_row_space());
    if (Z.projected()) fill(Z.basis());
    K.triangularView<Eigen::StrictlyLower>() = K.transpose();
    return K;
}

}  // namespace fastreg
