// Some rows of a dense matrix, copied in its own element type and order.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "fastreg/design/dense.hpp"

namespace fastreg {

class GatheredRows {
public:
    GatheredRows(const DenseView& X, std::span<const Index> rows);
    // The same in memory that is used again and outlives this.
    GatheredRows(const DenseView& X, std::span<const Index> rows, std::vector<std::byte>& memory);

    const DenseDesign& design() const { return *design_; }

private:
    void copy(const DenseView& X, std::span<const Index> rows, std::byte* memory);

    std::unique_ptr<std::byte[]> memory_;
    std::unique_ptr<DenseDesign> design_;
};

}  // namespace fastreg
