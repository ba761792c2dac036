#include "fastreg/ridge/symmetric_product.hpp"

#include <algorithm>

#include "fastreg/core/simd.hpp"

namespace fastreg {

namespace {

using Packet = PacketOf<double>;

constexpr Index lanes = lanes_of<double>;
constexpr Index packets = 2;  // of a row of V
constexpr Index width = packets * lanes;
// Columns of A that are read side by side: their rows of V and of the product stay in registers.
constexpr int together = lanes >= 8 ? 4 : lanes >= 4 ? 2 : 1;
// Rows whose part of V and of the product stays in the first-level cache.
constexpr Index cached_rows = 64;

// Rows first … last − 1 of N columns of A, all below the diagonal: they count for the product's rows
// at these rows and at the columns.
template <int N>
void add_below(const double* a, Index stride, Index first, Index last, const double* v, double* out,
               Index column) {
    Packet x[std::size_t{N}][packets], sum[std::size_t{N}][packets];
    for (int j = 0; j < N; ++j)
        for (Index k = 0; k < packets; ++k) {
            x[j][k] = simd::ploadu<Packet>(v + (column + j) * width + k * lanes);
            sum[j][k] = simd::pset1<Packet>(0.0);
        }
    for (Index i = first; i < last; ++i) {
        Packet right[packets], row[packets];
        for (Index k = 0; k < packets; ++k) {
            right[k] = simd::ploadu<Packet>(v + i * width + k * lanes);
            row[k] = simd::ploadu<Packet>(out + i * width + k * lanes);
        }
        for (int j = 0; j < N; ++j) {
            const Packet entry = simd::pset1<Packet>(a[(column + j) * stride + i]);
            for (Index k = 0; k < packets; ++k) {
                row[k] = simd::pmadd(entry, x[j][k], row[k]);
                sum[j][k] = simd::pmadd(entry, right[k], sum[j][k]);
            }
        }
        for (Index k = 0; k < packets; ++k) simd::pstoreu(out + i * width + k * lanes, row[k]);
    }
    for (int j = 0; j < N; ++j)
        for (Index k = 0; k < packets; ++k) {
            double* entry = out + (column + j) * width + k * lanes;
            simd::pstoreu(entry, simd::padd(simd::ploadu<Packet>(entry), sum[j][k]));
        }
}

void multiply_block(const ConstMatrixRef& A, const Matrix& V, Matrix& product) {
    const Index n = A.rows(), stride = A.outerStride();
    product.setZero();
    for (Index first = 0; first < n; first += cached_rows) {
        const Index last = std::min(first + cached_rows, n);
        Index j = 0;
        for (; j + together <= first; j += together)
            add_below<together>(A.data(), stride, first, last, V.data(), product.data(), j);
        for (; j < last; ++j) {
            if (j >= first) product.col(j) += A(j, j) * V.col(j);
            add_below<1>(A.data(), stride, std::max(first, j + 1), last, V.data(), product.data(),
                         j);
        }
    }
}

// Rows first … last − 1 of N columns of A, below the diagonal, for a single vector: along the rows.
template <int N>
void add_below_single(const double* a, Index stride, Index first, Index last, const double* v,
                      double* out, Index column) {
    Packet x[std::size_t{N}], sum[std::size_t{N}];
    for (int j = 0; j < N; ++j) {
        x[j] = simd::pset1<Packet>(v[column + j]);
        sum[j] = simd::pset1<Packet>(0.0);
    }
    Index i = first;
    for (; i + lanes <= last; i += lanes) {
        const Packet right = simd::ploadu<Packet>(v + i);
        Packet row = simd::ploadu<Packet>(out + i);
        for (int j = 0; j < N; ++j) {
            const Packet entry = simd::ploadu<Packet>(a + (column + j) * stride + i);
            row = simd::pmadd(entry, x[j], row);
            sum[j] = simd::pmadd(entry, right, sum[j]);
        }
        simd::pstoreu(out + i, row);
    }
    for (int j = 0; j < N; ++j) {
        double rest = simd::predux(sum[j]);
        for (Index r = i; r < last; ++r) {
            const double entry = a[(column + j) * stride + r];
            out[r] += entry * v[column + j];
            rest += entry * v[r];
        }
        out[column + j] += rest;
    }
}

void multiply_single(const ConstMatrixRef& A, const Matrix& V, Matrix& product) {
    constexpr Index group = lanes >= 4 ? 8 : 4;
    const Index n = A.rows(), stride = A.outerStride();
    product.setZero();
    for (Index j = 0; j < n; j += group) {
        // The square on the diagonal, then what is below it.
        const Index end = std::min(j + group, n);
        for (Index c = j; c < end; ++c) {
            product(0, c) += A(c, c) * V(0, c);
            for (Index r = c + 1; r < end; ++r) {
                product(0, r) += A(r, c) * V(0, c);
                product(0, c) += A(r, c) * V(0, r);
            }
        }
        if (end == j + group)
            add_below_single<group>(A.data(), stride, end, n, V.data(), product.data(), j);
    }
}

}  // namespace

const Index symmetric_product_columns = width;

void symmetric_product(const ConstMatrixRef& A, const Matrix& V_transposed, Matrix& product) {
    product.resize(V_transposed.rows(), V_transposed.cols());
    if (V_transposed.rows() == 1)
        multiply_single(A, V_transposed, product);
    else
        multiply_block(A, V_transposed, product);
}

}  // namespace fastreg
