#include "fastreg/batch/thread_pool.hpp"

#include <utility>

#include "fastreg/batch/start_threads.hpp"

namespace fastreg {

ThreadPool::ThreadPool(Index n_threads) {
    start_threads(threads_, n_threads - 1, [this] { work(); });
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    start_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run(Index n_parts, const std::function<void(Index)>& part) {
    if (threads_.empty()) {
        for (Index k = 0; k < n_parts; ++k) part(k);
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        part_ = &part;
        n_parts_ = n_parts;
        next_ = 0;
        busy_ = static_cast<Index>(threads_.size());
        ++piece_;
    }
    start_.notify_all();
    take_parts();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::work() {
    Index seen = 0;
    while (true) {
        {
            std::unique_lock lock(mutex_);
            start_.wait(lock, [&] { return ended_ || piece_ != seen; });
            if (ended_) return;
            seen = piece_;
        }
        take_parts();
        const std::lock_guard lock(mutex_);
        if (--busy_ == 0) done_.notify_one();
    }
}

void ThreadPool::take_parts() {
    for (Index k = next_++; k < n_parts_; k = next_++) {
        try {
            (*part_)(k);
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!error_) error_ = std::current_exception();
            next_ = n_parts_;
        }
    }
}

}  // namespace fastreg
