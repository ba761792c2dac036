"""Options that the kernel has before the Python interface: factors, bounds, storage.

Every solution is certified by the reference, which shares no code with the kernel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

import fastreg
from fastreg import _core, reference
from fastreg._coefs import SparseCoefs
from fastreg.reference import Problem

DEFAULTS: dict[str, Any] = {
    "sample_weight": None,
    "alphas": None,
    "n_alphas": 12,
    "eps": 1e-2,
    "l1_ratio": 1.0,
    "fit_intercept": True,
    "standardize": True,
    "penalty_factor": None,
    "lower_bounds": None,
    "upper_bounds": None,
    "coef_init": None,
    "tol": 1e-9,
    "max_iter": 10_000,
}


def stored(X: Any, kind: str) -> Any:
    """X as the kernel is given it; `values_of` is what it then holds."""
    if kind.startswith("csc"):
        matrix = sparse.csc_array(X)
        integer = np.int64 if kind == "csc64" else np.int32
        parts = (matrix.indices.astype(integer), matrix.indptr.astype(integer))
        return (matrix.data, *parts, X.shape[0])
    if kind == "strided":
        return np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3]
    if kind == "reversed":
        return np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1]
    return np.asarray(X, dtype=kind[1:], order=kind[0])


def drawn(seed: int, kind: str) -> tuple[Any, Any, dict[str, Any]]:
    """A random problem with every option that the seed switches on."""
    rng = np.random.default_rng(seed)
    n, p = int(rng.integers(5, 40)), int(rng.integers(2, 30))
    X = rng.standard_normal((n, p))
    X[:, 1:] += 0.7 * X[:, :-1]
    if kind.startswith("csc"):
        X *= rng.random(X.shape) < 0.4
    X = np.round(X * 2) if "i" in kind else np.asarray(X, dtype="f4")
    X = np.asarray(X, dtype=float)  # what every kind can hold exactly
    y = X @ rng.standard_normal(p) + rng.standard_normal(n)
    factor = rng.choice([0.0, 0.5, 1.0, 2.0, np.inf], p, p=[0.1, 0.2, 0.3, 0.3, 0.1])
    if np.count_nonzero(factor == 0.0) > n // 2:
        factor[:] = 1.0
    options = {
        "l1_ratio": rng.choice([1.0, 0.5, 0.1, 1e-3]),
        "fit_intercept": bool(rng.integers(2)),
        "standardize": bool(rng.integers(2)),
        "penalty_factor": factor if rng.random() < 0.7 else np.ones(p),
        "lower_bounds": np.where(rng.random(p) < 0.4, -rng.random(p), -np.inf),
        "upper_bounds": np.where(rng.random(p) < 0.4, rng.random(p), np.inf),
        "sample_weight": rng.random(n) + 0.1 if rng.random() < 0.5 else None,
    }
    return X, y, options


KINDS = ["Ff8", "Cf8", "Ff4", "Cf4", "Fi2", "Ci8", "strided", "reversed"]


@pytest.mark.parametrize("kind", [*KINDS, "csc32", "csc64"])
@pytest.mark.parametrize("seed", range(12))
def test_all_options_together(kind: str, seed: int) -> None:
    X, y, options = drawn(seed, kind)
    found = _core.elastic_net_path(stored(X, kind), y, **DEFAULTS | options)
    assert not found["status"].any()
    coefs = SparseCoefs(found["indptr"], found["indices"], found["values"], X.shape[1])
    for k, alpha in enumerate(found["alphas"]):
        problem = Problem(X, y, alpha=alpha, **options)
        gap = reference.relative_gap(problem, coefs.column(k), found["intercepts"][k])
        assert gap <= 1.1e-9
    first = Problem(X, y, alpha=1.0, **options)
    assert_allclose(found["alphas"][0], reference.alpha_max(first), rtol=1e-7)


@pytest.mark.parametrize("kind", [*KINDS[1:], "csc32", "csc64"])
def test_storage_makes_no_difference(kind: str) -> None:
    X, y, options = drawn(3, kind)
    options |= {"tol": 1e-13, "alphas": np.geomspace(0.5, 0.01, 8)}
    one = _core.elastic_net_path(stored(X, kind), y, **DEFAULTS | options)
    other = _core.elastic_net_path(stored(X, "Ff8"), y, **DEFAULTS | options)
    assert_allclose(one["intercepts"], other["intercepts"], atol=1e-7)
    for name in ("indptr", "indices"):
        assert_allclose(one[name], other[name])
    assert_allclose(one["values"], other["values"], atol=1e-7)


def test_bounds_away_from_zero() -> None:
    X = np.random.default_rng(0).standard_normal((40, 5))
    y = X @ [1.0, -2.0, 0.0, 3.0, 0.5]
    bounds = {"lower_bounds": np.array([0.2, -np.inf, 0.1, 0.0, -1.0])}
    bounds["upper_bounds"] = np.array([0.4, -0.3, 0.2, 1.0, 1.0])
    found = _core.elastic_net_path(X, y, **DEFAULTS | bounds)
    coefs = SparseCoefs(found["indptr"], found["indices"], found["values"], 5).dense()
    assert_allclose(coefs[:, 0], [0.2, -0.3, 0.1, 0.0, 0.0])
    for k, alpha in enumerate(found["alphas"]):
        problem = Problem(X, y, alpha=alpha, **bounds)
        gap = reference.relative_gap(problem, coefs[:, k], found["intercepts"][k])
        assert gap <= 1.1e-9


def test_few_passes_over_wide_data() -> None:
    """The reference subspace decides about most features without their columns."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((200, 3000))
    y = X[:, :20] @ rng.standard_normal(20) + rng.standard_normal(200)
    path = fastreg.path(X, y, tol=1e-10)
    assert path.dual_gaps.max() <= 1e-10
    assert path.n_passes <= 30
