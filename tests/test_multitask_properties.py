"""Multi-task paths on drawn problems: any option, any storage, any shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import fastreg
import problems
import storages
from fastreg import reference

pytestmark = pytest.mark.core

TOL = 1e-10


@st.composite
def fits(draw: st.DrawFn) -> tuple[str, Any, Any, dict[str, Any]]:
    storage = draw(st.sampled_from(sorted(storages.ALL)))
    n, p, m = draw(st.tuples(*map(st.integers, (6, 1, 1), (30, 40, 4))))
    seed = draw(st.integers(0, 10_000))
    X, _ = problems.ar1(n, p, draw(st.sampled_from([0.0, 0.7, 0.99])), seed=seed)
    X = storages.values_for(storage, X)
    rng = np.random.default_rng(seed)
    Y = X @ rng.standard_normal((p, m)) + rng.standard_normal((n, m))
    Y *= 10.0 ** draw(st.integers(-6, 6))
    options: dict[str, Any] = {
        "family": "mgaussian",
        "l1_ratio": draw(st.sampled_from([1.0, 0.5, 0.1, 0.0])),
        "fit_intercept": draw(st.booleans()),
        "standardize": draw(st.booleans()),
    }
    if draw(st.booleans()):
        options["sample_weight"] = rng.uniform(0.2, 3.0, n) * (rng.random(n) < 0.9)
        options["sample_weight"][0] = 1.0
    if draw(st.booleans()):
        options["offset"] = Y.std() * rng.standard_normal((n, m))
    if draw(st.booleans()):
        shares = [0.1, 0.2, 0.3, 0.3, 0.1]
        factor = rng.choice([0.0, 0.5, 1.0, 2.0, np.inf], p, p=shares)
        free = np.flatnonzero(factor == 0.0)
        factor[free[max(1, n // 4) :]] = 1.0
        options["penalty_factor"] = factor
    return storage, X, Y, options


@settings(max_examples=150)
@given(fits())
def test_every_option_with_every_storage(
    drawn: tuple[str, Any, Any, dict[str, Any]],
) -> None:
    storage, X, Y, options = drawn
    eps = 1e-4 if options["l1_ratio"] == 0.0 else 1e-2
    given = storages.ALL[storage](X)
    path = fastreg.path(
        given, Y, alphas=6, eps=eps, tol=TOL, early_stop=False, **options
    )
    assert path.stopped is None
    assert path.dual_gaps.max() <= TOL
    gaps = problems.recomputed_class_gaps(path, X, Y, **options)
    assert gaps.max() <= 1.1 * TOL
    problem = problems.reference_problem(X, Y, 1.0, **options)
    if options["l1_ratio"] > 0.0:
        assert_allclose(path.alphas[0], reference.alpha_max(problem) or 1.0, rtol=1e-6)
    # What has no penalty may be 0 for a target: a column that is there twice.
    penalised = options.get("penalty_factor", np.ones(X.shape[1])) > 0.0
    used = path.coefs[:, penalised] != 0.0
    assert_array_equal(used.all(axis=0), used.any(axis=0))
    shift = {"offset": options["offset"]} if "offset" in options else {}
    fitted = np.einsum("np,mpk->nmk", X, path.coefs) + path.intercepts
    fitted += shift.get("offset", np.zeros((1, 1)))[:, :, None]
    size = np.abs(fitted).max()
    assert_allclose(path.predict(given, **shift), fitted, atol=1e-10 * size)
    middle = float(path.alphas[2])
    found = path.predict(given, middle, **shift)
    assert_allclose(found, fitted[:, :, 2], atol=1e-10 * size)
