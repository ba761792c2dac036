#include "fastreg/ridge/iterative_form.hpp"

#include <algorithm>
#include <utility>

#include "fastreg/ridge/certify.hpp"
#include "fastreg/ridge/gram_matrices.hpp"

namespace fastreg {

namespace {

// Targets that are solved for together.
constexpr Index block_targets = 32;

void keep_entries(const std::vector<Index>& kept, std::vector<Index>& list) {
    std::vector<Index> shorter;
    for (const Index k : kept) shorter.push_back(list[static_cast<std::size_t>(k)]);
    list = std::move(shorter);
}

}  // namespace

OpenTargets::OpenTargets(std::span<const RidgeTask> tasks, Index first)
    : alpha(tasks.front().alpha),
      achieved(Vector::Constant(static_cast<Index>(tasks.size()), infinity)) {
    for (const RidgeTask& task : tasks) {
        places.push_back(first + count());
        targets.push_back(task.target);
    }
}

void OpenTargets::keep(const std::vector<Index>& kept) {
    keep_entries(kept, places);
    keep_entries(kept, targets);
    fastreg::keep_entries(kept, achieved);
}

void keep_entries(const std::vector<Index>& kept, Vector& list) { list = list(kept).eval(); }

IterativeForm::IterativeForm(const RidgeDesign& Z, const Matrix& Y, IterationOptions options)
    : Z_(Z),
      Y_(Y),
      n_(static_cast<double>(Z.rows())),
      options_(options),
      correlation_(correlations(Z, Y)),
      correlation_norm_(correlation_.colwise().norm()) {
    options_.max_iter = options_.limit(std::min(Z.rows(), Z.cols()));
}

Index IterativeForm::solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                           const std::function<bool()>& interrupted) {
    const auto solve = [&](std::span<const RidgeTask> block, Index first) {
        return !(first > 0 && interrupted()) && solve_block(block, first, out, interrupted);
    };
    return for_each_strength(tasks, solve, block_targets);
}

double IterativeForm::gap(double alpha, const ConstVectorRef& gradient, const ConstVectorRef& b,
                          double square, double smallest_eigenvalue) const {
    const double size = gradient.squaredNorm();
    if (alpha > 0.0) return penalised_gap(alpha, size, square, b.squaredNorm());
    return 0.5 *
           (smallest_eigenvalue > 0.0 ? std::min(square, size / smallest_eigenvalue) : square);
}

}  // namespace fastreg
