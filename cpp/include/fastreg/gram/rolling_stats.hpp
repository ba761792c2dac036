// Statistics of a window of rows that moves on.
#pragma once

#include "fastreg/design/dense.hpp"
#include "fastreg/gram/gram_stats.hpp"

namespace fastreg {

class RollingStats {
public:
    // All must outlive this; sample_weight may be empty.
    RollingStats(const DenseView& X, const Vector& y, const Vector& sample_weight);

    // Of rows first … last − 1. Neither end is before that of the last call, unless `anew`: then
    // the rows are read again.
    const GramStats& move_to(Index first, Index last, bool anew);

private:
    void form(Index first, Index last);
    void add(Index row, double sign);
    bool loses_digits() const;

    DenseView X_;
    const Vector& y_;
    const Vector& weight_;
    LoadRun load_;
    Index first_ = 0, last_ = 0;
    GramStats stats_;
    Vector row_;      // from the means
    Vector largest_;  // squares of each feature since they were formed
    double largest_y_ = 0.0;
};

}  // namespace fastreg
