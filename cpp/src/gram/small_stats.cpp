#include "fastreg/gram/small_stats.hpp"

#include <algorithm>
#include <cstring>

#include "fastreg/core/dot_products.hpp"
#include "fastreg/core/simd.hpp"

namespace fastreg {

namespace {

using Packet = PacketOf<double>;
constexpr Index lanes = lanes_of<double>;

// to(i, j) = from(i, j) for rows of numbers that lie together, `row_bytes` apart, and columns that lie
// together, `stride` apart: by squares of packets as far as they go.
void transpose(const std::byte* from, Index row_bytes, Index rows, Index cols, double* to,
               Index stride) {
    const Index in_squares = cols - cols % lanes;
    for (Index i = 0; i < rows; i += lanes) {
        const Index height = std::min(lanes, rows - i);
        const std::byte* top = from + i * row_bytes;
        Index j = 0;
        for (; height == lanes && j < in_squares; j += lanes) {
            simd::PacketBlock<Packet, lanes> square;
            for (Index k = 0; k < lanes; ++k)
                std::memcpy(&square.packet[k], top + k * row_bytes + j * Index{sizeof(double)},
                            sizeof(Packet));
            simd::ptranspose(square);
            for (Index k = 0; k < lanes; ++k)
                simd::pstoreu(to + (j + k) * stride + i, square.packet[k]);
        }
        for (; j < cols; ++j)
            for (Index k = 0; k < height; ++k)
                std::memcpy(to + j * stride + i + k,
                            top + k * row_bytes + j * Index{sizeof(double)}, sizeof(double));
    }
}

}  // namespace

const GramStats& SmallStats::of(const DenseView& X, const Vector& y, const Vector& sample_weight) {
    const Index n = X.rows, p = X.cols;
    stride_ = (n + 7) / 8 * 8;
    columns_.setZero(stride_ * (p + 1));
    copy(X);
    std::copy(y.data(), y.data() + n, column(p));
    root_weight_ = sample_weight.cwiseSqrt();
    stats_.rows = sample_weight.size() ? (sample_weight.array() > 0.0).count() : n;
    stats_.weight = sample_weight.size() ? sample_weight.sum() : static_cast<double>(n);
    stats_.x_mean.resize(p);
    stats_.y_mean.resize(1);
    for (Index j = 0; j < p; ++j) stats_.x_mean[j] = centre(j, n, sample_weight);
    stats_.y_mean[0] = centre(p, n, sample_weight);
    multiply(p);
    return stats_;
}

// Subtracts the weighted mean, which of a constant column is the constant itself, without rounding,
// and weights the rows. Returns the mean.
double SmallStats::centre(Index j, Index n, const Vector& weight) {
    Eigen::Map<Eigen::ArrayXd> x(column(j), n);
    double mean = 0.0, low = 0.0, high = 0.0;
    if (weight.size()) {
        low = infinity;
        high = -infinity;
        for (Index i = 0; i < n; ++i) {
            if (weight[i] == 0.0) continue;
            mean += weight[i] * x[i];
            low = std::min(low, x[i]);
            high = std::max(high, x[i]);
        }
        mean /= stats_.weight;
    } else {
        mean = x.sum() / stats_.weight;
        low = x.minCoeff();
        high = x.maxCoeff();
    }
    if (low == high) mean = low;
    x -= mean;
    if (weight.size()) x *= root_weight_.array();
    return mean;
}

// Rows that lie together are read one after the other.
void SmallStats::copy(const DenseView& X) {
    constexpr Index element = sizeof(double);
    if (X.type == ScalarType::float64 && X.col_stride == element)
        return transpose(X.data, X.row_stride, X.rows, X.cols, column(0), stride_);
    const LoadRun load = load_run(X.type);
    for (Index j = 0; j < X.cols; ++j)
        load(X.data + j * X.col_stride, X.row_stride, X.rows, column(j));
}

// All pairs of columns, each once, in one list: several sums run side by side.
void SmallStats::multiply(Index p) {
    left_.clear();
    right_.clear();
    for (Index j = 0; j <= p; ++j)
        for (Index i = 0; i <= j; ++i) {
            left_.push_back(column(i));
            right_.push_back(column(j));
        }
    products_.resize(static_cast<Index>(left_.size()));
    dot_products(left_, right_.data(), stride_, products_.data());
    stats_.gram.resize(p, p);
    const double* from = products_.data();
    for (Index j = 0; j < p; ++j, from += j)
        for (Index i = 0; i <= j; ++i) stats_.gram(i, j) = stats_.gram(j, i) = from[i];
    stats_.xty.resize(p, 1);
    for (Index i = 0; i < p; ++i) stats_.xty(i, 0) = from[i];
    stats_.yty = Vector::Constant(1, from[p]);
}

}  // namespace fastreg
