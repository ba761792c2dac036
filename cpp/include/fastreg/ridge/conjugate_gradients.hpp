// Conjugate gradients (Hestenes and Stiefel 1952), preconditioned, on the normal equations of ridge
// regression, without forming them:
//
//     primal:  (ZᵀZ/n + alpha I) B = ZᵀY/n
//     dual:    (ZZᵀ/n + alpha I) A = Y/n,     B = ZᵀA
//
// An iteration is a product with ZᵀZ or ZZᵀ, one reading of X where the storage allows it, for all
// targets of one strength together. What the recurrence takes for the residual is checked against
// X: where it claims that the tolerance is met, the residual is computed anew, and if it is not met
// the iteration starts again from there. Where that gains nothing, rounding errors are all that is
// left.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "fastreg/ridge/iteration_options.hpp"
#include "fastreg/ridge/normal_equations.hpp"
#include "fastreg/ridge/preconditioner.hpp"
#include "fastreg/ridge/ridge_form.hpp"

namespace fastreg {

class ConjugateGradients final : public RidgeForm {
public:
    // Y (standardised and projected) and Z must outlive the object.
    ConjugateGradients(const RidgeDesign& Z, const Matrix& Y, NormalForm form,
                       std::unique_ptr<Preconditioner> preconditioner, IterationOptions options);

    Index solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                const std::function<bool()>& interrupted) override;

private:
    // The targets of one strength that are not solved yet, one column or entry each.
    struct Block;

    bool solve_block(std::span<const RidgeTask> tasks, Index first, RidgeSolutions& out,
                     const std::function<bool()>& interrupted);
    void start(Block& block);
    // Until the recurrence claims what is asked for. False if interrupted.
    bool iterate(Block& block, const std::function<bool()>& interrupted);
    bool claims(Block& block) const;
    // Residuals and certificates from X. Targets that meet the tolerance, or can't be improved,
    // leave the block.
    void verify(Block& block, RidgeSolutions& out);
    double gap(const Block& block, const ConstVectorRef& gradient, const ConstVectorRef& b,
               double square) const;
    double scale_of(Index target) const;
    void multiply(double alpha, const ConstMatrixRef& S, MatrixRef out) const;
    void precondition(double alpha, const ConstMatrixRef& R, MatrixRef out) const;

    const RidgeDesign& Z_;
    const Matrix& Y_;
    double n_;
    NormalForm form_;
    std::unique_ptr<Preconditioner> preconditioner_;
    IterationOptions options_;
    Matrix correlation_;       // ZᵀY/n, for the primal form
    Vector correlation_norm_;  // ‖Zᵀy/n‖
    Matrix last_;  // of each target, the solution at the strength before; empty: none yet
};

}  // namespace fastreg
