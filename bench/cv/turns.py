"""What cross-validation takes in turns with something else, in one process.

``python -m bench.cv.turns '["threads", "lasso", 1e-6, 5, "wall"]'`` says how much two
threads gain, and an early end; ``'["gram", "tall", 1e-6, 5, "cpu"]'`` how long it takes
beside one Gram matrix of all rows. The answer is a line of JSON: medians in seconds.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.cv import fastreg as ours
from bench.cv import problems

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def threads(name: str, tol: float, reps: int, clock: str) -> dict[str, Any]:
    """With one thread and with two, and whether scores have the same bits.

    By wall-clock time, whatever the clock; processor time says what threads cost. Then
    the whole grid, and one that is stopped where scores have turned.
    """
    problem = problems.load(name)
    kinds = {
        "grid": ours.caller(problem),
        "early": ours.caller(problem, early_stop=True),
    }
    found: dict[tuple[str, int], Any] = {}

    def fit(kind: str, count: int) -> Callable[[], Any]:
        return lambda: found.update({(kind, count): kinds[kind](tol, count)})

    both = {"one": fit("grid", 1), "two": fit("grid", 2)}
    spent = in_turns(both, reps, time.perf_counter)
    cost = in_turns(both, 1, time.process_time)
    stopped = in_turns({kind: fit(kind, 1) for kind in kinds}, reps, CLOCKS[clock])
    whole, early = found["grid", 1], found["early", 1]
    return {
        **spent,
        **stopped,
        "cost": cost["two"] / cost["one"],
        "same": np.array_equal(whole.fold_scores, found["grid", 2].fold_scores),
        "same_choice": bool(abs(early.alpha / whole.alpha - 1.0) < 1e-9),
        "fitted": int(np.isfinite(early.mean_score).sum()),
    }


def gram(name: str, tol: float, reps: int, clock: str) -> dict[str, Any]:
    """One thread, also with folds of rows far apart, and Gram matrices of all rows."""
    from fastreg import GramStats

    problem = problems.load(name)
    X, y = problem.X, problem.y
    call, shuffled = ours.caller(problem), ours.caller(problem, shuffled=True)
    calls = {
        "cv": lambda: call(tol, 1),
        "shuffled": lambda: shuffled(tol, 1),
        "fastreg": lambda: GramStats.from_data(X, y),
        "numpy": lambda: X.T @ X,
    }
    return in_turns(calls, reps, CLOCKS[clock])


def in_turns(
    calls: dict[str, Callable[[], Any]], reps: int, now: Callable[[], float]
) -> dict[str, Any]:
    """Median seconds of each, after a first round that doesn't count."""
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(reps + 1):
        for name, call in calls.items():
            start = now()
            call()
            spent[name].append(now() - start)
    return {name: statistics.median(times[1:]) for name, times in spent.items()}


if __name__ == "__main__":
    kind, *arguments = json.loads(sys.argv[1])
    print(json.dumps({"threads": threads, "gram": gram}[kind](*arguments)))
