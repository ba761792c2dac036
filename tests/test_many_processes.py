"""Many problems at once in other processes and threads: joblib's, and forked ones."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading

import joblib
import pytest

import many_calls
from fastreg import _threads

SMALL = many_calls.small()
NAMES = list(SMALL)
forks = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="there is no fork, or it is not safe"
)


@pytest.fixture(scope="module")
def expected():
    return {name: many_calls.bits(call(n_threads=1)) for name, call in SMALL.items()}


# --- joblib ----------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_under_joblib(expected, backend):
    for call in SMALL.values():  # the parent has used threads before
        call(n_threads=2)
    with joblib.parallel_config(backend, n_jobs=2):
        found = joblib.Parallel()(
            joblib.delayed(many_calls.bits_of)(name, n_threads)
            for name in NAMES
            for n_threads in (None, 2)
        )
    assert found == [expected[name] for name in NAMES for _ in range(2)]


@pytest.mark.parametrize("limit", [1, 3])
def test_the_limit_of_joblib_is_kept(limit, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=limit):
        found = joblib.Parallel()(joblib.delayed(many_calls.limits)() for _ in range(4))
    for from_environment, available in found:
        assert from_environment == limit
        assert 1 <= available <= limit


def test_processes_of_joblib_share_the_processors(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    n_jobs = 2
    with joblib.parallel_config("loky", n_jobs=n_jobs):
        found = joblib.Parallel()(joblib.delayed(many_calls.limits)() for _ in range(4))
    assert {limit for limit, _ in found} == {max(1, joblib.cpu_count() // n_jobs)}


# --- forked processes ------------------------------------------------------------


def answer_of_a_fork(name, n_threads):
    """What a forked process computes; it must neither hang nor crash."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def child():
        sender.send(many_calls.bits(SMALL[name](n_threads=n_threads)))

    process = context.Process(target=child)
    process.start()
    try:
        assert receiver.poll(60.0), "the forked process hangs or has crashed"
        found = receiver.recv()
        process.join(60.0)
        assert process.exitcode == 0
    finally:
        process.kill()
        process.join()
    return found


@forks
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("name", NAMES)
def test_after_a_fork(expected, name):
    SMALL[name](n_threads=3)
    assert answer_of_a_fork(name, 2) == expected[name]
    assert many_calls.bits(SMALL[name](n_threads=2)) == expected[name]


@forks
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_threads_are_at_work(expected):
    ended = threading.Event()

    def work():
        while not ended.is_set():
            SMALL["fit_many"](n_threads=3)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(5):
            assert answer_of_a_fork("fit_groups", 2) == expected["fit_groups"]
    finally:
        ended.set()
        thread.join()


# --- limits ----------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="sets the affinity")
def test_the_affinity_is_kept(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert _threads.available_threads() == 1
    finally:
        os.sched_setaffinity(0, before)
