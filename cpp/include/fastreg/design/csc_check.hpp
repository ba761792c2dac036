// What must hold of a sparse matrix before a kernel reads it: an index out of range would be a read
// of somebody else's memory.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

// Throws std::invalid_argument where the structure is broken; n_values is how many entries there
// is memory for. True if an entry occurs more than once.
template <class Integer>
bool has_duplicates(const Integer* indices, const Integer* indptr, Index rows, Index cols,
                    Index n_values) {
    const auto broken = [](const std::string& what) {
        throw std::invalid_argument("X is not a valid sparse matrix: " + what);
    };
    if (indptr[0] != 0) broken("its first index pointer is not 0");
    for (Index j = 0; j < cols; ++j)
        if (indptr[j + 1] < indptr[j])
            broken("its index pointers decrease at column " + std::to_string(j));
    if (static_cast<Index>(indptr[cols]) > n_values) broken("it has fewer entries than it claims");
    std::vector<Index> last(static_cast<std::size_t>(rows), -1);  // column in which a row was seen
    bool twice = false;
    for (Index j = 0; j < cols; ++j)
        for (Integer k = indptr[j]; k < indptr[j + 1]; ++k) {
            const Index i = static_cast<Index>(indices[k]);
            if (i < 0 || i >= rows)
                broken("column " + std::to_string(j) + " has an entry in row " + std::to_string(i) +
                       " of " + std::to_string(rows));
            twice = twice || last[static_cast<std::size_t>(i)] == j;
            last[static_cast<std::size_t>(i)] = j;
        }
    return twice;
}

}  // namespace fastreg
