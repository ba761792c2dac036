// What the ways that form the matrix K of the normal equations share: right sides, certificates from
// K, and refinement with residuals from X.
//
//     primal:  (K + alpha I) B = ZᵀY/n,   K = ZᵀZ/n
//     dual:    (K + alpha I) A = Y/n,     K = ZZᵀ/n,     B = ZᵀA
//
// An ill-conditioned solution is refined with residuals from X itself (Björck 1967) and certified by
// them.
#pragma once

#include <functional>

#include "fastreg/ridge/gram_matrices.hpp"
#include "fastreg/ridge/ridge_form.hpp"
#include "fastreg/ridge/ridge_targets.hpp"

namespace fastreg {

// Reciprocal condition numbers: below the first a solution is refined, below the second a factor is
// of no use.
inline constexpr double refined_rcond = 1e-5;
inline constexpr double useless_rcond = 1e-11;

class DirectForm : public RidgeForm {
protected:
    // Each column by (K + alpha I)⁻¹, with the alpha of its task.
    using Solve = std::function<void(std::span<const RidgeTask>, MatrixRef)>;

    // Z and Y must outlive the object. stats, if there are any, are those of X and Y.
    DirectForm(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form,
               const GramStats* stats);
    // K; uses up the statistics.
    Matrix make_matrix(GramStats* stats) const;
    // What residuals are relative to; to be called once K is there.
    void measure_targets();

    // out −= K A
    virtual void subtract_product(const Matrix& A, Matrix& out) const = 0;

    Matrix right_sides(std::span<const RidgeTask> tasks) const;
    // Coefficients and certificates of the tasks, which go to the columns of out from `first` on.
    // They come from K: no pass over X, but for the coefficients of the dual form.
    void certify(std::span<const RidgeTask> tasks, const Matrix& solution, const Solve& solve,
                 RidgeSolutions& out, Index first) const;
    // The same after refinement, if the solutions need it; found has a column a task. Of the dual
    // form it comes with the coefficients.
    void refine(std::span<const RidgeTask> tasks, Matrix& solution, const Solve& solve,
                RidgeSolutions& found) const;
    void find_coefficients(const Matrix& solution, MatrixRef B) const;

    const RidgeDesign& Z_;
    const RidgeTargets& Y_;
    double n_;
    NormalForm form_;
    Matrix right_side_;  // ZᵀY/n or Y/n

private:
    void conclude(std::span<const RidgeTask> tasks, const Matrix& solution, const Matrix& rest,
                  const Solve& solve, RidgeSolutions& out, Index first) const;
    Matrix rest_from_data(std::span<const RidgeTask> tasks, const Matrix& solution,
                          const Matrix* known) const;
    bool negligible(const Matrix& change, const Matrix& B) const;

    Vector square_;            // ‖y‖²/n of each target, projected
    Vector correlation_norm_;  // ‖Zᵀy/n‖
};

}  // namespace fastreg
