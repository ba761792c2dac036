#include "fastreg/solver/cross_gram.hpp"

#include <algorithm>

namespace fastreg {

void CrossGram::reserve(Index rows, Index cols, Index positions) {
    if (positions > static_cast<Index>(row_of_.size()))
        row_of_.resize(static_cast<std::size_t>(positions), -1);
    watched_.reserve(static_cast<std::size_t>(rows));
    if (rows <= entries_.rows() && cols <= entries_.cols()) return;
    const auto grown = [](Index needed, Index old) {
        return needed <= old ? old : std::max<Index>(needed + needed / 4, 16);
    };
    Matrix larger(grown(rows, entries_.rows()), grown(cols, entries_.cols()));
    larger.topLeftCorner(this->rows(), cols_) = entries();
    entries_.swap(larger);
}

void CrossGram::watch(Index position, const ConstVectorRef& entries) {
    reserve(rows() + 1, cols_, position + 1);
    row_of_[static_cast<std::size_t>(position)] = rows();
    watched_.push_back(position);
    entries_.row(rows() - 1).head(cols_) = entries.transpose();
}

// The last row takes its place.
void CrossGram::forget(Index position) {
    const Index r = row_of(position), last = rows() - 1;
    if (r != last) {
        entries_.row(r).head(cols_) = entries_.row(last).head(cols_);
        watched_[static_cast<std::size_t>(r)] = this->position(last);
        row_of_[static_cast<std::size_t>(this->position(last))] = r;
    }
    watched_.pop_back();
    row_of_[static_cast<std::size_t>(position)] = -1;
}

void CrossGram::append_member(const ConstVectorRef& entries) {
    reserve(rows(), cols_ + 1, 0);
    entries_.col(cols_++).head(rows()) = entries;
}

void CrossGram::remove_member(Index column) {
    for (Index c = column; c + 1 < cols_; ++c)
        entries_.col(c).head(rows()) = entries_.col(c + 1).head(rows());
    --cols_;
}

void CrossGram::clear() {
    for (Index position : watched_) row_of_[static_cast<std::size_t>(position)] = -1;
    watched_.clear();
    cols_ = 0;
}

}  // namespace fastreg
