// Eigen's packets, for the few loops that are written in them. To be included by source files only.
#pragma once

#include "fastreg/core/types.hpp"

// The attributes of vector types say nothing as template arguments; and GCC's own AVX-512 intrinsics
// read a variable that they leave unset on purpose (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wignored-attributes"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace fastreg {

namespace simd = Eigen::internal;

template <class Scalar>
using PacketOf = typename simd::packet_traits<Scalar>::type;
// Numbers in a packet.
template <class Scalar>
inline constexpr int lanes_of = simd::unpacket_traits<PacketOf<Scalar>>::size;

}  // namespace fastreg
