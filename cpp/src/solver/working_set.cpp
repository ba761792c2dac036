#include "fastreg/solver/working_set.hpp"

#include <algorithm>
#include <array>

#include "fastreg/gram/panel_product.hpp"

namespace fastreg {

namespace {

// Columns of a sparse X that are spread out together to meet the others.
constexpr Index spread_columns = 16;
// Rows of the blocks that a product of two sets of columns is made of.
constexpr Index block_rows = 512;
// Columns that could be read in place are gathered until they take this share of X.
constexpr double gathered_share = 0.08;

}  // namespace

WorkingSet::WorkingSet(const StandardizedDesign& X)
    : X_(X),
      member_(static_cast<std::size_t>(X.cols()), false),
      gathered_room_(gathered_share * static_cast<double>(X.rows()) *
                     static_cast<double>(X.cols())) {}

void WorkingSet::add(Features features, const ColumnCache* cache) {
    for (Index feature : features) {
        features_.push_back(feature);
        member_[static_cast<std::size_t>(feature)] = true;
    }
    if (!X_.sparse()) gather(features, cache);
}

void WorkingSet::gather(Features features, const ColumnCache* cache) {
    const double entries = static_cast<double>(X_.rows()) * static_cast<double>(features.size());
    const bool room = entries <= gathered_room_;
    std::vector<Index> copied;
    for (Index j : features)
        if (room || X_.column_data(j) == nullptr) copied.push_back(j);
    if (room) gathered_room_ -= entries;
    Index next = 0;
    if (!copied.empty()) {
        gathered_.emplace_back(X_.rows(), static_cast<Index>(copied.size()));
        if (cache)
            cache->columns(copied, gathered_.back());
        else
            X_.columns(copied, gathered_.back());
    }
    for (Index j : features) {
        if (room || X_.column_data(j) == nullptr)
            columns_.push_back({&gathered_.back()(0, next++), 0.0, 1.0});
        else
            columns_.push_back({X_.column_data(j), X_.center()[j], X_.inverse_scale()[j]});
    }
}

std::vector<Index> WorkingSet::features_at(Features positions) const {
    std::vector<Index> features;
    features.reserve(positions.size());
    for (Index i : positions) features.push_back(feature(i));
    return features;
}

double WorkingSet::dot(Index i, const Vector& r) const {
    double out = 0.0;
    correlate({&i, 1}, r, Eigen::Map<Vector>(&out, 1));
    return out;
}

void WorkingSet::add_column(Index i, double step, Vector& r) const {
    if (X_.sparse()) {
        const Index j = feature(i);
        X_.add_matvec({&j, 1}, Eigen::Map<Vector>(&step, 1), r);
        return;
    }
    const Column& column = columns_[static_cast<std::size_t>(i)];
    const double factor = step * column.inverse_scale;
    r.array() += factor * values(column).array() - factor * column.center;
}

void WorkingSet::correlate(Features positions, const Vector& r, VectorRef out) const {
    if (X_.sparse()) {
        Matrix products(static_cast<Index>(positions.size()), 1);
        X_.transpose_matvec_columns(features_at(positions), r, products);
        out = products.col(0);
        return;
    }
    const double sum = r.sum();
    for (std::size_t k = 0; k < positions.size(); ++k) {
        const Column& column = columns_[static_cast<std::size_t>(positions[k])];
        out[static_cast<Index>(k)] =
            (values(column).dot(r) - column.center * sum) * column.inverse_scale;
    }
}

void WorkingSet::add_columns(Features positions, const Vector& steps, Vector& r) const {
    if (X_.sparse()) {
        X_.add_matvec(features_at(positions), steps, r);
        return;
    }
    // Four columns at a time: r is read and written a quarter as often.
    std::array<const double*, 4> data{};
    std::array<double, 4> factor{};
    std::size_t pending = 0;
    double shift = 0.0;
    const auto flush = [&] {
        for (std::size_t k = pending; k < 4; ++k) {
            data[k] = data[0];
            factor[k] = 0.0;
        }
        using Map = Eigen::Map<const Vector>;
        const Index n = X_.rows();
        r.noalias() += factor[0] * Map(data[0], n) + factor[1] * Map(data[1], n) +
                       factor[2] * Map(data[2], n) + factor[3] * Map(data[3], n);
        pending = 0;
    };
    for (std::size_t k = 0; k < positions.size(); ++k) {
        const double step = steps[static_cast<Index>(k)];
        if (step == 0.0) continue;
        const Column& column = columns_[static_cast<std::size_t>(positions[k])];
        data[pending] = column.data;
        factor[pending] = step * column.inverse_scale;
        shift += factor[pending] * column.center;
        if (++pending == 4) flush();
    }
    if (pending > 0) flush();
    if (shift != 0.0) r.array() -= shift;
}

void WorkingSet::cross(Features rows, Features cols, MatrixRef out) const {
    if (rows.empty() || cols.empty()) return;
    if (X_.sparse())
        cross_sparse(rows, cols, out);
    else
        cross_dense(rows, cols, out);
    out /= static_cast<double>(X_.rows());
}

// Rows first to first + count of the columns at the positions, standardised.
void WorkingSet::load(Features positions, Index first, Index count, MatrixRef out) const {
    for (std::size_t k = 0; k < positions.size(); ++k) {
        const Column& column = columns_[static_cast<std::size_t>(positions[k])];
        out.col(static_cast<Index>(k)).array() =
            (values(column).segment(first, count).array() - column.center) * column.inverse_scale;
    }
}

// The columns C are standardised and packed, block by block; the columns R are read where they lie,
// and their means and scales come afterwards.
void WorkingSet::cross_dense(Features rows, Features cols, MatrixRef out) const {
    const auto r = static_cast<Index>(rows.size()), c = static_cast<Index>(cols.size());
    const Index n = X_.rows(), depth = std::min(block_rows, n);
    const Index n_panels = (c + PanelBlock::width - 1) / PanelBlock::width;
    PanelBlock block(depth, n_panels);
    Matrix raw(depth, c), product = Matrix::Zero(n_panels * PanelBlock::width, r);
    const Vector zero = Vector::Zero(c);
    Vector sums = Vector::Zero(c);
    std::vector<const double*> data(rows.size());
    for (Index first = 0; first < n; first += depth) {
        const Index count = std::min(depth, n - first);
        load(cols, first, count, raw.topRows(count));
        sums += raw.topRows(count).colwise().sum().transpose();
        block.set_depth(count);
        block.pack_by_column(raw.data(), depth, c, zero.data(), nullptr, 0);
        for (std::size_t k = 0; k < rows.size(); ++k)
            data[k] = columns_[static_cast<std::size_t>(rows[k])].data + first;
        block.add_product(data, n_panels, product);
    }
    for (Index k = 0; k < r; ++k) {
        const Column& column =
            columns_[static_cast<std::size_t>(rows[static_cast<std::size_t>(k)])];
        out.row(k) =
            (product.col(k).head(c) - column.center * sums).transpose() * column.inverse_scale;
    }
}

void WorkingSet::cross_sparse(Features rows, Features cols, MatrixRef out) const {
    const std::vector<Index> row_features = features_at(rows), col_features = features_at(cols);
    const auto added = static_cast<Index>(cols.size());
    Matrix spread(X_.rows(), std::min(spread_columns, added));
    for (Index first = 0; first < added; first += spread_columns) {
        const Index count = std::min(spread_columns, added - first);
        auto part = spread.leftCols(count);
        X_.columns(Features(col_features)
                       .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
                   part);
        X_.transpose_matvec_columns(row_features, part, out.middleCols(first, count));
    }
}

}  // namespace fastreg
