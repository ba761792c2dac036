// LSMR (Fong and Saunders 2011): ridge and least squares by Golub and Kahan's bidiagonalisation of
//
//     [Z/√n; √alpha I] D⁻¹,
//
// where D are the norms of its columns (I if they are more than the rows), without anything like
// the normal equations, whose condition number is the square. The norm of the gradient falls from
// one iteration to the next. Without a penalty D is I, and where columns depend on each other the
// least-squares solution of minimum norm is found. As for conjugate gradients, residuals are checked
// against X, and the iteration starts again from there if they are not what the recurrence says.
#pragma once

#include <functional>

#include "fastreg/ridge/iterative_form.hpp"

namespace fastreg {

class Lsmr final : public IterativeForm {
public:
    // Y (standardised and projected) and Z must outlive the object.
    Lsmr(const RidgeDesign& Z, const Matrix& Y, IterationOptions options);

private:
    // Its vectors have a column or an entry for each open target.
    struct Block;

    bool solve_block(std::span<const RidgeTask> tasks, Index first, RidgeSolutions& out,
                     const std::function<bool()>& interrupted) override;
    // Bidiagonalisation of what is left of the targets.
    void restart(Block& block) const;
    // Until the recurrence claims what is asked for. False if interrupted.
    bool iterate(Block& block, const std::function<bool()>& interrupted) const;
    bool claims(const Block& block) const;
    // Residuals and certificates from X. Targets that meet the tolerance, or can't be improved,
    // leave the block.
    void verify(Block& block, RidgeSolutions& out) const;

    Vector mean_square_;  // ‖z_j‖² / n
};

}  // namespace fastreg
