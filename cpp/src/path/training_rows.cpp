#include "fastreg/path/training_rows.hpp"

namespace fastreg {

namespace {

// Entries that are copied, at the most, and the share of all rows that is left out, at the least.
constexpr double most_copied = 3e6;
constexpr double least_share = 0.05;

bool copy_pays(const FamilyProblem& problem, std::size_t kept) {
    const Design& X = problem.data.X;
    const Index n = X.rows(), rows = static_cast<Index>(kept);
    return X.dense_view() && !X.sequential() && problem.data.y.size() % n == 0 &&
           problem.offset.size() % n == 0 &&
           static_cast<double>(n - rows) >= least_share * static_cast<double>(n) &&
           static_cast<double>(rows) * static_cast<double>(X.cols()) <= most_copied;
}

}  // namespace

TrainingRows::TrainingRows(const FamilyProblem& problem, const Vector& weight, bool whole)
    : problem_(problem), weight_(weight) {
    if (whole) return;
    for (Index i = 0; i < weight.size(); ++i)
        if (weight[i] > 0.0) rows_.push_back(i);
    if (copy_pays(problem, rows_.size())) {
        gathered_.emplace(*problem.data.X.dense_view(), rows_);
        weight_ = weight(rows_);
    }
    if (weight_.minCoeff() == weight_.maxCoeff()) weight_.resize(0);
}

FamilyProblem TrainingRows::problem() const {
    const ElasticNetProblem& data = problem_.data;
    return {.data = {.X = gathered_ ? gathered_->design() : data.X,
                     .y = taken(data.y),
                     .sample_weight = weight_,
                     .standardize = data.standardize,
                     .l1_ratio = data.l1_ratio,
                     .penalty_factor = data.penalty_factor,
                     .lower_bounds = data.lower_bounds,
                     .upper_bounds = data.upper_bounds,
                     .coef_init = data.coef_init},
            .family = problem_.family,
            .offset = taken(problem_.offset),
            .grouped = problem_.grouped};
}

// What holds one entry for every row, or the rows' entries for one class after the other.
Vector TrainingRows::taken(const Vector& stacked) const {
    if (!gathered_) return stacked;
    const Index n = problem_.data.X.rows();
    Vector out(stacked.size() / n * gathered_->design().rows());
    Index next = 0;
    for (Index first = 0; first + n <= stacked.size(); first += n)
        for (Index row : rows_) out[next++] = stacked[first + row];
    return out;
}

}  // namespace fastreg
