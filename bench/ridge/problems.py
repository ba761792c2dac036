"""The rows of the table: data, alphas, and what is wanted of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench import data
from bench.problems import Problem

# As in `fastreg.ridge`: of |y - Xb|²/(2n) + alpha |b|²/2. Falling, as in a path.
PATH = tuple(np.geomspace(1e2, 1e-4, 50).tolist())


@dataclass(frozen=True)
class Row:
    """What is solved, and how many times as fast as others fastreg shall be."""

    data: str
    words: str
    alphas: tuple[float, ...]
    wanted: float = 0.0
    choose: bool = False  # one of the alphas by exact leave-one-out


TALL = "n=20000 p=1000, AR(1) 0.9"
WIDE = "n=1000 p=20000"
SPARSE = "sparse, n=20000 p=200000, 4 million entries"

ROWS = {
    "tall": Row("ridge-tall", f"{TALL}, one alpha", (1e-2,), 1.7),
    "tall-path": Row("ridge-tall", f"{TALL}, 50 alphas", PATH, 1.3),
    "tall-loo": Row("ridge-tall", f"{TALL}, leave-one-out, 50 alphas", PATH, 30, True),
    "wide": Row("ridge-wide", f"{WIDE}, one alpha", (1e-1,), 1.5),
    "wide-path": Row("ridge-wide", f"{WIDE}, 50 alphas", PATH, 1.3),
    "wide-loo": Row("ridge-wide", f"{WIDE}, leave-one-out, 50 alphas", PATH, 2.5, True),
    "targets": Row(
        "ridge-targets", "n=10000 p=500, 1000 targets, one alpha", (1e-2,), 1.0
    ),
    # alpha=1 of scikit-learn, which multiplies |b|² by it, not by n times it.
    "sparse-default": Row("E", f"{SPARSE}, scikit-learn's default alpha", (5e-5,), 2.0),
    "sparse-cv": Row("E", f"{SPARSE}, cross-validated alpha", (5e-3,), 2.0),
}

# The same in milliseconds, for tests.
SMALL = {
    "small": Row("small", "n=200 p=50, one alpha", (1e-2,)),
    "small-path": Row("small", "n=200 p=50, 50 alphas", PATH),
    "small-loo": Row("small", "n=200 p=50, leave-one-out", PATH, choose=True),
    "small-wide": Row("wide", "n=100 p=400, one alpha", (1e-1,)),
    "small-wide-loo": Row("wide", "n=100 p=400, leave-one-out", PATH, choose=True),
    "small-targets": Row("targets", "n=200 p=30, 20 targets", (1e-2,)),
    "small-sparse": Row("sparse", "sparse, n=200 p=600", (1e-2,)),
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
    return Problem(name, X, y, np.array(row.alphas), 0.0, row.choose)
