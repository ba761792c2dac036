#include "fastreg/ridge/positive_definite.hpp"

namespace fastreg {

namespace {

// Eigenvalues that are rounding errors of K's largest are zeros.
Vector inverse_eigenvalues(const Vector& values, double shift) {
    const double largest = values.size() ? values[values.size() - 1] : 0.0;
    const double cutoff = static_cast<double>(values.size()) * epsilon * largest;
    return values.unaryExpr([=](double value) { return value > cutoff ? 1.0 / (value + shift) : 0.0; });
}

}  // namespace

PositiveDefiniteSolver::PositiveDefiniteSolver(const Matrix& K, double shift) {
    Matrix shifted = K;
    shifted.diagonal().array() += shift;
    cholesky_.compute(shifted);
    const double dimension = static_cast<double>(K.rows());
    if (cholesky_.info() == Eigen::Success && cholesky_.rcond() > dimension * epsilon) return;
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(K);
    spectrum_ = Spectrum{eigen.eigenvectors(), inverse_eigenvalues(eigen.eigenvalues(), shift)};
}

void PositiveDefiniteSolver::solve_in_place(MatrixRef B) const {
    if (!spectrum_) {
        cholesky_.solveInPlace(B);
        return;
    }
    const Matrix rotated = spectrum_->vectors.transpose() * B;
    B.noalias() = spectrum_->vectors * (spectrum_->inverse_values.asDiagonal() * rotated);
}

}  // namespace fastreg
