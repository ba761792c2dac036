// Scores of linear predictors for rows that were left out.
#pragma once

#include <string>

#include "fastreg/core/types.hpp"

namespace fastreg {

class Scorer {
public:
    // Throws std::invalid_argument where the family has none of that name. The families are gaussian,
    // with mse, mae, r2 and deviance (which is mse), poisson with mse, mae and deviance, and
    // binomial with deviance, log_loss, auc and accuracy.
    Scorer(const std::string& name, const std::string& family);

    const std::string& name() const { return name_; }
    bool greater_is_better() const;
    // Whether it is the mean squared error of the gaussian family, which statistics know.
    bool is_squares() const { return kind_ == Kind::mse && family_ == Family::gaussian; }
    // Whether rows with these responses have a score: of equal values "r2" and "auc" are none.
    bool has_score(const Vector& y, const Vector& weight) const;
    // One score a column of eta; means are weighted, 0 where no row has a weight.
    Vector scores(const Matrix& eta, const Vector& y, const Vector& weight) const;

private:
    enum class Family { gaussian, poisson, binomial };
    enum class Kind { mse, mae, r2, deviance, log_loss, auc, accuracy };

    double score(const Vector& eta, const Vector& y, const Vector& weight) const;

    std::string name_;
    Family family_;
    Kind kind_;
};

}  // namespace fastreg
