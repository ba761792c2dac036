#include "fastreg/ridge/rough_gram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "fastreg/core/symmetric.hpp"
#include "fastreg/core/tile_product.hpp"
#include "fastreg/gram/row_reader.hpp"
#include "fastreg/ridge/column_packer.hpp"

namespace fastreg {

namespace {

// Below this pivot, by the diagonal, the matrix is too near to singular for its rounding.
constexpr float least_pivot = 1e-6F;
// Rows or columns of a block.
constexpr Index panel_depth = 256;
// Unknowns from which one target is better off with the rougher matrix and more iterations.
constexpr Index many_unknowns = 1000;

// What turns raw columns into those of Z, for every column of X; 0 leaves one out.
struct ColumnMap {
    Vector center, scale;
    const double* root_weight;

    explicit ColumnMap(const RidgeDesign& Z)
        : center(Z.standardized().center()), scale(Vector::Zero(center.size())) {
        const StandardizedDesign& X = Z.standardized();
        for (Index k = 0; k < Z.cols(); ++k) {
            const Index j = Z.features()[static_cast<std::size_t>(k)];
            scale[j] = X.inverse_scale()[j] * Z.shrink()[k];
        }
        root_weight = X.root_weight().size() ? X.root_weight().data() : nullptr;
    }
    const double* weight(Index row) const { return root_weight ? root_weight + row : nullptr; }
};

// Rows of X, centred, in blocks: the sums of their products, upper triangle.
FloatMatrix sum_rows(const RidgeDesign& Z, const ColumnMap& map, Rounding rounding,
                     const std::function<bool()>& interrupted) {
    const DenseView& view = *Z.standardized().dense_view();
    const Index p = view.cols;
    const bool tiles = rounding != Rounding::float32;
    const Index depth = std::min(tiles ? TileBlock::good_depth : panel_depth, view.rows);
    const Index width = tiles ? TileBlock::width : FloatPanelBlock::width;
    const Index panels = (p + width - 1) / width;
    RowReader reader(view, depth, p);
    TileBlock tile(tiles ? depth : 1, tiles ? panels : 1,
                   rounding == Rounding::bfloat16 ? TileBlock::Parts::one : TileBlock::Parts::two);
    FloatPanelBlock panel(tiles ? 1 : depth, tiles ? 1 : panels);
    const Index size = tiles ? p : panels * width;
    FloatMatrix sums = FloatMatrix::Zero(size, size);
    for (Index first = 0; first < view.rows; first += depth) {
        if (interrupted()) throw Interruption();
        const Index count = std::min(depth, view.rows - first);
        const RowReader::Block block = reader.read(first, count);
        if (tiles) {
            const TileBlock::Affine affine{.origin = map.center.data(),
                                           .scale = map.scale.data(),
                                           .row_scale = map.weight(first)};
            tile.set_depth(count);
            if (block.by_column)
                tile.pack_by_column(block.values, block.stride, p, affine, 0);
            else
                tile.pack_by_row(block.values, block.stride, p, affine, 0);
            tile.add_product(p, sums);
        } else {
            panel.set_depth(count);
            if (block.by_column)
                panel.pack_by_column(block.values, block.stride, p, map.center.data(),
                                     map.weight(first), 0);
            else
                panel.pack_by_row(block.values, block.stride, p, map.center.data(),
                                  map.weight(first), 0);
            panel.add_product(panels, p, sums);
        }
    }
    if (size != p) sums.conservativeResize(p, p);
    if (!tiles) {
        const Eigen::VectorXf scale = map.scale.cast<float>();
        sums.array().colwise() *= scale.array();
        sums.array().rowwise() *= scale.transpose().array();
    }
    return sums;
}

FloatMatrix rough_feature_gram(const RidgeDesign& Z, Rounding rounding,
                               const std::function<bool()>& interrupted) {
    FloatMatrix sums = sum_rows(Z, ColumnMap(Z), rounding, interrupted);
    Z.count_passes(1);
    const Features J = Z.features();
    if (Z.cols() < sums.cols()) {
        for (Index k = 0; k < Z.cols(); ++k)
            for (Index i = 0; i <= k; ++i)
                sums(i, k) = sums(J[static_cast<std::size_t>(i)], J[static_cast<std::size_t>(k)]);
        sums.conservativeResize(Z.cols(), Z.cols());
    }
    sums /= static_cast<float>(Z.rows());
    if (Z.projected()) {
        const FloatMatrix C = Z.basis_product().cast<float>();
        sums.triangularView<Eigen::Upper>() -= C.transpose() * C / static_cast<float>(Z.rows());
    }
    return sums;
}

FloatMatrix rough_row_gram(const RidgeDesign& Z, Rounding rounding,
                           const std::function<bool()>& interrupted) {
    const Index n = Z.rows();
    const bool tiles = rounding != Rounding::float32;
    const Index depth =
        std::min(tiles ? TileBlock::good_depth : panel_depth, std::max<Index>(1, Z.cols()));
    const Index width = tiles ? TileBlock::width : FloatPanelBlock::width;
    const Index panels = (n + width - 1) / width, size = tiles ? n : panels * width;
    TileBlock tile(tiles ? depth : 1, tiles ? panels : 1,
                   rounding == Rounding::bfloat16 ? TileBlock::Parts::one : TileBlock::Parts::two);
    FloatPanelBlock panel(tiles ? 1 : depth, tiles ? 1 : panels);
    ColumnPacker packer(Z, depth);
    FloatMatrix sums = FloatMatrix::Zero(size, size);
    for (Index first = 0; first < Z.cols(); first += depth) {
        if (interrupted()) throw Interruption();
        const Index count = std::min(depth, Z.cols() - first);
        if (tiles) {
            packer.pack(first, count, tile);
            tile.add_product(n, sums);
        } else {
            packer.pack(first, count, panel);
            panel.add_product(panels, n, sums);
        }
    }
    Z.count_passes(1);
    if (size != n) sums.conservativeResize(n, n);
    sums /= static_cast<float>(n);
    return sums;
}

}  // namespace

Rounding best_rounding(const RidgeDesign& Z, Index targets) {
    if (!TileBlock::available()) return Rounding::float32;
    const bool rough = targets == 1 && std::min(Z.rows(), Z.cols()) >= many_unknowns;
    return rough ? Rounding::bfloat16 : Rounding::two_bfloat16;
}

RoughFactor::RoughFactor(const RidgeDesign& Z, NormalForm form, Rounding rounding,
                         const std::function<bool()>& interrupted)
    : matrix_(form == NormalForm::primal ? rough_feature_gram(Z, rounding, interrupted)
                                         : rough_row_gram(Z, rounding, interrupted)) {
    mirror_upper(matrix_);
}

void RoughFactor::set_alpha(double alpha) {
    FloatMatrix scaled = matrix_;
    scaled.diagonal().array() += static_cast<float>(alpha);
    scale_ =
        scaled.diagonal().unaryExpr([](float d) { return d > 0.0F ? 1.0F / std::sqrt(d) : 0.0F; });
    usable_ = scale_.allFinite() && scale_.minCoeff() > 0.0F;
    if (!usable_) return;
    scaled.array().colwise() *= scale_.array();
    scaled.array().rowwise() *= scale_.transpose().array();
    factor_.compute(scaled);
    usable_ = factor_.info() == Eigen::Success &&
              factor_.matrixLLT().diagonal().cwiseAbs2().minCoeff() > least_pivot;
}

// Each column of R at a size that float32 holds.
void RoughFactor::apply(const ConstMatrixRef& R, MatrixRef out) const {
    const Eigen::RowVectorXd norm = R.colwise().norm();
    FloatMatrix solution(R.rows(), R.cols());
    for (Index k = 0; k < R.cols(); ++k) {
        const double size = norm[k] > 0.0 ? 1.0 / norm[k] : 0.0;
        solution.col(k) = (R.col(k) * size).cast<float>().cwiseProduct(scale_);
    }
    factor_.solveInPlace(solution);
    solution.array().colwise() *= scale_.array();
    for (Index k = 0; k < R.cols(); ++k) out.col(k) = solution.col(k).cast<double>() * norm[k];
}

}  // namespace fastreg
