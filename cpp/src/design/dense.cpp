#include "fastreg/design/dense.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "fastreg/core/dot_products.hpp"
#include "fastreg/core/panel_product.hpp"

namespace fastreg {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ColumnBlock = Eigen::Map<const Matrix, 0, Eigen::OuterStride<>>;
using RowBlock = Eigen::Map<const RowMajor, 0, Eigen::OuterStride<>>;

// Entries of a block that is converted: it stays in the second-level cache between conversion and
// product.
constexpr Index converted_entries = Index{1} << 15;
// Rows of a block that is gathered for a Gram matrix: deep enough that the product, not its result,
// is what is paid for.
constexpr Index product_depth = 512;
// Rows of a block of row-major data whose moments are taken together: it stays in the first-level
// cache.
constexpr Index moment_rows = 64;
// Entries of a column whose moments are taken together.
constexpr Index moment_run = 2048;

// Entries, and columns at least, of a part of a pass.
constexpr Index part_entries = Index{1} << 18;
constexpr Index fewest_part_columns = 16;
constexpr Index fewest_part_columns_by_row = 512;
// Residuals that are worth packing, and rows that are packed together.
constexpr Index most_packed = 64;
constexpr Index packed_rows = 4096;
// Columns that meet the packed residuals together: their products stay in the cache.
constexpr Index packed_columns = 1024;
// Coefficient vectors that are multiplied without packing X, and rows of the products that stay in
// the first-level cache.
constexpr Index most_unpacked = 8;
constexpr Index cached_rows = 256;
// Rows of column-major data that are multiplied and multiplied back while they are in the cache.
constexpr Index fused_rows = 128;
// Rows that are gathered from together.
constexpr Index gathered_rows = 8;

constexpr Index element = sizeof(double);
constexpr Index cache_line = 64;

Index block_length(Index entries_each) {
    return std::max<Index>(1, converted_entries / std::max<Index>(1, entries_each));
}

Index first_weighted_row(const ConstVectorRef& weights) {
    for (Index i = 0; i < weights.size(); ++i)
        if (weights[i] > 0.0) return i;
    return 0;
}

// Moments of a run of rows about an origin, mergeable with those of another run (Chan, Golub and
// LeVeque 1983). The origin is one of the rows, so a constant column gives exact zeros.
struct RunningMoments {
    explicit RunningMoments(Vector start)
        : origin(std::move(start)), mean(Vector::Zero(origin.size())), squares(mean) {}

    void merge(double block_weight, const Vector& block_mean, const Vector& block_squares) {
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

}  // namespace

DenseView DenseView::column_major(const double* data, Index rows, Index cols) {
    return {reinterpret_cast<const std::byte*>(data),
            ScalarType::float64,
            rows,
            cols,
            element,
            element * rows};
}

DenseView DenseView::row_major(const double* data, Index rows, Index cols) {
    return {reinterpret_cast<const std::byte*>(data),
            ScalarType::float64,
            rows,
            cols,
            element * cols,
            element};
}

DenseDesign::DenseDesign(const DenseView& view) : X_(view), load_(load_run(view.type)) {
    // The stride along a dimension of one element says nothing, and NumPy leaves anything there.
    if (X_.rows == 1) X_.row_stride = X_.cols * std::abs(X_.col_stride);
    if (X_.cols == 1) X_.col_stride = X_.rows * std::abs(X_.row_stride);
    by_column_ = std::abs(X_.row_stride) <= std::abs(X_.col_stride);
    const Index close = by_column_ ? X_.row_stride : X_.col_stride,
                far = by_column_ ? X_.col_stride : X_.row_stride;
    in_place_ = X_.type == ScalarType::float64 && close == element && far > 0 && far % element == 0;
}

void DenseDesign::load_column(Index j, Index first, Index count, double* out) const {
    load_(X_.data + first * X_.row_stride + j * X_.col_stride, X_.row_stride, count, out);
}

template <class Visit>
void DenseDesign::for_each_column_block(Visit visit) const {
    if (in_place_) {
        const auto* data = reinterpret_cast<const double*>(X_.data);
        visit(Index{0},
              ColumnBlock(data, X_.rows, X_.cols, Eigen::OuterStride<>(X_.col_stride / element)));
        return;
    }
    const Index length = std::min(block_length(X_.rows), X_.cols);
    Matrix buffer(X_.rows, length);
    for (Index first = 0; first < X_.cols; first += length) {
        const Index count = std::min(length, X_.cols - first);
        for (Index k = 0; k < count; ++k) load_column(first + k, 0, X_.rows, &buffer(0, k));
        visit(first, ColumnBlock(buffer.data(), X_.rows, count, Eigen::OuterStride<>(X_.rows)));
    }
}

template <class Visit>
void DenseDesign::for_each_row_block(Index rows_per_block, Visit visit) const {
    RowMajor buffer(in_place_ ? 0 : rows_per_block, X_.cols);
    for (Index first = 0; first < X_.rows; first += rows_per_block) {
        const Index count = std::min(rows_per_block, X_.rows - first);
        const std::byte* start = X_.data + first * X_.row_stride;
        if (in_place_) {
            const auto* data = reinterpret_cast<const double*>(start);
            visit(first,
                  RowBlock(data, count, X_.cols, Eigen::OuterStride<>(X_.row_stride / element)));
            continue;
        }
        for (Index i = 0; i < count; ++i)
            load_(start + i * X_.row_stride, X_.col_stride, X_.cols, &buffer(i, 0));
        visit(first, RowBlock(buffer.data(), count, X_.cols, Eigen::OuterStride<>(X_.cols)));
    }
}

void DenseDesign::matvec(const ConstMatrixRef& B, MatrixRef out) const {
    if (by_column_ && in_place_ && B.cols() > 1 && B.cols() <= most_unpacked) {
        multiply_unpacked(B, out);
    } else if (by_column_) {
        out.setZero();
        for_each_column_block([&](Index first, const ColumnBlock& block) {
            out.noalias() += block * B.middleRows(first, block.cols());
        });
    } else {
        const Index length = in_place_ ? X_.rows : block_length(X_.cols);
        for_each_row_block(length, [&](Index first, const RowBlock& block) {
            out.middleRows(first, block.rows()).noalias() = block * B;
        });
    }
}

// A few products at the price of one, which is that of reading X: the columns are read where they
// lie, several at a time.
void DenseDesign::multiply_unpacked(const ConstMatrixRef& B, MatrixRef out) const {
    out.setZero();
    for (Index first = 0; first < X_.rows; first += cached_rows) {
        const Index count = std::min(cached_rows, X_.rows - first);
        const auto x = [&](Index j) { return column_in_place(j).segment(first, count); };
        Index j = 0;
        for (; j + 4 <= X_.cols; j += 4)
            for (Index t = 0; t < B.cols(); ++t)
                out.col(t).segment(first, count).noalias() +=
                    B(j, t) * x(j) + B(j + 1, t) * x(j + 1) + B(j + 2, t) * x(j + 2) +
                    B(j + 3, t) * x(j + 3);
        for (; j < X_.cols; ++j)
            for (Index t = 0; t < B.cols(); ++t)
                out.col(t).segment(first, count).noalias() += B(j, t) * x(j);
    }
}

// Row-major data is cut into wider parts: each reads a piece of every row.
Index DenseDesign::part_columns() const {
    const Index least = by_column_ ? fewest_part_columns : fewest_part_columns_by_row;
    return std::max(least, part_entries / X_.rows);
}

std::unique_ptr<Design> DenseDesign::part(Index first, Index count) const {
    DenseView view = X_;
    view.data += first * X_.col_stride;
    view.cols = count;
    return std::make_unique<DenseDesign>(view);
}

// A few residuals, packed, meet the columns where they lie: the price of one pass, which is that of
// reading X.
void DenseDesign::transpose_multiply_packed(const ConstMatrixRef& R, MatrixRef out) const {
    const Index n_panels = (R.cols() + PanelBlock::width - 1) / PanelBlock::width;
    const Index depth = std::min(packed_rows, X_.rows);
    const Index most = std::min(depth < X_.rows ? X_.cols : packed_columns, X_.cols);
    PanelBlock block(depth, n_panels);
    const Vector zero = Vector::Zero(R.cols());
    Matrix product = Matrix::Zero(n_panels * PanelBlock::width, most);
    std::vector<const double*> columns(static_cast<std::size_t>(most));
    const auto add = [&](Index first, Index begin, Index count) {
        for (Index k = 0; k < count; ++k)
            columns[static_cast<std::size_t>(k)] = column_in_place(begin + k).data() + first;
        block.add_product(std::span(columns).first(static_cast<std::size_t>(count)), n_panels,
                          product.leftCols(count));
    };
    for (Index first = 0; first < X_.rows; first += depth) {
        block.set_depth(std::min(depth, X_.rows - first));
        block.pack_by_column(R.data() + first, R.outerStride(), R.cols(), zero.data(), nullptr, 0);
        for (Index begin = 0; begin < X_.cols; begin += most) {
            const Index count = std::min(most, X_.cols - begin);
            if (first == 0) product.setZero();
            add(first, begin, count);
            if (first + depth >= X_.rows)
                out.middleRows(begin, count) = product.topLeftCorner(R.cols(), count).transpose();
        }
    }
}

void DenseDesign::transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const {
    if (by_column_ && in_place_ && R.cols() > 1 && R.cols() <= most_packed) {
        transpose_multiply_packed(R, out);
    } else if (by_column_) {
        for_each_column_block([&](Index first, const ColumnBlock& block) {
            out.middleRows(first, block.cols()).noalias() = block.transpose() * R;
        });
    } else {
        out.setZero();
        const Index length = in_place_ ? X_.rows : block_length(X_.cols);
        for_each_row_block(length, [&](Index first, const RowBlock& block) {
            out.noalias() += block.transpose() * R.middleRows(first, block.rows());
        });
    }
}

Eigen::Map<const Vector> DenseDesign::column_in_place(Index j) const {
    return {reinterpret_cast<const double*>(X_.data + j * X_.col_stride), X_.rows};
}

// A column of row-major data shares its cache lines with its neighbours.
double DenseDesign::column_cost(Index) const {
    const Index shared = by_column_ ? 1 : std::min<Index>(X_.cols, cache_line / element / 2);
    return static_cast<double>(X_.rows * shared);
}

void DenseDesign::add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const {
    if (!(in_place_ && by_column_)) return Design::add_matvec(J, b, out);
    for (std::size_t k = 0; k < J.size(); ++k)
        out += b[static_cast<Index>(k)] * column_in_place(J[k]);
}

void DenseDesign::transpose_matvec_columns(Features J, const ConstMatrixRef& R,
                                           MatrixRef out) const {
    if (!in_place_ || R.cols() != 1) return Design::transpose_matvec_columns(J, R, out);
    if (!by_column_) {
        out.setZero();
        for (Index i = 0; i < X_.rows; ++i) {
            const double* row = row_in_place(i);
            for (std::size_t k = 0; k < J.size(); ++k)
                out(static_cast<Index>(k), 0) += R(i, 0) * row[J[k]];
        }
        return;
    }
    std::vector<const double*> columns, same(J.size(), R.data());
    columns.reserve(J.size());
    for (Index j : J) columns.push_back(column_in_place(j).data());
    dot_products(columns, same.data(), X_.rows, out.data());
}

// A few columns at a time, which are still in the cache when they are needed again.
void DenseDesign::outer_product(const ConstMatrixRef& A, const ConstVectorRef& scale,
                                const ConstVectorRef& center, MatrixRef out) const {
    if (!by_column_) return Design::outer_product(A, scale, center, out);
    const Eigen::RowVectorXd sums = A.colwise().sum();
    Eigen::RowVectorXd shift = Eigen::RowVectorXd::Zero(A.cols());
    const Index length = block_length(X_.rows);
    Matrix between(length, A.cols());
    out.setZero();
    for_each_column_block([&](Index begin, const ColumnBlock& all) {
        for (Index first = 0; first < all.cols(); first += length) {
            const Index count = std::min(length, all.cols() - first), j = begin + first;
            const auto block = all.middleCols(first, count);
            auto part = between.topRows(count);
            part.noalias() = block.transpose() * A;
            if (center.size()) part.noalias() -= center.segment(j, count) * sums;
            part.array().colwise() *= scale.segment(j, count).array();
            if (center.size()) shift.noalias() += center.segment(j, count).transpose() * part;
            out.noalias() += block * part;
        }
    });
    out.rowwise() -= shift;
}

// The same with rows.
void DenseDesign::gram_product(const ConstMatrixRef& B, const ConstVectorRef& weights,
                               const ConstVectorRef& center, MatrixRef out) const {
    if (by_column_ && !in_place_) return Design::gram_product(B, weights, center, out);
    Eigen::RowVectorXd shift = Eigen::RowVectorXd::Zero(B.cols()), sums = shift;
    if (center.size()) shift = center.transpose() * B;
    Matrix between(std::min(by_column_ ? fused_rows : block_length(X_.cols), X_.rows), B.cols());
    out.setZero();
    const auto add = [&](Index first, const auto& block) {
        auto part = between.topRows(block.rows());
        part.noalias() = block * B;
        part.rowwise() -= shift;
        if (weights.size()) part.array().colwise() *= weights.segment(first, block.rows()).array();
        sums += part.colwise().sum();
        out.noalias() += block.transpose() * part;
    };
    if (by_column_) {
        for_each_column_block([&](Index, const ColumnBlock& all) {
            for (Index first = 0; first < X_.rows; first += between.rows())
                add(first, all.middleRows(first, std::min(between.rows(), X_.rows - first)));
        });
    } else {
        for_each_row_block(between.rows(), add);
    }
    if (center.size()) out.noalias() -= center * sums;
}

void DenseDesign::columns(Features J, MatrixRef out) const {
    if (in_place_ && !by_column_) return gather_by_row(J, out);
    for (Index k = 0; k < out.cols(); ++k)
        load_column(J[static_cast<std::size_t>(k)], 0, X_.rows, &out(0, k));
}

// A few rows at a time: their pages stay at hand for all of the columns.
void DenseDesign::gather_by_row(Features J, MatrixRef out) const {
    for (Index first = 0; first < X_.rows; first += gathered_rows) {
        const Index last = std::min(first + gathered_rows, X_.rows);
        for (Index k = 0; k < out.cols(); ++k)
            for (Index i = first; i < last; ++i)
                out(i, k) = row_in_place(i)[J[static_cast<std::size_t>(k)]];
    }
}

void DenseDesign::sandwich(const ConstVectorRef& weights, Features J, const ConstVectorRef& center,
                           MatrixRef out) const {
    const Index m = static_cast<Index>(J.size());
    Matrix block(std::min(product_depth, rows()), m);
    out.setZero();
    for (Index first = 0; first < rows(); first += product_depth) {
        const Index count = std::min(product_depth, rows() - first);
        auto part = block.topRows(count);
        for (Index k = 0; k < m; ++k)
            load_column(J[static_cast<std::size_t>(k)], first, count, &part(0, k));
        if (center.size()) part.rowwise() -= center.transpose();
        if (weights.size()) part.array().colwise() *= weights.segment(first, count).array().sqrt();
        out.selfadjointView<Eigen::Lower>().rankUpdate(part.transpose());
    }
    out.triangularView<Eigen::StrictlyUpper>() = out.transpose();
}

ColumnMoments DenseDesign::column_moments(const ConstVectorRef& weights) const {
    return by_column_ ? moments_by_column(weights) : moments_by_row(weights);
}

// Each column is read once, by runs that stay in the first-level cache: the mean of a run, then its
// squares about it. The origin is one of the entries, so a constant column gives exact zeros.
ColumnMoments DenseDesign::moments_by_column(const ConstVectorRef& weights) const {
    const Index origin_row = first_weighted_row(weights);
    ColumnMoments moments{Vector(cols()), Vector(cols())};
    Vector buffer(in_place_ ? 0 : moment_run), shifted(moment_run);
    for (Index j = 0; j < cols(); ++j) {
        double origin = 0.0, mean = 0.0, squares = 0.0, total = 0.0;
        load_column(j, origin_row, 1, &origin);
        for (Index first = 0; first < rows(); first += moment_run) {
            const Index count = std::min(moment_run, rows() - first);
            if (!in_place_) load_column(j, first, count, buffer.data());
            const double* x = in_place_ ? column_in_place(j).data() + first : buffer.data();
            auto d = shifted.head(count).array();
            d = Eigen::Map<const Vector>(x, count).array() - origin;
            const auto w = weights.segment(weights.size() ? first : 0, weights.size() ? count : 0);
            const double weight = w.size() ? w.sum() : static_cast<double>(count);
            if (weight == 0.0) continue;
            const double run_mean = (w.size() ? w.dot(d.matrix()) : d.sum()) / weight;
            d -= run_mean;
            const double delta = run_mean - mean, both = total + weight;
            squares += (w.size() ? (d.square() * w.array()).sum() : d.square().sum()) +
                       delta * delta * (total * weight / both);
            mean += delta * (weight / both);
            total = both;
        }
        moments.mean[j] = origin + mean;
        moments.variance[j] = squares / total;
    }
    return moments;
}

ColumnMoments DenseDesign::moments_by_row(const ConstVectorRef& weights) const {
    Vector origin(cols());
    load_(X_.data + first_weighted_row(weights) * X_.row_stride, X_.col_stride, cols(),
          origin.data());
    RunningMoments running(std::move(origin));
    Vector block_mean(cols()), block_squares(cols());
    RowMajor shifted;
    for_each_row_block(moment_rows, [&](Index first, const RowBlock& block) {
        const Vector w = weights.size() ? Vector(weights.segment(first, block.rows()))
                                        : Vector::Ones(block.rows());
        const double block_weight = w.sum();
        if (block_weight == 0.0) return;
        shifted = block.rowwise() - running.origin.transpose();
        block_mean.noalias() = shifted.transpose() * w / block_weight;
        shifted.rowwise() -= block_mean.transpose();
        block_squares.noalias() = shifted.cwiseAbs2().transpose() * w;
        running.merge(block_weight, block_mean, block_squares);
    });
    return {running.origin + running.mean, running.squares / running.weight};
}

}  // namespace fastreg
