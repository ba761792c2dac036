"""Optimality and invariances of logistic and Poisson paths, on drawn problems."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import fastreg
import problems
from fastreg import reference

pytestmark = pytest.mark.core

TOL = 1e-9
FAMILIES = ("binomial", "poisson")


def response(family: str, X: Any, seed: int) -> Any:
    """Classes or counts that depend on the first columns of X, none of them alone."""
    rng = np.random.default_rng(seed)
    z = X[:, :3].sum(axis=1)
    z = (z - z.mean()) / (z.std() or 1.0) + 0.7 * rng.standard_normal(len(z))
    if family == "poisson":
        counts = rng.poisson(np.exp(np.clip(z, -3, 3))).astype(float)
        counts[0] += 1.0
        return counts
    labels = (z > 0.3).astype(float)
    labels[:2] = [0.0, 1.0]
    return labels


@st.composite
def fits(draw: st.DrawFn) -> tuple[Any, Any, dict[str, Any]]:
    """X, y and options: any shape, correlation and combination of options."""
    n, p = draw(st.integers(4, 30)), draw(st.integers(1, 20))
    seed = draw(st.integers(0, 10_000))
    X, _ = problems.ar1(n, p, draw(st.sampled_from([0.0, 0.6, 0.95])), seed=seed)
    family = draw(st.sampled_from(FAMILIES))
    y = response(family, X, seed)
    fit_intercept = draw(st.booleans())
    X = X + draw(st.sampled_from([0.0, 1.0, -100.0] if fit_intercept else [0.0, 1.0]))
    X = X * 10.0 ** draw(st.integers(-3, 3))
    options: dict[str, Any] = {
        "family": family,
        "l1_ratio": draw(st.sampled_from([1.0, 0.9, 0.5, 0.05, 0.0])),
        "fit_intercept": fit_intercept,
        "standardize": draw(st.booleans()),
        "positive": draw(st.booleans()),
    }
    if draw(st.booleans()):
        options["sample_weight"] = problems.weights(n, seed)
    if draw(st.booleans()):
        options["offset"] = np.random.default_rng(seed).uniform(-1.0, 1.0, n)
    if draw(st.booleans()):
        factors = [0.5, 1.0, 2.0, np.inf]
        options["penalty_factor"] = np.resize(factors, p)
    return X, y, options


@settings(max_examples=200)
@given(fits())
def test_every_fit_is_optimal(drawn: tuple[Any, Any, dict[str, Any]]) -> None:
    X, y, options = drawn
    path = fastreg.path(X, y, alphas=8, eps=0.03, tol=TOL, early_stop=False, **options)
    gaps = problems.recomputed_gaps(path, X, y, **options)
    assert path.dual_gaps.max() <= TOL
    assert gaps.max() <= 1.1 * TOL
    problem = problems.reference_problem(X, y, path.alphas[-1], **options)
    null = reference.null_objective(problem)
    assert_allclose(path.null_objective, null, rtol=1e-9)
    last = path.coefs[:, -1], path.intercepts[-1]
    ratio = reference.deviance_ratio(problem, *last)
    assert_allclose(path.deviance_ratio[-1], ratio, atol=1e-8)


@given(st.integers(0, 1000), st.sampled_from(FAMILIES), st.sampled_from([1.0, 0.5, 0]))
def test_integer_weights_are_repetitions(
    seed: int, family: str, l1_ratio: float
) -> None:
    X, _ = problems.ar1(25, 6, 0.5, seed=seed)
    y = response(family, X, seed)
    times = np.random.default_rng(seed).integers(0, 4, 25)
    times[:15] += 1
    options: dict[str, Any] = {"family": family, "l1_ratio": l1_ratio}
    options |= {"alphas": 8, "eps": 0.05, "tol": 1e-13}
    weighted = fastreg.path(X, y, sample_weight=times, **options)
    repeated = fastreg.path(X.repeat(times, 0), y.repeat(times), **options)
    assert_allclose(weighted.alphas, repeated.alphas, rtol=1e-9)
    assert_allclose(weighted.coefs, repeated.coefs, atol=1e-6)
    assert_allclose(weighted.intercepts, repeated.intercepts, atol=1e-6)


@given(st.integers(0, 1000), st.sampled_from(FAMILIES), st.booleans())
def test_standardize_makes_units_of_columns_irrelevant(
    seed: int, family: str, fit_intercept: bool
) -> None:
    X, _ = problems.ar1(25, 8, seed=seed)
    y = response(family, X, seed)
    units = 10.0 ** np.random.default_rng(seed).uniform(-6, 6, 8)
    options: dict[str, Any] = {"alphas": 8, "eps": 0.05, "tol": 1e-12}
    options |= {"family": family, "fit_intercept": fit_intercept}
    path = fastreg.path(X, y, **options)
    other = fastreg.path(X * units, y, **options)
    assert_allclose(other.alphas, path.alphas, rtol=1e-8)
    assert_allclose(other.coefs * units[:, None], path.coefs, atol=1e-5)


@given(st.integers(0, 1000), st.sampled_from(FAMILIES))
def test_moving_and_permuting_columns(seed: int, family: str) -> None:
    X, _ = problems.ar1(25, 8, seed=seed)
    y = response(family, X, seed)
    rng = np.random.default_rng(seed)
    shift, rows, columns = (
        rng.uniform(-9, 9, 8),
        rng.permutation(25),
        rng.permutation(8),
    )
    options: dict[str, Any] = {"alphas": 8, "eps": 0.05, "tol": 1e-12}
    path = fastreg.path(X, y, family=family, **options)
    moved = fastreg.path(
        (X + shift)[rows][:, columns], y[rows], family=family, **options
    )
    assert_allclose(moved.coefs, path.coefs[columns], atol=1e-6)
    expected = path.intercepts - shift @ path.coefs
    assert_allclose(moved.intercepts, expected, atol=1e-5)


@given(st.integers(0, 1000), st.sampled_from([1e-100, 1e-3, 40.0, 1e100]))
def test_scaling_counts_is_an_offset(seed: int, factor: float) -> None:
    """Rates in other units: the intercept moves, alphas scale."""
    X, _ = problems.ar1(25, 6, seed=seed)
    y = response("poisson", X, seed)
    options: dict[str, Any] = {"family": "poisson", "alphas": 8, "eps": 0.05}
    path = fastreg.path(X, y, tol=1e-12, **options)
    scaled = fastreg.path(X, factor * y, tol=1e-12, **options)
    assert_allclose(scaled.alphas, factor * path.alphas, rtol=1e-9)
    assert_allclose(scaled.coefs, path.coefs, atol=1e-6)
    assert_allclose(scaled.intercepts, path.intercepts + np.log(factor), atol=1e-6)


@given(st.integers(0, 1000), st.booleans())
def test_exposure_is_an_offset_or_a_weight(seed: int, fit_intercept: bool) -> None:
    X, _ = problems.ar1(25, 6, seed=seed)
    y = response("poisson", X, seed)
    exposure = np.random.default_rng(seed).uniform(0.5, 5.0, 25)
    alphas = np.array([0.2, 0.05])
    options: dict[str, Any] = {"family": "poisson", "fit_intercept": fit_intercept}
    options |= {"tol": 1e-12, "standardize": False}
    counts = fastreg.path(X, y, offset=np.log(exposure), alphas=alphas, **options)
    scaled = alphas * 25 / exposure.sum()
    rates = fastreg.path(
        X, y / exposure, sample_weight=exposure, alphas=scaled, **options
    )
    assert_allclose(rates.coefs, counts.coefs, atol=1e-6)
    assert_allclose(rates.intercepts, counts.intercepts, atol=1e-6)


@pytest.mark.parametrize("name", [n for n in problems.PROBLEMS if "two" not in n])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_nasty_problems_are_optimal(name: str, family: str, l1_ratio: float) -> None:
    X, y = problems.family_data(family, name)
    options: dict[str, Any] = {"family": family, "l1_ratio": l1_ratio}
    path = fastreg.path(X, y, alphas=12, eps=0.01, tol=1e-8, **options)
    assert path.dual_gaps.max() <= 1e-8
    assert problems.recomputed_gaps(path, X, y, **options).max() <= 1.1e-8
    scale = problems.reference_problem(X, y, 1.0).scale
    assert_allclose(path.coefs[scale == 0.0], 0.0)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [1e-12, 1e-3, 10.0, 300.0, -1e4])
def test_offsets_tiny_and_huge(family: str, size: float) -> None:
    """A shift that is the same for all rows goes into the intercept, however large."""
    X, y = problems.family_data(family)
    offset = size * np.ones(len(y))
    offset[::2] += 1e-3
    options: dict[str, Any] = {
        "family": family,
        "offset": offset,
        "alphas": [0.1, 0.02],
    }
    path = fastreg.path(X, y, tol=1e-9, **options)
    options.pop("alphas")
    assert problems.recomputed_gaps(path, X, y, **options).max() <= 1.1e-9
    assert np.all(np.isfinite(path.predict(X, offset=offset)))


@pytest.mark.parametrize("family", FAMILIES)
def test_gaps_are_never_claimed_that_are_not_met(family: str) -> None:
    """Down to maximum likelihood, on data of which some are separated."""
    for name in ("tall", "square", "collinear", "offset_scales"):
        X, y = problems.family_data(family, name)
        options: dict[str, Any] = {"family": family}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fastreg.ConvergenceWarning)
            warnings.simplefilter("ignore", fastreg.SeparationWarning)
            path = fastreg.path(X, y, alphas=[0.1, 1e-3, 1e-5], **options)
        gaps = problems.recomputed_gaps(path, X, y, **options)
        assert np.all(np.isfinite(path.coefs))
        assert np.all(gaps <= 1.5 * path.dual_gaps + 1e-9)
        unmet = path.dual_gaps > path.tol
        assert [status == "converged" for status in path.status] == (~unmet).tolist()
