// Tasks of one strength are solved together, and fewer of them as they are done.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "fastreg/ridge/ridge_form.hpp"

namespace fastreg {

// How many tasks from the first on have its strength, at most so many.
inline std::size_t same_strength(std::span<const RidgeTask> tasks, Index most) {
    std::size_t count = 1;
    while (count < tasks.size() && count < static_cast<std::size_t>(most) &&
           tasks[count].alpha == tasks.front().alpha)
        ++count;
    return count;
}

inline void keep_columns(const std::vector<Index>& kept, Matrix& A) {
    A = A(Eigen::all, kept).eval();
}

inline void keep_entries(const std::vector<Index>& kept, Vector& list) { list = list(kept).eval(); }

inline void keep_entries(const std::vector<Index>& kept, std::vector<Index>& list) {
    std::vector<Index> shorter;
    for (const Index k : kept) shorter.push_back(list[static_cast<std::size_t>(k)]);
    list = std::move(shorter);
}

}  // namespace fastreg
