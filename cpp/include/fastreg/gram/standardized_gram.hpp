// Statistics as the solvers see them: those of the matrix and the response that StandardizedDesign
// describes, divided by n,
//
//     G̃ = X̃ᵀX̃ / n,   c̃ = X̃ᵀỹ / n,   ‖ỹ‖² / n.
//
// A view, like that one: nothing p × p is copied. Without an intercept the means are added back to
// the centred cross-products, which loses no digits.
#pragma once

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

class StandardizedGram {
public:
    StandardizedGram(const GramView& stats, StandardizeOptions options);

    Index cols() const { return scale_.size(); }
    // These mean what they do in StandardizedDesign.
    const Vector& center() const { return center_; }
    const Vector& scale() const { return scale_; }
    const Vector& inverse_scale() const { return inverse_scale_; }
    const Vector& mean_square() const { return mean_square_; }
    bool excluded(Index j) const { return scale_[j] == 0.0; }

    // What was subtracted from the response.
    double response_mean() const { return fit_intercept_ ? stats_.y_mean : 0.0; }
    double response_square() const;
    Vector linear() const;
    double entry(Index i, Index j) const;
    // out = G̃[:, J] b
    void product(Features J, const ConstVectorRef& b, VectorRef out) const;

private:
    GramView stats_;
    bool fit_intercept_;
    Vector center_;
    Vector scale_;
    Vector inverse_scale_;
    Vector mean_square_;
};

}  // namespace fastreg
