"""Ways of packages that need an interpreter of their own.

``python -m bench.many.peers '[package, row, scale, threads, reps]'`` measures one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.many import problems
from bench.many.judge import CHECKED, TARGET, Answer, at_one_alpha
from bench.many.problems import Problems
from bench.many.timing import Way, timed

PROBLEMS = {
    "responses": problems.responses,
    "paths": problems.responses,
    "batch": problems.batch,
    "groups": problems.groups,
    "ridge": problems.ridge,
    "samples": problems.samples,
}


def blitzl1(made: Problems, row: str, n_threads: int) -> Way:  # noqa: ARG001
    """A loop of problems; its tolerance is relative to the objective."""
    from bench.solvers.blitzl1 import mended

    package = mended()
    package.set_tolerance(TARGET)
    package.set_use_intercept(made.intercept)
    part = range(min(made.count, max(2, made.count // 5)))

    def run() -> Any:
        found = []
        for i in part:
            X, y = made.one(i)
            solved = package.LassoProblem(X, y).solve(made.alpha_of(i) * len(y))
            found.append(np.array(solved.x))
        return found

    return Way(
        "blitzl1, loop of LassoProblem",
        run,
        lambda found: at_one_alpha(made, found),
        len(part) / made.count,
    )


def celer(made: Problems, row: str, n_threads: int) -> Way:  # noqa: ARG001
    """A loop of celer_path; copies of the rows where there are weights."""
    from celer import celer_path

    part = range(min(made.count, max(2, made.count // 25)))
    if made.weights is not None:
        part = part[: len(made.weights)]
    grid: dict[str, Any] = {"n_alphas": 100, "eps": 1e-2}
    common = {"tol": TARGET / 2, "max_iter": 200, "prune": 1}

    def prepared(i: int) -> Any:
        X, y = made.one(i)
        if made.weights is None:
            return X, y
        rows = np.repeat(np.arange(len(y)), made.weights[i].astype(int))
        X, y = X[rows], y[rows]
        return np.asfortranarray(X - X.mean(axis=0)), y - y.mean()

    def run() -> Answer:
        found = []
        for i in part:
            asked = grid if row == "paths" else {"alphas": [made.alpha_of(i)]}
            path = celer_path(*prepared(i), "lasso", **common, **asked)
            found.append((path[1], path[0]))
        return found

    return Way("celer, loop of celer_path", run, list, len(part) / made.count)


def polars_ols(made: Problems, row: str, n_threads: int) -> Way:
    """A group_by; its strengths are scikit-learn's."""
    os.environ["POLARS_MAX_THREADS"] = str(n_threads)
    import polars as pl
    import polars_ols as pls

    X, p = made.arrays["X"], made.arrays["X"].shape[1]
    names = [f"x{j}" for j in range(p)]
    frame = pl.DataFrame(
        {name: X[:, j] for j, name in enumerate(names)}
        | {"y": made.arrays["y"], "group": made.arrays["labels"]}
    )
    features = [pl.col(name) for name in names]
    options = {"alpha": 20.0, "l1_ratio": 0.0}
    if row != "ridge":
        options = {
            "alpha": made.alpha_of(0),
            "l1_ratio": made.l1_ratio,
            "tol": TARGET,
            "max_iter": 100_000,
        }
    fit = pls.compute_least_squares(
        pl.col("y"),
        *features,
        mode="coefficients",
        ols_kwargs=pls.OLSKwargs(**options),
    )

    def run() -> Any:
        return frame.group_by("group").agg(fit.first().alias("coefs"))

    def answer(found: Any) -> Answer:
        first = found.sort("group").head(CHECKED).unnest("coefs").select(names)
        return at_one_alpha(made, first.to_numpy())

    return Way("polars-ols, group_by", run, answer)


PACKAGES: dict[str, Callable[[Problems, str, int], Way]] = {
    "blitzl1": blitzl1,
    "celer": celer,
    "polars-ols": polars_ols,
}


def main() -> None:
    """Measure the way; without its package, say so."""
    package, row, scale, n_threads, reps = json.loads(sys.argv[1])
    try:
        PACKAGES[package](PROBLEMS[row](0.0), row, n_threads).run()
    except ImportError as error:
        print(json.dumps({"absent": str(error)}))
        return
    made = PROBLEMS[row](scale)
    way = PACKAGES[package](made, row, n_threads)
    print(json.dumps(timed(made, [way], reps)[0].as_dict()))


if __name__ == "__main__":
    main()
