"""Microseconds of a call for tiny data: ``python -m bench.ridge.calls '["cpu", 99]'``.

fastreg.ridge and scikit-learn's Ridge take turns in one process, 99 of them, each for
some calls one after the other, as in a loop over many small problems; the answer is a
line of JSON with the median time of a call.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import numpy as np

TURNS = 100
CALLS = 30  # in a turn


def measure(
    clock: str, turns: int = TURNS, n: int = 100, p: int = 10
) -> dict[str, float]:
    """Medians in microseconds, and how far the coefficients are from each other."""
    from sklearn.linear_model import Ridge

    import fastreg

    rng = np.random.default_rng(5)
    X = np.asfortranarray(rng.standard_normal((n, p)))
    y = X @ rng.standard_normal(p) + rng.standard_normal(n)
    tick = time.thread_time_ns if clock == "cpu" else time.perf_counter_ns
    ours: list[int] = []
    theirs: list[int] = []
    for _ in range(turns):
        start = tick()
        for _ in range(CALLS):
            fastreg.ridge(X, y, 1.0)
        ours.append(tick() - start)
        start = tick()
        for _ in range(CALLS):
            model = Ridge(1.0).fit(X, y)
        theirs.append(tick() - start)
    same = fastreg.ridge(X, y, 1.0 / n, standardize=False)
    error = np.linalg.norm(same.coef - model.coef_) / np.linalg.norm(model.coef_)
    return {
        "fastreg": statistics.median(ours) / CALLS / 1e3,
        "sklearn": statistics.median(theirs) / CALLS / 1e3,
        "error": float(error),
    }


if __name__ == "__main__":
    print(json.dumps(measure(*json.loads(sys.argv[1]))))
