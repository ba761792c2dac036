// The element types of a matrix in memory, and how a run of elements becomes float64. This is the
// only place that knows them: everything behind a design works on float64.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fastreg/core/types.hpp"

namespace fastreg {

enum class ScalarType : std::uint8_t {
    float64,
    float32,
    int8,
    int16,
    int32,
    int64,
    uint8,  // and boolean
    uint16,
    uint32,
    uint64,
};

// out[i] = the element at data + i · stride, i < count. The stride is in bytes and may be negative.
using LoadRun = void (*)(const std::byte* data, Index stride, Index count, double* out);

LoadRun load_run(ScalarType type);

}  // namespace fastreg
