// Statistics of data so small that what surrounds the sums takes longer than they do: columns are
// copied, centred and multiplied where they are, in memory that serves for one problem after another.
#pragma once

#include <vector>

#include "fastreg/design/dense.hpp"
#include "fastreg/gram/gram_stats.hpp"

namespace fastreg {

class SmallStats {
public:
    // Whether n rows of p features are small: their copy stays in the first cache.
    static bool suits(Index n, Index p) { return n * (p + 1) <= 4096 && p <= 64; }

    // Of one response; sample_weight may be empty (ones). The result is overwritten by the next.
    const GramStats& of(const DenseView& X, const Vector& y, const Vector& sample_weight);

private:
    double* column(Index j) { return columns_.data() + j * stride_; }
    void copy(const DenseView& X);
    double centre(Index j, Index n, const Vector& weight);
    void multiply(Index p);

    GramStats stats_;
    Index stride_ = 0;  // whole packets, padded with zeros
    Vector columns_;    // √w (x − mean), then y
    Vector root_weight_;
    Vector products_;  // of pairs of columns
    std::vector<const double*> left_, right_;
};

}  // namespace fastreg
