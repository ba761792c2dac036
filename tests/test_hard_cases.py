"""Hard problems end certified, or with a warning that says why; never in between."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import fastreg
import problems
from fastreg.reference import Floats

TOL = 1e-6
Case = tuple[Floats, Floats, dict[str, Any]]
DEEP: dict[str, Any] = {"early_stop": False, "alphas": 30}


def plain(data: problems.Data, **options: Any) -> Case:
    return (*data, options)


def repeated(n: int, p: int, times: int, **options: Any) -> Case:
    X, y = problems.ar1(n, p, k=20)
    return np.hstack([X] * times), y, options


def low_rank(n: int, p: int, rank: int, **options: Any) -> Case:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, p))
    return X, rng.standard_normal(n), options


def scaled(n: int, p: int, **options: Any) -> Case:
    """Column norms from 1e-8 to 1e8, in any order."""
    X, y = problems.ar1(n, p)
    scales = np.logspace(-8, 8, p)[np.random.default_rng(2).permutation(p)]
    return X * scales, y, options


def zero_columns() -> Case:
    X, y = problems.ar1(30, 20)
    X[:, ::2] = 0.0
    return X, y, {}


def rescaled(X_scale: float, y_scale: float) -> Case:
    X, y = problems.ar1(30, 40)
    return X * X_scale, y * y_scale, {}


def zero_weights() -> Case:
    weight = np.ones(40)
    weight[::3] = 0.0
    return plain(problems.ar1(40, 60), sample_weight=weight)


def equal_bounds(share: float) -> Case:
    """For a share of the features a lower bound that is the upper one."""
    rng = np.random.default_rng(3)
    lower = rng.uniform(-0.1, 0.0, 60)
    upper = np.where(rng.random(60) < share, lower, 0.1)
    return plain(problems.ar1(40, 60), lower_bounds=lower, upper_bounds=upper)


def unpenalised(n: int, p: int, free: int) -> Case:
    return plain(
        problems.ar1(n, p), penalty_factor=np.r_[[0.0] * free, [1.0] * (p - free)]
    )


def sums_of_steps() -> Case:
    """The columns of a total-variation problem: all but collinear neighbours."""
    rng = np.random.default_rng(4)
    return np.tril(np.ones((100, 100))), np.cumsum(rng.standard_normal(100)), {**DEEP}


CASES: dict[str, Callable[[], Case]] = {
    "rho 0.999, tall": lambda: plain(problems.ar1(100, 60, 0.999)),
    "rho 0.999, wide": lambda: plain(problems.ar1(60, 300, 0.999)),
    "rho 0.999999": lambda: plain(problems.ar1(50, 80, 0.999999), **DEEP, eps=1e-4),
    "300 duplicates": lambda: repeated(40, 100, 4),
    "the same column 300 times": lambda: repeated(50, 1, 300),
    "duplicates, deep": lambda: repeated(60, 50, 2, **DEEP, eps=1e-4),
    "rank 5 of 300": lambda: low_rank(60, 300, 5),
    "rank 40 of 200, deep": lambda: low_rank(60, 200, 40, **DEEP, eps=1e-4),
    "tiny alphas": lambda: plain(problems.ar1(20, 200), **DEEP, eps=1e-8),
    "saturated": lambda: plain(problems.ar1(50, 400, snr=0.1), **DEEP, eps=1e-5),
    "scales": lambda: scaled(60, 80),
    "scales, wide": lambda: scaled(30, 100),
    "two rows": lambda: plain(problems.ar1(2, 30)),
    "one column": lambda: plain(problems.ar1(30, 1)),
    "zero columns": zero_columns,
    "only zeros": lambda: (np.zeros((20, 5)), problems.ar1(20, 5)[1], {}),
    "huge y": lambda: rescaled(1.0, 1e120),
    "tiny y": lambda: rescaled(1.0, 1e-120),
    "huge X": lambda: rescaled(1e100, 1.0),
    "tiny X": lambda: rescaled(1e-100, 1.0),
    "zero weights": zero_weights,
    "all bounds equal": lambda: equal_bounds(1.0),
    "some bounds equal": lambda: equal_bounds(0.3),
    "unpenalised": lambda: unpenalised(60, 40, 30),
    "more unpenalised than rows": lambda: unpenalised(20, 60, 40),
    "steps": sums_of_steps,
}
COMBINED = {
    "dense": {},
    "sparse": {},
    "raw": {"standardize": False},
    "no intercept": {"fit_intercept": False, "standardize": False},
    "weights": {"sample_weight": ...},
    "positive": {"positive": True},
}


def options_of(case: Case, combined: str, l1_ratio: float) -> dict[str, Any]:
    """The options of the case and those that it is combined with, which give way."""
    X, _, own = case
    more: dict[str, Any] = dict(COMBINED[combined])
    if "sample_weight" in more:
        more["sample_weight"] = problems.weights(len(X))
    if "lower_bounds" in own:
        more.pop("positive", None)
    return {"l1_ratio": l1_ratio, **more, **own}


def check_certified(
    X: Any, y: Floats, options: dict[str, Any], tol: float = TOL
) -> None:
    """Finite, with gaps that the reference confirms, and a warning only above tol."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        path = fastreg.path(X, y, tol=tol, **options)
    assert np.all(np.isfinite(path.coefs))
    assert np.all(np.isfinite(path.intercepts))
    unmet = bool(np.any(path.dual_gaps > tol))
    assert [warning.category for warning in given] == (
        [fastreg.ConvergenceWarning] if unmet else []
    )
    if unmet:
        assert "because" in str(given[0].message)
    dense = X.toarray() if sp.issparse(X) else X
    controls = ("alphas", "early_stop", "eps")
    model = {name: value for name, value in options.items() if name not in controls}
    gaps = problems.recomputed_gaps(path, dense, y, **model)
    error = problems.evaluation_error(path, dense, y)
    assert np.all(gaps <= path.dual_gaps + error + 0.01 * tol)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 1e-3])
@pytest.mark.parametrize("combined", COMBINED)
@pytest.mark.parametrize("name", CASES)
def test_certified_or_warned(name: str, combined: str, l1_ratio: float) -> None:
    case = CASES[name]()
    X = sp.csc_matrix(case[0]) if combined == "sparse" else case[0]
    check_certified(X, case[1], options_of(case, combined, l1_ratio))


@pytest.mark.parametrize("name", ["rho 0.999, wide", "300 duplicates", "saturated"])
def test_tight_tolerance(name: str) -> None:
    X, y, options = CASES[name]()
    check_certified(X, y, options, tol=1e-12)


@pytest.mark.core
@pytest.mark.parametrize("storage", ["dense", "sparse"])
@pytest.mark.parametrize("l1_ratio", [1e-3, 0.05])
@pytest.mark.parametrize("factors", [False, True])
def test_supports_larger_than_n(storage: str, l1_ratio: float, factors: bool) -> None:
    X, y = problems.ar1(30, 500)
    options: dict[str, Any] = {"l1_ratio": l1_ratio, **DEEP}
    if factors:
        options["penalty_factor"] = np.random.default_rng(5).uniform(0.5, 2.0, 500)
    path = fastreg.path(X, y, tol=1e-10, **options)
    assert max(path.n_nonzero) > 2 * len(y)
    check_certified(
        sp.csc_matrix(X) if storage == "sparse" else X, y, options, tol=1e-10
    )


def test_sparse_supports_that_a_factor_is_too_slow_for() -> None:
    rng = np.random.default_rng(6)
    n, p = 400, 3000
    X = sp.random(n, p, 0.01, format="csc", random_state=rng)
    X = sp.csc_matrix(X @ sp.diags(rng.uniform(0.5, 2.0, p)))
    y = X @ rng.standard_normal(p) + rng.standard_normal(n)
    for l1_ratio in (1.0, 0.1):
        options = {"l1_ratio": l1_ratio, "eps": 0.05, "alphas": 20}
        check_certified(X, y, options, tol=1e-9)
