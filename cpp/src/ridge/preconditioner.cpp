#include "fastreg/ridge/preconditioner.hpp"

namespace fastreg {

void DiagonalPreconditioner::set_alpha(double alpha) {
    inverse_ =
        diagonal_.unaryExpr([&](double d) { return d + alpha > 0.0 ? 1.0 / (d + alpha) : 1.0; });
}

void DiagonalPreconditioner::apply(const ConstMatrixRef& R, MatrixRef out) const {
    out = R.array().colwise() * inverse_.array();
}

}  // namespace fastreg
