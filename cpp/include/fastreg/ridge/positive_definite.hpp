// (K + shift I)⁻¹ for a symmetric positive semi-definite K: by Cholesky, or, where that meets a matrix that is singular to
// working precision, by the pseudo-inverse, which gives the solution of minimum norm.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <optional>

#include "fastreg/core/types.hpp"

namespace fastreg {

class PositiveDefiniteSolver {
public:
    PositiveDefiniteSolver(const Matrix& K, double shift);

    // B ← (K + shift I)⁺ B
    void solve_in_place(MatrixRef B) const;

private:
    struct Spectrum {
        Matrix vectors;
        Vector inverse_values;  // 0 for the null space
    };

    Eigen::LLT<Matrix> cholesky_;
    std::optional<Spectrum> spectrum_;  // only where Cholesky is not stable
};

}  // namespace fastreg
