#include "fastreg/solver/working_set.hpp"

#include <algorithm>
#include <array>

#include "fastreg/core/class_products.hpp"
#include "fastreg/core/dot_products.hpp"
#include "fastreg/core/panel_product.hpp"
#include "fastreg/core/symmetric.hpp"

namespace fastreg {

namespace {

// Columns of a sparse X that are spread out together to meet the others.
constexpr Index spread_columns = 8;
// Rows of the blocks that a product of two sets of columns is made of.
constexpr Index block_rows = 512;
// Columns that could be read in place are gathered until they take this share of X.
constexpr double gathered_share = 0.04;

// Columns, and rows, that a thread takes at a time; and entries from which on threads are worth it.
constexpr Index run_columns = 32;
constexpr Index run_rows = 8192;
constexpr double shared_entries = 1 << 16;

// out += Σ factor[k] data[k], from row `first` on. Four columns at a time: out is read and written a
// quarter as often.
void add_segments(const std::vector<const double*>& data, const std::vector<double>& factor,
                  Index first, VectorRef out) {
    const auto column = [&](std::size_t k) {
        return Eigen::Map<const Vector>(data[k] + first, out.size());
    };
    for (std::size_t k = 0; k < data.size(); k += 4)
        out.noalias() += factor[k] * column(k) + factor[k + 1] * column(k + 1) +
                         factor[k + 2] * column(k + 2) + factor[k + 3] * column(k + 3);
}

}  // namespace

WorkingSet::WorkingSet(const StandardizedDesign& X)
    : X_(X),
      member_(static_cast<std::size_t>(X.cols()), false),
      gathered_room_(gathered_share * static_cast<double>(X.rows()) *
                     static_cast<double>(X.cols())) {
    if (RowEntries::pay(X)) by_row_ = std::make_unique<RowEntries>(X);
}

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
    const Column& column = column_at(i);
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
    for_each_run(pool_for(positions), static_cast<Index>(positions.size()), run_columns,
                 [&](Index first, Index count) {
                     std::array<const double*, run_columns> data{}, same{};
                     same.fill(r.data());
                     const Features run = positions.subspan(static_cast<std::size_t>(first),
                                                            static_cast<std::size_t>(count));
                     std::transform(run.begin(), run.end(), data.begin(),
                                    [&](Index i) { return column_at(i).data; });
                     dot_products({data.data(), run.size()}, same.data(), r.size(), &out[first]);
                     for (std::size_t k = 0; k < run.size(); ++k) {
                         const Column& column = column_at(run[k]);
                         double& product = out[first + static_cast<Index>(k)];
                         product = (product - column.center * sum) * column.inverse_scale;
                     }
                 });
}

void WorkingSet::add_columns(Features positions, const Vector& steps, Vector& r) const {
    if (X_.sparse()) {
        X_.add_matvec(features_at(positions), steps, r);
        return;
    }
    std::vector<const double*> data;
    std::vector<double> factor;
    double shift = 0.0;
    for (std::size_t k = 0; k < positions.size(); ++k) {
        const double step = steps[static_cast<Index>(k)];
        if (step == 0.0) continue;
        const Column& column = column_at(positions[k]);
        data.push_back(column.data);
        factor.push_back(step * column.inverse_scale);
        shift += factor.back() * column.center;
    }
    if (data.empty()) return;
    // To a multiple of four, by columns that add nothing.
    for (; data.size() % 4 != 0; data.push_back(data[0])) factor.push_back(0.0);
    for_each_run(pool_for(positions), X_.rows(), run_rows, [&](Index first, Index count) {
        add_segments(data, factor, first, r.segment(first, count));
        if (shift != 0.0) r.segment(first, count).array() -= shift;
    });
}

std::vector<ClassTerm> WorkingSet::terms(std::span<const ClassEntry> entries) const {
    std::vector<ClassTerm> terms;
    terms.reserve(entries.size());
    for (const ClassEntry& e : entries) {
        const Column& column = column_at(e.position);
        terms.push_back({column.data, e.label, e.step * column.inverse_scale});
    }
    return terms;
}

void WorkingSet::add_columns(std::span<const ClassEntry> entries, MatrixRef out) const {
    Eigen::RowVectorXd shift = Eigen::RowVectorXd::Zero(out.cols());
    for (const ClassEntry& e : entries) {
        const Column& column = column_at(e.position);
        shift[e.label] += e.step * column.inverse_scale * column.center;
    }
    ClassProducts(terms(entries), out.cols()).add(X_.pool(), out);
    out.rowwise() -= shift;
}

void WorkingSet::correlate(std::span<const ClassEntry> entries, const ConstMatrixRef& R,
                           VectorRef out) const {
    const Eigen::RowVectorXd sums = R.colwise().sum();
    ClassProducts(terms(entries), R.cols()).correlate(R, X_.pool(), out.data());
    for (std::size_t e = 0; e < entries.size(); ++e) {
        const Column& column = column_at(entries[e].position);
        double& product = out[static_cast<Index>(e)];
        product = (product - column.center * sums[entries[e].label]) * column.inverse_scale;
    }
}

ThreadPool* WorkingSet::pool_for(Features positions) const {
    const double entries = static_cast<double>(X_.rows()) * static_cast<double>(positions.size());
    return entries < shared_entries ? nullptr : X_.pool();
}

void WorkingSet::cross(Features rows, Features cols, MatrixRef out, const Vector* weight) const {
    if (rows.empty() || cols.empty()) return;
    if (X_.sparse())
        cross_sparse(rows, cols, out, weight);
    else
        cross_dense(rows, cols, out, weight);
    out /= static_cast<double>(X_.rows());
}

void WorkingSet::sandwich(Features positions, const Vector& weight, MatrixRef out) const {
    if (positions.empty()) return;
    if (X_.sparse())
        sandwich_sparse(positions, weight, out);
    else
        sandwich_dense<double>(positions, weight, out);
    out /= static_cast<double>(X_.rows());
}

void WorkingSet::rough_sandwich(Features positions, const Vector& weight, MatrixRef out) const {
    sandwich_dense<float>(positions, weight, out);
    out /= static_cast<double>(X_.rows());
}

// The columns C are standardised and packed, block by block; the columns R are read where they lie,
// and their means and scales come afterwards.
void WorkingSet::cross_dense(Features rows, Features cols, MatrixRef out,
                             const Vector* weight) const {
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
        load(cols, first, raw.topRows(count));
        if (weight)
            sums.noalias() += raw.topRows(count).transpose() * weight->segment(first, count);
        else
            sums += raw.topRows(count).colwise().sum().transpose();
        block.set_depth(count);
        block.pack_by_column(raw.data(), depth, c, zero.data(),
                             weight ? weight->data() + first : nullptr, 0);
        for (std::size_t k = 0; k < rows.size(); ++k) data[k] = column_at(rows[k]).data + first;
        for_each_run(pool_for(rows), r, run_columns, [&](Index begin, Index length) {
            block.add_product(
                std::span<const double* const>(data).subspan(static_cast<std::size_t>(begin),
                                                             static_cast<std::size_t>(length)),
                n_panels, product.middleCols(begin, length));
        });
    }
    for (Index k = 0; k < r; ++k) {
        const Column& column = column_at(rows[static_cast<std::size_t>(k)]);
        out.row(k) =
            (product.col(k).head(c) - column.center * sums).transpose() * column.inverse_scale;
    }
}

// All the columns are packed, and only one triangle is computed.
template <class Scalar>
void WorkingSet::sandwich_dense(Features positions, const Vector& weight, MatrixRef out) const {
    using Block = BasicPanelBlock<Scalar>;
    using Product = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
    const auto a = static_cast<Index>(positions.size());
    const Index n = X_.rows(), depth = std::min(block_rows, n);
    const Index n_panels = (a + Block::width - 1) / Block::width;
    Block block(depth, n_panels);
    Matrix raw(depth, a);
    Product product = Product::Zero(n_panels * Block::width, n_panels * Block::width);
    const Vector zero = Vector::Zero(a), root = weight.cwiseSqrt();
    for (Index first = 0; first < n; first += depth) {
        const Index count = std::min(depth, n - first);
        load(positions, first, raw.topRows(count));
        block.set_depth(count);
        block.pack_by_column(raw.data(), depth, a, zero.data(), root.data() + first, 0);
        block.add_product(n_panels, a, product);
    }
    for (Index j = 0; j < a; ++j)
        out.col(j).head(j + 1) = product.col(j).head(j + 1).template cast<double>();
    mirror_upper(out);
}

void WorkingSet::cross_sparse(Features rows, Features cols, MatrixRef out,
                              const Vector* weight) const {
    if (by_row_ && by_row_->follow(features_))
        by_row_->cross(features_, rows, cols, weight, out);
    else
        cross_spread(rows, cols, out, weight);
}

// Columns C are spread out to meet the entries of columns R.
void WorkingSet::cross_spread(Features rows, Features cols, MatrixRef out,
                              const Vector* weight) const {
    const std::vector<Index> row_features = features_at(rows), col_features = features_at(cols);
    const auto added = static_cast<Index>(cols.size());
    Matrix spread(X_.rows(), std::min(spread_columns, added));
    for (Index first = 0; first < added; first += spread_columns) {
        const Index count = std::min(spread_columns, added - first);
        auto part = spread.leftCols(count);
        X_.columns(Features(col_features)
                       .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)),
                   part);
        if (weight) part.array().colwise() *= weight->array();
        X_.transpose_matvec_columns(row_features, part, out.middleCols(first, count));
    }
}

// One triangle is taken. Where columns are spread out it is all that is computed, but for the blocks
// on the diagonal.
void WorkingSet::sandwich_sparse(Features positions, const Vector& weight, MatrixRef out) const {
    const bool by_row = by_row_ && by_row_->follow(features_);
    if (by_row) by_row_->cross(features_, positions, positions, &weight, out);
    for (std::size_t first = 0; !by_row && first < positions.size(); first += spread_columns) {
        const Features rest = positions.subspan(first);
        const Features cols = rest.first(std::min<std::size_t>(spread_columns, rest.size()));
        const auto at = static_cast<Index>(first);
        cross_spread(
            rest, cols,
            out.block(at, at, static_cast<Index>(rest.size()), static_cast<Index>(cols.size())),
            &weight);
    }
    out.triangularView<Eigen::StrictlyUpper>() = out.transpose();
}

}  // namespace fastreg
