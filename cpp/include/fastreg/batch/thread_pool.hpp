// A few threads that share the parts of one piece of work after another.
//
// What a part computes must not depend on who computes it or when: pieces are cut by their size
// alone, never by the number of threads, so results are the same to the bit for any number.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "fastreg/core/types.hpp"

namespace fastreg {

class ThreadPool {
public:
    // n_threads counts the caller's, which works along: 1 starts none. There may be fewer.
    explicit ThreadPool(Index n_threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    // How many threads work, the caller's counted.
    Index size() const { return static_cast<Index>(threads_.size()) + 1; }

    // part(k) for k < n_parts, each once; returns when all are done. What one of them throws is
    // thrown here. Parts must not call run().
    void run(Index n_parts, const std::function<void(Index)>& part);

private:
    void work();
    void take_parts();

    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable start_, done_;
    const std::function<void(Index)>* part_ = nullptr;
    Index n_parts_ = 0;
    std::atomic<Index> next_ = 0;
    Index busy_ = 0;   // threads that have not finished this piece
    Index piece_ = 0;  // counts the pieces, so that a thread sees a new one
    bool ended_ = false;
    std::exception_ptr error_;
};

// f(first, count) for runs of at most `length` of `total` things; without a pool one after another.
template <class F>
void for_each_run(ThreadPool* pool, Index total, Index length, F f) {
    const Index n_runs = (total + length - 1) / length;
    const auto run = [&](Index k) { f(k * length, std::min(length, total - k * length)); };
    if (pool && n_runs > 1)
        pool->run(n_runs, run);
    else
        for (Index k = 0; k < n_runs; ++k) run(k);
}

}  // namespace fastreg
