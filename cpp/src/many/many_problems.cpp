#include "fastreg/many/many_problems.hpp"

#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "fastreg/design/gathered_rows.hpp"
#include "fastreg/gram/small_stats.hpp"

namespace fastreg {

namespace {

// Problems that a thread takes at once.
constexpr Index together = 16;

PathResult from_statistics(const ProblemData& data, const ManyOptions& options,
                           const AlphaGrid& grid, const Control& control) {
    if (SmallStats::suits(data.X.rows, data.X.cols)) {
        thread_local SmallStats small;
        return solve_statistics(small.of(data.X, data.y, data.sample_weight), 0, options, grid,
                                control);
    }
    const auto stats = gram_stats(DenseDesign(data.X), data.y, data.sample_weight, control);
    if (!stats) throw Interruption();
    return solve_statistics(*stats, 0, options, grid, control);
}

}  // namespace

PathResult solve_problem(const ProblemData& data, const ManyOptions& options, const AlphaGrid& grid,
                         const Control& control) {
    const DenseDesign X(data.X);
    if (options.family == "gaussian" && is_small(X.rows(), X.cols())) {
        require_response_scale(data.y, options.standardize.fit_intercept);
        PathResult path = from_statistics(data, options, grid, control);
        bool converged = true;
        for (const auto status : path.status) converged = converged && status == 0;
        if (converged) return path;
    }
    // Where the statistics' rounding shows, the data decides.
    return family_path({.data = {.X = X,
                                 .y = data.y,
                                 .sample_weight = data.sample_weight,
                                 .standardize = options.standardize,
                                 .l1_ratio = options.terms.l1_ratio,
                                 .penalty_factor = options.terms.penalty_factor,
                                 .lower_bounds = options.terms.lower_bounds,
                                 .upper_bounds = options.terms.upper_bounds,
                                 .coef_init = {}},
                        .family = options.family,
                        .offset = {},
                        .grouped = false},
                       grid, control);
}

ProblemSource row_groups(const DenseView& X, const Vector& y, const Vector& sample_weight,
                         const std::vector<Index>& rows, const std::vector<Index>& starts) {
    for (const Index row : rows)
        if (row < 0 || row >= X.rows)
            throw std::invalid_argument("there is no row " + std::to_string(row));
    for (std::size_t k = 0; k + 1 < starts.size(); ++k)
        if (starts[k] < 0 || starts[k] > starts[k + 1])
            throw std::invalid_argument("groups must begin one after the other");
    if (starts.empty() || starts.back() > static_cast<Index>(rows.size()))
        throw std::invalid_argument("groups end beyond their rows");
    return [&](Index k, std::vector<std::byte>& memory) {
        const auto first = static_cast<std::size_t>(starts[static_cast<std::size_t>(k)]);
        const auto last = static_cast<std::size_t>(starts[static_cast<std::size_t>(k) + 1]);
        const auto own = std::span<const Index>(rows).subspan(first, last - first);
        const std::vector<Index> picked(own.begin(), own.end());
        ProblemData data{.X = *GatheredRows(X, own, memory).design().dense_view(),
                         .y = y(picked),
                         .sample_weight = {}};
        if (sample_weight.size()) data.sample_weight = sample_weight(picked);
        return data;
    };
}

JoinedOutcomes many_problems(Index count, const ProblemSource& source, const ManyOptions& options,
                             const Strengths& strengths, const Control& control) {
    return solve_joined(count, together, control, [&](Index k, const Control& own) {
        thread_local std::vector<std::byte> memory;
        return solve_problem(source(k, memory), options, strengths.of(k), own);
    });
}

}  // namespace fastreg
