#include "fastreg/core/panel_product.hpp"

#include <algorithm>
#include <array>
#include <utility>

// The attributes of vector types say nothing as template arguments; and GCC's own AVX-512 intrinsics
// read a variable that they leave unset on purpose (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wignored-attributes"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace fastreg {

namespace {

namespace simd = Eigen::internal;
using Packet = simd::packet_traits<double>::type;

constexpr int lanes = simd::unpacket_traits<Packet>::size;
constexpr int panel_width = lanes > 4 ? lanes : 4;
constexpr int packets = panel_width / lanes;
// Panels on the longer side of a tile. With the shorter side of one panel its sums fill the
// registers: 24 of 32 with AVX-512, 12 of 16 with AVX2.
constexpr int tile_panels = lanes >= 4 ? 3 : 1;
// Panels of the longer side that stay in the second-level cache while the shorter side goes by.
constexpr Index cached_panels = 48;

template <class F, int... I>
EIGEN_ALWAYS_INLINE void unroll(F f, std::integer_sequence<int, I...>) {
    (f(std::integral_constant<int, I>{}), ...);
}

// f(0), …, f(N − 1) without a loop, so that arrays indexed by it live in registers.
template <int N, class F>
EIGEN_ALWAYS_INLINE void unroll(F f) {
    unroll(f, std::make_integer_sequence<int, N>{});
}

// c += AᵀB for N panels a, of which each is `stride` after the last, and the first M columns of b.
template <int N, int M>
void add_tile(const double* a, Index stride, const double* b, Index depth, double* c,
              Index c_stride) {
    constexpr int rows = N * packets;
    Packet sum[std::size_t{rows}][std::size_t{M}];
    unroll<rows>([&](auto i) { unroll<M>([&](auto j) { sum[i][j] = simd::pset1<Packet>(0.0); }); });
    for (Index k = 0; k < depth; ++k) {
        Packet x[std::size_t{rows}];
        unroll<rows>([&](auto i) {
            x[i] = simd::pload<Packet>(a + (i / packets) * stride + (i % packets) * lanes);
        });
        unroll<M>([&](auto j) {
            const Packet y = simd::pset1<Packet>(b[j]);
            unroll<rows>([&](auto i) { sum[i][j] = simd::pmadd(x[i], y, sum[i][j]); });
        });
        a += panel_width;
        b += panel_width;
    }
    unroll<M>([&](auto j) {
        unroll<rows>([&](auto i) {
            double* entry = c + j * c_stride + i * lanes;
            simd::pstoreu(entry, simd::padd(simd::ploadu<Packet>(entry), sum[i][j]));
        });
    });
}

// c += AᵀB for N panels a, of which each is `stride` after the last, and M columns of their own.
template <int N, int M>
void add_strip(const double* a, Index stride, const double* const* b, Index depth, double* c,
               Index c_stride) {
    constexpr int rows = N * packets;
    Packet sum[std::size_t{rows}][std::size_t{M}];
    const double* column[std::size_t{M}];
    unroll<M>([&](auto j) { column[j] = b[j]; });
    unroll<rows>([&](auto i) { unroll<M>([&](auto j) { sum[i][j] = simd::pset1<Packet>(0.0); }); });
    for (Index k = 0; k < depth; ++k) {
        Packet x[std::size_t{rows}];
        unroll<rows>([&](auto i) {
            x[i] = simd::pload<Packet>(a + (i / packets) * stride + (i % packets) * lanes);
        });
        unroll<M>([&](auto j) {
            const Packet y = simd::pset1<Packet>(column[j][k]);
            unroll<rows>([&](auto i) { sum[i][j] = simd::pmadd(x[i], y, sum[i][j]); });
        });
        a += panel_width;
    }
    unroll<M>([&](auto j) {
        unroll<rows>([&](auto i) {
            double* entry = c + j * c_stride + i * lanes;
            simd::pstoreu(entry, simd::padd(simd::ploadu<Packet>(entry), sum[i][j]));
        });
    });
}

using AddStrip = void (*)(const double*, Index, const double* const*, Index, double*, Index);

template <int N, int... M>
constexpr std::array<AddStrip, sizeof...(M)> strips(std::integer_sequence<int, M...>) {
    return {&add_strip<N, M + 1>...};
}

using AddTile = void (*)(const double*, Index, const double*, Index, double*, Index);

// Entry M − 1 is the tile with M columns: the last panel may hold fewer than the others.
template <int N, int... M>
constexpr std::array<AddTile, sizeof...(M)> tiles(std::integer_sequence<int, M...>) {
    return {&add_tile<N, M + 1>...};
}

// A square of entries from columns to rows, with origin and weight.
template <bool weighted>
void pack_square(const double* x, Index stride, const double* origin, const double* root_weight,
                 double* out) {
    simd::PacketBlock<Packet, lanes> square;
    unroll<lanes>([&](auto c) {
        square.packet[c] = simd::psub(simd::ploadu<Packet>(x + c * stride),
                                      simd::pset1<Packet>(origin[static_cast<int>(c)]));
        if constexpr (weighted)
            square.packet[c] = simd::pmul(square.packet[c], simd::ploadu<Packet>(root_weight));
    });
    simd::ptranspose(square);
    unroll<lanes>([&](auto c) { simd::pstore(out + c * panel_width, square.packet[c]); });
}

double weight_of(const double* root_weight, Index k) { return root_weight ? root_weight[k] : 1.0; }

}  // namespace

const Index PanelBlock::width = panel_width;

PanelBlock::PanelBlock(Index max_depth, Index n_panels)
    : panels_(max_depth * n_panels * panel_width) {}

void PanelBlock::pack_by_column(const double* x, Index stride, Index n_columns,
                                const double* origin, const double* root_weight, Index first) {
    const Index in_squares = depth_ - depth_ % lanes;
    for (Index j = 0; j < n_columns; j += panel_width, ++first) {
        const Index count = std::min<Index>(panel_width, n_columns - j);
        const bool full = count == panel_width;
        double* out = panel(first);
        const Index start = full ? in_squares : 0;
        for (Index k = 0; k < start; k += lanes)
            for (Index c = 0; c < panel_width; c += lanes) {
                const double* from = x + (j + c) * stride + k;
                double* to = out + k * panel_width + c;
                if (root_weight)
                    pack_square<true>(from, stride, origin + j + c, root_weight + k, to);
                else
                    pack_square<false>(from, stride, origin + j + c, nullptr, to);
            }
        if (!full) std::fill(out, out + depth_ * panel_width, 0.0);
        for (Index c = 0; c < count; ++c)
            for (Index k = start; k < depth_; ++k)
                out[k * panel_width + c] =
                    weight_of(root_weight, k) * (x[(j + c) * stride + k] - origin[j + c]);
    }
}

void PanelBlock::pack_by_row(const double* x, Index stride, Index n_columns, const double* origin,
                             const double* root_weight, Index first) {
    const Index n_full = n_columns / panel_width;
    for (Index k = 0; k < depth_; ++k) {
        const double* row = x + k * stride;
        const Packet weight = simd::pset1<Packet>(weight_of(root_weight, k));
        for (Index q = 0; q < n_full; ++q) {
            double* out = panel(first + q) + k * panel_width;
            for (Index c = 0; c < panel_width; c += lanes) {
                const Index j = q * panel_width + c;
                const Packet shifted =
                    simd::psub(simd::ploadu<Packet>(row + j), simd::ploadu<Packet>(origin + j));
                simd::pstore(out + c, root_weight ? simd::pmul(shifted, weight) : shifted);
            }
        }
    }
    if (n_full * panel_width == n_columns) return;
    double* out = panel(first + n_full);
    std::fill(out, out + depth_ * panel_width, 0.0);
    for (Index k = 0; k < depth_; ++k)
        for (Index j = n_full * panel_width; j < n_columns; ++j)
            out[k * panel_width + j % panel_width] =
                weight_of(root_weight, k) * (x[k * stride + j] - origin[j]);
}

void PanelBlock::add_product(Index n_outer, Index n_columns, MatrixRef product) const {
    constexpr std::make_integer_sequence<int, panel_width> widths;
    static constexpr auto tall = tiles<tile_panels>(widths), single = tiles<1>(widths);
    const Index stride = depth_ * panel_width;
    const Index n_panels = (n_columns + panel_width - 1) / panel_width;
    for (Index begin = 0; begin < n_outer; begin += cached_panels) {
        for (Index j = begin; j < n_panels; ++j) {
            const Index end = std::min({begin + cached_panels, n_outer, j + 1});
            const auto columns =
                static_cast<std::size_t>(std::min<Index>(panel_width, n_columns - j * panel_width));
            for (Index i = begin, step = tile_panels; i < end; i += step) {
                step = i + tile_panels <= end ? tile_panels : 1;
                (step == 1 ? single : tall)[columns - 1](panel(i), stride, panel(j), depth_,
                                                         &product(i * panel_width, j * panel_width),
                                                         product.outerStride());
            }
        }
    }
}

void PanelBlock::add_product(std::span<const double* const> columns, Index n_panels,
                             MatrixRef product) const {
    constexpr std::make_integer_sequence<int, panel_width> widths;
    static constexpr auto tall = strips<tile_panels>(widths), single = strips<1>(widths);
    const Index stride = depth_ * panel_width;
    for (std::size_t j = 0; j < columns.size(); j += panel_width) {
        const std::size_t count = std::min<std::size_t>(panel_width, columns.size() - j);
        for (Index i = 0, step = tile_panels; i < n_panels; i += step) {
            step = i + tile_panels <= n_panels ? tile_panels : 1;
            (step == 1 ? single : tall)[count - 1](panel(i), stride, columns.data() + j, depth_,
                                                   &product(i * panel_width, static_cast<Index>(j)),
                                                   product.outerStride());
        }
    }
}

}  // namespace fastreg
