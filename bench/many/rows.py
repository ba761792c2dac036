"""What is measured: fastreg's call, and the ways that others offer for the same.

Loops are run on a part of the problems and counted up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.many import loops, problems
from bench.many.judge import CHECKED, TARGET, Answer, at_one_alpha
from bench.many.loops import COMMON
from bench.many.problems import Problems
from bench.many.timing import Way


@dataclass(frozen=True)
class Row:
    """Work that is measured.

    `wanted` has the ratio to the fastest way whose name begins with the key. `ours` is
    fastreg's call, `others` are ways that know scikit-learn; `peers` names packages of
    `bench.many.peers`.
    """

    words: str
    wanted: dict[str, float]
    problems: Callable[[float], Problems]
    ours: Callable[[Problems, int], Any]
    others: Callable[[Problems, int], list[Way]]
    peers: tuple[str, ...] = ()

    def ways(self, scale: float, n_threads: int) -> tuple[Problems, list[Way]]:
        """The problems, and fastreg's way first."""
        made = self.problems(scale)
        ours = Way("fastreg", lambda: self.ours(made, n_threads), _of_ours(made))
        return made, [ours, *self.others(made, n_threads)]


def _of_ours(made: Problems) -> Callable[[Any], Answer]:
    def answer(fit: Any) -> Answer:
        if isinstance(fit, list):  # of `solve`
            return at_one_alpha(made, [one.coef for one in fit])
        found = []
        for i, key in enumerate(fit.keys[:CHECKED]):
            alphas = np.atleast_1d(fit.alphas[i])
            found.append((fit.coef(key).reshape(-1, len(alphas)), alphas))
        return found

    return answer


def _loop_ways(
    made: Problems,
    name: str,
    loop: Callable[..., list[Any]],
    items: Sequence[Any],
    *args: Any,
    n_jobs: int,
    each: bool = False,
) -> list[Way]:
    """A loop over a part of the problems, and the same by joblib.

    With `each` the loop says alphas itself.
    """
    share = len(items) / made.count

    def answer(found: Any) -> Answer:
        return list(found) if each else at_one_alpha(made, found)

    ways = [Way(f"scikit-learn, {name}", lambda: loop(items, *args), answer, share)]
    if n_jobs > 1:
        ways.append(
            Way(
                f"scikit-learn, {name}, joblib with {n_jobs} processes",
                lambda: loops.in_processes(n_jobs, loop, items, *args),
                answer,
                share,
            )
        )
    return ways


def _options(made: Problems, n_threads: int) -> dict[str, Any]:
    return {
        "l1_ratio": made.l1_ratio,
        "fit_intercept": made.intercept,
        "standardize": False,
        "tol": TARGET,
        "n_threads": n_threads,
    }


def _part(made: Problems, whole: int) -> range:
    """Problems that a loop is run on, so many of the whole row's."""
    return range(min(made.count, max(2, whole * made.count // 1000)))


# --- many responses ----------------------------------------------------------------


def _responses(made: Problems, n_threads: int) -> Any:
    import fastreg

    X, Y = made.arrays["X"], made.arrays["Y"]
    return fastreg.fit_many(X, Y, alpha=made.alpha, **_options(made, n_threads))


def _other_responses(made: Problems, n_threads: int) -> list[Way]:
    from sklearn.linear_model import Lasso

    X, Y, alpha = made.arrays["X"], made.arrays["Y"], made.alpha
    asked = {"alpha": alpha, "fit_intercept": False, **COMMON}
    gram = X.T @ X
    columns = [Y[:, t] for t in _part(made, 200)]

    def one_call() -> Any:
        return Lasso(**asked, precompute=gram).fit(X, Y).coef_

    options = {"l1_ratio": 1.0, "alphas": [alpha]}
    one = "Lasso(precompute=Gram).fit(X, Y)"
    return [
        Way(f"scikit-learn, {one}", one_call, lambda found: at_one_alpha(made, found)),
        *_loop_ways(
            made,
            "loop of Lasso.fit",
            loops.fits,
            [(X, y) for y in columns[: len(columns) // 2]],
            Lasso(**asked),
            n_jobs=1,
        ),
        *_loop_ways(
            made,
            "loop of enet_path with Gram and Xy",
            *(loops.paths, columns, X, gram, options),
            n_jobs=n_threads,
            each=True,
        ),
    ]


def _paths(made: Problems, n_threads: int) -> Any:
    import fastreg

    X, Y = made.arrays["X"], made.arrays["Y"]
    grid: dict[str, Any] = {"alphas": 100, "eps": 1e-2}
    return fastreg.fit_many(X, Y, **grid, **_options(made, n_threads))


def _other_paths(made: Problems, n_threads: int) -> list[Way]:
    X, Y = made.arrays["X"], made.arrays["Y"]
    gram = X.T @ X
    columns = [Y[:, t] for t in _part(made, 40)]
    grid = {"l1_ratio": 1.0, "alphas": 100, "eps": 1e-2}
    name = "loop of enet_path with Gram and Xy"
    args = (loops.paths, columns, X, gram, grid)
    return _loop_ways(made, name, *args, n_jobs=n_threads, each=True)


def _folds(n: int) -> list[Any]:
    rows = np.random.default_rng(0).permutation(n)
    tests = [np.sort(rows[k::5]) for k in range(5)]
    return [(np.setdiff1d(rows, test), test) for test in tests]


def _cv(made: Problems, n_threads: int) -> Any:
    import fastreg

    X, Y = made.arrays["X"], made.arrays["Y"]
    grid: dict[str, Any] = {"alphas": 100, "eps": 1e-3, "cv": _folds(len(X))}
    return fastreg.fit_many(X, Y, **grid, **_options(made, n_threads))


def _other_cv(made: Problems, n_threads: int) -> list[Way]:
    X, Y = made.arrays["X"], made.arrays["Y"]
    columns = [Y[:, t] for t in _part(made, 20)]
    args = (loops.lasso_cv, columns, X, _folds(len(X)))
    return _loop_ways(made, "loop of LassoCV", *args, n_jobs=n_threads, each=True)


# --- rows of their own -------------------------------------------------------------


def _batch(made: Problems, n_threads: int) -> Any:
    import fastreg

    Xs, ys = made.arrays["Xs"], made.arrays["ys"]
    return fastreg.fit_batch(Xs, ys, alpha=made.alpha, **_options(made, n_threads))


def _other_batch(made: Problems, n_threads: int) -> list[Way]:
    from sklearn.linear_model import Lasso

    import fastreg

    options = {**_options(made, 1)}
    del options["n_threads"]

    def singly() -> Any:
        pairs = zip(made.arrays["Xs"], made.arrays["ys"], strict=True)
        return [fastreg.solve(X, y, made.alpha_of(0), **options).coef for X, y in pairs]

    pairs = [made.one(i) for i in _part(made, 100)]
    args = (loops.fits, pairs, Lasso(made.alpha, **COMMON))
    return [
        *_loop_ways(made, "loop of Lasso.fit", *args, n_jobs=n_threads),
        Way("fastreg, loop of solve", singly, lambda found: at_one_alpha(made, found)),
    ]


def _rolling(made: Problems, n_threads: int) -> Any:
    import fastreg

    X, y, window = (made.arrays[name] for name in ("X", "y", "window"))
    options = _options(made, n_threads)
    return fastreg.fit_rolling(X, y, window, alpha=made.alpha, **options)


def _other_rolling(made: Problems, n_threads: int) -> list[Way]:
    X, y, window = (made.arrays[name] for name in ("X", "y", "window"))
    picks = [slice(first, first + window) for first in _part(made, 100)]
    args = (loops.centred_paths, picks, X, y, made.alpha, made.l1_ratio)
    return _loop_ways(made, "loop of enet_path", *args, n_jobs=n_threads)


def _groups(made: Problems, n_threads: int) -> Any:
    import fastreg

    X, y, labels = (made.arrays[name] for name in ("X", "y", "labels"))
    options = _options(made, n_threads)
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
    part, labels = _part(made, 200), made.arrays["labels"]

    def sorted_pairs(_: Any = None) -> list[Any]:
        X, y = made.arrays["X"], made.arrays["y"]
        order = np.argsort(labels, kind="stable")
        ends = np.cumsum(np.bincount(labels, minlength=made.count))
        own = [order[ends[g - 1] if g else 0 : ends[g]] for g in part]
        return [(X[rows], y[rows]) for rows in own]

    pairs = sorted_pairs()
    args = (loops.fits, pairs, model)
    return _loop_ways(made, f"loop of {name}.fit, sorted", *args, n_jobs=n_threads)


def _samples(made: Problems, n_threads: int) -> Any:
    import fastreg

    X, y = made.arrays["X"], made.arrays["y"]
    options = _options(made, n_threads)
    return fastreg.bootstrap(X, y, made.count, alpha=made.alpha_of(0), **options)


def _other_samples(made: Problems, n_threads: int) -> list[Way]:
    from sklearn.linear_model import Lasso

    X, y, alpha = made.arrays["X"], made.arrays["y"], made.alpha
    weights = made.weights
    if weights is None:
        raise AssertionError
    drawn = [weights[i] for i in _part(made, 60)]
    copies = [np.repeat(np.arange(len(y)), weight.astype(int)) for weight in drawn]
    triples = [(X, y, weight) for weight in drawn]
    model = Lasso(alpha, **COMMON)
    return [
        *_loop_ways(
            made,
            "loop of Lasso.fit with weights",
            *(loops.fits, triples, model),
            n_jobs=n_threads,
        ),
        *_loop_ways(
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
        *(problems.responses, _responses, _other_responses),
        ("celer",),
    ),
    "paths": Row(
        "paths of 100 alphas for 1000 responses, n=500 p=1000, Lasso",
        {"": 6.0},
        *(problems.responses, _paths, _other_paths),
        ("celer",),
    ),
    "cv": Row(
        "5 folds of 100 alphas for 1000 responses, n=500 p=1000, Lasso",
        {"": 30.0},
        *(problems.responses, _cv, _other_cv),
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
