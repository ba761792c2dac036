#include "fastreg/core/class_products.hpp"

#include <algorithm>

#include "fastreg/core/dot_products.hpp"

namespace fastreg {

namespace {

// Rows of a block, and groups of columns that a thread takes at a time.
constexpr Index block_rows = 256;
constexpr Index run_groups = 64;
// Lanes of a sum, and the numbers of a cache line.
constexpr Index lanes = 8;

using Lanes = detail::Lanes;
using Columns = std::array<const double*, 4>;

void fetch(const Columns& columns, Index row) {
#if defined(__GNUC__)
    for (const double* column : columns) __builtin_prefetch(column + row);
#else
    (void)columns;
    (void)row;
#endif
}

// out[k] += Σ_c factor[k][c] x[c], over so many rows
template <std::size_t n_out>
void add_block(const Columns& x, const Columns& next, Index count,
               const std::array<double, 4>* factor, const std::array<double*, n_out>& out) {
    const Index whole = count - count % lanes;
    for (Index i = 0; i < whole; i += lanes) {
        fetch(next, i);
        const Lanes a = detail::lanes(x[0] + i), b = detail::lanes(x[1] + i),
                    c = detail::lanes(x[2] + i), d = detail::lanes(x[3] + i);
        for (std::size_t k = 0; k < n_out; ++k)
            Eigen::Map<Lanes>(out[k] + i) +=
                factor[k][0] * a + factor[k][1] * b + factor[k][2] * c + factor[k][3] * d;
    }
    for (Index i = whole; i < count; ++i)
        for (std::size_t k = 0; k < n_out; ++k)
            for (std::size_t c = 0; c < 4; ++c) out[k][i] += factor[k][c] * x[c][i];
}

// sums[k][c] += x[c]ᵀ r[k], over so many rows
template <std::size_t n_out>
void dot_block(const Columns& x, const Columns& next, Index count,
               const std::array<const double*, n_out>& r, std::array<double, 4>* sums) {
    std::array<std::array<Lanes, 4>, n_out> partial;
    for (auto& of_vector : partial) of_vector.fill(Lanes::Zero());
    const Index whole = count - count % lanes;
    for (Index i = 0; i < whole; i += lanes) {
        fetch(next, i);
        const std::array<Lanes, 4> column{detail::lanes(x[0] + i), detail::lanes(x[1] + i),
                                          detail::lanes(x[2] + i), detail::lanes(x[3] + i)};
        for (std::size_t k = 0; k < n_out; ++k) {
            const Lanes vector = detail::lanes(r[k] + i);
            for (std::size_t c = 0; c < 4; ++c) partial[k][c] += column[c] * vector;
        }
    }
    for (std::size_t k = 0; k < n_out; ++k)
        for (std::size_t c = 0; c < 4; ++c) {
            sums[k][c] += detail::lane_sum(partial[k][c]);
            for (Index i = whole; i < count; ++i) sums[k][c] += x[c][i] * r[k][i];
        }
}

Columns moved(Columns columns, Index rows) {
    for (const double*& column : columns) column += rows;
    return columns;
}

}  // namespace

ClassProducts::ClassProducts(std::span<const ClassTerm> terms, Index n_labels) {
    std::vector<std::size_t> place(static_cast<std::size_t>(n_labels));
    std::size_t n_columns = width;
    slot_.reserve(terms.size());
    for (const ClassTerm& term : terms) {
        const bool same = !groups_.empty() && groups_.back().columns[n_columns - 1] == term.column;
        if (!same && n_columns == width) {
            groups_.push_back({.columns = {}, .first = labels_.size()});
            n_columns = 0;
        }
        Group& group = groups_.back();
        // What isn't there yet is the last column that is, with a factor of 0.
        if (!same)
            std::fill(group.columns.begin() + static_cast<std::ptrdiff_t>(n_columns++),
                      group.columns.end(), term.column);
        std::size_t& at = place[static_cast<std::size_t>(term.label)];
        const bool known =
            at >= group.first && at < group.first + group.count && labels_[at] == term.label;
        if (!known) {
            at = labels_.size();
            labels_.push_back(term.label);
            factors_.push_back({});
            ++group.count;
        }
        factors_[at][n_columns - 1] = term.factor;
        slot_.push_back(width * at + n_columns - 1);
    }
}

void ClassProducts::add(ThreadPool* pool, MatrixRef out) const {
    for_each_run(pool, out.rows(), block_rows,
                 [&](Index first, Index count) { add_rows(first, count, out); });
}

void ClassProducts::add_rows(Index first, Index count, MatrixRef out) const {
    const auto vector = [&](std::size_t at) { return &out(first, labels_[at]); };
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const Group& group = groups_[g];
        const Columns x = moved(group.columns, first), ahead = moved(next(g).columns, first);
        std::size_t at = group.first;
        const std::size_t end = at + group.count;
        // Only the first ones fetch: then it is done.
        for (; at + 4 <= end; at += 4)
            add_block<4>(x, at == group.first ? ahead : x, count, &factors_[at],
                         {vector(at), vector(at + 1), vector(at + 2), vector(at + 3)});
        for (; at + 2 <= end; at += 2)
            add_block<2>(x, at == group.first ? ahead : x, count, &factors_[at],
                         {vector(at), vector(at + 1)});
        if (at < end)
            add_block<1>(x, at == group.first ? ahead : x, count, &factors_[at], {vector(at)});
    }
}

void ClassProducts::correlate(const ConstMatrixRef& R, ThreadPool* pool, double* out) const {
    std::vector<Four> sums(labels_.size(), Four{});
    for_each_run(pool, static_cast<Index>(groups_.size()), run_groups,
                 [&](Index first, Index count) {
                     correlate_groups(static_cast<std::size_t>(first),
                                      static_cast<std::size_t>(first + count), R, sums);
                 });
    for (std::size_t t = 0; t < slot_.size(); ++t)
        out[t] = sums[slot_[t] / width][slot_[t] % width];
}

void ClassProducts::correlate_groups(std::size_t begin, std::size_t end, const ConstMatrixRef& R,
                                     std::vector<Four>& sums) const {
    for (Index first = 0; first < R.rows(); first += block_rows) {
        const Index count = std::min(block_rows, R.rows() - first);
        const auto vector = [&](std::size_t at) { return R.col(labels_[at]).data() + first; };
        for (std::size_t g = begin; g < end; ++g) {
            const Group& group = groups_[g];
            const Columns x = moved(group.columns, first), ahead = moved(next(g).columns, first);
            std::size_t at = group.first;
            const std::size_t last = at + group.count;
            for (; at + 4 <= last; at += 4)
                dot_block<4>(x, at == group.first ? ahead : x, count,
                             {vector(at), vector(at + 1), vector(at + 2), vector(at + 3)},
                             &sums[at]);
            for (; at + 2 <= last; at += 2)
                dot_block<2>(x, at == group.first ? ahead : x, count, {vector(at), vector(at + 1)},
                             &sums[at]);
            if (at < last)
                dot_block<1>(x, at == group.first ? ahead : x, count, {vector(at)}, &sums[at]);
        }
    }
}

}  // namespace fastreg
