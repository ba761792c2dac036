#include "fastreg/solver/row_entries.hpp"

#include <algorithm>
#include <cmath>

namespace fastreg {

namespace {

// Columns that are spread out meet the members eight at a time, with every entry of these. With more
// entries than this share that is cheaper.
constexpr double sparse_share = 0.125;
// A mean of so many standard deviations costs two digits when it is subtracted from a product.
constexpr double most_deviations = 10.0;
// Entries that a row has room for from its first one on, and rows that are fetched while those before
// them are worked on.
constexpr std::size_t least_room = 8;
[[maybe_unused]] constexpr std::size_t fetched_ahead = 4;

}  // namespace

RowEntries::RowEntries(const StandardizedDesign& X)
    : X_(X), rows_(static_cast<std::size_t>(X.rows())) {}

bool RowEntries::pay(const StandardizedDesign& X) {
    const double entries = static_cast<double>(X.rows()) * static_cast<double>(X.cols());
    return X.sparse() && X.pass_cost() <= sparse_share * entries;
}

bool RowEntries::follow(Features features) {
    if (!near_) return false;
    const Features added = features.subspan(taken_);
    for (const Index j : added) {
        const double center = scaled_center(j);
        centred_ = centred_ || center != 0.0;
        near_ = near_ && std::abs(center) <= most_deviations * std::sqrt(X_.mean_square()[j]);
    }
    if (!near_ || added.empty()) return near_;
    const SparseColumns columns = X_.entries(added);
    for (Index k = 0; k < columns.cols(); ++k, ++taken_)
        columns.for_each_entry(k, [&](Index i, double x) {
            std::vector<Entry>& row = rows_[static_cast<std::size_t>(i)];
            if (row.empty()) row.reserve(least_room);
            row.push_back({x, static_cast<std::uint32_t>(taken_)});
        });
    return true;
}

void RowEntries::cross(Features features, Features rows, Features cols, const Vector* weight,
                       MatrixRef out) const {
    const auto features_at = [&](Features positions) {
        std::vector<Index> found;
        found.reserve(positions.size());
        for (const Index i : positions) found.push_back(features[static_cast<std::size_t>(i)]);
        return found;
    };
    const std::vector<Index> right = features_at(cols);
    const SparseColumns columns = X_.entries(right);
    Vector products(static_cast<Index>(features.size()));
    for (Index k = 0; k < columns.cols(); ++k) {
        multiply(columns, k, weight, products);
        for (std::size_t a = 0; a < rows.size(); ++a)
            out(static_cast<Index>(a), k) = products[rows[a]];
    }
    if (centred_) subtract_means(features_at(rows), right, columns, weight, out);
}

// The products of a column with all features.
void RowEntries::multiply(const SparseColumns& columns, Index k, const Vector* weight,
                          Vector& products) const {
    struct Row {
        const std::vector<Entry>* entries;
        double factor;
    };
    std::vector<Row> met;
    met.reserve(static_cast<std::size_t>(columns.n_entries(k)));
    columns.for_each_entry(k, [&](Index i, double x) {
        met.push_back({&rows_[static_cast<std::size_t>(i)], weight ? x * (*weight)[i] : x});
    });
    products.setZero();
    for (std::size_t t = 0; t < met.size(); ++t) {
#ifdef __GNUC__
        // The rows lie anywhere in memory.
        if (t + fetched_ahead < met.size())
            __builtin_prefetch(met[t + fetched_ahead].entries->data());
#endif
        for (const Entry& e : *met[t].entries) products[e.position] += met[t].factor * e.value;
    }
}

// With z a column that is scaled but not centred, c its mean on that scale and s = √w ∘ weight:
//
//     x̃_aᵀ diag(weight) x̃_b = z_aᵀ diag(weight) z_b − c_b x̃_aᵀ s − c_a z_bᵀ s
void RowEntries::subtract_means(Features left, Features right, const SparseColumns& columns,
                                const Vector* weight, MatrixRef out) const {
    Vector s = weight ? *weight : Vector(Vector::Ones(X_.rows()));
    if (X_.root_weight().size()) s.array() *= X_.root_weight().array();
    Matrix products(out.rows(), 1);
    X_.transpose_matvec_columns(left, s, products);
    Vector center(out.rows());
    for (Index a = 0; a < out.rows(); ++a)
        center[a] = scaled_center(left[static_cast<std::size_t>(a)]);
    for (Index b = 0; b < out.cols(); ++b)
        out.col(b) -= scaled_center(right[static_cast<std::size_t>(b)]) * products.col(0) +
                      columns.dot(b, s) * center;
}

}  // namespace fastreg
