// Fits of responses that lack the same rows, without the rows that each fold tests, and how they do
// on these rows.
//
// Where the responses pay for it, there is one standardisation and one Gram matrix a fold for all of
// them. Folds and missing values are weights of 0 on the rows of one X.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fastreg/batch/folds.hpp"
#include "fastreg/gram/standardized_gram.hpp"
#include "fastreg/many/fit_scores.hpp"
#include "fastreg/many/patterns.hpp"

namespace fastreg {

class ResponseFolds {
public:
    // All must outlive this. Throws Interruption, and std::invalid_argument if a fold has nothing to
    // train on or none has rows to test.
    ResponseFolds(const ManyResponses& problem, const Folds& folds, const Scorer& scorer,
                  const std::vector<Index>& responses, const Control& control);

    Index n_folds() const { return folds_.size(); }
    Index n_features() const { return problem_.X.cols(); }
    // Of the rows that each fold tests; what has none doesn't count.
    const Vector& tested_weight() const { return tested_weight_; }
    AlphaGrid grid(Index k) const { return problem_.strengths.of(response(k)); }

    // Throws std::invalid_argument where a fold has no score whatever is predicted, or no fit.
    void check(Index k) const;
    // The path of response k without the rows that a fold tests; of all rows, if there is no such
    // fold. `start` (raw) may be empty.
    PathResult fit(Index k, Index fold, const AlphaGrid& grid, const Vector& start,
                   const Control& control) const;
    // Scores of a fold's rows, one for each strength.
    Vector score(Index k, Index fold, const PathResult& path) const;

private:
    Index response(Index k) const { return responses_[static_cast<std::size_t>(k)]; }
    const Rows& test(Index fold) const { return folds_.test[static_cast<std::size_t>(fold)]; }
    Vector train_weight(Index fold) const;
    void check_weights();
    void check_train(Index k, Index fold) const;
    void form_statistics(const Control& control);
    void form_from_parts(const ConstMatrixRef& Y, const Rows& owner, const Control& control);
    void form_one_by_one(const ConstMatrixRef& Y, const Control& control);
    void keep_rows();

    const ManyResponses& problem_;
    const Folds& folds_;
    const Scorer& scorer_;
    const std::vector<Index>& responses_;
    Vector weight_, tested_weight_;
    std::vector<GramStats> train_;  // of each fold and of all rows, or none
    std::vector<GramStats> test_;   // of each fold, or none
    std::vector<std::shared_ptr<const GramColumns>> columns_;  // of train_
    std::vector<Matrix> rows_;                                 // that each fold tests, or none
};

}  // namespace fastreg
