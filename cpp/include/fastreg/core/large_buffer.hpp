// Scratch memory of many megabytes. Where the system gives huge pages to who asks, such memory comes in
// few of them: thousands of first accesses to small pages would take as long as a good part of the
// products that are put there. LargeBuffer is no part of the heap; of what is on the heap, pages that a
// large matrix fills can be asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include "fastreg/core/types.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace fastreg {

inline constexpr std::size_t huge_page = std::size_t{1} << 21;  // bytes

// Asks for huge pages for numbers that were allocated and not touched yet, if they are many.
template <class Scalar>
void prefer_huge_pages([[maybe_unused]] Scalar* data, [[maybe_unused]] Index size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const auto begin =
        (reinterpret_cast<std::uintptr_t>(data) + huge_page - 1) / huge_page * huge_page;
    const auto end = reinterpret_cast<std::uintptr_t>(data + size) / huge_page * huge_page;
    if (begin < end) (void)madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

// Room for numbers, aligned for the widest packets and not initialised.
template <class Scalar>
class LargeBuffer {
public:
    explicit LargeBuffer(Index size) : bytes_(static_cast<std::size_t>(size) * sizeof(Scalar)) {
        if (is_large())
            map();
        else
            data_ = static_cast<Scalar*>(Eigen::internal::aligned_malloc(bytes_));
    }
    ~LargeBuffer() {
        if (is_large())
            unmap();
        else
            Eigen::internal::aligned_free(data_);
    }
    LargeBuffer(const LargeBuffer&) = delete;
    LargeBuffer& operator=(const LargeBuffer&) = delete;

    Scalar* data() { return data_; }
    const Scalar* data() const { return data_; }
    // Whether it is zeros at first, as memory from the system is.
    bool begins_as_zeros() const { return is_large(); }

private:
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    bool is_large() const { return bytes_ >= 2 * huge_page; }
    void map() {
        mapped_ = mmap(nullptr, bytes_ + huge_page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped_ == MAP_FAILED) throw std::bad_alloc();
        const auto begin =
            (reinterpret_cast<std::uintptr_t>(mapped_) + huge_page - 1) / huge_page * huge_page;
        data_ = reinterpret_cast<Scalar*>(begin);
        // A refusal changes nothing but the time.
        (void)madvise(data_, bytes_, MADV_HUGEPAGE);
    }
    void unmap() { munmap(mapped_, bytes_ + huge_page); }

    void* mapped_ = nullptr;
#else
    bool is_large() const { return false; }
    void map() {}
    void unmap() {}
#endif
    std::size_t bytes_;
    Scalar* data_ = nullptr;
};

}  // namespace fastreg
