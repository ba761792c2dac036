#include "fastreg/design/sparse_columns.hpp"

#include <algorithm>

namespace fastreg {

void SparseColumns::reserve(Index cols, Index entries) {
    start_.reserve(at(cols) + 1);
    row_.reserve(at(entries));
    value_.reserve(at(entries));
}

void SparseColumns::scale_rows(const Vector& factor) {
    for (std::size_t k = 0; k < row_.size(); ++k) value_[k] *= factor[static_cast<Index>(row_[k])];
}

void SparseColumns::scale_columns(const Vector& factor) {
    for (Index j = 0; j < cols(); ++j)
        for (auto k = at(start_[at(j)]); k < at(start_[at(j) + 1]); ++k) value_[k] *= factor[j];
}

double SparseColumns::dot(Index j, const ConstVectorRef& r) const {
    const double* v = r.data();
    auto k = at(start_[at(j)]);
    const auto end = at(start_[at(j) + 1]);
    double even = 0.0, odd = 0.0;  // sums that don't wait for each other
    for (; k + 2 <= end; k += 2) {
        even += value_[k] * v[row_[k]];
        odd += value_[k + 1] * v[row_[k + 1]];
    }
    if (k < end) even += value_[k] * v[row_[k]];
    return even + odd;
}

SparseColumns SparseColumns::transposed() const {
    SparseColumns out(cols());
    out.start_.assign(at(rows_) + 1, 0);
    for (const std::uint32_t i : row_) ++out.start_[i + 1];
    for (std::size_t i = 0; i < at(rows_); ++i) out.start_[i + 1] += out.start_[i];
    out.row_.resize(row_.size());
    out.value_.resize(value_.size());
    std::vector<Index> next(out.start_.begin(), out.start_.end() - 1);
    for (Index j = 0; j < cols(); ++j)
        for_each_entry(j, [&](Index i, double x) {
            const std::size_t k = at(next[at(i)]++);
            out.row_[k] = static_cast<std::uint32_t>(j);
            out.value_[k] = x;
        });
    return out;
}

// Each column of the result stays in the cache while the rows in which it has entries are added.
void SparseColumns::gram(const SparseColumns& by_row, MatrixRef out) const {
    out.setZero();
    for (Index b = 0; b < cols(); ++b) {
        double* column = &out(0, b);
        for_each_entry(b, [&](Index i, double x) {
            for (auto k = at(by_row.start_[at(i)]); k < at(by_row.start_[at(i) + 1]); ++k) {
                const std::uint32_t a = by_row.row_[k];
                if (a > b) break;
                column[a] += x * by_row.value_[k];
            }
        });
    }
}

double SparseColumns::gram_cost() const {
    std::vector<double> count(at(rows_), 0.0);
    for (const std::uint32_t i : row_) count[i] += 1.0;
    double cost = 0.0;
    for (const double c : count) cost += 0.5 * c * (c + 1.0);
    return cost;
}

}  // namespace fastreg
