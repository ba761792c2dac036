// The normal equations of ridge regression, formed once for all strengths and targets and factored
// for each strength. Certificates come from the same float64 matrix. One that is singular to working
// precision is left to the singular values of X.
#pragma once

#include <optional>

#include "fastreg/ridge/direct_form.hpp"
#include "fastreg/ridge/equilibrated_cholesky.hpp"
#include "fastreg/ridge/singular_values.hpp"

namespace fastreg {

class NormalEquations final : public DirectForm {
public:
    // Z and Y must outlive the object. stats, if there are any, are those of X and Y, and are used
    // up.
    NormalEquations(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form, GramStats* stats);

    Index solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                const std::function<bool()>& interrupted) override;
    const Matrix* matrix() const override { return &matrix_; }

private:
    void subtract_product(const Matrix& A, Matrix& out) const override;
    // Tasks of one strength; the solutions go to the columns of out from `first` on.
    void solve_group(std::span<const RidgeTask> tasks, RidgeSolutions& out, Index first);

    Matrix matrix_;
    std::optional<SingularForm> singular_;
};

}  // namespace fastreg
