// The normal equations of ridge regression, formed once for all strengths and targets and factored
// for each strength:
//
//     primal:  (ZᵀZ/n + alpha I) B = ZᵀY/n
//     dual:    (ZZᵀ/n + alpha I) A = Y/n,     B = ZᵀA
//
// Certificates come from the same float64 matrix. A solution of an ill-conditioned one is refined
// with residuals from X itself (Björck 1967) and certified by them; one that is singular to working
// precision is left to the singular values of X.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "fastreg/ridge/equilibrated_cholesky.hpp"
#include "fastreg/ridge/gram_matrices.hpp"
#include "fastreg/ridge/ridge_form.hpp"
#include "fastreg/ridge/ridge_targets.hpp"
#include "fastreg/ridge/singular_values.hpp"

namespace fastreg {

enum class NormalForm : std::uint8_t { primal, dual };

class NormalEquations final : public RidgeForm {
public:
    // Z and Y must outlive the object. stats, if there are any, are those of X and Y, and are used
    // up.
    NormalEquations(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form, GramStats* stats);

    Index solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                const std::function<bool()>& interrupted) override;
    const Matrix* matrix() const override { return &matrix_; }

private:
    // Tasks of one strength, at these places of out.
    struct Group {
        double alpha;
        std::vector<Index> places, targets;
    };
    void solve_group(const Group& group, RidgeSolutions& out);
    void certify(const Group& group, const EquilibratedCholesky& inverse, const Matrix& solution,
                 RidgeSolutions& out);
    bool refine(const Group& group, const EquilibratedCholesky& inverse, Matrix& solution,
                Matrix& B);
    Matrix coefficients(const Matrix& solution) const;

    const RidgeDesign& Z_;
    const RidgeTargets& Y_;
    double n_;
    NormalForm form_;
    Matrix matrix_;
    Matrix right_side_;        // ZᵀY/n or Y/n
    Vector square_;            // ‖y‖²/n of each target, projected
    Vector correlation_norm_;  // ‖Zᵀy/n‖
    std::optional<SingularForm> singular_;
};

}  // namespace fastreg
