#include "fastreg/design/scalar_type.hpp"

#include <cstring>
#include <stdexcept>

namespace fastreg {

namespace {

template <class Scalar>
void load(const std::byte* data, Index stride, Index count, double* out) {
    constexpr auto size = static_cast<Index>(sizeof(Scalar));
    if (stride == size) {  // a loop that the compiler vectorises
        const auto* run = reinterpret_cast<const Scalar*>(data);
        for (Index i = 0; i < count; ++i) out[i] = static_cast<double>(run[i]);
        return;
    }
    for (Index i = 0; i < count; ++i) {
        Scalar element;
        std::memcpy(&element, data + i * stride, sizeof(Scalar));
        out[i] = static_cast<double>(element);
    }
}

}  // namespace

LoadRun load_run(ScalarType type) {
    switch (type) {
        case ScalarType::float64:
            return &load<double>;
        case ScalarType::float32:
            return &load<float>;
        case ScalarType::int8:
            return &load<std::int8_t>;
        case ScalarType::int16:
            return &load<std::int16_t>;
        case ScalarType::int32:
            return &load<std::int32_t>;
        case ScalarType::int64:
            return &load<std::int64_t>;
        case ScalarType::uint8:
            return &load<std::uint8_t>;
        case ScalarType::uint16:
            return &load<std::uint16_t>;
        case ScalarType::uint32:
            return &load<std::uint32_t>;
        case ScalarType::uint64:
            return &load<std::uint64_t>;
    }
    throw std::invalid_argument("unknown element type");
}

}  // namespace fastreg
