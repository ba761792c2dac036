// Preconditioners of conjugate gradients: cheap approximations of the inverse of K + alpha I, where
// K is ZᵀZ/n or ZZᵀ/n.
#pragma once

#include <utility>

#include "fastreg/ridge/ridge_design.hpp"

namespace fastreg {

class Preconditioner {
public:
    virtual ~Preconditioner() = default;

    // For the strength that apply() is asked for from now on.
    virtual void set_alpha(double alpha) = 0;
    // out ≈ (K + alpha I)⁻¹ R, a symmetric positive definite map
    virtual void apply(const ConstMatrixRef& R, MatrixRef out) const = 0;
};

// 1 / (k_jj + alpha), after Jacobi: columns in different units then cost no iterations.
class DiagonalPreconditioner final : public Preconditioner {
public:
    explicit DiagonalPreconditioner(Vector diagonal) : diagonal_(std::move(diagonal)) {}

    void set_alpha(double alpha) override;
    void apply(const ConstMatrixRef& R, MatrixRef out) const override;

private:
    Vector diagonal_, inverse_;
};

}  // namespace fastreg
