#include "fastreg/screening/column_cache.hpp"

#include <algorithm>
#include <utility>

namespace fastreg {

ColumnCache::ColumnCache(const StandardizedDesign& X, Index capacity)
    : X_(X), columns_(X.rows(), capacity) {}

// Moves the columns that stay to the front and lists the others behind them; returns how many stay.
Index ColumnCache::keep(const std::vector<Index>& wanted) {
    std::vector<Index> kept, missing;
    for (Index feature : wanted) (contains(feature) ? kept : missing).push_back(feature);
    // In the order of their places, each moves to one that is free by then.
    std::ranges::sort(kept, {}, [&](Index feature) { return position_.at(feature); });
    Index to = 0;
    for (Index feature : kept) {
        const Index from = position_.at(feature);
        if (from != to) columns_.col(to) = columns_.col(from);
        ++to;
    }
    features_ = std::move(kept);
    features_.insert(features_.end(), missing.begin(), missing.end());
    position_.clear();
    for (std::size_t k = 0; k < features_.size(); ++k)
        position_[features_[k]] = static_cast<Index>(k);
    return to;
}

Vector ColumnCache::transpose_matvec(const Vector& r) const {
    return columns_.leftCols(static_cast<Index>(features_.size())).transpose() * r;
}

void ColumnCache::columns(Features J, MatrixRef out) const {
    std::vector<Index> missing, places;
    for (std::size_t k = 0; k < J.size(); ++k) {
        const auto found = position_.find(J[k]);
        if (found != position_.end()) {
            out.col(static_cast<Index>(k)) = columns_.col(found->second);
            continue;
        }
        missing.push_back(J[k]);
        places.push_back(static_cast<Index>(k));
    }
    if (missing.empty()) return;
    Matrix block(X_.rows(), static_cast<Index>(missing.size()));
    X_.columns(missing, block);
    for (std::size_t k = 0; k < places.size(); ++k)
        out.col(places[k]) = block.col(static_cast<Index>(k));
}

}  // namespace fastreg
