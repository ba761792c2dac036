#include "fastreg/ridge/certify.hpp"

#include <algorithm>
#include <cmath>

namespace fastreg {

void RidgeSolutions::take_one(const RidgeSolutions& part, Index k, Index place) {
    B.col(place) = part.B.col(k);
    residual[place] = part.residual[k];
    gap[place] = part.gap[k];
    square[place] = part.square[k];
    n_iter[place] = part.n_iter[k];
    df[place] = part.df[k];
}

void RidgeSolutions::take(const RidgeSolutions& part, std::span<const Index> places) {
    for (std::size_t k = 0; k < places.size(); ++k)
        take_one(part, static_cast<Index>(k), places[k]);
}

void RidgeSolutions::take_run(const RidgeSolutions& part, Index first) {
    for (Index k = 0; k < part.B.cols(); ++k) take_one(part, k, first + k);
}

double penalised_gap(double alpha, double gradient_square, double square, double coef_square) {
    return 0.5 * std::min(gradient_square / alpha, square + alpha * coef_square);
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
        solutions.square[k] = residual.col(k).squaredNorm() / n;
        solutions.residual[k] = std::sqrt(square) / norm_or_one(correlation.col(count + k).norm());
        solutions.gap[k] = alpha > 0.0
                               ? penalised_gap(alpha, square, solutions.square[k], b.squaredNorm())
                               : 0.5 * explained(residual.col(k), k);
    }
}

}  // namespace fastreg
