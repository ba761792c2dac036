#include "fastreg/ridge/gram_matrices.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "fastreg/core/panel_product.hpp"
#include "fastreg/core/symmetric.hpp"
#include "fastreg/ridge/column_packer.hpp"
#include "fastreg/ridge/sparse_row_gram.hpp"

namespace fastreg {

namespace {

// Columns that are gathered together for ZZᵀ: deep enough that the product, not its result, is what
// is paid for.
constexpr Index gathered_columns = 256;

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
        scale[k] = Z.raw_scale(k);
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

// ZZᵀ / n from ZZᵀ (upper triangle), with the directions filled to which Z is orthogonal.
Matrix filled(const RidgeDesign& Z, Matrix K) {
    Z.count_passes(1);
    K /= static_cast<double>(K.rows());
    const double level = K.trace() / static_cast<double>(K.rows());
    const auto fill = [&](const auto& directions) {
        K.template triangularView<Eigen::Upper>() += level * directions * directions.transpose();
    };
    if (Z.standardized().null_row_space().size()) fill(Z.standardized().null_row_space());
    if (Z.projected()) fill(Z.basis());
    mirror_upper(K);
    return K;
}

}  // namespace

Matrix feature_gram(const RidgeDesign& Z, GramStats* stats) {
    Matrix gram = stats ? from_statistics(Z, *stats) : from_columns(Z);
    if (!Z.projected()) return gram;
    const Matrix& C = Z.basis_product();
    gram.noalias() -= C.transpose() * C / static_cast<double>(Z.rows());
    return gram;
}

Matrix correlations(const RidgeDesign& Z, const ConstMatrixRef& R) {
    Matrix c(Z.cols(), R.cols());
    Z.transpose_matvec(R, c);
    c /= static_cast<double>(Z.rows());
    return c;
}

Matrix correlations(const RidgeDesign& Z, const RidgeTargets& Y, const GramStats* stats) {
    if (!stats || Z.projected()) return correlations(Z, Y.projected());
    Matrix c(Z.cols(), Y.count());
    const StandardizedDesign& X = Z.standardized();
    const bool centred = X.null_row_space().size() > 0;
    for (Index k = 0; k < c.rows(); ++k) {
        const Index j = Z.features()[static_cast<std::size_t>(k)];
        c.row(k) = stats->xty.row(j) / stats->weight;
        if (!centred) c.row(k) += stats->x_mean[j] * stats->y_mean.transpose();
        c.row(k) *= Z.raw_scale(k);
    }
    return c;
}

Matrix row_gram(const RidgeDesign& Z) {
    if (Z.standardized().sparse())
        if (std::optional<Matrix> K = sparse_row_gram(Z)) return filled(Z, std::move(*K));
    const Index n = Z.rows(), width = PanelBlock::width, panels = (n + width - 1) / width;
    // The last panel's empty rows add zeros to what comes after a column, of which the last one needs
    // some, too.
    Matrix K = Matrix::Zero(n, n + width);
    PanelBlock block(std::min(gathered_columns, std::max<Index>(1, Z.cols())), panels);
    ColumnPacker packer(Z, gathered_columns);
    for (Index first = 0; first < Z.cols(); first += gathered_columns) {
        packer.pack(first, std::min(gathered_columns, Z.cols() - first), block);
        block.add_product(panels, n, K);
    }
    K.conservativeResize(Eigen::NoChange, n);
    return filled(Z, std::move(K));
}

}  // namespace fastreg
