// The scalar, vector and matrix types of the core. Everything behind a design matrix is float64 and
// column-major.
#pragma once

#include <Eigen/Core>
#include <limits>
#include <span>

namespace fastreg {

using Index = Eigen::Index;
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;
using VectorRef = Eigen::Ref<Vector>;
using ConstVectorRef = Eigen::Ref<const Vector>;
// Outer strides let a block of a larger matrix be passed without a copy.
using MatrixRef = Eigen::Ref<Matrix, 0, Eigen::OuterStride<>>;
using ConstMatrixRef = Eigen::Ref<const Matrix, 0, Eigen::OuterStride<>>;
using Features = std::span<const Index>;

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double epsilon = std::numeric_limits<double>::epsilon();

}  // namespace fastreg
