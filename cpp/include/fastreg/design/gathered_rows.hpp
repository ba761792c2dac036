// Some rows of a dense matrix, copied in its own element type and order.
#pragma once

#include <memory>
#include <span>

#include "fastreg/design/dense.hpp"

namespace fastreg {

class GatheredRows {
public:
    GatheredRows(const DenseView& X, std::span<const Index> rows);

    const DenseDesign& design() const { return *design_; }

private:
    std::unique_ptr<std::byte[]> memory_;
    std::unique_ptr<DenseDesign> design_;
};

}  // namespace fastreg
