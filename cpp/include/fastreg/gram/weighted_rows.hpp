// One X and one response under many weights of the rows, for solutions with few features: what of the
// Gram matrix a solve asks for comes from the rows themselves. A sample then costs a few passes over
// X, which stays in the cache, not the products of all pairs of columns.
//
// X and y are kept about their means under all weights together. About these the means of a sample are
// small, so its moments and products, differences by nature, lose no digits; WeightedGram is not to be
// used for a sample where they would.
#pragma once

#include <optional>

#include "fastreg/core/panel_product.hpp"
#include "fastreg/core/scratch.hpp"
#include "fastreg/gram/standardized_gram.hpp"
#include "fastreg/penalty/elastic_net.hpp"

namespace fastreg {

class WeightedRows {
public:
    // total: the sum of all weights, which must be positive.
    WeightedRows(const DenseView& X, const Vector& y, const Vector& total,
                 StandardizeOptions options);

    // What one sample needs of all columns. Weights sum to 1; expectations are about the origins.
    struct Sample {
        Vector weight;
        Vector mean, mean_square, with_response;  // E[x], E[x²], E[x y]
        double y_mean, y_square;
    };
    // Of each column of weights, by products for all of them together.
    std::vector<Sample> samples(const ConstMatrixRef& weights) const;
    // The columns under one sample's weights; nothing where that would lose digits or means nothing.
    std::optional<GramColumns> columns(const Sample& sample) const;

    const Matrix& X() const { return X_; }
    const Vector& y() const { return y_; }
    const Vector& origin() const { return origin_; }
    double y_origin() const { return y_origin_; }

private:
    StandardizeOptions options_;
    Vector origin_;
    double y_origin_ = 0.0;
    Matrix X_, squares_;
    Vector y_;
};

// G̃ of one sample. Memory that all samples of a thread share is given to it.
class WeightedGram final : public StandardizedGram {
public:
    struct Memory {
        ScratchVector rows, weighted;
        std::vector<const double*> columns;
        std::vector<double> factors;
        // Columns that meet others: as they lie, packed, and their products.
        Matrix gathered, products;
        std::optional<PanelBlock> block;
        Index room = 0;  // rows of all its panels
    };
    WeightedGram(const WeightedRows& rows, const WeightedRows::Sample& sample,
                 std::shared_ptr<const GramColumns> columns, Memory& memory);

    Vector linear() const override;
    void entries(Features J, Features K, MatrixRef out) const override;
    void product(Features J, const ConstVectorRef& b, VectorRef out) const override;
    // A few sweeps of coordinate descent by the rows, from raw coefficients to raw coefficients. They
    // find most of the support without an entry of G̃.
    Vector descend(const Vector& start, const ElasticNetPenalty& penalty, double alpha) const;
    // Correlations of the residual itself, with all digits, and its mean square.
    double residual(const Vector& coef, VectorRef correlation) const;

private:
    void pack(Features K, Index first, Index depth) const;
    void multiply(Features J, Features K) const;
    void combine(Features J, const ConstVectorRef& b) const;
    void correlate(VectorRef out) const;

    const WeightedRows& rows_;
    const WeightedRows::Sample& sample_;
    Memory& memory_;
};

}  // namespace fastreg
