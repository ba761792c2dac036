#include "fastreg/core/panel_product.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "fastreg/core/simd.hpp"

namespace fastreg {

namespace {

template <class Scalar>
constexpr int lanes = lanes_of<Scalar>;
template <class Scalar>
constexpr int panel_width = lanes<Scalar> > 4 ? lanes<Scalar> : 4;
template <class Scalar>
constexpr int packets = panel_width<Scalar> / lanes<Scalar>;
// A tile of the product is so many panels by so many columns of one. Its sums fill the registers:
// 24 of 32 with AVX-512, 12 of 16 with AVX2.
constexpr int tile_panels = lanes<double> >= 4 ? 3 : 1;
constexpr int tile_columns = panel_width<double>;
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

// c += AᵀB for N panels a, of which each is `stride` after the last, and M columns: column j's entry
// of row k is entry(k, j).
template <int N, int M, class Scalar, class Entry>
EIGEN_ALWAYS_INLINE void add_tile(const Scalar* a, Index stride, Entry entry, Index depth,
                                  Scalar* c, Index c_stride) {
    using Packet = PacketOf<Scalar>;
    constexpr int rows = N * packets<Scalar>;
    Packet sum[std::size_t{rows}][std::size_t{M}];
    unroll<rows>(
        [&](auto i) { unroll<M>([&](auto j) { sum[i][j] = simd::pset1<Packet>(Scalar{0}); }); });
    for (Index k = 0; k < depth; ++k) {
        Packet x[std::size_t{rows}];
        unroll<rows>([&](auto i) {
            x[i] = simd::pload<Packet>(a + (i / packets<Scalar>)*stride +
                                       (i % packets<Scalar>)*lanes<Scalar>);
        });
        unroll<M>([&](auto j) {
            const Packet y = simd::pset1<Packet>(entry(k, j));
            unroll<rows>([&](auto i) { sum[i][j] = simd::pmadd(x[i], y, sum[i][j]); });
        });
        a += panel_width<Scalar>;
    }
    unroll<M>([&](auto j) {
        unroll<rows>([&](auto i) {
            Scalar* out = c + j * c_stride + i * lanes<Scalar>;
            simd::pstoreu(out, simd::padd(simd::ploadu<Packet>(out), sum[i][j]));
        });
    });
}

// The columns are those of a panel from b on.
template <class Scalar, int N, int M>
void add_packed(const Scalar* a, Index stride, const Scalar* b, Index depth, Scalar* c,
                Index c_stride) {
    add_tile<N, M>(
        a, stride, [b](Index k, auto j) { return b[k * panel_width<Scalar> + j]; }, depth, c,
        c_stride);
}

// The columns lie where they are.
template <class Scalar, int N, int M>
void add_strip(const Scalar* a, Index stride, const Scalar* const* b, Index depth, Scalar* c,
               Index c_stride) {
    const Scalar* column[std::size_t{M}];
    unroll<M>([&](auto j) { column[j] = b[j]; });
    add_tile<N, M>(
        a, stride, [&column](Index k, auto j) { return column[j][k]; }, depth, c, c_stride);
}

template <class Scalar, class Columns>
using AddTile = void (*)(const Scalar*, Index, Columns, Index, Scalar*, Index);

// Entry M − 1 is the tile with M columns: the last panel may hold fewer than the others.
template <class Scalar, int N, int... M>
constexpr std::array<AddTile<Scalar, const Scalar*>, sizeof...(M)> packed_tiles(
    std::integer_sequence<int, M...>) {
    return {&add_packed<Scalar, N, M + 1>...};
}

template <class Scalar, int N, int... M>
constexpr std::array<AddTile<Scalar, const Scalar* const*>, sizeof...(M)> strip_tiles(
    std::integer_sequence<int, M...>) {
    return {&add_strip<Scalar, N, M + 1>...};
}

constexpr std::make_integer_sequence<int, tile_columns> tile_widths;

void store_as(double* out, const PacketOf<double>& values) { simd::pstore(out, values); }

void store_as(float* out, const PacketOf<double>& values) {
    alignas(64) double wide[lanes<double>];
    simd::pstore(wide, values);
    for (int i = 0; i < lanes<double>; ++i) out[i] = static_cast<float>(wide[i]);
}

// A square of entries from columns to rows, with origin and weight.
template <bool weighted, class Scalar>
void pack_square(const double* x, Index stride, const double* origin, const double* root_weight,
                 Scalar* out) {
    using Packet = PacketOf<double>;
    simd::PacketBlock<Packet, lanes<double>> square;
    unroll<lanes<double>>([&](auto c) {
        square.packet[c] = simd::psub(simd::ploadu<Packet>(x + c * stride),
                                      simd::pset1<Packet>(origin[static_cast<int>(c)]));
        if constexpr (weighted)
            square.packet[c] = simd::pmul(square.packet[c], simd::ploadu<Packet>(root_weight));
    });
    simd::ptranspose(square);
    unroll<lanes<double>>(
        [&](auto c) { store_as(out + c * panel_width<Scalar>, square.packet[c]); });
}

double weight_of(const double* root_weight, Index k) { return root_weight ? root_weight[k] : 1.0; }

}  // namespace

template <class Scalar>
const Index BasicPanelBlock<Scalar>::width = panel_width<Scalar>;

template <class Scalar>
BasicPanelBlock<Scalar>::BasicPanelBlock(Index max_depth, Index n_panels)
    : panels_(max_depth * n_panels * panel_width<Scalar>) {}

template <class Scalar>
void BasicPanelBlock<Scalar>::pack_by_column(const double* x, Index stride, Index n_columns,
                                             const double* origin, const double* root_weight,
                                             Index first) {
    constexpr int step = lanes<double>, panel_size = panel_width<Scalar>;
    const Index in_squares = depth_ - depth_ % step;
    for (Index j = 0; j < n_columns; j += panel_size, ++first) {
        const Index count = std::min<Index>(panel_size, n_columns - j);
        const bool full = count == panel_size;
        Scalar* out = panel(first);
        const Index start = full ? in_squares : 0;
        for (Index k = 0; k < start; k += step)
            for (Index c = 0; c < panel_size; c += step) {
                const double* from = x + (j + c) * stride + k;
                Scalar* to = out + k * panel_size + c;
                if (root_weight)
                    pack_square<true>(from, stride, origin + j + c, root_weight + k, to);
                else
                    pack_square<false>(from, stride, origin + j + c, nullptr, to);
            }
        if (!full) std::fill(out, out + depth_ * panel_size, Scalar{0});
        for (Index c = 0; c < count; ++c)
            for (Index k = start; k < depth_; ++k)
                out[k * panel_size + c] = static_cast<Scalar>(
                    weight_of(root_weight, k) * (x[(j + c) * stride + k] - origin[j + c]));
    }
}

template <class Scalar>
void BasicPanelBlock<Scalar>::pack_by_row(const double* x, Index stride, Index n_columns,
                                          const double* origin, const double* root_weight,
                                          Index first) {
    using Packet = PacketOf<double>;
    constexpr int panel_size = panel_width<Scalar>;
    const Index n_full = n_columns / panel_size;
    for (Index k = 0; k < depth_; ++k) {
        const double* row = x + k * stride;
        const Packet weight = simd::pset1<Packet>(weight_of(root_weight, k));
        for (Index q = 0; q < n_full; ++q) {
            Scalar* out = panel(first + q) + k * panel_size;
            for (Index c = 0; c < panel_size; c += lanes<double>) {
                const Index j = q * panel_size + c;
                const Packet shifted =
                    simd::psub(simd::ploadu<Packet>(row + j), simd::ploadu<Packet>(origin + j));
                store_as(out + c, root_weight ? simd::pmul(shifted, weight) : shifted);
            }
        }
    }
    if (n_full * panel_size == n_columns) return;
    Scalar* out = panel(first + n_full);
    std::fill(out, out + depth_ * panel_size, Scalar{0});
    for (Index k = 0; k < depth_; ++k)
        for (Index j = n_full * panel_size; j < n_columns; ++j)
            out[k * panel_size + j % panel_size] =
                static_cast<Scalar>(weight_of(root_weight, k) * (x[k * stride + j] - origin[j]));
}

template <class Scalar>
void BasicPanelBlock<Scalar>::pack_rows(std::span<const double* const> rows, Index n_columns,
                                        const double* origin, const double* scale,
                                        const double* weight, Index first) {
    using Packet = PacketOf<double>;
    constexpr int panel_size = panel_width<Scalar>;
    const Index n_full = n_columns / panel_size, rest = n_columns - n_full * panel_size;
    for (Index k = 0; k < depth_; ++k) {
        const double* row = rows[static_cast<std::size_t>(k)];
        const Packet shift = simd::pset1<Packet>(origin[k]), factor = simd::pset1<Packet>(scale[k]);
        for (Index q = 0; q < n_full; ++q) {
            Scalar* out = panel(first + q) + k * panel_size;
            for (Index c = 0; c < panel_size; c += lanes<double>) {
                const Index j = q * panel_size + c;
                const Packet value =
                    simd::pmul(simd::psub(simd::ploadu<Packet>(row + j), shift), factor);
                store_as(out + c,
                         weight ? simd::pmul(value, simd::ploadu<Packet>(weight + j)) : value);
            }
        }
        if (rest == 0) continue;
        Scalar* out = panel(first + n_full) + k * panel_size;
        std::fill(out, out + panel_size, Scalar{0});
        for (Index c = 0; c < rest; ++c) {
            const Index j = n_full * panel_size + c;
            out[c] = static_cast<Scalar>((row[j] - origin[k]) * scale[k] * weight_of(weight, j));
        }
    }
}

template <class Scalar>
void BasicPanelBlock<Scalar>::pack_starts(std::span<const Scalar* const> rows, Index n_columns,
                                          const Scalar* factor) {
    using Packet = PacketOf<Scalar>;
    constexpr Index panel_size = panel_width<Scalar>;
    const Index n_full = n_columns / panel_size, rest = n_columns - n_full * panel_size;
    for (Index k = 0; k < depth_; ++k) {
        const Scalar* row = rows[static_cast<std::size_t>(k)];
        const Packet weight = simd::pset1<Packet>(factor[k]);
        for (Index q = 0; q < n_full; ++q, row += panel_size) {
            Scalar* out = panel(q) + k * panel_size;
            for (Index c = 0; c < panel_size; c += lanes<Scalar>)
                simd::pstore(out + c, simd::pmul(simd::ploadu<Packet>(row + c), weight));
        }
        if (rest == 0) continue;
        Scalar* out = panel(n_full) + k * panel_size;
        for (Index c = 0; c < rest; ++c) out[c] = row[c] * factor[k];
        std::fill(out + rest, out + panel_size, Scalar{0});
    }
}

template <class Scalar>
void BasicPanelBlock<Scalar>::pack_picked(const double* x, Features rows, const Scalar* factor,
                                          Index place) {
    constexpr Index panel_size = panel_width<Scalar>;
    Scalar* out = panel(place / panel_size);
    if (place % panel_size == 0) std::fill(out, out + depth_ * panel_size, Scalar{0});
    out += place % panel_size;
    for (Index k = 0; k < depth_; ++k)
        out[k * panel_size] = static_cast<Scalar>(x[rows[static_cast<std::size_t>(k)]]) * factor[k];
}

template <class Scalar>
void BasicPanelBlock<Scalar>::add_product(Index first, Index last, Index from, Index n_columns,
                                          Sums product) const {
    static constexpr auto tall = packed_tiles<Scalar, tile_panels>(tile_widths),
                          single = packed_tiles<Scalar, 1>(tile_widths);
    constexpr int panel_size = panel_width<Scalar>;
    const Index stride = depth_ * panel_size;
    const Index n_panels = (n_columns + panel_size - 1) / panel_size;
    for (Index begin = first; begin < last; begin += cached_panels) {
        for (Index j = std::max(begin, from / panel_size); j < n_panels; ++j) {
            const Index end = std::min({begin + cached_panels, last, j + 1});
            const Index columns = std::min<Index>(panel_size, n_columns - j * panel_size);
            for (Index c = std::max(Index{0}, from - j * panel_size); c < columns;
                 c += tile_columns) {
                const auto count =
                    static_cast<std::size_t>(std::min<Index>(tile_columns, columns - c));
                for (Index i = begin, step = tile_panels; i < end; i += step) {
                    step = i + tile_panels <= end ? tile_panels : 1;
                    (step == 1 ? single : tall)[count - 1](
                        panel(i), stride, panel(j) + c, depth_,
                        &product(i * panel_size, j * panel_size + c), product.outerStride());
                }
            }
        }
    }
}

template <class Scalar>
void BasicPanelBlock<Scalar>::add_product(std::span<const Scalar* const> columns, Index n_panels,
                                          Sums product) const {
    static constexpr auto tall = strip_tiles<Scalar, tile_panels>(tile_widths),
                          single = strip_tiles<Scalar, 1>(tile_widths);
    constexpr int panel_size = panel_width<Scalar>;
    const Index stride = depth_ * panel_size;
    for (std::size_t j = 0; j < columns.size(); j += tile_columns) {
        const std::size_t count = std::min<std::size_t>(tile_columns, columns.size() - j);
        for (Index i = 0, step = tile_panels; i < n_panels; i += step) {
            step = i + tile_panels <= n_panels ? tile_panels : 1;
            (step == 1 ? single : tall)[count - 1](panel(i), stride, columns.data() + j, depth_,
                                                   &product(i * panel_size, static_cast<Index>(j)),
                                                   product.outerStride());
        }
    }
}

template class BasicPanelBlock<double>;
template class BasicPanelBlock<float>;

}  // namespace fastreg
