// What a path returns: one entry an alpha, coefficients for the raw columns as compressed sparse
// columns.
#pragma once

#include <cstdint>
#include <vector>

#include "fastreg/core/control.hpp"

namespace fastreg {

struct PathResult {
    std::vector<double> alphas;
    // Coefficients, features × alphas: column k holds indices[indptr[k] : indptr[k + 1]],
    // ascending.
    std::vector<std::int64_t> indptr{0};
    std::vector<std::int64_t> indices;
    std::vector<double> values;
    std::vector<double> intercepts;  // with several classes all of an alpha's together
    std::vector<double> dual_gaps;   // relative to null_objective
    std::vector<double> deviance_ratio;
    std::vector<std::int64_t> n_iter;
    std::vector<std::int8_t> status;
    Stop stop = Stop::none;  // why alphas are missing at the end
    Index n_passes = 0;      // full passes over X, with the one that takes the columns' moments
    double null_objective = 0.0;
    Vector scale;
};

// The alphas of `rest` after those that `path` has.
inline void append_alphas(PathResult& path, const PathResult& rest) {
    const auto add = [](auto& to, const auto& from) {
        to.insert(to.end(), from.begin(), from.end());
    };
    const auto offset = path.indptr.back();
    for (std::size_t k = 1; k < rest.indptr.size(); ++k)
        path.indptr.push_back(offset + rest.indptr[k]);
    add(path.indices, rest.indices);
    add(path.values, rest.values);
    add(path.alphas, rest.alphas);
    add(path.intercepts, rest.intercepts);
    add(path.dual_gaps, rest.dual_gaps);
    add(path.deviance_ratio, rest.deviance_ratio);
    add(path.n_iter, rest.n_iter);
    add(path.status, rest.status);
}

// The coefficients of the last alpha, dense; zeros if there is none.
inline Vector last_coefs(const PathResult& path, Index n_features) {
    Vector coef = Vector::Zero(n_features);
    if (path.indptr.size() < 2) return coef;
    for (auto e = path.indptr[path.indptr.size() - 2]; e < path.indptr.back(); ++e)
        coef[path.indices[static_cast<std::size_t>(e)]] = path.values[static_cast<std::size_t>(e)];
    return coef;
}

}  // namespace fastreg
