#include "fastreg/batch/folds.hpp"

#include <stdexcept>
#include <string>

namespace fastreg {

namespace {

void check_rows(const Rows& rows, Index n, const char* what) {
    for (const Index row : rows)
        if (row < 0 || row >= n)
            throw std::invalid_argument(std::string("a fold ") + what + " row " +
                                        std::to_string(row) + ", but X has " + std::to_string(n) +
                                        " rows");
}

}  // namespace

void check_folds(const Folds& folds, Index n) {
    if (folds.train.size() != folds.test.size())
        throw std::invalid_argument("train has " + std::to_string(folds.train.size()) +
                                    " folds, but test has " + std::to_string(folds.test.size()));
    for (const Rows& rows : folds.train) check_rows(rows, n, "trains on");
    for (const Rows& rows : folds.test) check_rows(rows, n, "tests");
}

Vector training_weight(const Rows& train, const Vector& weight) {
    Vector of_fold = Vector::Zero(weight.size());
    for (const Index row : train) {
        if (of_fold[row] > 0.0)
            throw std::invalid_argument("a fold trains on row " + std::to_string(row) + " twice");
        of_fold[row] = weight[row];
    }
    if (!(of_fold.sum() > 0.0))
        throw std::invalid_argument("sample_weight is zero for all rows that a fold trains on");
    return of_fold;
}

Rows divided(const Folds& folds, Index n) {
    const Index n_folds = folds.size();
    Rows owner(static_cast<std::size_t>(n), n_folds);
    for (Index fold = 0; fold < n_folds; ++fold) {
        const Rows& test = folds.test[static_cast<std::size_t>(fold)];
        if (folds.train[static_cast<std::size_t>(fold)].size() + test.size() != owner.size())
            return {};
        for (const Index row : test) {
            Index& taken = owner[static_cast<std::size_t>(row)];
            if (taken != n_folds) return {};
            taken = fold;
        }
    }
    for (Index fold = 0; fold < n_folds; ++fold)
        for (const Index row : folds.train[static_cast<std::size_t>(fold)])
            if (owner[static_cast<std::size_t>(row)] == fold) return {};
    return owner;
}

}  // namespace fastreg
