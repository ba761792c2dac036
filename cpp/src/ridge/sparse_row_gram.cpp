#include "fastreg/ridge/sparse_row_gram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace fastreg {

namespace {

// A mean of more standard deviations than these is subtracted first.
constexpr double far_mean = 10.0;
// Multiplications of gathered columns, which run side by side, that cost as much as one of entries.
constexpr double speed_of_gathered = 20.0;
// Columns that are gathered together.
constexpr Index gathered_columns = 256;

// Places of the columns that are, or are not, far from zero.
std::vector<Index> columns_by_mean(const RidgeDesign& Z, bool far) {
    const StandardizedDesign& X = Z.standardized();
    std::vector<Index> places;
    for (Index k = 0; k < Z.cols(); ++k) {
        const Index j = Z.features()[static_cast<std::size_t>(k)];
        const double mean = X.null_row_space().size() ? X.center()[j] * X.inverse_scale()[j] : 0.0;
        if ((std::abs(mean) > far_mean * std::sqrt(X.mean_square()[j])) == far) places.push_back(k);
    }
    return places;
}

// K ← P K P, where P takes the directions N (orthonormal columns) out; K is symmetric.
void project_both(const ConstMatrixRef& N, Matrix& K) {
    const Matrix KN = K * N;
    const Matrix half = KN - 0.5 * N * (N.transpose() * KN);
    K.noalias() -= half * N.transpose();
    K.noalias() -= N * half.transpose();
}

void add_gathered(const RidgeDesign& Z, const std::vector<Index>& places, Matrix& K) {
    for (std::size_t first = 0; first < places.size(); first += gathered_columns) {
        const std::size_t end =
            std::min(first + static_cast<std::size_t>(gathered_columns), places.size());
        Matrix block(Z.rows(), static_cast<Index>(end - first));
        for (std::size_t k = first; k < end; ++k)
            Z.columns(places[k], block.col(static_cast<Index>(k - first)));
        K.selfadjointView<Eigen::Upper>().rankUpdate(block);
    }
}

}  // namespace

std::optional<Matrix> sparse_row_gram(const RidgeDesign& Z) {
    const StandardizedDesign& X = Z.standardized();
    const double n = static_cast<double>(Z.rows());
    const std::vector<Index> near = columns_by_mean(Z, false), far = columns_by_mean(Z, true);
    std::vector<Index> features;
    double cost = 0.0;
    for (const Index k : near) {
        features.push_back(Z.features()[static_cast<std::size_t>(k)]);
        const double count = X.column_cost(features.back());
        cost += 0.5 * count * count;
    }
    if (cost * speed_of_gathered > 0.5 * n * n * static_cast<double>(near.size()))
        return std::nullopt;
    SparseColumns columns = X.entries(features);
    columns.scale_columns(Z.shrink()(near));
    const SparseColumns rows = columns.transposed();
    Matrix K(Z.rows(), Z.rows());
    rows.gram(rows.transposed(), K);
    K.triangularView<Eigen::StrictlyLower>() = K.transpose();
    if (X.null_row_space().size()) project_both(X.null_row_space(), K);
    if (Z.projected()) project_both(Z.basis(), K);
    add_gathered(Z, far, K);
    K.triangularView<Eigen::StrictlyLower>() = K.transpose();
    return K;
}

}  // namespace fastreg
