// Folds of cross-validation: rows to train on and rows to test on, of one X that is never copied.
#pragma once

#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

using Rows = std::vector<Index>;

struct Folds {
    std::vector<Rows> train, test;  // each ascending or not, without repetitions

    Index size() const { return static_cast<Index>(test.size()); }
};

// Throws std::invalid_argument where a row is not one of n, or the two lists differ in length.
void check_folds(const Folds& folds, Index n);

// The weights of the rows to train on, 0 elsewhere. Throws std::invalid_argument where a row occurs
// twice or nothing has a weight.
Vector training_weight(const Rows& train, const Vector& weight);

// For every row the fold that tests it, or the number of folds, if the folds *divide* the rows: each
// is tested once at most, and every fold trains on the rows that it doesn't test. Else empty.
Rows divided(const Folds& folds, Index n);

}  // namespace fastreg
