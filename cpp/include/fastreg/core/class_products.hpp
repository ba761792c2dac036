// Products of columns, which lie anywhere, with several vectors at once: each column counts for some
// labels, and each label has a vector of its own. A column is read once for all of them.
//
// Columns are taken four at a time, with all the labels that one of them counts for; blocks of rows are
// so short that what four columns and the vectors have of it stays in the first-level cache, and the
// next four columns are fetched while these are worked on.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "fastreg/batch/thread_pool.hpp"
#include "fastreg/core/types.hpp"

namespace fastreg {

// A column as it counts for one label.
struct ClassTerm {
    const double* column;
    Index label;
    double factor = 0.0;
};

class ClassProducts {
public:
    // Terms of one column follow each other.
    ClassProducts(std::span<const ClassTerm> terms, Index n_labels);

    // out.col(label) += factor · column for every term
    void add(ThreadPool* pool, MatrixRef out) const;
    // out[t] = columnᵀ R.col(label) for every term t
    void correlate(const ConstMatrixRef& R, ThreadPool* pool, double* out) const;

private:
    static constexpr std::size_t width = 4;
    using Four = std::array<double, width>;

    struct Group {
        std::array<const double*, width> columns;
        std::size_t first = 0, count = 0;  // its labels among labels_
    };

    void add_rows(Index first, Index count, MatrixRef out) const;
    void correlate_groups(std::size_t begin, std::size_t end, const ConstMatrixRef& R,
                          std::vector<Four>& sums) const;
    // The columns of the group after this one, or its own.
    const Group& next(std::size_t g) const { return groups_[std::min(g + 1, groups_.size() - 1)]; }

    std::vector<Group> groups_;
    std::vector<Index> labels_;      // of all groups
    std::vector<Four> factors_;      // by label of a group
    std::vector<std::size_t> slot_;  // of each term among the factors
};

}  // namespace fastreg
