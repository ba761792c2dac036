#include "fastreg/path/alpha_grid.hpp"

#include <cmath>

namespace fastreg {

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
