// The matrix units of x86-64 processors (AMX): products of 16 × 32 tiles of bfloat16, summed in
// float32. This is the only place that knows of them.
#pragma once

#include <cstdint>

#include "fastreg/core/types.hpp"

namespace fastreg::tile_unit {

// What is summed, for entries of one part or of two: hi·hi; with hi·lo + lo·hi; with lo·lo.
enum class Terms : std::uint8_t { hi, mixed, all };

inline constexpr Index side = 16;             // entries in a column of a tile
inline constexpr Index length = 32;           // entries in a row: the depth of a step
inline constexpr Index size = side * length;  // entries of a tile
inline constexpr Index width = 2 * side;      // features of a pair of tiles

// True if they can be used. Linux grants their registers on request, once for a process and all its
// threads: the first call asks. Always false where the core is compiled for less than AVX-512.
bool available();

// Sets the calling thread's tile registers up while it lives; cleared, they cost nothing when
// threads are switched.
class Session {
public:
    Session();
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

private:
    bool active_;
};

// out (width × width, column-major) = B A, where the rows of B and the columns of A are `width`
// features each, over steps of `length` rows of data. A step of a is a pair of tiles, where a
// feature is a row; a step of b is a pair, too, but each transposed as a 16 × 16 matrix of pairs.
// Entries of two parts have hi, hi, lo, lo in a step. Needs a Session.
void multiply(const std::uint16_t* a, const std::uint16_t* b, Index steps, Terms terms, float* out);

}  // namespace fastreg::tile_unit
