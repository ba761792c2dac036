"""Data on which fastreg is tested: from easy to nasty, all from fixed seeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fastreg.reference import Floats, Problem, relative_gap

Data = tuple[Floats, Floats]


def ar1(
    n: int, p: int, rho: float = 0.5, *, seed: int = 0, k: int = 5, snr: float = 3.0
) -> Data:
    """Gaussian rows with correlation rho^|i-j|, a k-sparse truth of size +-1.

    The noise has the variance of the signal over ``snr``. X is in F order.
    """
    rng = np.random.default_rng(seed)
    X = np.empty((n, p), order="F")
    X[:, 0] = rng.standard_normal(n)
    for j in range(1, p):
        fresh = rng.standard_normal(n)
        X[:, j] = rho * X[:, j - 1] + np.sqrt(1 - rho**2) * fresh
    coef = np.zeros(p)
    coef[rng.choice(p, min(k, p), replace=False)] = rng.choice([-1.0, 1.0], min(k, p))
    signal = X @ coef
    spread = signal.std() if n > 1 else 1.0
    return X, signal + rng.standard_normal(n) * spread / np.sqrt(snr)


def duplicated() -> Data:
    """Each of six columns twice, one of them also negated and one doubled."""
    X, y = ar1(30, 6, seed=3)
    return np.hstack([X, X[:, :4], -X[:, 4:5], 2 * X[:, 5:]]), y


def dependent() -> Data:
    """Columns that are sums of others: rank 5 of 12."""
    X, y = ar1(30, 5, seed=4)
    mix = np.random.default_rng(5).standard_normal((5, 7))
    return np.hstack([X, X @ mix]), y


def constant_columns() -> Data:
    """Columns of zeros, of ones and of 0.1 (whose mean is rounded) among others."""
    X, y = ar1(25, 7, seed=6)
    X[:, 1], X[:, 3], X[:, 6] = 0.0, 1.0, 0.1
    return X, y


def badly_scaled() -> Data:
    """Column norms from 1e-8 to 1e8."""
    X, y = ar1(40, 9, seed=7)
    return X * np.logspace(-8, 8, 9)[np.random.default_rng(8).permutation(9)], y


def far_from_zero() -> Data:
    """Means a million times the spread, in X and y."""
    X, y = ar1(40, 10, seed=9)
    return X + 1e6, y - 1e6


def offset_scales() -> Data:
    """Columns with different means and spreads, as real tables have."""
    X, y = ar1(50, 12, seed=10)
    rng = np.random.default_rng(11)
    return X * rng.uniform(0.1, 10, 12) + rng.uniform(-20, 20, 12), 5 * y + 100


PROBLEMS: dict[str, Callable[[], Data]] = {
    "tall": lambda: ar1(60, 8),
    "wide": lambda: ar1(20, 50, seed=1),
    "square": lambda: ar1(25, 25, seed=2),
    "collinear": lambda: ar1(40, 15, 0.99, seed=3),
    "duplicated": duplicated,
    "dependent": dependent,
    "constant_columns": constant_columns,
    "badly_scaled": badly_scaled,
    "far_from_zero": far_from_zero,
    "offset_scales": offset_scales,
    "two_rows": lambda: ar1(2, 5, seed=12),
    "one_column": lambda: ar1(15, 1, seed=13),
    "two_by_one": lambda: ar1(2, 1, seed=14),
}


def weights(n: int, seed: int = 0) -> Floats:
    """Positive sample weights that are not all the same."""
    return np.random.default_rng(seed).uniform(0.2, 3.0, n)


def reference_problem(X: Any, y: Any, alpha: float, **options: Any) -> Problem:
    """The options of `fastreg.path` and `certify` as a problem of the reference."""
    if options.pop("positive", False):
        options["lower_bounds"] = 0.0
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    return Problem(X, y, float(alpha), **options)


def recomputed_gaps(path: Any, X: Any, y: Any, **options: Any) -> Floats:
    """Relative gap of each fit of a path, by the reference, shape (k,)."""
    columns = zip(path.alphas, path.coefs.T, path.intercepts, strict=True)
    gaps = [
        relative_gap(reference_problem(X, y, alpha, **options), coef, intercept)
        for alpha, coef, intercept in columns
    ]
    return np.array(gaps)


def evaluation_error(path: Any, X: Any, y: Any) -> Floats:
    """What rounding may do to a recomputed relative gap, shape (k,).

    Residuals are differences; coefficients that are huge and cancel leave errors in
    them that don't: epsilon times the size of what was subtracted. Correlations u have
    the same errors, and with a tiny L2 term l2 the dual has u^2 / (2 l2) of them.
    """
    sizes = np.abs(X) @ np.abs(path.coefs) + np.abs(path.intercepts)
    error = 4 * np.finfo(np.float64).eps * np.sqrt((sizes**2).mean(axis=0))
    spread = np.sqrt(((y - y.mean()) ** 2).mean())
    l2 = path.alphas * (1.0 - path.l1_ratio)
    in_dual = np.divide(error**2, 2 * l2, where=l2 > 0.0, out=np.zeros_like(l2))
    total = error * (spread + error) + path.n_features * in_dual
    return np.asarray(total / (0.5 * spread**2))


FAMILIES = ("binomial", "multinomial", "poisson")


def family_data(family: str, name: str = "tall", *, seed: int = 0) -> Data:
    """The named problem with a response of that family: three classes, or counts."""
    X, y = PROBLEMS[name]()
    rng = np.random.default_rng(seed)
    z = (y - y.mean()) / (y.std() or 1.0)
    if family == "poisson":
        counts = rng.poisson(np.exp(z)).astype(float)
        counts[0] += 1.0 + (counts[0] + 1.0 == counts[1])  # of two they aren't the same
        return X, counts
    z += 0.5 * rng.standard_normal(len(z))
    edges = [0.0] if family == "binomial" else [-0.5, 0.5]
    labels = np.digitize(z, edges).astype(float)
    first = min(len(labels), len(edges) + 1)
    labels[:first] = np.arange(first)
    return X, labels


def recomputed_class_gaps(path: Any, X: Any, y: Any, **options: Any) -> Floats:
    """The same of a multinomial path."""
    gaps = [
        relative_gap(
            reference_problem(X, y, alpha, **options),
            path.coefs[:, :, k],
            path.intercepts[:, k],
        )
        for k, alpha in enumerate(path.alphas)
    ]
    return np.array(gaps)


def samples(n_rows: int, count: int) -> Floats:
    """How often `fastreg.bootstrap` draws each row, a row a sample."""
    drawn = np.random.default_rng(0).integers(0, n_rows, (count, n_rows))
    return np.array([np.bincount(own, minlength=n_rows) for own in drawn], dtype=float)
