#include "fastreg/path/fold_scores.hpp"

#include <algorithm>
#include <vector>

#include "fastreg/design/predict_rows.hpp"

namespace fastreg {

namespace {

// The smallest share of its terms that a sum of squares may be to keep eight digits.
constexpr double least_share = 1e-8;

// The features in use, ascending.
std::vector<Index> used_features(const PathResult& path, Index p) {
    std::vector<Index> used;
    for (const auto index : path.indices) used.push_back(static_cast<Index>(index) % p);
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    return used;
}

// Coefficients of the features in use, as columns for every strength and class.
Matrix dense_coefs(const PathResult& path, const std::vector<Index>& used, Index p,
                   Index n_classes) {
    const auto n_alphas = static_cast<Index>(path.alphas.size());
    Matrix coefs = Matrix::Zero(static_cast<Index>(used.size()), n_alphas * n_classes);
    std::vector<Index> position(static_cast<std::size_t>(p));
    for (std::size_t k = 0; k < used.size(); ++k)
        position[static_cast<std::size_t>(used[k])] = static_cast<Index>(k);
    for (Index alpha = 0; alpha < n_alphas; ++alpha) {
        const auto column = static_cast<std::size_t>(alpha);
        for (auto e = path.indptr[column]; e < path.indptr[column + 1]; ++e) {
            const auto entry = static_cast<std::size_t>(e);
            const auto index = static_cast<Index>(path.indices[entry]);
            coefs(position[static_cast<std::size_t>(index % p)], alpha * n_classes + index / p) =
                path.values[entry];
        }
    }
    return coefs;
}

}  // namespace

Matrix path_predictions(const Design& X, std::span<const Index> rows, const PathResult& path) {
    const Index p = X.cols(), k = static_cast<Index>(path.alphas.size());
    if (k == 0) return Matrix(static_cast<Index>(rows.size()), 0);
    const Index n_classes = static_cast<Index>(path.intercepts.size()) / k;
    const std::vector<Index> used = used_features(path, p);
    Matrix out = predict_rows(X, rows, used, dense_coefs(path, used, p, n_classes));
    out.rowwise() += Eigen::Map<const Vector>(path.intercepts.data(), k * n_classes).transpose();
    return out;
}

Vector path_squares(const Matrix& predictions, const Vector& y, const Vector& weight) {
    const double total = weight.sum();
    if (!(total > 0.0)) return Vector::Zero(predictions.cols());
    return (predictions.colwise() - y).cwiseAbs2().transpose() * weight / total;
}

Vector path_squares(const GramStats& rows, const PathResult& path, Index response) {
    const auto n_alphas = static_cast<Index>(path.alphas.size());
    Vector squares = Vector::Zero(n_alphas);
    if (!(rows.weight > 0.0)) return squares;
    for (Index k = 0; k < n_alphas; ++k) {
        const auto first = static_cast<std::size_t>(path.indptr[static_cast<std::size_t>(k)]);
        const auto last = static_cast<std::size_t>(path.indptr[static_cast<std::size_t>(k) + 1]);
        double linear = 0.0, quadratic = 0.0;
        double mean = rows.y_mean[response] - path.intercepts[static_cast<std::size_t>(k)];
        for (std::size_t e = first; e < last; ++e) {
            const double* column = rows.gram.col(path.indices[e]).data();
            double product = 0.0;
            for (std::size_t f = first; f < last; ++f)
                product += column[path.indices[f]] * path.values[f];
            quadratic += path.values[e] * product;
            linear += path.values[e] * rows.xty(path.indices[e], response);
            mean -= path.values[e] * rows.x_mean[path.indices[e]];
        }
        const double about = rows.yty[response] - 2.0 * linear + quadratic;
        const double terms = rows.yty[response] + 2.0 * std::abs(linear) + quadratic;
        if (!(about >= least_share * terms)) return {};
        squares[k] = about / rows.weight + mean * mean;
    }
    return squares;
}

}  // namespace fastreg
