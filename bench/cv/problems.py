"""The rows of the table: data, folds and grids, and what is wanted of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import data, problems
from bench.data import Floats
from bench.problems import Problem

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """Cross-validation of some data, and what is wanted of fastreg.

    Attributes
    ----------
    wanted
        How many times as fast as others it shall be.
    memory
        What peak memory beyond X, relative to X, shall stay below.
    alone
        Whether no peer runs: the row is about memory.
    """

    data: str
    words: str
    mixes: tuple[float, ...] = (1.0,)
    n_folds: int = 5
    n_alphas: int = 100
    eps: float = 1e-2  # the last alpha, relative to the first
    family: str = "gaussian"
    threads: int = 1
    wanted: float = 0.0
    memory: float = 0.0
    alone: bool = False


# scikit-learn's documentation recommends these.
MIXES = (0.1, 0.5, 0.7, 0.9, 0.95, 0.99, 1.0)
LASSO = "Lasso, n=1000 p=2000, 5 folds, 100 alphas"

ROWS = {
    "lasso": Row("cv", LASSO, wanted=8),
    "lasso-two": Row("cv", f"{LASSO}, two threads", threads=2, wanted=8),
    "enet": Row("cv", "Elastic Net, the same with 7 mixes", MIXES, wanted=8),
    "logit": Row(
        *("cv-logit", "logistic L1, n=2000 p=1000, 5 folds, 50 Cs"),
        family="binomial",
        n_alphas=50,
        wanted=8,
    ),
    "tall": Row(
        *("cv-tall", "Lasso, n=200000 p=100, 10 folds, 100 alphas"),
        n_folds=10,
        eps=1e-3,
        memory=0.5,
    ),
    "wide": Row(
        *("ridge-wide", "Lasso, n=1000 p=20000, 10 folds, 100 alphas"),
        n_folds=10,
        memory=0.5,
        alone=True,
    ),
}

# The same in milliseconds, for tests.
SMALL = {
    "small": Row("small", "Lasso, n=200 p=50, 5 folds", n_alphas=20),
    "small-two": Row("small", "Lasso, n=200 p=50, two threads", n_alphas=20, threads=2),
    "small-enet": Row("small", "Elastic Net, 2 mixes", (0.5, 1.0), n_alphas=20),
    "small-logit": Row(
        "small-logit", "logistic L1, n=200 p=100", family="binomial", n_alphas=10
    ),
    "small-wide": Row("wide", "Lasso, n=100 p=400", n_alphas=20, alone=True),
}


@dataclass(frozen=True)
class Choice(Problem):
    """A problem whose alpha, and mix, are to be chosen by cross-validation.

    Attributes
    ----------
    mixes
        The values of l1_ratio.
    grids
        Alphas of each mix, (r, k), in decreasing order.
    folds
        Pairs (train, test) of rows.
    alone
        Whether no peer takes the problem.
    """

    mixes: tuple[float, ...] = (1.0,)
    grids: Any = None
    folds: tuple[tuple[Rows, Rows], ...] = ()
    alone: bool = False

    def paths(self) -> Iterator[tuple[int, float, Floats]]:
        """Number, l1_ratio and alphas of each mix."""
        for number, l1_ratio in enumerate(self.mixes):
            yield number, l1_ratio, self.grids[number]


def find(name: str) -> Row:
    """The row of a name."""
    rows = {**ROWS, **SMALL}
    if name not in rows:
        raise ValueError(f"There is no row {name!r}; there are: {', '.join(rows)}.")
    return rows[name]


def threads(name: str) -> int:
    """Threads that solvers may use in a row."""
    return find(name).threads


def load(name: str) -> Choice:
    """A row's arrays, folds and alphas."""
    row = find(name)
    X, y = data.load(row.data)
    return _choice(name, X, y, row)


def warm_up(problem: Any) -> Choice:
    """A tiny problem of the same kind, for compilers that start at the first call."""
    tiny = problems.warm_up(problem)
    row = find(problem.name)
    y = (tiny.y > 0).astype(float) if row.family == "binomial" else tiny.y
    return _choice("warm-up", tiny.X, y, replace(row, n_alphas=5, eps=0.1))


def takes(
    *families: str, mixes: bool = True, threads: int = 2
) -> Callable[[Problem], bool]:
    """A test of problems: of these families, with several mixes or threads or not."""

    def suits(problem: Any) -> bool:
        return (
            problem.family in families
            and not problem.alone
            and (mixes or len(problem.mixes) == 1)
            and find(problem.name).threads <= threads
        )

    return suits


def _choice(name: str, X: Any, y: Floats, row: Row) -> Choice:
    n = len(y)
    residual = y - 0.5 if row.family == "binomial" else y - y.mean()
    largest = float(np.abs(X.T @ residual).max()) / n
    steps = np.geomspace(1.0, row.eps, row.n_alphas)
    grids = np.outer(largest / np.array(row.mixes), steps)
    return Choice(
        name,
        X,
        y,
        grids[0],
        row.mixes[0],
        family=row.family,
        intercept=row.family == "gaussian",
        mixes=row.mixes,
        grids=grids,
        folds=_folds(n, row.n_folds),
        alone=row.alone,
    )


def _folds(n: int, count: int) -> tuple[tuple[Rows, Rows], ...]:
    """Neighbouring rows, not shuffled; equally many, so that C means the same."""
    if n % count:
        raise ValueError(f"{n} rows can't be dealt to {count} equal folds.")
    rows = np.arange(n)
    parts = np.split(rows, count)
    return tuple((np.delete(rows, test), test) for test in parts)
