// Columns of a sequential X that are about to enter, fetched ahead in the passes over X that are made
// anyhow. While every feature that a bound leaves undecided is among them, nothing of X is read.
#pragma once

#include <unordered_map>
#include <vector>

#include "fastreg/design/standardized.hpp"

namespace fastreg {

class ColumnCache {
public:
    ColumnCache(const StandardizedDesign& X, Index capacity);

    Index capacity() const { return columns_.cols(); }
    const std::vector<Index>& features() const { return features_; }
    bool contains(Index feature) const { return position_.contains(feature); }

    // Makes `wanted`, at most capacity() features, the contents. Those that are here stay; read(J,
    // out) fetches the others, and is called even if there are none.
    template <class Read>
    void replace(const std::vector<Index>& wanted, Read read);
    // x̃_jᵀ r of all features(), in their order
    Vector transpose_matvec(const Vector& r) const;
    // x̃_jᵀ r of one of them
    double dot(Index feature, const Vector& r) const {
        return columns_.col(position_.at(feature)).dot(r);
    }
    // out = X̃[:, J]; those that aren't here are read from X.
    void columns(Features J, MatrixRef out) const;

private:
    Index keep(const std::vector<Index>& wanted);

    const StandardizedDesign& X_;
    Matrix columns_;
    std::vector<Index> features_;  // of the leading columns
    std::unordered_map<Index, Index> position_;
};

template <class Read>
void ColumnCache::replace(const std::vector<Index>& wanted, Read read) {
    const Index kept = keep(wanted);
    const Index size = static_cast<Index>(features_.size());
    read(Features(features_).subspan(static_cast<std::size_t>(kept)),
         MatrixRef(columns_.middleCols(kept, size - kept)));
}

}  // namespace fastreg
