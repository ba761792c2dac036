"""How many threads a fit uses when the caller leaves that open."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fastreg import _core, _validation

CGROUP = Path("/sys/fs/cgroup")
# Entries of X below which handing out the work costs more than it saves.
SMALL = 1 << 21
# Threads beyond so many are not started, whoever asks for them.
MOST = 1024

# Calls of the other threads, which a forked process doesn't have.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _core.calls_in_progress(reset=True))


def n_threads_for(n_threads: Any, n_entries: int) -> int:
    """The number asked for; None is 1 for small data, else what there is.

    Calls that other threads of Python have in progress share the processors, so that a
    loop by joblib's threads doesn't ask for threads times threads.
    """
    if n_threads is not None:
        return min(_validation.check_count(n_threads, "n_threads"), MOST)
    if n_entries < SMALL:
        return 1
    return max(1, available_threads() // (1 + _core.calls_in_progress()))


def available_threads() -> int:
    """Processors that this process may use.

    The smallest of its affinity, the quota of its control group (as containers set)
    and the environment variable OMP_NUM_THREADS.
    """
    limits = [_affinity(), _quota(CGROUP), _from_environment()]
    return max(1, min(limit for limit in limits if limit is not None))


def _affinity() -> int:
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _from_environment() -> int | None:
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(first) if first.isdigit() and int(first) > 0 else None


def _quota(root: Path) -> int | None:
    """Processors' worth of time that the control group gets, rounded up."""
    try:
        quota, period = (root / "cpu.max").read_text().split()
    except (OSError, ValueError):  # version 1, or no control groups
        try:
            quota = (root / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (root / "cpu" / "cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        return -(-int(quota) // int(period)) if int(quota) > 0 else None
    except ValueError:  # "max": no limit
        return None
