"""What is measured: fastreg's call, and the ways that others offer for the same.

Loops are run on a part of the problems and counted up.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.many import loops, problems, responses
from bench.many.judge import TARGET, at_one_alpha
from bench.many.loops import COMMON
from bench.many.problems import Problems
from bench.many.row import Row, loop_ways, options_of, part_of
from bench.many.timing import Way


def _batch(made: Problems, n_threads: int) -> Any:
    import fastreg

    Xs, ys = made.arrays["Xs"], made.arrays["ys"]
    return fastreg.fit_batch(Xs, ys, alpha=made.alpha, **options_of(made, n_threads))


def _other_batch(made: Problems, n_threads: int) -> list[Way]:
    from sklearn.linear_model import Lasso

    import fastreg

    options = options_of(made, 1)
    del options["n_threads"]

    def singly() -> Any:
        pairs = zip(made.arrays["Xs"], made.arrays["ys"], strict=True)
        return [fastreg.solve(X, y, made.alpha_of(0), **options).coef for X, y in pairs]

    pairs = [made.one(i) for i in part_of(made, 100)]
    args = (loops.fits, pairs, Lasso(made.alpha, **COMMON))
    return [
        *loop_ways(made, "loop of Lasso.fit", *args, n_jobs=n_threads),
        Way("fastreg, loop of solve", singly, lambda found: at_one_alpha(made, found)),
    ]


def _rolling(made: Problems, n_threads: int) -> Any:
    import fastreg

    X, y, window = (made.arrays[name] for name in ("X", "y", "window"))
    options = options_of(made, n_threads)
    return fastreg.fit_rolling(X, y, window, alpha=made.alpha, **options)


def _other_rolling(made: Problems, n_threads: int) -> list[Way]:
    X, y, window = (made.arrays[name] for name in ("X", "y", "window"))
    picks = [slice(first, first + window) for first in part_of(made, 100)]
    args = (loops.centred_paths, picks, X, y, made.alpha, made.l1_ratio)
    return loop_ways(made, "loop of enet_path", *args, n_jobs=n_threads)


def _groups(made: Problems, n_threads: int) -> Any:
    import fastreg

    X, y, labels = (made.arrays[name] for name in ("X", "y", "labels"))
    options = options_of(made, n_threads)
    return fastreg.fit_groups(X, y, labels, alpha=made.alpha, **options)


def _other_groups(made: Problems, n_threads: int) -> list[Way]:
    from sklearn.linear_model import ElasticNet

    l1_ratio = made.l1_ratio
    model = ElasticNet(made.alpha, l1_ratio=l1_ratio, fit_intercept=False, **COMMON)
    return _over_groups(made, "ElasticNet", model, n_threads)


def _other_ridge(made: Problems, n_threads: int) -> list[Way]:
    from sklearn.linear_model import Ridge

    # Its alpha is n times ours, and so the same for all groups.
    return _over_groups(made, "Ridge", Ridge(20.0, fit_intercept=False), n_threads)


def _over_groups(made: Problems, name: str, model: Any, n_threads: int) -> list[Way]:
    X, y, labels = (made.arrays[name] for name in ("X", "y", "labels"))
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels, minlength=made.count))
    own = [order[ends[g - 1] if g else 0 : ends[g]] for g in part_of(made, 200)]
    pairs = [(X[rows], y[rows]) for rows in own]
    args = (loops.fits, pairs, model)
    return loop_ways(made, f"loop of {name}.fit, sorted", *args, n_jobs=n_threads)


def _samples(made: Problems, n_threads: int) -> Any:
    import fastreg

    X, y = made.arrays["X"], made.arrays["y"]
    options = options_of(made, n_threads)
    return fastreg.bootstrap(X, y, made.count, alpha=made.alpha_of(0), **options)


def _other_samples(made: Problems, n_threads: int) -> list[Way]:
    from sklearn.linear_model import Lasso

    X, y, alpha = made.arrays["X"], made.arrays["y"], made.alpha
    weights = made.weights
    if weights is None:
        raise AssertionError
    drawn = [weights[i] for i in part_of(made, 60)]
    copies = [np.repeat(np.arange(len(y)), weight.astype(int)) for weight in drawn]
    triples = [(X, y, weight) for weight in drawn]
    model = Lasso(alpha, **COMMON)
    return [
        *loop_ways(
            made,
            "loop of Lasso.fit with weights",
            *(loops.fits, triples, model),
            n_jobs=n_threads,
        ),
        *loop_ways(
            made,
            "loop of enet_path on copies",
            *(loops.centred_paths, copies, X, y, alpha, 1.0),
            n_jobs=n_threads,
        ),
    ]


def _single(made: Problems, _: int) -> Any:
    import fastreg

    X, y, alpha = made.arrays["X"], made.arrays["y"], made.alpha_of(0)
    return [
        fastreg.solve(X, y, alpha, standardize=False, tol=TARGET)
        for _ in range(made.count)
    ]


def _other_single(made: Problems, _: int) -> list[Way]:
    from sklearn.linear_model import Lasso

    X, y, alpha = made.arrays["X"], made.arrays["y"], made.alpha_of(0)

    def loop() -> Any:
        return [Lasso(alpha, **COMMON).fit(X, y).coef_ for _ in range(made.count)]

    name = "scikit-learn, Lasso.fit"
    return [Way(name, loop, lambda found: at_one_alpha(made, found))]


ROWS = {
    "responses": Row(
        "1000 responses, n=500 p=1000, Lasso",
        {"": 6.0},
        *(problems.responses, responses.responses, responses.other_responses),
        ("celer",),
    ),
    "paths": Row(
        "paths of 100 alphas for 1000 responses, n=500 p=1000, Lasso",
        {"": 6.0},
        *(problems.responses, responses.paths, responses.other_paths),
        ("celer",),
    ),
    "cv": Row(
        "5 folds of 100 alphas for 1000 responses, n=500 p=1000, Lasso",
        {"": 30.0},
        *(problems.responses, responses.cv, responses.other_cv),
    ),
    "batch": Row(
        "10 000 problems of n=100 p=10, Lasso",
        {"scikit-learn": 100.0, "blitzl1": 15.0},
        *(problems.batch, _batch, _other_batch),
        ("blitzl1",),
    ),
    "rolling": Row(
        "windows of 250, n=10 000 p=20, elastic net",
        {"": 50.0},
        *(problems.rolling, _rolling, _other_rolling),
    ),
    "groups": Row(
        "5000 groups in a million rows, p=10, elastic net",
        {"": 2.0},
        *(problems.groups, _groups, _other_groups),
        ("polars-ols",),
    ),
    "ridge": Row(
        "5000 groups in a million rows, p=10, ridge",
        {"": 2.0},
        *(problems.ridge, _groups, _other_ridge),
        ("polars-ols",),
    ),
    "samples": Row(
        "1000 bootstrap samples, n=500 p=200, Lasso",
        {"": 20.0},
        *(problems.samples, _samples, _other_samples),
        ("celer",),
    ),
    "single": Row(
        "a call, n=100 p=10, Lasso",
        {"": 20.0},
        *(problems.single, _single, _other_single),
    ),
}
