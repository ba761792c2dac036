#include "fastreg/ridge/certify.hpp"

#include <algorithm>
#include <cmath>

namespace fastreg {

void RidgeSolutions::take(const RidgeSolutions& part, std::span<const Index> places) {
    for (std::size_t t = 0; t < places.size(); ++t) {
        const Index k = static_cast<Index>(t);
        B.col(places[t]) = part.B.col(k);
        residual[places[t]] = part.residual[k];
        gap[places[t]] = part.gap[k];
        square[places[t]] = part.square[k];
        df[places[t]] = part.df[k];
        n_iter[places[t]] = part.n_iter[k];
    }
}

void certify_from_data(const RidgeDesign& Z, const Matrix& Y, std::span<const RidgeTask> tasks,
                       RidgeSolutions& solutions,
                       const std::function<double(const ConstMatrixRef&, Index)>& explained) {
    const Index count = static_cast<Index>(tasks.size());
    const double n = static_cast<double>(Z.rows());
    // Residuals and targets meet the columns in one pass.
    Matrix both(Z.rows(), 2 * count), correlation(Z.cols(), 2 * count);
    auto residual = both.leftCols(count);
    Z.matvec(solutions.B, residual);
    for (Index k = 0; k < count; ++k) {
        both.col(count + k) = Y.col(tasks[static_cast<std::size_t>(k)].target);
        residual.col(k) = both.col(count + k) - residual.col(k);
    }
    Z.transpose_matvec(both, correlation);
    correlation /= n;
    for (Index k = 0; k < count; ++k) {
        const double alpha = tasks[static_cast<std::size_t>(k)].alpha;
        const auto b = solutions.B.col(k);
        const double square = (correlation.col(k) - alpha * b).squaredNorm();
        const double scale = correlation.col(count + k).norm();
        solutions.square[k] = residual.col(k).squaredNorm() / n;
        solutions.residual[k] = std::sqrt(square) / (scale > 0.0 ? scale : 1.0);
        // The dual point 0 has the objective itself as its gap.
        solutions.gap[k] =
            0.5 * (alpha > 0.0
                       ? std::min(square / alpha, solutions.square[k] + alpha * b.squaredNorm())
                       : explained(residual.col(k), k));
    }
}

}  // namespace fastreg
