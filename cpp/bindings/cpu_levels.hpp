// Which instruction-set levels run here. Built with baseline flags only: a module that is compiled
// for AVX can die of an illegal instruction before its first line of ours runs.
//
// The levels are those of the x86-64 psABI, which -march=x86-64-v3 and -v4 allow the compiler to
// use in full; so every feature of the level is tested, not just the best known one. A feature
// counts only if the operating system saves its registers too (XCR0, read by XGETBV): virtual
// machines and kernels may mask AVX while CPUID still reports it.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#if defined(__x86_64__) || (defined(_M_X64) && !defined(_M_ARM64EC))
#define FASTREG_X86_64 1
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace fastreg::cpu {

struct Feature {
    const char* name;
    const char* level;  // the first level that needs it
    bool present;
};

#ifdef FASTREG_X86_64

struct Registers {
    std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

inline Registers cpuid(std::uint32_t leaf) {
    Registers r;
#if defined(_MSC_VER)
    std::array<int, 4> raw{};
    __cpuid(raw.data(), static_cast<int>(leaf & 0x80000000U));
    if (static_cast<std::uint32_t>(raw[0]) >= leaf) {
        __cpuidex(raw.data(), static_cast<int>(leaf), 0);
        r = {static_cast<std::uint32_t>(raw[0]), static_cast<std::uint32_t>(raw[1]),
             static_cast<std::uint32_t>(raw[2]), static_cast<std::uint32_t>(raw[3])};
    }
#else
    // Leaves the registers at zero if the processor does not have this leaf.
    __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
#endif
    return r;
}

// The register states that the operating system saves. Only valid if CPUID reports OSXSAVE.
inline std::uint64_t read_xcr0() {
#if defined(_MSC_VER)
    return _xgetbv(0);
#else
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<std::uint64_t>(high) << 32U) | low;
#endif
}

inline std::vector<Feature> detect_features() {
    const Registers leaf1 = cpuid(1);
    const Registers leaf7 = cpuid(7);
    const Registers extended = cpuid(0x80000001U);
    const auto bit = [](std::uint32_t value, unsigned i) { return ((value >> i) & 1U) != 0; };

    const bool osxsave = bit(leaf1.ecx, 27);
    const std::uint64_t xcr0 = osxsave ? read_xcr0() : 0;
    constexpr std::uint64_t ymm_state = 0x06;  // SSE and AVX
    constexpr std::uint64_t zmm_state = 0xe6;  // the same, opmask and both halves of ZMM
    const bool os_ymm = (xcr0 & ymm_state) == ymm_state;
    const bool os_zmm = (xcr0 & zmm_state) == zmm_state;

    return {
        {"sse3", "v3", bit(leaf1.ecx, 0)},
        {"ssse3", "v3", bit(leaf1.ecx, 9)},
        {"cmpxchg16b", "v3", bit(leaf1.ecx, 13)},
        {"sse4.1", "v3", bit(leaf1.ecx, 19)},
        {"sse4.2", "v3", bit(leaf1.ecx, 20)},
        {"popcnt", "v3", bit(leaf1.ecx, 23)},
        {"lahf", "v3", bit(extended.ecx, 0)},
        {"avx", "v3", os_ymm && bit(leaf1.ecx, 28)},
        {"avx2", "v3", os_ymm && bit(leaf7.ebx, 5)},
        {"bmi1", "v3", bit(leaf7.ebx, 3)},
        {"bmi2", "v3", bit(leaf7.ebx, 8)},
        {"f16c", "v3", os_ymm && bit(leaf1.ecx, 29)},
        {"fma", "v3", os_ymm && bit(leaf1.ecx, 12)},
        {"lzcnt", "v3", bit(extended.ecx, 5)},
        {"movbe", "v3", bit(leaf1.ecx, 22)},
        {"avx512f", "v4", os_zmm && bit(leaf7.ebx, 16)},
        {"avx512bw", "v4", os_zmm && bit(leaf7.ebx, 30)},
        {"avx512cd", "v4", os_zmm && bit(leaf7.ebx, 28)},
        {"avx512dq", "v4", os_zmm && bit(leaf7.ebx, 17)},
        {"avx512vl", "v4", os_zmm && bit(leaf7.ebx, 31)},
    };
}

#else

inline std::vector<Feature> detect_features() { return {}; }

#endif

// Slowest first. Each level includes the one before it.
inline std::vector<std::string> supported_levels() {
    const std::vector<Feature> detected = detect_features();
    std::vector<std::string> levels{"baseline"};
    for (const char* level : {"v3", "v4"}) {
        bool complete = !detected.empty();
        for (const Feature& feature : detected) {
            if (feature.level == std::string_view(level)) {
                complete = complete && feature.present;
            }
        }
        if (!complete) {
            break;
        }
        levels.emplace_back(level);
    }
    return levels;
}

}  // namespace fastreg::cpu
