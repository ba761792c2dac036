"""Relaxed paths: refits of the supports of a path, and their mixtures with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import fastreg
from fastreg import reference
from fastreg._matrix import DenseMatrix
from fastreg._refit_gram import GramRefits
from fastreg._relax import relax
from fastreg._relaxed import solution_of
from fastreg._solve import Data, Settings
from problems import FAMILIES, PROBLEMS, ar1, family_data, reference_problem, weights


def data_of(family: str, name: str = "tall") -> Any:
    return PROBLEMS[name]() if family == "gaussian" else family_data(family, name)


LASSO = Settings(1.0, True, True, 1e-6, 1000)


def check_against_reference(
    relaxed: Any, X: Any, y: Any, gamma: float = 0.0, *, tol: float, **options: Any
) -> None:
    """Coefficients of a mixture, and the gap of each refit, by the reference."""
    path = relaxed.path
    for k, alpha in enumerate(relaxed.alphas):
        problem = reference_problem(
            X, y, alpha, family=path.family, l1_ratio=path.l1_ratio, **options
        )
        pair = path.coefs[..., k], path.intercepts[..., k]
        b, b0 = reference.relaxed(problem, *pair, gamma)
        found, found0 = relaxed.coefs(gamma)[..., k], relaxed.intercepts(gamma)[..., k]
        scale = problem.scale * np.abs(b).max() + 1e-300
        assert np.abs((found - b) * problem.scale / scale.max()).max() <= tol
        eta = np.asarray(X) @ (found - b).T + (found0 - b0)
        assert np.abs(eta).max() <= tol * (1 + np.abs(np.asarray(X) @ b.T + b0).max())
        part = reference.refit_problem(problem, pair[0])
        refit = relaxed.refit
        solution = refit.coefs[..., k], refit.intercepts[..., k]
        excess = reference.primal(part, *solution)
        excess -= reference.primal(part, *reference.relaxed(problem, *pair, 0.0))
        excess /= reference.null_objective(part)
        assert excess <= refit.dual_gaps[k] + 1e-12
        if "upper_bounds" not in options:  # else the reference's gap is of first order
            gap = reference.relative_gap(part, *solution)
            assert gap <= refit.dual_gaps[k] + 1e-12
        assert refit.dual_gaps[k] <= path.tol
        ratio = reference.deviance_ratio(part, *solution)
        assert refit.deviance_ratio[k] == pytest.approx(ratio, abs=1e-9)


# --- definitions ----------------------------------------------------------------


@pytest.mark.parametrize("problem", sorted(PROBLEMS))
def test_least_squares_are_the_reference(problem: str) -> None:
    X, y = PROBLEMS[problem]()
    relaxed = fastreg.relaxed_path(X, y, alphas=25, eps=1e-3)
    check_against_reference(relaxed, X, y, tol=1e-6)


@pytest.mark.parametrize("problem", ["duplicated", "dependent"])
def test_dependent_columns_have_the_least_norm(problem: str) -> None:
    X, y = PROBLEMS[problem]()
    # Without a penalty on them, all columns are in every support.
    free = dict.fromkeys(range(X.shape[1] - 1), 0.0)
    relaxed = fastreg.relaxed_path(X, y, alphas=[0.1, 0.01], penalty_factor=free)
    factor = np.append(np.zeros(X.shape[1] - 1), 1.0)
    check_against_reference(relaxed, X, y, tol=1e-7, penalty_factor=factor)


@pytest.mark.parametrize("family", FAMILIES)
def test_families_are_the_reference(family: str) -> None:
    X, y = family_data(family)
    alphas = [0.3, 0.1, 0.05, 0.02]
    relaxed = fastreg.relaxed_path(X, y, family=family, alphas=alphas, tol=1e-12)
    assert len(relaxed.alphas) == 4
    check_against_reference(relaxed, X, y, tol=1e-4)


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("family", ["gaussian", *FAMILIES])
def test_every_option_is_the_reference(family: str, gamma: float) -> None:
    X, y = data_of(family)
    n, p = X.shape
    w = weights(n)
    w[-4:] = 0.0
    factor = np.ones(p)
    factor[:3] = [0.0, np.inf, 2.0]
    offset = 0.2 * np.sin(np.arange(n))
    if family == "multinomial":
        offset = np.stack([offset, 0 * offset, -offset], axis=1)
    options: dict[str, Any] = {
        "sample_weight": w,
        "penalty_factor": factor,
        "lower_bounds": -0.2,
        "upper_bounds": 0.5,
        "offset": offset,
        "standardize": False,
    }
    alphas = [0.2, 0.1, 0.05, 0.01]
    relaxed = fastreg.relaxed_path(
        X, y, family=family, alphas=alphas, l1_ratio=0.9, tol=1e-13, **options
    )
    assert relaxed.refit.coefs.max() == 0.5
    check_against_reference(relaxed, X, y, gamma, tol=1e-5, **options)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("family", FAMILIES)
def test_likelihoods_with_weights_and_offset(family: str, fit_intercept: bool) -> None:
    X, y = family_data(family)
    w = weights(len(y))
    w[::7] = 0.0
    offset = 0.5 * np.cos(np.arange(len(y)))
    if family == "multinomial":
        offset = np.stack([offset, 0 * offset, -offset], axis=1)
    options: dict[str, Any] = {
        "sample_weight": w,
        "offset": offset,
        "fit_intercept": fit_intercept,
    }
    alphas = [0.2, 0.1, 0.05, 0.02, 0.01]
    relaxed = fastreg.relaxed_path(
        X + 3.0, y, family=family, alphas=alphas, tol=1e-12, **options
    )
    assert len(relaxed.alphas) == 5
    check_against_reference(relaxed, X + 3.0, y, tol=1e-5, **options)


@pytest.mark.parametrize("family", FAMILIES)
def test_alike_columns_in_a_support(family: str) -> None:
    X, y = family_data(family)
    options: dict[str, Any] = {"family": family, "l1_ratio": 0.5, "tol": 1e-10}
    twice = fastreg.relaxed_path(np.hstack([X, X]), y, alphas=[0.1, 0.05], **options)
    assert np.all(twice.path.n_nonzero % 2 == 0)
    used = twice.path.coefs.reshape(-1, 2 * X.shape[1], 2).any(axis=0)
    for k, alpha in enumerate(twice.alphas):
        columns = np.flatnonzero(used[: X.shape[1], k])
        once = fastreg.path(X[:, columns], y, family=family, alphas=[0.0], tol=1e-10)
        means = "predict" if family == "poisson" else "predict_proba"
        found = getattr(twice, means)(np.hstack([X, X]), alpha)
        expected = getattr(once, means)(X[:, columns], 0.0)
        assert np.allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_a_group_without_counts_ends_the_refits() -> None:
    """Without a penalty its coefficient would go to minus infinity."""
    X, y = family_data("poisson")
    group = (np.arange(len(y)) % 3 == 0).astype(float)
    y[group > 0] = 0.0
    X = np.column_stack([X, group])
    relaxed = fastreg.relaxed_path(X, y, family="poisson")
    r = len(relaxed.alphas)
    assert relaxed.stopped == "separated"
    assert not relaxed.path.coefs[-1, :r].any()
    assert relaxed.path.coefs[-1, r] < 0.0


def test_no_intercept_is_the_reference() -> None:
    X, y = PROBLEMS["offset_scales"]()
    relaxed = fastreg.relaxed_path(X, y, alphas=20, fit_intercept=False)
    assert not relaxed.intercepts().any()
    check_against_reference(relaxed, X, y, tol=1e-6, fit_intercept=False)


def test_grouped_classes_are_the_reference() -> None:
    X, y = family_data("multinomial")
    options: dict[str, Any] = {"grouped": True}
    relaxed = fastreg.relaxed_path(
        X, y, family="multinomial", alphas=[0.2, 0.1, 0.05], tol=1e-12, **options
    )
    check_against_reference(relaxed, X, y, tol=1e-4, **options)
    assert np.allclose(relaxed.coefs().sum(axis=0), 0.0, atol=1e-9)


def test_supports_that_change_a_lot() -> None:
    """One factor for all of them is as good as a new one for each."""
    X, y = ar1(120, 90, seed=5)
    rng = np.random.default_rng(0)
    refits = GramRefits(DenseMatrix(X), y, None, fit_intercept=True)
    for _ in range(60):
        support = np.sort(rng.choice(90, rng.integers(1, 90), replace=False))
        found = refits.fit(support)
        assert found is not None
        A = np.column_stack([np.ones(120), X[:, support]])
        expected = np.linalg.lstsq(A, y, rcond=None)[0]
        assert np.allclose(found.coef, expected[1:], rtol=1e-8, atol=1e-10)
        assert found.intercept == pytest.approx(expected[0], abs=1e-9)


# --- mixtures -------------------------------------------------------------------


@given(gamma=st.floats(0.0, 1.0), share=st.floats(0.0, 1.0))
def test_mixture_is_linear(gamma: float, share: float) -> None:
    X, y = PROBLEMS["tall"]()
    relaxed = fastreg.relaxed_path(X, y, alphas=[0.5, 0.2, 0.05])
    alpha = 0.2 + share * 0.3
    expected = gamma * relaxed.path.coef_at(alpha)
    expected += (1 - gamma) * relaxed.refit.coef_at(alpha)
    assert np.allclose(relaxed.coef_at(alpha, gamma), expected)
    fitted = X @ expected + relaxed.intercept_at(alpha, gamma)
    assert np.allclose(relaxed.predict(X, alpha, gamma), fitted)


@pytest.mark.parametrize("family", ["gaussian", *FAMILIES])
def test_ends_are_the_path_and_the_refit(family: str) -> None:
    X, y = data_of(family)
    relaxed = fastreg.relaxed_path(X, y, family=family, alphas=12)
    r = len(relaxed.alphas)
    assert np.array_equal(relaxed.coefs(1.0), relaxed.path.coefs[..., :r])
    assert np.array_equal(relaxed.coefs(0.0), relaxed.refit.coefs)
    assert np.array_equal(relaxed.intercepts(1.0), relaxed.path.intercepts[..., :r])
    some = relaxed.alphas[[1, 3]]
    for gamma, part in ((1.0, relaxed.path), (0.0, relaxed.refit)):
        assert np.array_equal(
            relaxed.predict(X, gamma=gamma), part.predict(X, relaxed.alphas)
        )
        assert np.array_equal(relaxed.predict(X, some, gamma), part.predict(X, some))
        if part.classes is not None:
            assert np.allclose(
                relaxed.predict_proba(X, some[0], gamma), part.predict_proba(X, some[0])
            )
    used = (relaxed.path.coefs[..., :r] != 0.0).reshape(-1, X.shape[1], r).any(axis=0)
    refitted = (relaxed.refit.coefs != 0.0).reshape(-1, X.shape[1], r).any(axis=0)
    assert np.array_equal(used, refitted)


def test_refits_explain_more() -> None:
    X, y = PROBLEMS["tall"]()
    relaxed = fastreg.relaxed_path(X, y)
    assert np.all(relaxed.refit.deviance_ratio >= relaxed.path.deviance_ratio - 1e-12)
    assert relaxed.refit.deviance_ratio[10] > relaxed.path.deviance_ratio[10] + 0.01
    assert "Relaxed lasso path" in repr(relaxed)
    assert relaxed.stopped is None


def test_criteria_choose_among_refits() -> None:
    rng = np.random.default_rng(3)
    X = rng.standard_normal((100, 40))
    y = X[:, :4] @ [2.0, -2.0, 1.5, 1.0] + rng.standard_normal(100)
    relaxed = fastreg.relaxed_path(X, y)
    chosen = relaxed.refit.select("ebic")
    assert chosen.support.tolist() == [0, 1, 2, 3]
    assert np.allclose(relaxed.refit.effective_df(X), 1 + relaxed.refit.n_nonzero)


# --- where refits end -------------------------------------------------------------


def test_large_supports_end_the_refits() -> None:
    X, y = PROBLEMS["wide"]()
    relaxed = fastreg.relaxed_path(X, y)
    sizes = relaxed.path.n_nonzero
    r = len(relaxed.alphas)
    assert relaxed.stopped == "max_nonzero"
    assert sizes[:r].max() <= len(y) - 3 < sizes[r]
    few = fastreg.relaxed_path(X, y, max_nonzero=2)
    assert few.path.n_nonzero[: len(few.alphas)].max() == 2
    assert few.path.n_nonzero[len(few.alphas)] > 2
    none = fastreg.relaxed_path(X, y, max_nonzero=0)
    assert not none.coefs().any()
    assert np.allclose(none.intercepts(), y.mean())
    with pytest.raises(ValueError, match=r"was not refitted.*larger than max_nonzero"):
        few.predict(X, few.path.alphas[-1])
    with pytest.raises(ValueError, match=r"first alpha, 0\.01, has .* features"):
        fastreg.relaxed_path(X, y, alphas=[0.01], max_nonzero=0)


@pytest.mark.parametrize("family", ["binomial", "multinomial"])
def test_separated_supports_end_the_refits(family: str) -> None:
    X, y = family_data(family)
    X = np.column_stack([X, 3.0 * y + 0.1 * X[:, 0]])
    relaxed = fastreg.relaxed_path(X, y, family=family)
    assert relaxed.stopped == "separated"
    r = len(relaxed.alphas)
    assert r >= 1
    assert not (relaxed.path.coefs[..., -1, :r]).any()
    assert (relaxed.path.coefs[..., -1, r]).any()
    alphas = relaxed.path.alphas[r:]
    with pytest.raises(ValueError, match="no maximum: nothing can be refitted"):
        fastreg.relaxed_path(X, y, family=family, alphas=alphas)


def test_time_ends_the_refits() -> None:
    X, y = ar1(60, 40)
    path = fastreg.path(X, y)
    data = Data(DenseMatrix(X), y, None)
    watch = fastreg._watch.Watch(max_time=1e-9)
    found = relax(solution_of(path), data, LASSO, None, watch)
    assert found.stop == "max_time"


# --- what cross-validation needs ----------------------------------------------------


@pytest.mark.parametrize("family", ["gaussian", *FAMILIES])
def test_rows_without_weight_are_as_if_left_out(family: str) -> None:
    X, y = data_of(family)
    w = np.ones(len(y))
    w[::4] = 0.0
    options: dict[str, Any] = {"family": family, "alphas": [0.3, 0.1, 0.05]}
    masked = fastreg.relaxed_path(X, y, sample_weight=w, tol=1e-12, **options)
    left = fastreg.relaxed_path(X[w > 0], y[w > 0], tol=1e-12, **options)
    assert np.allclose(masked.coefs(), left.coefs(), atol=1e-4)
    assert masked.refit.n_rows == left.refit.n_rows


def test_relax_takes_a_solution_and_masked_data() -> None:
    X, y = PROBLEMS["tall"]()
    w = np.ones(len(y))
    w[:10] = 0.0
    path = fastreg.path(X, y, sample_weight=w, alphas=10)
    data = Data(DenseMatrix(X), y, w)
    found = relax(solution_of(path), data, LASSO)
    expected = fastreg.relaxed_path(X, y, sample_weight=w, alphas=10)
    assert np.array_equal(found.coefs.dense(), expected.coefs())
    closed = replace(LASSO, lower_bounds=np.full(X.shape[1], -1e9))
    bounded = relax(solution_of(path), data, closed)
    assert np.allclose(bounded.coefs.dense(), expected.coefs(), atol=1e-3)


# --- storages and threads ---------------------------------------------------------


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
@pytest.mark.parametrize("storage", ["F", "C", "float32", "csc", "csr", "design"])
def test_storages_agree(family: str, storage: str) -> None:
    X, y = data_of(family)
    X = np.round(X, 1) * (np.abs(X) > 0.5)
    options: dict[str, Any] = {"family": family, "alphas": 15, "tol": 1e-10}
    make: dict[str, Any] = {
        "F": np.asfortranarray,
        "C": np.ascontiguousarray,
        "float32": lambda values: values.astype(np.float32),
        "csc": sparse.csc_array,
        "csr": sparse.csr_matrix,
        "design": fastreg.design.ChunkedDesign,
    }
    if storage == "float32":
        X = X.astype(np.float32).astype(np.float64)
    dense = fastreg.relaxed_path(X, y, **options)
    stored = fastreg.relaxed_path(make[storage](X), y, **options)
    assert np.allclose(stored.coefs(), dense.coefs(), rtol=1e-4, atol=1e-6)


def test_threads_change_nothing() -> None:
    X, y = family_data("binomial")
    one = fastreg.relaxed_path(X, y, family="binomial", n_threads=1)
    two = fastreg.relaxed_path(X, y, family="binomial", n_threads=2)
    assert np.array_equal(one.coefs(), two.coefs())


# --- bad input --------------------------------------------------------------------


def test_bad_input() -> None:
    X, y = PROBLEMS["tall"]()
    with pytest.raises(TypeError, match="max_nonzero must be an int"):
        fastreg.relaxed_path(X, y, max_nonzero=2.5)
    with pytest.raises(ValueError, match="max_nonzero must be at least 1, got -1"):
        fastreg.relaxed_path(X, y, max_nonzero=-1)
    with pytest.raises(TypeError, match="gama"):
        fastreg.relaxed_path(X, y, gama=0.5)
    relaxed = fastreg.relaxed_path(X, y, alphas=5)
    with pytest.raises(ValueError, match=r"gamma must be .*got 1.5"):
        relaxed.coefs(1.5)
    with pytest.raises(ValueError, match="outside the path"):
        relaxed.predict(X, 1e-9)
    with pytest.raises(AttributeError, match="predict_proba is for paths of classes"):
        relaxed.predict_proba(X)
