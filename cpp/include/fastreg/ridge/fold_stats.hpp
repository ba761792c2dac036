// Statistics of the rows that a fold trains on: those of all rows less those of the rows left out.
#pragma once

#include <optional>
#include <vector>

#include "fastreg/gram/gram_stats.hpp"

namespace fastreg {

class FoldStats {
public:
    // X, Y and the weights, which are not empty, must outlive the object. X has a dense view.
    // Throws Interruption.
    FoldStats(const Design& X, const ConstMatrixRef& Y, const Vector& weight,
              const Control& control);

    // weight is that of all rows, zero for those that are left out. Throws Interruption.
    GramStats of(const std::vector<Index>& train, const Vector& weight) const;

private:
    GramStats of_rows(const std::vector<Index>& rows) const;
    GramStats of_weighted(const Vector& weight) const;
    bool cancels(const GramStats& rest) const;

    const Design& X_;
    ConstMatrixRef Y_;
    const Vector& weight_;
    const Control& control_;
    GramStats all_;
};

}  // namespace fastreg
