"""Data and options for the tests of `fastreg.cv`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import fastreg
import problems

FAMILIES = ("gaussian", "binomial", "multinomial", "poisson")
ALPHAS = np.geomspace(0.5, 0.02, 6)
TOL = 1e-14


def data_of(family: str, n: int = 60, p: int = 8, seed: int = 0) -> tuple[Any, Any]:
    """Columns of different means and spreads; labels are words, counts small."""
    X, signal = problems.ar1(n, p, 0.4, seed=seed)
    X = X * np.linspace(0.5, 4.0, p) + np.linspace(-3.0, 3.0, p)
    z = (signal - signal.mean()) / signal.std()
    rng = np.random.default_rng(seed)
    if family == "gaussian":
        return X, 3.0 * z + 10.0
    if family == "poisson":
        return X, rng.poisson(np.exp(0.7 * z)).astype(float)
    z += 0.5 * rng.standard_normal(n)
    edges = [0.0] if family == "binomial" else [-0.4, 0.5]
    return X, np.array(["good", "bad", "ugly"])[np.digitize(z, edges)]


@contextmanager
def quiet() -> Iterator[None]:
    """Of few alphas the best may be the smallest; rounding may miss so small a gap."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.GridWarning)
        warnings.simplefilter("ignore", fastreg.ConvergenceWarning)
        yield


def quiet_cv(X: Any, y: Any, **options: Any) -> fastreg.CVResult:
    with quiet():
        return fastreg.cv(X, y, **{"alphas": ALPHAS, "tol": TOL, "cv": 4, **options})


def quiet_path(X: Any, y: Any, **options: Any) -> fastreg.Path:
    with quiet():
        return fastreg.path(X, y, **{"tol": TOL, **options})


def plain_options(n: int, p: int, family: str) -> dict[str, dict[str, Any]]:
    factor = np.linspace(0.3, 3.0, p)
    factor[[1, 3]] = 0.0 if family == "gaussian" else 0.1, np.inf
    offset = 0.3 * np.cos(np.arange(n))
    if family == "multinomial":
        offset = np.column_stack([offset, -offset, 0.1 + offset**2])
    return {
        "plain": {},
        "weights": {"sample_weight": problems.weights(n)},
        "offset": {"offset": offset},
        "no_intercept": {"fit_intercept": False},
        "raw_scale": {"standardize": False},
        "factors": {"penalty_factor": factor},
        "bounds": {"lower_bounds": -0.2, "upper_bounds": 0.1},
        "all": {
            "sample_weight": problems.weights(n),
            "offset": offset,
            "penalty_factor": factor,
            "standardize": False,
            "positive": True,
        },
    }
