// The normal equations of ridge regression in the form whose matrix is smaller, formed once for all
// strengths and targets:
//
//     primal (n ≥ p):  (X̃ᵀX̃/n + alpha I) B = X̃ᵀỸ/n
//     dual   (n < p):  (X̃X̃ᵀ/n + alpha I) A = Ỹ/n,     B = X̃ᵀA
//
// A solution of an ill-conditioned matrix is refined with residuals from X itself (Björck 1967),
// and one that is singular to working precision is left to the singular values of X.
#pragma once

#include <optional>
#include <vector>

#include "fastreg/design/standardized.hpp"
#include "fastreg/ridge/equilibrated_cholesky.hpp"
#include "fastreg/ridge/singular_values.hpp"

namespace fastreg {

class NormalEquations {
public:
    // X and Y (standardised) must outlive the object.
    NormalEquations(const StandardizedDesign& X, const Matrix& Y);

    // B (features × |targets|): coefficients, on the scale of X̃, of the targets whose strength is
    // alpha.
    void solve(double alpha, const std::vector<Index>& targets, MatrixRef B);
    // ‖projection of r onto the columns of X̃‖² / (2n): the gap of least squares without a penalty,
    // whose dual point must be orthogonal to every column. correlation = X̃ᵀ r / n.
    double least_squares_gap(const ConstVectorRef& residual, const ConstVectorRef& correlation);
    // Passes over X made so far.
    Index n_passes() const { return n_passes_; }

private:
    void form_primal();
    void form_dual();
    void refine(const EquilibratedCholesky& inverse, double alpha, const Matrix& Y,
                Matrix& solution, MatrixRef B);
    Matrix residual(const Matrix& Y, MatrixRef B);
    void correlate(const Matrix& R, MatrixRef out);
    void coefficients(const Matrix& solution, MatrixRef B);
    const SingularValues& singular_values();

    const StandardizedDesign& X_;
    const Matrix& Y_;
    double n_;
    std::vector<Index> features_;  // those that can carry a coefficient
    bool primal_;
    Matrix matrix_;
    Matrix right_side_;  // of the primal form
    std::optional<EquilibratedCholesky> least_squares_;
    std::optional<SingularValues> singular_values_;
    Index n_passes_ = 1;  // the columns' moments
};

}  // namespace fastreg
