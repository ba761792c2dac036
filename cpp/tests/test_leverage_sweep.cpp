// Quadratic forms and products with the inverse of a tridiagonal matrix, for any number of rows and
// with columns that come in parts.
#include "fastreg/ridge/leverage_sweep.hpp"

#include <Eigen/LU>

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::Index;
using fastreg::LeverageSweep;
using fastreg::Matrix;
using fastreg::Vector;

void test_sweep(Index size, Index rows, Index part) {
    const std::string what = std::to_string(size) + " columns, " + std::to_string(rows) + " rows";
    Matrix band(2, size);
    band.row(0).setConstant(2.5);
    band.row(1) = random_matrix(size, 1, 1).transpose().cwiseMin(1.0).cwiseMax(-1.0);
    Matrix T = band.row(0).asDiagonal();
    for (Index j = 0; j + 1 < size; ++j) T(j + 1, j) = T(j, j + 1) = band(1, j);
    const Matrix right = random_matrix(size, 2, 2), W = random_matrix(rows, size, 3);
    const std::vector<double> alphas{10.0, 1.0, 0.1};
    const LeverageSweep sweep(band, alphas, right);
    // All strengths but the first.
    auto state = sweep.start(rows, 1, 2);
    for (Index k = 0; k < size; k += part) {
        const Index count = std::min(part, size - k);
        sweep.advance(W.middleCols(k, count), k, sweep.solutions(1, 2), state);
    }
    for (Index a = 0; a < 2; ++a) {
        const double alpha = alphas[static_cast<std::size_t>(a + 1)];
        const Matrix inverse = (T + alpha * Matrix::Identity(size, size)).inverse();
        check::close(state.squares.col(a), (W * inverse * W.transpose()).diagonal(), 1e-10,
                     what + ", squares");
        check::close(state.products.middleCols(2 * a, 2), W * inverse * right, 1e-10,
                     what + ", products");
    }
}

}  // namespace

int main() {
    for (const Index size : {1, 2, 7, 40})
        for (const Index rows : {1, 3, 8, 31, 33, 77})
            for (const Index part : {1, 5, 40}) test_sweep(size, rows, part);
    return check::report("test_leverage_sweep");
}
