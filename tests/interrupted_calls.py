"""Calls that Ctrl-C ends, in a process of its own: ``python interrupted_calls.py N``.

Prints what came of each, one JSON object a line; with N threads.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import Any

import numpy as np

import fastreg
import many_calls
from fastreg import _core

KERNELS = (
    "many_responses",
    "many_problems",
    "many_arrays",
    "many_groups",
    "many_weights",
    "rolling_paths",
)
ENOUGH = 0.2  # seconds from the signal to the return


def main() -> None:
    """All long calls, each up to three times: the machine may be busy."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    begun = threading.Event()
    for name in KERNELS:
        setattr(_core, name, told(getattr(_core, name), begun))
    for name, call in many_calls.long().items():
        for delay in (0.1, 0.3, 1.0):
            found = _interrupted(call, int(sys.argv[1]), begun, delay)
            if found["late"] <= ENOUGH and found["done"] != 0:
                break
        sys.stdout.write(json.dumps({"name": name, **found}) + "\n")


def told(kernel: Any, begun: threading.Event) -> Any:
    """The kernel, which says when it is called."""

    def call(*args: Any, **options: Any) -> Any:
        begun.set()
        return kernel(*args, **options)

    return call


def _interrupted(
    call: many_calls.Call, n_threads: int, begun: threading.Event, delay: float
) -> dict[str, Any]:
    """What is left of a call that gets a signal a while after the kernel has begun."""
    begun.clear()
    sent: list[float] = []

    def send() -> None:
        begun.wait()
        time.sleep(delay)
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=send, daemon=True)  # a call may fail before
    sender.start()
    fit = call(n_threads=n_threads)
    end = time.perf_counter()
    sender.join()
    found: dict[str, Any] = {"late": end - sent[0]}
    if isinstance(fit, fastreg.StabilitySelection):
        found |= {"done": fit.n_pairs, "interrupted": fit.interrupted}
    else:
        done = np.array([status != "not run" for status in fit.status])
        found |= {
            "done": int(done.sum()),
            "not run": int((~done).sum()),
            "problems": len(fit),
            "whole": bool(np.isfinite(fit.dual_gaps[done]).all()),
            "nothing else": bool(np.isnan(fit.dual_gaps[~done]).all())
            and fit.coefs_at(0)[np.flatnonzero(~done)].nnz == 0,
            "shape": list(fit.coefs_at(0).shape),
            "interrupted": fit.interrupted,
        }
    return found


if __name__ == "__main__":
    main()
