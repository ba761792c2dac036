#include "fastreg/core/tile_product.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

// The attributes of vector types say nothing as template arguments.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wignored-attributes"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace fastreg {

namespace {

using tile_unit::length;
using tile_unit::side;
using tile_unit::size;

// Panels that stay in the second-level cache while the others go by.
constexpr Index cached_bytes = Index{1} << 20U;
// Of a row of a tile.
[[maybe_unused]] constexpr Index row_bytes = length * Index{sizeof(std::uint16_t)};

// The bits of a float after rounding to bfloat16, nearest even, which then is the upper half.
std::uint32_t rounded(float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    return (bits + 0x7fffU + ((bits >> 16U) & 1U)) & 0xffff0000U;
}

// The same for what that leaves.
std::uint32_t rounded_rest(float x) { return rounded(x - std::bit_cast<float>(rounded(x))); }

// A row of a tile: a feature's entries in 32 rows.
void store_feature(const float* values, std::uint16_t* hi, std::uint16_t* lo) {
    for (Index k = 0; k < length; ++k)
        hi[k] = static_cast<std::uint16_t>(rounded(values[k]) >> 16U);
    if (!lo) return;
    for (Index k = 0; k < length; ++k)
        lo[k] = static_cast<std::uint16_t>(rounded_rest(values[k]) >> 16U);
}

// A row of a transposed tile: entries of 16 features in two rows.
void store_pairs(const float* even, const float* odd, std::uint32_t* hi, std::uint32_t* lo) {
    for (Index i = 0; i < side; ++i) hi[i] = (rounded(even[i]) >> 16U) | rounded(odd[i]);
    if (!lo) return;
    for (Index i = 0; i < side; ++i) lo[i] = (rounded_rest(even[i]) >> 16U) | rounded_rest(odd[i]);
}

// Columns are far apart: each starts a stream of its own, which the processor foresees too late.
void prefetch([[maybe_unused]] const double* x) {
#ifdef __GNUC__
    for (Index k = 0; k < length; k += 8) __builtin_prefetch(x + k);
#endif
}

#ifdef __AVX512F__

// Four rows of the transposed tile, from column `quarter` of the 4 × 4 blocks.
template <Index quarter>
void transpose_quarter(const std::byte* tile, std::byte* out) {
    constexpr Index block_bytes = row_bytes / 4;
    std::array<__m512i, 4> row;
    for (std::size_t r = 0; r < 4; ++r) {
        const std::byte* at = tile + static_cast<Index>(r) * row_bytes + quarter * block_bytes;
        const auto block = [at](Index i) {
            return _mm_load_si128(reinterpret_cast<const __m128i*>(at + 4 * i * row_bytes));
        };
        row[r] = _mm512_maskz_broadcast_i32x4(0x000f, block(0));
        row[r] = _mm512_mask_broadcast_i32x4(row[r], 0x00f0, block(1));
        row[r] = _mm512_mask_broadcast_i32x4(row[r], 0x0f00, block(2));
        row[r] = _mm512_mask_broadcast_i32x4(row[r], 0xf000, block(3));
    }
    const __m512i low01 = _mm512_unpacklo_epi32(row[0], row[1]),
                  low23 = _mm512_unpacklo_epi32(row[2], row[3]),
                  high01 = _mm512_unpackhi_epi32(row[0], row[1]),
                  high23 = _mm512_unpackhi_epi32(row[2], row[3]);
    std::byte* to = out + 4 * quarter * row_bytes;
    _mm512_store_si512(to, _mm512_unpacklo_epi64(low01, low23));
    _mm512_store_si512(to + row_bytes, _mm512_unpackhi_epi64(low01, low23));
    _mm512_store_si512(to + 2 * row_bytes, _mm512_unpacklo_epi64(high01, high23));
    _mm512_store_si512(to + 3 * row_bytes, _mm512_unpackhi_epi64(high01, high23));
}

// A tile as a 16 × 16 matrix of pairs, transposed.
void transpose(const std::uint16_t* tile, std::uint16_t* out) {
    const auto* from = reinterpret_cast<const std::byte*>(tile);
    auto* to = reinterpret_cast<std::byte*>(out);
    transpose_quarter<0>(from, to);
    transpose_quarter<1>(from, to);
    transpose_quarter<2>(from, to);
    transpose_quarter<3>(from, to);
}

#else

void transpose(const std::uint16_t* tile, std::uint16_t* out) {
    for (Index i = 0; i < side; ++i)
        for (Index k = 0; k < length; ++k)
            out[k / 2 * length + 2 * i + k % 2] = tile[i * length + k];
}

#endif

}  // namespace

TileBlock::TileBlock(Index max_depth, Index n_panels, Parts parts)
    : parts_(parts), step_size_(2 * size * static_cast<Index>(parts)) {
    const Index steps = (max_depth + length - 1) / length;
    panels_.resize(n_panels * steps * step_size_);
    transposed_.resize(steps * step_size_);
}

void TileBlock::set_depth(Index depth) {
    depth_ = depth;
    steps_ = (depth + length - 1) / length;
}

// Factors of zero make the entries zero that only fill tiles up.
void TileBlock::take(const Affine& affine, Index n_columns) {
    const auto copy = [](const double* values, double otherwise, Index count, Index padded,
                         Vector& out) {
        out.setZero(padded);
        if (values)
            std::copy(values, values + count, out.data());
        else
            std::fill(out.data(), out.data() + count, otherwise);
    };
    const Index padded = (n_columns + width - 1) / width * width;
    copy(affine.origin, 0.0, n_columns, padded, origin_);
    copy(affine.scale, 1.0, n_columns, padded, scale_);
    copy(affine.row_origin, 0.0, depth_, steps_ * length, row_origin_);
    copy(affine.row_scale, 1.0, depth_, steps_ * length, row_scale_);
}

void TileBlock::pack_by_column(const double* x, Index stride, Index n_columns, const Affine& affine,
                               Index first) {
    take(affine, n_columns);
    std::array<double, length> padded{};
    std::array<float, length> values;
    for (Index j = 0; j < origin_.size(); ++j) {
        const double origin = origin_[j], scale = scale_[j];
        const double* column = x + std::min(j, n_columns - 1) * stride;
        const double* next = x + std::min(j + 1, n_columns - 1) * stride;
        for (Index t = 0; t < steps_; ++t) {
            prefetch(next + t * length);
            const double* in = column + t * length;
            if ((t + 1) * length > depth_) {
                std::copy(in, column + depth_, padded.data());
                in = padded.data();
            }
            const double *row_origin = &row_origin_[t * length],
                         *row_scale = &row_scale_[t * length];
            float* to = values.data();
            for (Index k = 0; k < length; ++k)
                to[k] =
                    static_cast<float>((in[k] - origin - row_origin[k]) * (scale * row_scale[k]));
            std::uint16_t* out = step(first + j / width, t) + j % width * length;
            store_feature(to, out, parts_ == Parts::two ? out + 2 * size : nullptr);
        }
    }
}

void TileBlock::pack_by_row(const double* x, Index stride, Index n_columns, const Affine& affine,
                            Index first) {
    take(affine, n_columns);
    std::array<double, width> padded{};
    const auto load = [&](Index k, Index j, float* to) {
        const double* in = x + std::min(k, depth_ - 1) * stride + j;
        if (j + width > n_columns) {
            std::copy(in, in + n_columns - j, padded.data());
            in = padded.data();
        }
        const double *origin = &origin_[j], *scale = &scale_[j];
        const double row_origin = row_origin_[k], row_scale = row_scale_[k];
        for (Index i = 0; i < width; ++i)
            to[i] = static_cast<float>((in[i] - origin[i] - row_origin) * (scale[i] * row_scale));
    };
    std::array<float, width> even, odd;
    alignas(64) std::array<std::uint32_t, 2 * size> pairs;  // two tiles of hi, two of lo
    for (Index t = 0; t < steps_; ++t)
        for (Index j = 0; j < n_columns; j += width) {
            for (Index k = 0; k < side; ++k) {
                load(t * length + 2 * k, j, even.data());
                load(t * length + 2 * k + 1, j, odd.data());
                for (Index i = 0; i < width; i += side) {
                    std::uint32_t* hi = pairs.data() + (i + k) * side;
                    store_pairs(even.data() + i, odd.data() + i, hi,
                                parts_ == Parts::two ? hi + size : nullptr);
                }
            }
            std::uint16_t* out = step(first + j / width, t);
            for (Index i = 0; i < step_size_; i += size)
                transpose(reinterpret_cast<const std::uint16_t*>(pairs.data()) + i, out + i);
        }
}

void TileBlock::add_product(Index n_columns, Sums product) {
    const tile_unit::Session session;
    const Index n_panels = (n_columns + width - 1) / width;
    const Index panel_bytes = steps_ * step_size_ * Index{sizeof(std::uint16_t)};
    const Index cached = std::max<Index>(1, cached_bytes / panel_bytes);
    for (Index begin = 0; begin < n_panels; begin += cached) {
        const Index end = std::min(begin + cached, n_panels);
        for (Index i = 0; i < end; ++i) {
            for (Index k = 0; k < steps_ * step_size_; k += size)
                transpose(step(i, 0) + k, transposed_.data() + k);
            for (Index j = std::max(begin, i); j < end; ++j) add_panels(i, j, n_columns, product);
        }
    }
}

void TileBlock::add_panels(Index i, Index j, Index n_columns, Sums& product) {
    alignas(64) std::array<float, width * width> sums;
    const auto terms = parts_ == Parts::one ? tile_unit::Terms::hi
                       : i == j             ? tile_unit::Terms::all
                                            : tile_unit::Terms::mixed;
    tile_unit::multiply(step(j, 0), transposed_.data(), steps_, terms, sums.data());
    const Index rows = std::min(width, n_columns - i * width),
                columns = std::min(width, n_columns - j * width);
    const Eigen::Map<const Eigen::Matrix<float, width, width>> square(sums.data());
    product.block(i * width, j * width, rows, columns) += square.topLeftCorner(rows, columns);
}

}  // namespace fastreg
