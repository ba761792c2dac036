"""Named problems: data, how it is stored, the mix and the alphas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from bench import data
from bench.data import Floats, Matrix


@dataclass(frozen=True)
class Spec:
    """What a name stands for: every peer gets the same arrays and alphas."""

    data: str
    l1_ratio: float = 1.0
    eps: float = 1e-2  # the last alpha, relative to the first
    n_alphas: int = 100
    storage: str = "F"  # F, C, float32 (F order) or memmap (F order, read-only)


@dataclass(frozen=True)
class Problem:
    """Minimise |y - Xb|²/(2n) + alpha (l1_ratio |b|₁ + (1 - l1_ratio)/2 |b|²).

    For ridge regression with one alpha, y may have a column for each target. Other
    families have their loss in place of the square (`bench.families`), and y holds
    labels 0 and 1, class indices or counts.
    """

    name: str
    X: Matrix
    y: Floats
    alphas: Floats
    l1_ratio: float
    choose: bool = False  # one alpha, by leave-one-out with an intercept
    family: str = "gaussian"
    intercept: bool = False

    @property
    def sparse(self) -> bool:
        """Whether X is a SciPy matrix."""
        return bool(sp.issparse(self.X))

    @property
    def n_classes(self) -> int:
        """Rows of coefficients for an alpha: 1 but for the multinomial family."""
        return int(self.y.max()) + 1 if self.family == "multinomial" else 1

    @property
    def x_bytes(self) -> int:
        """Memory that X takes."""
        if not self.sparse:
            return int(self.X.nbytes)
        X = self.X
        return int(X.data.nbytes + X.indices.nbytes + X.indptr.nbytes)


PROBLEMS = {
    "A": Spec("A"),
    "B": Spec("B"),
    "C": Spec("C", eps=1e-3),
    "D": Spec("D"),
    "E": Spec("E"),
    "K": Spec("A", l1_ratio=0.5),
    "A-C-order": Spec("A", storage="C"),
    "A-float32": Spec("A", storage="float32"),
    "A-memmap": Spec("A", storage="memmap"),
    "C-enet": Spec("C", l1_ratio=0.5, eps=1e-3),
    "E-deep": Spec("E", eps=1e-3),
    "E-scaled": Spec("E-scaled"),
    "diabetes": Spec("diabetes", eps=1e-3),
    "digits": Spec("digits", eps=1e-3),
    "digits-sparse": Spec("digits-sparse"),
    "small": Spec("small"),
    "wide": Spec("wide"),
    "wide-enet": Spec("wide", l1_ratio=0.5),
    "sparse": Spec("sparse"),
}

# Half a minute with two solvers, most of it to start processes: for .ci/run.
SMALL = ("wide-enet", "sparse", "diabetes")


def find(name: str) -> Spec:
    """The problem of a name, also of "ar1-n-p" (scaling curves)."""
    if name in PROBLEMS:
        return PROBLEMS[name]
    if name.startswith("ar1-") and len(name.split("-")) == 3:
        return Spec(name)
    raise ValueError(f"There is no problem {name!r}; there are: {', '.join(PROBLEMS)}.")


def stored(X: Matrix, storage: str) -> Matrix:
    """X in the storage that the problem is about."""
    if storage == "C":
        return np.ascontiguousarray(X)
    if storage == "float32":
        return X.astype(np.float32)
    return X


def alpha_max(X: Any, y: Floats, l1_ratio: float) -> float:
    """The smallest alpha of the null model, max |x_j·y| / (n l1_ratio)."""
    blocks = range(0, X.shape[1], 1000)
    largest = max(np.abs(X[:, j : j + 1000].T @ y).max() for j in blocks)
    return float(largest) / (len(y) * l1_ratio)


def load(name: str) -> Problem:
    """A problem with its arrays in memory (but for a memory map)."""
    spec = find(name)
    X, y = data.load(spec.data, mmap=spec.storage == "memmap")
    first = alpha_max(X, y, spec.l1_ratio)
    alphas = first * np.geomspace(1.0, spec.eps, spec.n_alphas)
    return Problem(name, stored(X, spec.storage), y, alphas, spec.l1_ratio)


def warm_up(problem: Problem) -> Problem:
    """A tiny problem of the same kind, for compilers that start at the first call."""
    rng = np.random.default_rng(0)
    dense = np.asfortranarray(rng.standard_normal((60, 40)))
    y = data.response(rng, dense[:, :5].sum(axis=1))
    if problem.sparse:
        dense[np.abs(dense) < 1.0] = 0.0
        X = sp.csc_array(dense)
        X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)
    else:
        order: Any = "F" if problem.X.flags.f_contiguous else "C"
        X = dense.astype(problem.X.dtype, order=order)
    if problem.l1_ratio > 0.0:
        alphas = alpha_max(X, y, problem.l1_ratio) * np.geomspace(1.0, 0.1, 5)
        return Problem("warm-up", X, y, alphas, problem.l1_ratio)
    if problem.y.ndim == 2:
        y = np.asfortranarray(np.column_stack([y, -y]))
    return Problem("warm-up", X, y, problem.alphas[:5], 0.0, problem.choose)
