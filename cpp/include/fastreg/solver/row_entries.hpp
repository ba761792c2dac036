// The entries of a sparse working set, by row: products of a column with all members then cost what
// its rows hold, Σ over its entries of the entries beside them, instead of all entries of the members.
#pragma once

#include <cstdint>
#include <vector>

#include "fastreg/design/standardized.hpp"

namespace fastreg {

class RowEntries {
public:
    // X must outlive this, and be sparse.
    explicit RowEntries(const StandardizedDesign& X);

    // Whether products by row are cheaper than those with columns that are spread out.
    static bool pay(const StandardizedDesign& X);
    // Takes in the columns that came to the working set since the last call. Whether its means are so
    // small that they can be subtracted after a product.
    bool follow(Features features);
    // out = X̃_Rᵀ X̃_C, or X̃_Rᵀ diag(weight) X̃_C, for positions R and C of those features.
    void cross(Features features, Features rows, Features cols, const Vector* weight,
               MatrixRef out) const;

private:
    struct Entry {
        double value;
        std::uint32_t position;
    };

    double scaled_center(Index feature) const {
        return X_.center()[feature] * X_.inverse_scale()[feature];
    }
    void multiply(const SparseColumns& columns, Index k, const Vector* weight,
                  Vector& products) const;
    void subtract_means(Features left, Features right, const SparseColumns& columns,
                        const Vector* weight, MatrixRef out) const;

    const StandardizedDesign& X_;
    std::vector<std::vector<Entry>> rows_;
    std::size_t taken_ = 0;  // features whose entries are there
    bool near_ = true;       // whether all their means are small
    bool centred_ = false;   // whether any of them has a mean
};

}  // namespace fastreg
