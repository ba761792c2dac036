#include "fastreg/ridge/rough_gram.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>
#include <variant>

#include "fastreg/core/control.hpp"
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

// Products AᵀA of blocks of rows that are added up, upper triangle, in tiles or panels.
class RoughSums {
public:
    RoughSums(Index columns, Index rows, Rounding rounding) : columns_(columns) {
        const bool tiles = rounding != Rounding::float32;
        depth_ = std::clamp<Index>(rows, 1, tiles ? TileBlock::good_depth : panel_depth);
        const Index width = tiles ? TileBlock::width : FloatPanelBlock::width;
        const Index panels = (columns + width - 1) / width;
        if (tiles)
            block_.emplace<TileBlock>(
                depth_, panels,
                rounding == Rounding::bfloat16 ? TileBlock::Parts::one : TileBlock::Parts::two);
        else
            block_.emplace<FloatPanelBlock>(depth_, panels);
        const Index size = tiles ? columns : panels * width;
        sums_ = FloatMatrix::Zero(size, size);
    }

    // pack(first, count, block) fills a block with rows from `first` on. Throws Interruption.
    template <class Pack>
    FloatMatrix add_all(Index rows, const std::function<bool()>& interrupted, Pack pack) {
        for (Index first = 0; first < rows; first += depth_) {
            if (interrupted()) throw Interruption();
            const Index count = std::min(depth_, rows - first);
            std::visit(
                [&](auto& block) {
                    if constexpr (!std::is_same_v<decltype(block), std::monostate&>) {
                        pack(first, count, block);
                        add(block);
                    }
                },
                block_);
        }
        if (sums_.rows() != columns_) sums_.conservativeResize(columns_, columns_);
        return std::move(sums_);
    }
    Index depth() const { return depth_; }

private:
    void add(TileBlock& block) { block.add_product(columns_, sums_); }
    void add(const FloatPanelBlock& block) {
        block.add_product(sums_.rows() / FloatPanelBlock::width, columns_, sums_);
    }

    Index columns_, depth_;
    std::variant<std::monostate, TileBlock, FloatPanelBlock> block_;
    FloatMatrix sums_;
};

// Rows of X, centred and weighted. Tiles take scaled columns, whatever their units; panels can't.
class RowPacker {
public:
    // scale has an entry for each column of X.
    RowPacker(const StandardizedDesign& X, const Vector& scale, Index depth)
        : X_(X), scale_(scale), reader_(*X.dense_view(), depth, X.cols()) {}

    void operator()(Index first, Index count, TileBlock& block) {
        block.set_depth(count);
        const RowReader::Block rows = reader_.read(first, count);
        const TileBlock::Affine affine{
            .origin = X_.center().data(), .scale = scale_.data(), .row_scale = weight(first)};
        if (rows.by_column)
            block.pack_by_column(rows.values, rows.stride, X_.cols(), affine, 0);
        else
            block.pack_by_row(rows.values, rows.stride, X_.cols(), affine, 0);
    }

    void operator()(Index first, Index count, FloatPanelBlock& block) {
        block.set_depth(count);
        const RowReader::Block rows = reader_.read(first, count);
        if (rows.by_column)
            block.pack_by_column(rows.values, rows.stride, X_.cols(), X_.center().data(),
                                 weight(first), 0);
        else
            block.pack_by_row(rows.values, rows.stride, X_.cols(), X_.center().data(),
                              weight(first), 0);
    }

private:
    const double* weight(Index first) const {
        return X_.root_weight().size() ? X_.root_weight().data() + first : nullptr;
    }

    const StandardizedDesign& X_;
    const Vector& scale_;
    RowReader reader_;
};

FloatMatrix rough_feature_gram(const RidgeDesign& Z, Rounding rounding,
                               const std::function<bool()>& interrupted) {
    const StandardizedDesign& X = Z.standardized();
    const Features J = Z.features();
    Vector scale = Vector::Zero(X.cols());
    for (Index k = 0; k < Z.cols(); ++k) scale[J[static_cast<std::size_t>(k)]] = Z.raw_scale(k);
    RoughSums sums(X.cols(), X.rows(), rounding);
    FloatMatrix gram = sums.add_all(X.rows(), interrupted, RowPacker(X, scale, sums.depth()));
    Z.count_passes(1);
    if (rounding == Rounding::float32) {
        gram.array().colwise() *= scale.cast<float>().array();
        gram.array().rowwise() *= scale.cast<float>().transpose().array();
    }
    if (Z.cols() < X.cols()) {
        for (Index k = 0; k < Z.cols(); ++k)
            for (Index i = 0; i <= k; ++i)
                gram(i, k) = gram(J[static_cast<std::size_t>(i)], J[static_cast<std::size_t>(k)]);
        gram.conservativeResize(Z.cols(), Z.cols());
    }
    gram /= static_cast<float>(Z.rows());
    if (Z.projected()) {
        const FloatMatrix C = Z.basis_product().cast<float>();
        gram.triangularView<Eigen::Upper>() -= C.transpose() * C / static_cast<float>(Z.rows());
    }
    return gram;
}

FloatMatrix rough_row_gram(const RidgeDesign& Z, Rounding rounding,
                           const std::function<bool()>& interrupted) {
    RoughSums sums(Z.rows(), Z.cols(), rounding);
    ColumnPacker packer(Z, sums.depth());
    FloatMatrix gram = sums.add_all(
        Z.cols(), interrupted,
        [&](Index first, Index count, auto& block) { packer.pack(first, count, block); });
    Z.count_passes(1);
    return gram / static_cast<float>(Z.rows());
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
