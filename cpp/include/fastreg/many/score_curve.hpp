// Scores of the folds along a grid, their mean and its standard error, and the strength that a rule
// chooses from them.
#pragma once

#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

// By how much the mean score of the choice may be worse than the best: so many standard errors of
// the best, and a share of it. The largest strength of those is chosen.
struct Allowance {
    double errors = 0.0;
    double share = 0.0;
};

class ScoreCurve {
public:
    // Folds without a weight don't count.
    ScoreCurve(Vector fold_weights, bool greater_is_better);

    // Scores, folds × strengths, of strengths that continue those before.
    void append(const Matrix& scores);

    Index size() const { return static_cast<Index>(mean_.size()); }
    // Means weighted as the folds are, and standard errors from their spread.
    const std::vector<double>& mean() const { return mean_; }
    const std::vector<double>& error() const { return error_; }

    // The position of the best mean score, the first if there are several.
    Index best() const;
    Index choose(const Allowance& allowance) const;
    // Whether the last score is more than a standard error worse than the best, and that one lies
    // `behind` or more before it.
    bool has_turned(Index behind) const;
    // Whether all are as good but for this share, which is rounding.
    bool is_flat(double rounding) const;

private:
    Vector weights_;
    bool greater_is_better_;
    std::vector<double> mean_, error_, loss_;  // loss: the smaller the better, never NaN
};

}  // namespace fastreg
