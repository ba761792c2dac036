// What a loop needs to run without allocating: vectors that keep their memory, and a guard that
// the tests check.
#pragma once

#include <algorithm>
#include <new>

#include "fastreg/core/types.hpp"

namespace fastreg {

// A vector whose memory stays when its size changes; it only ever grows.
class ScratchVector : public Eigen::Map<Vector> {
public:
    ScratchVector() : Map(nullptr, 0) {}
    ScratchVector(const ScratchVector&) = delete;

    void resize(Index size) {
        if (size > storage_.size()) storage_.resize(std::max<Index>(size + size / 4, 64));
        new (static_cast<Map*>(this)) Map(storage_.data(), size);
    }
    void setZero(Index size) {
        resize(size);
        Map::setZero();
    }
    // The expression must not read this vector at another size than its own.
    template <class Derived>
    ScratchVector& operator=(const Eigen::DenseBase<Derived>& other) {
        resize(other.size());
        Map::operator=(other);
        return *this;
    }
    ScratchVector& operator=(const ScratchVector& other) {
        return *this = static_cast<const Map&>(other);
    }

private:
    Vector storage_;
};

// While one is alive, Eigen must not allocate. Checked in the C++ tests, which are built with
// EIGEN_RUNTIME_NO_MALLOC; costs nothing elsewhere.
class HotLoop {
public:
#ifdef EIGEN_RUNTIME_NO_MALLOC
    HotLoop() { Eigen::internal::set_is_malloc_allowed(false); }
    ~HotLoop() { Eigen::internal::set_is_malloc_allowed(true); }
#else
    HotLoop() {}
    ~HotLoop() {}
#endif
    HotLoop(const HotLoop&) = delete;
    HotLoop& operator=(const HotLoop&) = delete;
};

}  // namespace fastreg
