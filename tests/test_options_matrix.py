"""Every option with every storage: certified, and equal to the reference solution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import fastreg
import problems
import storages
from fastreg import reference

pytestmark = pytest.mark.core

TOL = 1e-10


@st.composite
def option_sets(draw: st.DrawFn, n: int, p: int, seed: int) -> dict[str, Any]:
    """Any combination of the options of `path` that change the objective."""
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {
        "l1_ratio": draw(st.sampled_from([1.0, 0.5, 0.1, 0.0])),
        "fit_intercept": draw(st.booleans()),
        "standardize": draw(st.booleans()),
    }
    if draw(st.booleans()):
        options["sample_weight"] = rng.uniform(0.2, 3.0, n) * (rng.random(n) < 0.9)
        options["sample_weight"][0] = 1.0
    if draw(st.booleans()):
        options["offset"] = 3.0 * rng.standard_normal(n) + 1.0
    if draw(st.booleans()):
        shares = [0.1, 0.2, 0.3, 0.3, 0.1]
        factor = rng.choice([0.0, 0.5, 1.0, 2.0, np.inf], p, p=shares)
        free = np.flatnonzero(factor == 0.0)
        factor[free[max(1, n // 4) :]] = 1.0
        options["penalty_factor"] = factor
    if draw(st.booleans()):
        options["lower_bounds"] = np.where(rng.random(p) < 0.5, -rng.random(p), -np.inf)
    if draw(st.booleans()):
        options["upper_bounds"] = np.where(rng.random(p) < 0.5, rng.random(p), np.inf)
    return options


@st.composite
def fits(draw: st.DrawFn) -> tuple[str, Any, Any, dict[str, Any]]:
    storage = draw(st.sampled_from(sorted(storages.ALL)))
    n, p = draw(st.integers(6, 30)), draw(st.integers(1, 20))
    seed = draw(st.integers(0, 10_000))
    X, _ = problems.ar1(n, p, draw(st.sampled_from([0.0, 0.7])), seed=seed)
    X = storages.values_for(storage, X)
    rng = np.random.default_rng(seed)
    y = X @ rng.standard_normal(p) + rng.standard_normal(n)
    return storage, X, y, draw(option_sets(n, p, seed))


def root_mean_square(values: Any, weight: Any) -> float:
    return float(np.sqrt(np.average(values**2, weights=weight)))


@settings(max_examples=400)
@given(fits())
def test_every_option_with_every_storage(
    drawn: tuple[str, Any, Any, dict[str, Any]],
) -> None:
    storage, X, y, options = drawn
    # From far above to around the spectrum, or from alpha_max to a hundredth of it.
    eps = 1e-4 if options["l1_ratio"] == 0.0 else 1e-2
    given = storages.ALL[storage](X)
    path = fastreg.path(
        given, y, alphas=6, eps=eps, tol=TOL, early_stop=False, **options
    )
    assert path.stopped is None
    assert path.dual_gaps.max() <= TOL
    gaps = problems.recomputed_gaps(path, X, y, **options)
    assert gaps.max() <= 1.1 * TOL
    problem = problems.reference_problem(X, y, 1.0, **options)
    if options["l1_ratio"] > 0.0:
        assert_allclose(path.alphas[0], reference.alpha_max(problem) or 1.0, rtol=1e-6)
    coefs, intercepts = reference.coordinate_descent_path(
        problem, path.alphas, tol=TOL / 10
    )
    # P is 1-strongly convex in the fitted values, which are thus unique.
    bound = 2 * np.sqrt(2 * TOL * reference.null_objective(problem))
    difference = X @ (path.coefs - coefs) + (path.intercepts - intercepts)
    for fit in difference.T:
        assert root_mean_square(fit, options.get("sample_weight")) <= bound + 1e-13
    shift = {"offset": options["offset"]} if "offset" in options else {}
    fitted = (
        X @ path.coefs + path.intercepts + shift.get("offset", np.zeros(1))[:, None]
    )
    assert_allclose(path.predict(given, **shift), fitted, atol=1e-10)
    middle = float(path.alphas[2])
    assert_allclose(path.predict(given, middle, **shift), fitted[:, 2], atol=1e-10)


@settings(max_examples=60)
@given(fits(), st.integers(0, 5))
def test_certify_takes_every_option_and_storage(
    drawn: tuple[str, Any, Any, dict[str, Any]], k: int
) -> None:
    storage, X, y, options = drawn
    eps = 1e-4 if options["l1_ratio"] == 0.0 else 1e-2
    path = fastreg.path(X, y, alphas=6, eps=eps, tol=TOL, early_stop=False, **options)
    fit, alpha = (path.coefs[:, k], path.intercepts[k]), float(path.alphas[k])
    given = storages.ALL[storage](X)
    found = fastreg.certify(given, y, *fit, alpha=alpha, **options)
    problem = problems.reference_problem(X, y, alpha, **options)
    assert found.relative_gap <= 1.1 * TOL
    assert_allclose(found.primal, reference.primal(problem, *fit), rtol=1e-10)
    assert_allclose(found.null_objective, reference.null_objective(problem), rtol=1e-12)
    worse = fastreg.certify(given, y, fit[0] * 0.9, fit[1], alpha=alpha, **options)
    expected = reference.dual_gap(problem, fit[0] * 0.9, fit[1])
    assert_allclose(worse.dual_gap, expected, rtol=1e-6, atol=1e-9)
