#include "fastreg/core/tile_unit.hpp"

#include <algorithm>
#include <array>
#include <bit>

// The level that has AVX-512, on Linux, by a compiler that knows the instructions.
#if defined(__linux__) && defined(__x86_64__) && defined(__AVX512F__) && defined(__has_include)
#if (defined(__clang__) && __clang_major__ >= 12) || (!defined(__clang__) && __GNUC__ >= 11)
#if __has_include(<cpuid.h>) && __has_include(<sys/syscall.h>) && __has_include(<unistd.h>)
#define FASTREG_TILES 1
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif
#endif

namespace fastreg::tile_unit {

namespace {

#ifdef FASTREG_TILES

// arch_prctl's request for a register state, and the state's number (Linux 5.16).
constexpr long request_permission = 0x1023;
constexpr long tile_data = 18;

bool processor_has_tiles() {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    const auto bit = [](unsigned value, unsigned i) { return ((value >> i) & 1U) != 0; };
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !bit(ecx, 27)) return false;  // XGETBV
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return false;
    if (!bit(edx, 22) || !bit(edx, 24)) return false;  // AMX-BF16, AMX-TILE
    unsigned low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    constexpr unsigned tile_state = 3U << 17U;  // configuration and data
    return (low & tile_state) == tile_state;
}

bool ask() {
    return processor_has_tiles() && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

// Eight tiles of 16 rows of 64 bytes.
struct alignas(64) Configuration {
    std::uint8_t palette = 1, start_row = 0;
    std::array<std::uint8_t, 14> reserved{};
    std::array<std::uint16_t, 16> row_bytes{64, 64, 64, 64, 64, 64, 64, 64};
    std::array<std::uint8_t, 16> rows{16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(Configuration) == 64);

// Compilers take a configuration and tiles for less memory than they are, or for none, and would
// put stores to it off.
void finish_stores(const void* memory) { __asm__ volatile("" ::"r"(memory) : "memory"); }

__attribute__((target("amx-tile"))) void configure() {
    const Configuration configuration;
    finish_stores(&configuration);
    _tile_loadconfig(&configuration);
}

__attribute__((target("amx-tile"))) void release() { _tile_release(); }

// Tiles 0 to 3 hold the sums: of features 0–15 and 16–31 of a with those of b.
__attribute__((target("amx-tile"))) void begin_sums(const std::uint16_t* a) {
    finish_stores(a);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
}

__attribute__((target("amx-tile"))) void store_sums(float* out) {
    constexpr int column = width * sizeof(float);
    _tile_stored(0, out, column);
    _tile_stored(1, out + side, column);
    _tile_stored(2, out + side * width, column);
    _tile_stored(3, out + side * width + side, column);
    finish_stores(out);
}

__attribute__((target("amx-tile,amx-bf16"))) void multiply_one(const std::uint16_t* a,
                                                               const std::uint16_t* b, Index steps,
                                                               float* out) {
    constexpr int row = length * sizeof(std::uint16_t);
    begin_sums(a);
    for (Index t = 0; t < steps; ++t) {
        _tile_loadd(4, a, row);
        _tile_loadd(6, b, row);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b + size, row);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, a + size, row);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        a += 2 * size;
        b += 2 * size;
    }
    store_sums(out);
}

// hi with lo, hi with hi, lo with hi: two tiles are loaded for four products.
template <bool squares>
__attribute__((target("amx-tile,amx-bf16"))) void multiply_two(const std::uint16_t* a,
                                                               const std::uint16_t* b, Index steps,
                                                               float* out) {
    constexpr int row = length * sizeof(std::uint16_t);
    begin_sums(a);
    for (Index t = 0; t < steps; ++t) {
        _tile_loadd(4, a, row);
        _tile_loadd(6, b + 2 * size, row);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b + 3 * size, row);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, a + size, row);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        _tile_loadd(6, b, row);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(2, 5, 6);
        _tile_loadd(7, b + size, row);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
        _tile_loadd(4, a + 2 * size, row);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, a + 3 * size, row);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        if constexpr (squares) {
            _tile_loadd(6, b + 2 * size, row);
            _tile_dpbf16ps(0, 4, 6);
            _tile_dpbf16ps(2, 5, 6);
            _tile_loadd(7, b + 3 * size, row);
            _tile_dpbf16ps(1, 4, 7);
            _tile_dpbf16ps(3, 5, 7);
        }
        a += 4 * size;
        b += 4 * size;
    }
    store_sums(out);
}

#else

bool ask() { return false; }
void configure() {}
void release() {}

#endif

float to_float(std::uint16_t x) { return std::bit_cast<float>(std::uint32_t{x} << 16U); }

// The same without matrix units: entry (i, j) of out += the product of feature i of b with feature j
// of a, in one step.
void add_step(const std::uint16_t* a, const std::uint16_t* b, float* out) {
    for (Index j = 0; j < width; ++j)
        for (Index i = 0; i < width; ++i) {
            const std::uint16_t* x = a + j * length;
            const std::uint16_t* y = b + i / side * size + 2 * (i % side);
            float sum = 0.0F;
            for (Index k = 0; k < length; ++k)
                sum += to_float(x[k]) * to_float(y[k / 2 * length + k % 2]);
            out[i + j * width] += sum;
        }
}

void multiply_plain(const std::uint16_t* a, const std::uint16_t* b, Index steps, Terms terms,
                    float* out) {
    std::fill(out, out + width * width, 0.0F);
    const Index pair = 2 * size, step = terms == Terms::hi ? pair : 2 * pair;
    for (Index t = 0; t < steps; ++t, a += step, b += step) {
        add_step(a, b, out);
        if (terms == Terms::hi) continue;
        add_step(a, b + pair, out);
        add_step(a + pair, b, out);
        if (terms == Terms::all) add_step(a + pair, b + pair, out);
    }
}

}  // namespace

bool available() {
    static const bool answer = ask();
    return answer;
}

Session::Session() : active_(available()) {
    if (active_) configure();
}

Session::~Session() {
    if (active_) release();
}

void multiply(const std::uint16_t* a, const std::uint16_t* b, Index steps, Terms terms,
              float* out) {
#ifdef FASTREG_TILES
    if (available()) {
        constexpr std::array kernels{&multiply_one, &multiply_two<false>, &multiply_two<true>};
        kernels[static_cast<std::size_t>(terms)](a, b, steps, out);
        return;
    }
#endif
    multiply_plain(a, b, steps, terms, out);
}

}  // namespace fastreg::tile_unit
