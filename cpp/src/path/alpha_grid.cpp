#include "fastreg/path/alpha_grid.hpp"

#include <cmath>

namespace fastreg {

double alpha_max(const Vector& null_correlation, const ElasticNetPenalty& penalty) {
    double largest = 0.0;
    for (Index j = 0; j < null_correlation.size(); ++j) {
        const CoordinatePenalty h = penalty.at(1.0, j);
        const double u = null_correlation[j];
        const bool may_move = u > 0.0 ? h.upper > 0.0 : h.lower < 0.0;
        if (may_move && u != 0.0) largest = std::max(largest, std::abs(u) / h.l1);
    }
    return largest;
}

Vector alpha_grid(double largest, double eps, Index count) {
    if (largest == 0.0) largest = 1.0;
    Vector alphas(count);
    for (Index k = 0; k < count; ++k) {
        const double fraction =
            count > 1 ? static_cast<double>(k) / static_cast<double>(count - 1) : 0.0;
        alphas[k] = largest * std::pow(eps, fraction);
    }
    return alphas;
}

}  // namespace fastreg
