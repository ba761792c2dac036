// Statistics as the solvers see them: those of the matrix and the response that StandardizedDesign
// describes, divided by n,
//
//     G̃ = X̃ᵀX̃ / n,   c̃ = X̃ᵀỹ / n,   ‖ỹ‖² / n.
//
// A view, like that one: nothing p × p is copied. Without an intercept the means are added back to
// the centred cross-products, which loses no digits.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "fastreg/design/standardized.hpp"
#include "fastreg/gram/gram_stats.hpp"

namespace fastreg {

// Statistics of one response, in memory that outlives the view.
struct GramView {
    GramView(const GramStats& stats, Index response)
        : GramView(stats.weight, stats.x_mean, stats.y_mean[response], stats.gram,
                   stats.xty.col(response), stats.yty[response]) {}
    GramView(double total_weight, const ConstVectorRef& mean, double response_mean,
             const ConstMatrixRef& cross, const ConstVectorRef& with_response, double square)
        : weight(total_weight),
          x_mean(mean),
          y_mean(response_mean),
          gram(cross),
          xty(with_response),
          yty(square) {}

    double weight;
    ConstVectorRef x_mean;
    double y_mean;
    ConstMatrixRef gram;  // both triangles
    ConstVectorRef xty;
    double yty;
};

// Rounding error of a sum of products, relative to the norms of its factors. Sums over blocks of rows
// err by a few units in the last place.
inline constexpr double product_error = 16.0 * epsilon;

// What is known of the columns, whatever the response. All mean what they do in StandardizedDesign.
struct GramColumns {
    // Variances are about the means, divided by the total weight.
    GramColumns(const ConstVectorRef& mean, const ConstVectorRef& variance,
                StandardizeOptions options);
    static GramColumns of(const GramView& stats, StandardizeOptions options);
    // For many responses; nothing where entries are too large, which `of` says.
    static std::shared_ptr<const GramColumns> shared(const GramView& stats,
                                                     StandardizeOptions options);

    bool fit_intercept;
    Vector center, scale, inverse_scale, mean_square;
    Vector root_mean_square;
};

// Where products of columns come from is left to those that derive from it.
class StandardizedGram {
public:
    virtual ~StandardizedGram() = default;
    StandardizedGram(const StandardizedGram&) = delete;
    StandardizedGram& operator=(const StandardizedGram&) = delete;

    Index cols() const { return columns_->scale.size(); }
    const Vector& center() const { return columns_->center; }
    const Vector& scale() const { return columns_->scale; }
    const Vector& inverse_scale() const { return columns_->inverse_scale; }
    const Vector& mean_square() const { return columns_->mean_square; }
    const Vector& root_mean_square() const { return columns_->root_mean_square; }
    bool excluded(Index j) const { return columns_->scale[j] == 0.0; }

    // What was subtracted from the response.
    double response_mean() const { return response_mean_; }
    double response_square() const { return response_square_; }
    virtual Vector linear() const = 0;
    // out = G̃[J, K], where K are the last of J: the upper triangle of its square may be left out.
    virtual void entries(Features J, Features K, MatrixRef out) const = 0;
    // out = G̃[:, J] b
    virtual void product(Features J, const ConstVectorRef& b, VectorRef out) const = 0;

protected:
    StandardizedGram(std::shared_ptr<const GramColumns> columns, double response_mean,
                     double response_square)
        : columns_(std::move(columns)),
          response_mean_(columns_->fit_intercept ? response_mean : 0.0),
          response_square_(response_square) {}
    bool fit_intercept() const { return columns_->fit_intercept; }

private:
    std::shared_ptr<const GramColumns> columns_;
    double response_mean_, response_square_;
};

// Of statistics in memory.
class StatsGram final : public StandardizedGram {
public:
    StatsGram(const GramView& stats, StandardizeOptions options);
    // With columns that are those of these statistics.
    StatsGram(const GramView& stats, std::shared_ptr<const GramColumns> columns);

    Vector linear() const override;
    void entries(Features J, Features K, MatrixRef out) const override;
    void product(Features J, const ConstVectorRef& b, VectorRef out) const override;

private:
    GramView stats_;
};

// out += columns[0] factors[0] + columns[1] factors[1] + …, several in one reading of out.
void add_columns(std::span<const double* const> columns, const double* factors, VectorRef out);

}  // namespace fastreg
