#include "fastreg/ridge/equilibrated_cholesky.hpp"

namespace fastreg {

EquilibratedCholesky::EquilibratedCholesky(const Matrix& K, double shift) {
    Matrix scaled = K;
    scaled.diagonal().array() += shift;
    scale_ =
        scaled.diagonal().unaryExpr([](double d) { return d > 0.0 ? 1.0 / std::sqrt(d) : 1.0; });
    scaled.array().colwise() *= scale_.array();
    scaled.array().rowwise() *= scale_.transpose().array();
    factor_.compute(scaled);
    if (factor_.info() == Eigen::Success) rcond_ = factor_.rcond();
}

void EquilibratedCholesky::solve_in_place(MatrixRef B) const {
    B.array().colwise() *= scale_.array();
    factor_.solveInPlace(B);
    B.array().colwise() *= scale_.array();
}

}  // namespace fastreg
