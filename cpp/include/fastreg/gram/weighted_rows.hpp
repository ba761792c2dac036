// One X and one response under many weights of the rows, for solutions with few features: what of the
// Gram matrix a solve asks for comes from the rows themselves. A sample then costs a few passes over
// X, which stays in the cache, not the products of all pairs of columns.
//
// X and y are kept about their means under all weights together. About these the means of a sample are
// small, so its moments and products, differences by nature, lose no digits; WeightedGram is not to be
// used for a sample where they would.
#pragma once

#include <optional>
#include <vector>

#include "fastreg/gram/standardized_gram.hpp"

namespace fastreg {

class WeightedRows {
    template <class Scalar>
    using RowMajor = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

public:
    // total: the sum of all weights, which must be positive; start: raw coefficients that samples
    // begin with.
    WeightedRows(const DenseView& X, const Vector& y, const Vector& total,
                 StandardizeOptions options, Vector start);

    // What one sample needs of all columns. Weights sum to 1; expectations are about the origins.
    struct Sample {
        Vector weight;
        Vector mean, mean_square, with_response;  // E[x], E[x²], E[x y]
        Vector with_fit;                          // E[x f], of the start's fit f
        double y_mean, y_square, fit_mean;
    };
    // Of each column of weights, by products for all of them together.
    std::vector<Sample> samples(const ConstMatrixRef& weights) const;
    // The columns under one sample's weights; nothing where that would lose digits or means nothing.
    std::optional<GramColumns> columns(const Sample& sample) const;

    const Matrix& X() const { return X_; }
    const Vector& start() const { return start_; }
    // The features that the start has, and their entries of row i in float32.
    const std::vector<Index>& support() const { return support_; }
    const float* rough_row(Index i) const { return rough_.row(i).data(); }
    const double* row(Index i) const { return by_row_.row(i).data(); }
    const Vector& y() const { return y_; }
    const Vector& origin() const { return origin_; }
    double y_origin() const { return y_origin_; }

private:
    StandardizeOptions options_;
    Vector origin_;
    double y_origin_ = 0.0;
    Matrix X_, squares_;
    Vector y_, start_, fit_;
    RowMajor<double> by_row_;
    RowMajor<float> rough_;
    std::vector<Index> support_;
};

}  // namespace fastreg
