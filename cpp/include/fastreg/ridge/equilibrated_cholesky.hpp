// (K + shift I)⁻¹ for a symmetric positive semi-definite K, by Cholesky of the matrix scaled to a
// unit diagonal: columns in different units then cost no accuracy.
#pragma once

#include <Eigen/Cholesky>

#include "fastreg/core/types.hpp"

namespace fastreg {

class EquilibratedCholesky {
public:
    EquilibratedCholesky(const Matrix& K, double shift);

    // Estimate of the reciprocal condition number of the scaled matrix; 0 if it is not positive
    // definite.
    double rcond() const { return rcond_; }
    // B ← (K + shift I)⁻¹ B
    void solve_in_place(MatrixRef B) const;

private:
    Vector scale_;  // 1 / sqrt(diagonal)
    Eigen::LLT<Matrix> factor_;
    double rcond_ = 0.0;
};

}  // namespace fastreg
