// A matrix reduced to a band is the same matrix in other coordinates, whatever its size leaves of
// the last block; and a factored band gives solutions, inverse and smallest eigenvalue.
#include "fastreg/ridge/band_reduction.hpp"

#include <Eigen/Eigenvalues>

#include "fastreg/core/control.hpp"
#include "fastreg/ridge/band_factor.hpp"

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::BandFactor;
using fastreg::BandReduction;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;

Matrix dense(const Matrix& band) {
    Matrix full = Matrix::Zero(band.cols(), band.cols());
    for (Index j = 0; j < band.cols(); ++j)
        for (Index d = 0; d < std::min(band.rows(), band.cols() - j); ++d)
            full(j + d, j) = full(j, j + d) = band(d, j);
    return full;
}

void test_reduction(Index size, Index width) {
    const std::string what = std::to_string(size) + " to a width of " + std::to_string(width);
    const Matrix X = random_matrix(size + 3, size, 1), K = X.transpose() * X;
    const BandReduction reduction(K, width, [] { return false; });
    const Matrix Q = reduction.rotation(), B = dense(reduction.band());
    const double tol = 1e-14 * static_cast<double>(size * size);
    check::close(Q.transpose() * Q, Matrix::Identity(size, size), tol, what + ", orthogonal");
    check::close(Q * B * Q.transpose(), K, tol, what + ", the same matrix");
    const Matrix R = random_matrix(size, 3, 2);
    check::close(reduction.multiply(R), K * R, tol, what + ", product");
    Matrix rotated = R;
    reduction.rotate(rotated);
    check::close(rotated, Q * R, tol, what + ", rotated");
    reduction.rotate_back(rotated);
    check::close(rotated, R, tol, what + ", rotated back");

    const BandFactor factor(reduction.band(), 0.5);
    check::that(factor.positive(), what + ", positive");
    const Matrix inverse = (B + 0.5 * Matrix::Identity(size, size)).inverse();
    Matrix solved = R;
    factor.solve_in_place(solved);
    check::close(solved, inverse * R, tol, what + ", solved");
    check::close(factor.inverse_diagonal(), inverse.diagonal(), tol, what + ", inverse");
    const double smallest = Eigen::SelfAdjointEigenSolver<Matrix>(B).eigenvalues()[0] + 0.5;
    check::that(factor.smallest_eigenvalue() >= smallest * (1.0 - 1e-12), what + ", from above");
    check::that(factor.smallest_eigenvalue() <= smallest * 10.0, what + ", near the smallest");
}

void test_indefinite_band_is_told() {
    Matrix band = Matrix::Constant(2, 5, 3.0);
    check::that(!BandFactor(band, 0.0).positive(), "indefinite");
    check::that(BandFactor(band, 4.0).positive(), "shifted");
    band(0, 2) = std::numeric_limits<double>::quiet_NaN();
    check::that(!BandFactor(band, 4.0).positive(), "not a number");
}

void test_interrupted() {
    bool thrown = false;
    try {
        BandReduction(Matrix::Identity(200, 200), 1, [] { return true; });
    } catch (const fastreg::Interruption&) {
        thrown = true;
    }
    check::that(thrown, "interrupted");
}

}  // namespace

int main() {
    for (const Index size : {1, 2, 3, 15, 16, 17, 18, 31, 33, 64, 65, 80, 81, 82, 130, 147})
        for (const Index width : {Index{1}, BandReduction::best_width}) test_reduction(size, width);
    test_indefinite_band_is_told();
    test_interrupted();
    return check::report("test_band_reduction");
}
