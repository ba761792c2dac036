"""Many problems at once: threads don't show in results, and are as many as told."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import fastreg
import many_calls
from fastreg import _core
from fastreg._many_progress import ManyProgress
from fastreg._threads import n_threads_for

SMALL, MEDIUM = many_calls.small(), many_calls.medium()
each_call = pytest.mark.parametrize("name", SMALL)
TASKS = Path("/proc/self/task")
needs_proc = pytest.mark.skipif(not TASKS.exists(), reason="counts threads in /proc")


@each_call
def test_any_number_of_threads_gives_the_same_bits(name):
    one, two, four = (SMALL[name](n_threads=k) for k in (1, 2, 4))
    assert many_calls.bits(one) == many_calls.bits(two) == many_calls.bits(four)


@each_call
def test_the_default_is_the_same_bits_too(name):
    assert many_calls.bits(SMALL[name]()) == many_calls.bits(SMALL[name](n_threads=1))


def test_calls_from_several_python_threads_do_not_disturb_each_other():
    alone = {name: many_calls.bits(call(n_threads=1)) for name, call in SMALL.items()}
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            (name, pool.submit(call, n_threads=k))
            for k in (1, 2, 1)
            for name, call in SMALL.items()
        ]
        for name, job in jobs:
            assert many_calls.bits(job.result(timeout=120)) == alone[name], name


# --- the GIL ---------------------------------------------------------------------


def silence(call):
    """The longest time in which another thread had no say, and that of the call."""
    ticks, ended = [], threading.Event()

    def tick():
        while not ended.is_set():
            ticks.append(time.perf_counter())
            time.sleep(1e-4)  # well below the milliseconds that the call takes

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    call()
    end = time.perf_counter()
    ended.set()
    thread.join()
    times = [start, *(tick for tick in ticks if start < tick < end), end]
    return max(np.diff(times)), end - start


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("name", MEDIUM)
def test_other_python_threads_go_on(name, n_threads):
    call = MEDIUM[name]
    shares = []
    for _ in range(5):  # the machine may be busy with something else
        longest, whole = silence(lambda: call(n_threads=n_threads))
        shares.append(longest / whole)
        if shares[-1] < 0.5:
            return
    pytest.fail(f"another thread was silent for {min(shares):.0%} of the call")


@pytest.mark.skipif(
    not hasattr(sys, "_is_gil_enabled"), reason="since Python 3.13 there is a switch"
)
def test_kernels_do_not_bring_the_gil_back():
    # A free-threaded Python that loads a module without the slot turns the GIL on.
    code = "import sys, fastreg; print(sys._is_gil_enabled())"
    command = [sys.executable, "-Xgil=0", "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "config" in done.stderr:
        pytest.skip("this Python is not free-threaded")
    assert done.stdout == "False\n", done.stderr


# --- how many threads ------------------------------------------------------------


def n_tasks():
    return len(list(TASKS.iterdir()))


def most_threads(call):
    """How many threads the process had more during a call, at most."""
    counts, seen = [], threading.Event()
    ended, started = threading.Event(), threading.Event()

    def count():
        before = []
        for _ in range(5):  # a thread that was joined may be there a little longer
            before.append(n_tasks())
            time.sleep(1e-3)
        counts.append(min(before))
        started.set()
        while not ended.is_set():
            counts.append(n_tasks())
            seen.set()
            time.sleep(5e-4)

    thread = threading.Thread(target=count)
    thread.start()
    started.wait()
    call()
    ended.set()
    thread.join()
    assert seen.is_set()
    return max(counts) - counts[0]


def check_threads(call, n_threads):
    # With one, the caller's does the work; with more, it waits for them.
    extra = 0 if n_threads == 1 else n_threads
    for _ in range(3):  # who counts may be late on a busy machine
        most = most_threads(call)
        assert most <= extra
        if most == extra:
            return
    pytest.fail(f"{most} threads at work, expected {extra}")


@needs_proc
@pytest.mark.parametrize("n_threads", [1, 2, 4])
@pytest.mark.parametrize("name", MEDIUM)
def test_no_more_threads_than_told(name, n_threads):
    check_threads(lambda: MEDIUM[name](n_threads=n_threads), n_threads)


@needs_proc
@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("name", MEDIUM)
def test_the_default_keeps_to_the_limit(name, limit, monkeypatch):
    monkeypatch.setattr("fastreg._threads._affinity", lambda: 8)
    monkeypatch.setattr("fastreg._threads._quota", lambda _: None)
    monkeypatch.setattr("fastreg._threads.SMALL", 0)
    monkeypatch.setenv("OMP_NUM_THREADS", str(limit))
    check_threads(MEDIUM[name], limit)


def test_calls_at_the_same_time_share_the_default(monkeypatch):
    monkeypatch.setattr("fastreg._threads.available_threads", lambda: 6)
    monkeypatch.setattr("fastreg._threads.SMALL", 0)
    assert _core.calls_in_progress() == 0
    assert n_threads_for(None, 1) == 6
    during = []

    def look(_):  # in the middle of a kernel
        during.append((_core.calls_in_progress(), n_threads_for(None, 1)))

    X = np.random.default_rng(0).standard_normal((50, 5))
    fastreg.path(X, X[:, 0], callback=look, n_threads=1)
    assert set(during) == {(1, 3)}
    assert _core.calls_in_progress() == 0
    assert n_threads_for(4, 1) == 4


@needs_proc
def test_threads_end_with_the_call():
    before = n_tasks()
    for call in SMALL.values():
        call(n_threads=4)
        for _ in range(100):  # a thread that was joined may be there a little longer
            if n_tasks() <= before:
                break
            time.sleep(0.01)
        else:
            pytest.fail("threads are left")


# The limit of a process before it begins is the size of its threads' stacks.
LARGE_STACKS = """
import os, resource, sys
hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
resource.setrlimit(resource.RLIMIT_STACK, (1 << 30, hard))
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""
# Memory is left for all that calls need, but not for such a stack.
NO_THREADS = """
import resource, threading
import many_calls
small, bits = many_calls.small(), many_calls.bits
alone = {name: bits(call(n_threads=1)) for name, call in small.items()}
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (256 << 20), resource.RLIM_INFINITY))
try:
    threading.Thread(target=print).start()
except RuntimeError:
    print("none")
for name, call in small.items():
    print(name, bits(call(n_threads=4)) == alone[name])
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")
def test_where_no_thread_can_be_started_the_callers_does_the_work():
    done = subprocess.run(
        [sys.executable, "-c", LARGE_STACKS, NO_THREADS],
        cwd=Path(__file__).parent,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["none", *(f"{name} True" for name in SMALL)]


# --- progress --------------------------------------------------------------------


@each_call
def test_progress_goes_to_the_last(name, monkeypatch):
    told = []
    monkeypatch.setattr(ManyProgress, "__call__", lambda _, done: told.append(done))
    fit = SMALL[name](progress=True, n_threads=2)
    stable = isinstance(fit, fastreg.StabilitySelection)
    assert told == sorted(told)
    assert told[-1] == (2 * fit.n_pairs if stable else len(fit))
