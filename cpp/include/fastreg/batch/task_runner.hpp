// Tasks that threads take one after another, while the caller's thread listens for an interruption.
#pragma once

#include <atomic>
#include <functional>

#include "fastreg/core/types.hpp"

namespace fastreg {

// task(k, stopped) for every k < n_tasks, each once. `stopped` says whether to give up; tasks poll
// it. With one thread the caller's does the work and polls `interrupted` itself; with several it
// only polls, and is the only one that does; there may be fewer than n_threads. Returns whether all
// were done without interruption. What a task throws ends the others and is thrown here: that of
// the smallest k, if several do.
bool run_tasks(Index n_threads, Index n_tasks,
               const std::function<void(Index, const std::function<bool()>&)>& task,
               const std::function<bool()>& interrupted);

}  // namespace fastreg
