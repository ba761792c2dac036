"""Memory of many problems, in a process of its own: ``python many_memory.py N``.

Prints for each function, with N threads: the numbers of problems, the bytes by which
the process grew at most during a call about them, and the bytes of its result.
"""

from __future__ import annotations

import ctypes
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import fastreg
import many_calls

NAMES = (
    "fit_many",
    "fit_many, missing",
    "fit_groups",
    "fit_batch",
    "fit_rolling",
    "bootstrap",
    "stability_selection",
)


def main() -> None:
    """Each call with fewer and more problems, after one that loads what it needs."""
    for name, call in calls().items():
        call(32, 4)
        few, many = (grown(call, m, int(sys.argv[1])) for m in (130, 400))
        sys.stdout.write(json.dumps([name, few, many]) + "\n")


def calls() -> dict[str, many_calls.Call]:
    """Calls of a number of problems and of threads. X is 8 MB."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 2000))
    Y = X[:, :400] + 0.3 * rng.standard_normal((500, 400))
    gaps = Y.copy()
    gaps[np.arange(400), np.arange(400)] = np.nan
    tall = rng.standard_normal((50_000, 20))
    y = tall[:, 0] + rng.standard_normal(50_000)
    strong: dict[str, Any] = {"alpha": 0.5}
    return {
        "fit_many": lambda m, k: fastreg.fit_many(X, Y[:, :m], **strong, n_threads=k),
        "fit_many, missing": lambda m, k: fastreg.fit_many(
            X, gaps[:, :m], **strong, n_threads=k
        ),
        "fit_groups": lambda m, k: fastreg.fit_groups(
            tall, y, np.arange(50_000) % m, **strong, n_threads=k
        ),
        "fit_batch": lambda m, k: fastreg.fit_batch(
            tall.reshape(500, 100, 20)[:m],
            y.reshape(500, 100)[:m],
            **strong,
            n_threads=k,
        ),
        "fit_rolling": lambda m, k: fastreg.fit_rolling(
            tall, y, 5000, step=45_000 // (m - 1), **strong, n_threads=k
        ),
        "bootstrap": lambda m, k: fastreg.bootstrap(
            X, Y[:, 0], m, **strong, n_threads=k
        ),
        "stability_selection": lambda m, k: fastreg.stability_selection(
            X, Y[:, 0], n_pairs=m // 2, alphas=3, eps=0.5, n_threads=k
        ),
    }


def grown(call: many_calls.Call, m: int, n_threads: int) -> list[int]:
    """What the peak is above the memory before."""
    ctypes.CDLL(None).malloc_trim(0)  # what is free, and still here, would hide it
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before = memory("VmRSS:")
    found = call(m, n_threads)
    return [m, memory("VmHWM:") - before, len(many_calls.bits(found))]


def memory(what: str) -> int:
    """Bytes, as the system has them."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what):
            return 1024 * int(line.split()[1])
    raise KeyError(what)


if __name__ == "__main__":
    main()
