#include "fastreg/batch/task_runner.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "fastreg/batch/start_threads.hpp"

namespace fastreg {

namespace {

using Task = std::function<void(Index, const std::function<bool()>&)>;

// How often the caller's thread looks up.
constexpr auto beat = std::chrono::milliseconds(20);

class Crew {
public:
    Crew(Index n_threads, Index n_tasks, const Task& task)
        : n_tasks_(n_tasks), busy_(n_threads), task_(task), first_error_(n_tasks) {
        start_threads(threads_, n_threads, [this] { work(); });
        const std::lock_guard lock(mutex_);
        busy_ -= n_threads - static_cast<Index>(threads_.size());
    }
    ~Crew() {
        for (std::thread& thread : threads_) thread.join();
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    bool empty() const { return threads_.empty(); }

    void wait(const std::function<bool()>& interrupted) {
        std::unique_lock lock(mutex_);
        while (!done_.wait_for(lock, beat, [this] { return busy_ == 0; })) {
            lock.unlock();
            if (!stopped_ && interrupted()) stopped_ = interrupted_ = true;
            lock.lock();
        }
        if (error_) std::rethrow_exception(error_);
    }
    bool interrupted() const { return interrupted_; }

private:
    void work() {
        const std::function<bool()> stopped = [this] { return stopped_.load(); };
        for (Index k = next_++; k < n_tasks_ && !stopped_; k = next_++) {
            try {
                task_(k, stopped);
            } catch (...) {
                keep_error(k);
            }
        }
        const std::lock_guard lock(mutex_);
        if (--busy_ == 0) done_.notify_one();
    }

    void keep_error(Index k) {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        if (k > first_error_) return;
        first_error_ = k;
        error_ = std::current_exception();
    }

    Index n_tasks_;
    Index busy_;  // threads that have not finished
    const Task& task_;
    std::atomic<Index> next_ = 0;
    std::atomic<bool> stopped_ = false;
    bool interrupted_ = false;
    std::mutex mutex_;
    std::condition_variable done_;
    Index first_error_;
    std::exception_ptr error_;
    std::vector<std::thread> threads_;  // last: they use the others
};

}  // namespace

bool run_tasks(Index n_threads, Index n_tasks, const Task& task,
               const std::function<bool()>& interrupted) {
    if (std::min(n_threads, n_tasks) > 1) {
        Crew crew(std::min(n_threads, n_tasks), n_tasks, task);
        if (!crew.empty()) {
            crew.wait(interrupted);
            return !crew.interrupted();
        }
    }
    bool stopped = false;
    const std::function<bool()> poll = [&] { return stopped = stopped || interrupted(); };
    for (Index k = 0; k < n_tasks && !poll(); ++k) task(k, poll);
    return !stopped;
}

}  // namespace fastreg
