// Columns of a sparse matrix as their entries, copied in float64: for what needs them by rows, or
// scaled.
#pragma once

#include <cstdint>
#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

class SparseColumns {
public:
    explicit SparseColumns(Index rows) : rows_(rows) {}

    Index rows() const { return rows_; }
    Index cols() const { return static_cast<Index>(start_.size()) - 1; }
    Index n_entries() const { return static_cast<Index>(row_.size()); }
    Index n_entries(Index j) const { return start_[at(j) + 1] - start_[at(j)]; }

    void reserve(Index cols, Index entries);
    // An entry of the column that is being filled, and the end of that column.
    void add(Index row, double value) {
        row_.push_back(static_cast<std::uint32_t>(row));
        value_.push_back(value);
    }
    void end_column() { start_.push_back(n_entries()); }

    // visit(row, value) for the entries of column j
    template <class Visit>
    void for_each_entry(Index j, Visit visit) const {
        for (auto k = at(start_[at(j)]); k < at(start_[at(j) + 1]); ++k)
            visit(static_cast<Index>(row_[k]), value_[k]);
    }

    // m_jᵀ r
    double dot(Index j, const ConstVectorRef& r) const;

    // Every entry times the factor of its row, or of its column.
    void scale_rows(const Vector& factor);
    void scale_columns(const Vector& factor);
    // The rows as columns, the entries of each in ascending order.
    SparseColumns transposed() const;
    // out = MᵀM for this matrix M, upper triangle, from the entries of M and of its rows in
    // ascending order: Σ (entries of a row)² / 2 multiplications.
    void gram(const SparseColumns& by_row, MatrixRef out) const;
    // What that costs.
    double gram_cost() const;

private:
    static std::size_t at(Index k) { return static_cast<std::size_t>(k); }

    Index rows_;
    std::vector<Index> start_{0};
    std::vector<std::uint32_t> row_;  // fewer than 2³²: vectors of so many rows are in memory
    std::vector<double> value_;
};

}  // namespace fastreg
