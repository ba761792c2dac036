// Ridge and least squares from the singular values of X̃ itself. It copies X̃ and costs many times
// a Cholesky factorisation, but keeps the digits that forming a Gram matrix loses, and where
// columns depend on each other it gives the least-squares solution of minimum norm. It is what the
// closed forms fall back to.
#pragma once

#include <Eigen/SVD>
#include <vector>

#include "fastreg/design/standardized.hpp"

namespace fastreg {

class SingularValues {
public:
    SingularValues(const StandardizedDesign& X, const std::vector<Index>& features);

    // Rows of the result: the features given to the constructor.
    Matrix solve(const Matrix& Y, double alpha) const;
    // ‖projection of r onto the columns of X̃‖² / n
    double projected_square(const ConstVectorRef& residual) const;

private:
    double root_n_;
    Eigen::BDCSVD<Matrix> svd_;  // of X̃ / √n
    double cutoff_;              // singular values below are rounding errors of the largest
};

}  // namespace fastreg
