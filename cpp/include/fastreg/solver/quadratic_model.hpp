// The problem on the working set, in Gram form:
//
//     minimise  ½ bᵀ G b − cᵀ b + Σ h_i(b_i),     G = X_Eᵀ X_E / n,   c = X_Eᵀ y / n.
//
// Invariant between calls: product == G b up to rounding. gradient(i) is the *negative* gradient of
// the smooth part, which for least squares is the correlation x_iᵀ r / n.
#pragma once

#include <cmath>
#include <vector>

#include "fastreg/penalty/elastic_net.hpp"

namespace fastreg {

struct QuadraticModel {
    Index size = 0;  // the leading entries of everything below are in use; the rest is room to grow
    Matrix gram;     // both triangles
    Vector linear;   // c
    Vector coef;     // b
    Vector product;  // G b
    double constant = 0.0;  // ‖y‖² / n
    std::vector<CoordinatePenalty> penalty;

    double gradient(Index i) const { return linear[i] - product[i]; }
    const CoordinatePenalty& h(Index i) const { return penalty[static_cast<std::size_t>(i)]; }
    double curvature(Index i) const { return gram(i, i); }

    void move(Index i, double step) {
        coef[i] += step;
        product.head(size).noalias() += step * gram.col(i).head(size);
    }
    void refresh_product() {
        product.head(size).setZero();
        for (Index i = 0; i < size; ++i)
            if (coef[i] != 0.0) product.head(size).noalias() += coef[i] * gram.col(i).head(size);
    }
    // Without the constant: lower is better.
    double objective() const {
        const auto b = coef.head(size);
        double sum = b.dot(0.5 * product.head(size) - linear.head(size));
        for (Index i = 0; i < size; ++i) sum += h(i).value(coef[i]);
        return sum;
    }
    // ‖r‖² / n, never negative
    double residual_square() const {
        const auto b = coef.head(size);
        return std::max(0.0, constant - 2.0 * b.dot(linear.head(size)) + b.dot(product.head(size)));
    }
};

}  // namespace fastreg
