"""The adaptive Lasso: weights from a first fit, and a path with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastreg
from fastreg import reference
from problems import (
    FAMILIES,
    PROBLEMS,
    ar1,
    family_data,
    recomputed_class_gaps,
    recomputed_gaps,
    reference_problem,
    weights,
)


def data_of(family: str, name: str = "tall") -> Any:
    return PROBLEMS[name]() if family == "gaussian" else family_data(family, name)


# --- definitions ----------------------------------------------------------------


@pytest.mark.parametrize("stage", ["ridge", "lasso"])
@pytest.mark.parametrize("family", ["gaussian", *FAMILIES])
def test_factors_are_the_reference(family: str, stage: str) -> None:
    X, y = data_of(family)
    w = weights(len(y))
    v = np.ones(X.shape[1])
    free = 0.0 if family == "gaussian" else 0.5
    v[:3] = [free, np.inf, 2.0]
    options: dict[str, Any] = {"sample_weight": w, "penalty_factor": v}
    found = fastreg.adaptive(
        X,
        y,
        stage=stage,
        first_alpha=0.05 if stage == "lasso" else None,
        family=family,
        alphas=[0.1],
        power=1.5,
        **options,
    )
    problem = reference_problem(X, y, 1.0, family=family, **options)
    expected = reference.adaptive_factor(problem, found.first_coef, 1.5)
    factor = found.path.penalty_factor
    assert factor is not None
    assert np.array_equal(np.isinf(factor), np.isinf(expected))
    finite = np.isfinite(expected)
    assert np.allclose(factor[finite], expected[finite], rtol=1e-10)
    assert (factor[0] == 0.0) == (free == 0.0)
    assert factor[1] == np.inf
    assert found.weights[v > 0].min() == 1.0


@pytest.mark.parametrize("family", ["gaussian", *FAMILIES])
def test_gaps_are_those_of_the_second_stage(family: str) -> None:
    X, y = data_of(family)
    path = fastreg.adaptive(X, y, family=family, alphas=12).path
    gaps = recomputed_class_gaps if family == "multinomial" else recomputed_gaps
    found = gaps(path, X, y, family=family, penalty_factor=path.penalty_factor)
    assert np.all(found <= path.dual_gaps + 1e-12)
    assert np.all(path.dual_gaps <= path.tol)


@pytest.mark.parametrize("stage", ["ridge", "lasso"])
@pytest.mark.parametrize("family", ["gaussian", *FAMILIES])
def test_given_alpha_is_that_of_a_path(family: str, stage: str) -> None:
    X, y = data_of(family)
    mix = 0.0 if stage == "ridge" else 1.0
    first = fastreg.path(X, y, family=family, l1_ratio=mix, alphas=[0.05])
    found = fastreg.adaptive(
        X, y, family=family, stage=stage, first_alpha=0.05, alphas=6
    )
    assert found.first_alpha == 0.05
    assert np.array_equal(found.first_coef, first.coefs[..., 0])
    again = fastreg.adaptive(
        X, y, family=family, stage=found.first_coef, alphas=found.path.alphas
    )
    assert again.first is None
    assert again.first_alpha is None
    assert np.allclose(again.path.coefs, found.path.coefs, atol=1e-4)


def test_ridge_is_chosen_by_leaving_out_rows() -> None:
    X, y = PROBLEMS["tall"]()
    offset = np.linspace(-1.0, 1.0, len(y))
    found = fastreg.adaptive(X, y, offset=offset, alphas=5)
    chosen = fastreg.ridge_cv(X, y, offset=offset)
    assert found.first_alpha == chosen.alpha
    assert np.allclose(found.first_coef, chosen.coef)
    assert isinstance(found.first, fastreg.RidgeSelection)
    assert "Adaptive lasso path" in repr(found)


def test_least_squares_first() -> None:
    """Zou's article, worked out: scaled columns X_j |b_j|, a Lasso, scaled back."""
    X, y = ar1(100, 6, seed=2)
    found = fastreg.adaptive(
        X, y, first_alpha=0.0, standardize=False, alphas=20, tol=1e-12
    )
    b = np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=None)[0]
    size = np.abs(b) / np.abs(b).max()
    alphas = found.path.alphas
    lasso = fastreg.path(X * size, y, standardize=False, alphas=alphas, tol=1e-12)
    expected = lasso.coefs * size[:, np.newaxis]
    assert np.allclose(found.path.coefs, expected, atol=1e-6)


# --- what it is for ---------------------------------------------------------------


def test_shrinks_large_coefficients_less() -> None:
    rng = np.random.default_rng(4)
    X = rng.standard_normal((200, 30))
    truth = np.zeros(30)
    truth[:3] = [3.0, -2.0, 1.0]
    y = X @ truth + rng.standard_normal(200)
    adaptive = fastreg.adaptive(X, y).path.select("bic")
    lasso = fastreg.path(X, y).select("bic")
    assert adaptive.support.tolist() == [0, 1, 2]
    error = np.abs(adaptive.coef - truth).max()
    assert error < np.abs(lasso.coef - truth).max()


def test_a_lasso_first_leaves_features_out() -> None:
    X, y = ar1(40, 200, seed=6)
    found = fastreg.adaptive(X, y, stage="lasso")
    out = np.isinf(found.weights)
    assert 0 < out.sum() < 200
    assert np.array_equal(out, found.first_coef == 0.0)
    assert not found.path.coefs[out].any()
    assert isinstance(found.first, fastreg.CVResult)


def test_nothing_found_first_is_a_null_path() -> None:
    X, y = PROBLEMS["tall"]()
    found = fastreg.adaptive(X, y, stage=np.zeros(X.shape[1]))
    assert np.all(np.isinf(found.weights))
    assert not found.path.coefs.any()
    assert np.allclose(found.path.intercepts, y.mean())


# --- invariances ------------------------------------------------------------------


@given(unit=st.floats(1e-3, 1e3), power=st.floats(0.3, 2.0))
def test_units_of_y(unit: float, power: float) -> None:
    X, y = PROBLEMS["tall"]()
    one = fastreg.adaptive(X, y, power=power, alphas=[0.3, 0.05], tol=1e-12)
    other = fastreg.adaptive(
        X, unit * y, power=power, alphas=[0.3 * unit, 0.05 * unit], tol=1e-12
    )
    assert np.allclose(other.weights, one.weights, rtol=1e-6)
    assert np.allclose(other.path.coefs, unit * one.path.coefs, atol=1e-5 * unit)


@given(exponent=st.integers(-6, 6))
def test_units_of_columns(exponent: int) -> None:
    X, y = PROBLEMS["tall"]()
    unit = np.ones(X.shape[1])
    unit[1] = 10.0**exponent
    one = fastreg.adaptive(X, y, alphas=[0.3, 0.05], tol=1e-12)
    other = fastreg.adaptive(X * unit, y, alphas=[0.3, 0.05], tol=1e-12)
    assert np.allclose(other.weights, one.weights, rtol=1e-6)
    coefs = other.path.coefs * unit[:, np.newaxis]
    assert np.allclose(coefs, one.path.coefs, atol=1e-5)


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_rows_without_weight_are_as_if_left_out(family: str) -> None:
    X, y = data_of(family)
    w = np.ones(len(y))
    w[::5] = 0.0
    options: dict[str, Any] = {"family": family, "alphas": [0.1, 0.02]}
    options |= {"first_alpha": 0.1, "tol": 1e-12}
    masked = fastreg.adaptive(X, y, sample_weight=w, **options)
    left = fastreg.adaptive(X[w > 0], y[w > 0], **options)
    # The first stage ends at a gap of 1e-6.
    assert np.allclose(masked.path.coefs, left.path.coefs, atol=1e-3)


def test_bounds_are_those_of_the_second_stage() -> None:
    X, y = PROBLEMS["tall"]()
    found = fastreg.adaptive(X, y, positive=True)
    assert found.first_coef.min() < 0.0
    assert found.path.coefs.min() == 0.0


# --- bad input --------------------------------------------------------------------


def test_bad_input() -> None:
    X, y = PROBLEMS["tall"]()
    with pytest.raises(ValueError, match="stage must be 'ridge', 'lasso' or"):
        fastreg.adaptive(X, y, stage="ols")
    with pytest.raises(ValueError, match="power must be above 0"):
        fastreg.adaptive(X, y, power=0.0)
    with pytest.raises(ValueError, match=r"stage has shape \(3,\)"):
        fastreg.adaptive(X, y, stage=np.ones(3))
    with pytest.raises(ValueError, match="finite coefficients"):
        fastreg.adaptive(X, y, stage=np.full(X.shape[1], np.nan))
    with pytest.raises(ValueError, match="first_alpha is for one that is fitted"):
        fastreg.adaptive(X, y, stage=np.ones(X.shape[1]), first_alpha=1.0)
    with pytest.raises(ValueError, match="first_alpha must be >= 0"):
        fastreg.adaptive(X, y, first_alpha=-1.0)
    with pytest.raises(TypeError, match="adaptive got 'gamma'"):
        fastreg.adaptive(X, y, gamma=1.0)
    with pytest.raises(ValueError, match="family must be one of"):
        fastreg.adaptive(X, y, family="gamma")
