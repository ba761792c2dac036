// Matrices of the normal equations that are only near the true ones, at a fraction of the price, for
// dense X: from entries rounded to bfloat16 where the processor has matrix units for them, in one
// part (rough) or two (finer), else in float32. Their factor preconditions conjugate gradients on
// the true equations, which then take 2 to 6 iterations.
#pragma once

#include <Eigen/Cholesky>
#include <cstdint>
#include <functional>
#include <memory>

#include "fastreg/core/panel_product.hpp"
#include "fastreg/ridge/preconditioner.hpp"
#include "fastreg/ridge/ridge_form.hpp"

namespace fastreg {

enum class Rounding : std::uint8_t { bfloat16, two_bfloat16, float32 };

// The rounding with which so many targets of one strength are solved soonest.
Rounding best_rounding(const RidgeDesign& Z, Index targets);

class RoughFactor final : public Preconditioner {
public:
    // Of ZᵀZ/n or ZZᵀ/n; throws Interruption.
    RoughFactor(const RidgeDesign& Z, NormalForm form, Rounding rounding,
                const std::function<bool()>& interrupted);

    void set_alpha(double alpha) override;
    void apply(const ConstMatrixRef& R, MatrixRef out) const override;
    // Whether the matrix at the strength set is so far from singular that rounding left it a use.
    bool usable() const { return usable_; }

private:
    FloatMatrix matrix_;  // lower triangle
    Eigen::VectorXf scale_;
    Eigen::LLT<FloatMatrix> factor_;
    bool usable_ = false;
};

}  // namespace fastreg
