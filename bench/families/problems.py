"""The rows of the table: data, family, mix and alphas, and what is wanted of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bench import data, problems
from bench.data import Floats
from bench.problems import Problem

# Alphas of an L2 penalty alone, which has no first one; X has a mean square of 1.
L2 = (1e1, 1e-4)


@dataclass(frozen=True)
class Row:
    """A path, and how many times as fast as others fastreg shall be.

    Attributes
    ----------
    wanted
        Ratios for a gap of 1e-4 and of 1e-8.
    intercept
        False where data is centred and several peers have none.
    """

    data: str
    words: str
    family: str
    l1_ratio: float = 1.0
    eps: float = 1e-2  # the last alpha, relative to the first
    intercept: bool = True
    wanted: tuple[float, float] = (0.0, 0.0)
    n_alphas: int = 50


ROWS = {
    "logit-square": Row(
        *("logit-square", "logistic L1, n=p=5000, AR(1) 0.5", "binomial"),
        intercept=False,
        wanted=(5, 8),
    ),
    "logit-sparse": Row(
        *("logit-sparse", "logistic L1, sparse, n=20000 p=200000", "binomial"),
        intercept=False,
        wanted=(3, 4),
    ),
    "logit-tall-l2": Row(
        *("logit-tall", "logistic L2, n=200000 p=100", "binomial"),
        l1_ratio=0.0,
        wanted=(3, 3),
    ),
    "logit-tall-mix": Row(
        *("logit-tall", "logistic, l1_ratio 0.5, n=200000 p=100", "binomial"),
        l1_ratio=0.5,
        eps=1e-3,
        wanted=(3, 3),
    ),
    "softmax": Row(
        *("softmax", "multinomial L1, 10 classes, n=5000 p=2000", "multinomial"),
        wanted=(3, 5),
    ),
    "poisson": Row(
        *("poisson", "Poisson, l1_ratio 0.5, n=10000 p=500", "poisson"),
        l1_ratio=0.5,
        eps=1e-3,
        wanted=(3, 3),
    ),
}

# The same in milliseconds, for tests.
SMALL = {
    "small-logit": Row(
        "small-logit", "logistic L1, n=200 p=100", "binomial", intercept=False
    ),
    "small-logit-sparse": Row(
        *("small-logit-sparse", "logistic L1, sparse, n=300 p=600", "binomial"),
        intercept=False,
    ),
    "small-logit-l2": Row(
        "small-logit-tall", "logistic L2, n=1000 p=20", "binomial", l1_ratio=0.0
    ),
    "small-logit-mix": Row(
        *("small-logit-tall", "logistic, l1_ratio 0.5, n=1000 p=20", "binomial"),
        l1_ratio=0.5,
    ),
    "small-softmax": Row(
        "small-softmax", "multinomial L1, 3 classes, n=200 p=50", "multinomial"
    ),
    "small-poisson": Row(
        "small-poisson", "Poisson, l1_ratio 0.5, n=300 p=50", "poisson", l1_ratio=0.5
    ),
}


def find(name: str) -> Row:
    """The row of a name."""
    rows = {**ROWS, **SMALL}
    if name not in rows:
        raise ValueError(f"There is no row {name!r}; there are: {', '.join(rows)}.")
    return rows[name]


def load(name: str) -> Problem:
    """A row's arrays and alphas."""
    row = find(name)
    X, y = data.load(row.data)
    return _problem(name, X, y, row)


def warm_up(problem: Problem) -> Problem:
    """A tiny problem of the same kind, for compilers that start at the first call."""
    row = find(problem.name)
    tiny = problems.warm_up(problem)
    y = (tiny.y > 0).astype(float)
    y[: problem.n_classes] = np.arange(problem.n_classes)  # all classes
    short = Row("", "", row.family, row.l1_ratio, 1e-1, row.intercept, n_alphas=5)
    return _problem("warm-up", tiny.X, y, short)


def _problem(name: str, X: Any, y: Floats, row: Row) -> Problem:
    if row.l1_ratio > 0.0:
        first = _alpha_max(X, _null_residual(y, row)) / row.l1_ratio
        alphas = first * np.geomspace(1.0, row.eps, row.n_alphas)
    else:
        alphas = np.geomspace(*L2, row.n_alphas)
    return Problem(
        name,
        X,
        y,
        alphas,
        row.l1_ratio,
        family=row.family,
        intercept=row.intercept,
    )


def _null_residual(y: Floats, row: Row) -> Floats:
    """The residual y - mu of the null model, of shape (n, K)."""
    target = y[:, np.newaxis]
    if row.family == "multinomial":
        target = (target == np.arange(y.max() + 1)).astype(float)
    if row.intercept:
        return np.asarray(target - target.mean(axis=0))
    nothing = {"binomial": 0.5, "poisson": 1.0, "multinomial": 1 / target.shape[1]}
    return np.asarray(target - nothing[row.family])


def _alpha_max(X: Any, residual: Floats) -> float:
    """The smallest alpha of the null model with l1_ratio 1."""
    return float(max(np.abs(X.T @ column).max() for column in residual.T)) / len(
        residual
    )
