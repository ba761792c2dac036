// The Gram entries between features that are watched from outside a support and the members of its
// factor: one row a watched position, one column a member, in the factor's order. With them the
// gradient of the watched features follows every step of the support without touching the data.
#pragma once

#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

class CrossGram {
public:
    Index rows() const { return static_cast<Index>(watched_.size()); }
    Index cols() const { return cols_; }
    const std::vector<Index>& watched() const { return watched_; }
    Index position(Index row) const { return watched_[static_cast<std::size_t>(row)]; }
    bool contains(Index position) const { return row_of(position) >= 0; }
    Index row_of(Index position) const {
        const auto key = static_cast<std::size_t>(position);
        return key < row_of_.size() ? row_of_[key] : -1;
    }
    auto row(Index r) const { return entries_.row(r).head(cols_); }
    auto entries() const { return entries_.topLeftCorner(rows(), cols_); }

    // Makes room for this many rows, columns and positions.
    void reserve(Index rows, Index cols, Index positions);
    // A row of entries with the members.
    void watch(Index position, const ConstVectorRef& entries);
    void forget(Index position);
    // A column of entries with the watched positions: a new last member.
    void append_member(const ConstVectorRef& entries);
    void remove_member(Index column);
    void clear();

private:
    std::vector<Index> watched_;
    std::vector<Index> row_of_;  // position → row, −1 if not watched
    Matrix entries_;             // the leading rows() × cols() are in use
    Index cols_ = 0;
};

}  // namespace fastreg
