// Threads, or as many of them as the system has to give.
#pragma once

#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

// Appends `count` threads that run work(); fewer where the system refuses one, for want of memory
// or by a limit. Whoever has a thread that could work along loses nothing but time.
template <class F>
void start_threads(std::vector<std::thread>& threads, Index count, F work) {
    try {
        threads.reserve(threads.size() + static_cast<std::size_t>(count));
        for (Index k = 0; k < count; ++k) threads.emplace_back(work);
    } catch (const std::system_error&) {
        return;
    } catch (const std::bad_alloc&) {
        return;
    }
}

}  // namespace fastreg
