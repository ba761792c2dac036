// Every task runs once, whoever runs it; an error and an interruption end the rest.
#include "fastreg/batch/task_runner.hpp"

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>

#include "check.hpp"

namespace {

using fastreg::Index;
using Poll = std::function<bool()>;

const Poll never = [] { return false; };

void test_all_once(Index n_threads) {
    std::array<std::atomic<int>, 50> runs{};
    const bool done = fastreg::run_tasks(
        n_threads, 50, [&](Index k, const Poll&) { ++runs[static_cast<std::size_t>(k)]; }, never);
    check::that(done, "all done");
    for (const auto& count : runs) check::that(count == 1, "each once");
}

void test_error(Index n_threads) {
    std::string caught;
    try {
        fastreg::run_tasks(
            n_threads, 20,
            [](Index k, const Poll&) {
                if (k == 3) throw std::runtime_error("task 3");
            },
            never);
    } catch (const std::runtime_error& error) {
        caught = error.what();
    }
    check::that(caught == "task 3", "what a task throws is thrown");
}

// Tasks that would never end by themselves.
void test_interruption(Index n_threads) {
    std::atomic<int> polls = 0;
    const auto caller = std::this_thread::get_id();
    bool foreign = false;
    const bool done = fastreg::run_tasks(
        n_threads, 4,
        [](Index, const Poll& stopped) {
            while (!stopped()) std::this_thread::yield();
        },
        [&] {
            foreign = foreign || std::this_thread::get_id() != caller;
            return ++polls > 2;
        });
    check::that(!done, "interrupted");
    check::that(!foreign, "only the caller's thread asks");
}

}  // namespace

int main() {
    for (Index n_threads : {1, 2, 5}) {
        test_all_once(n_threads);
        test_error(n_threads);
        test_interruption(n_threads);
    }
    return check::report("task_runner");
}
