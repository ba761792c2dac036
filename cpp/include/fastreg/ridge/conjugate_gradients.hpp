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

#include "fastreg/ridge/iterative_form.hpp"
#include "fastreg/ridge/preconditioner.hpp"

namespace fastreg {

class ConjugateGradients final : public IterativeForm {
public:
    // Y (standardised and projected) and Z must outlive the object.
    ConjugateGradients(const RidgeDesign& Z, const Matrix& Y, NormalForm form,
                       std::unique_ptr<Preconditioner> preconditioner, IterationOptions options);

private:
    // Its vectors have a column or an entry for each open target.
    struct Block;

    bool solve_block(std::span<const RidgeTask> tasks, Index first, RidgeSolutions& out,
                     const std::function<bool()>& interrupted) override;
    void start(Block& block);
    // Until the recurrence claims what is asked for. False if interrupted.
    bool iterate(Block& block, const std::function<bool()>& interrupted);
    bool claims(Block& block) const;
    // Residuals and certificates from X. Targets that meet the tolerance, or can't be improved,
    // leave the block.
    void verify(Block& block, RidgeSolutions& out);
    void multiply(double alpha, const ConstMatrixRef& S, MatrixRef out) const;
    void precondition(double alpha, const ConstMatrixRef& R, MatrixRef out) const;

    NormalForm form_;
    std::unique_ptr<Preconditioner> preconditioner_;
    Matrix last_;  // of each target, the solution at the strength before; empty: none yet
};

}  // namespace fastreg
