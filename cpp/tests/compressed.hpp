// Sparse designs from matrices with zeros.
#pragma once

#include <cstdint>
#include <vector>

#include "fastreg/design/csc.hpp"

namespace check {

// The entries of X that are not zero, by columns, in descending order of the rows.
struct Compressed {
    explicit Compressed(const fastreg::Matrix& X) : rows(X.rows()), cols(X.cols()) {
        for (fastreg::Index j = 0; j < cols; ++j) {
            for (fastreg::Index i = rows - 1; i >= 0; --i) {
                if (X(i, j) == 0.0) continue;
                values.push_back(X(i, j));
                indices.push_back(static_cast<std::int32_t>(i));
            }
            indptr.push_back(static_cast<std::int32_t>(indices.size()));
        }
    }
    fastreg::CscView<double, std::int32_t> view() const {
        return {values.data(), indices.data(), indptr.data(), rows, cols};
    }

    fastreg::Index rows, cols;
    std::vector<double> values;
    std::vector<std::int32_t> indices;
    std::vector<std::int32_t> indptr{0};
};

using SparseDesign = fastreg::CscDesign<double, std::int32_t>;

}  // namespace check
