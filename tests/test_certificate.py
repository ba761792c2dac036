"""`certify`: the audit of coefficients, whoever computed them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import problems
from fastreg import Certificate, certify, reference


def solved(**options: Any) -> tuple[Any, Any, Any, float]:
    X, y = problems.offset_scales()
    problem = problems.reference_problem(X, y, **options)
    return X, y, *reference.coordinate_descent(problem)


@pytest.mark.parametrize(
    "options",
    [
        {"alpha": 0.5},
        {"alpha": 0.5, "l1_ratio": 0.3},
        {"alpha": 0.5, "l1_ratio": 0.0},
        {"alpha": 0.5, "standardize": False},
        {"alpha": 0.5, "fit_intercept": False},
        {"alpha": 0.5, "positive": True},
        {"alpha": 0.0},
        {"alpha": 0.5, "sample_weight": problems.weights(50)},
    ],
    ids=",".join,
)
def test_certifies_the_optimum(options: dict[str, Any]) -> None:
    X, y, coef, intercept = solved(**options)
    found = certify(X, y, coef, intercept, **options)
    assert abs(found.relative_gap) < 1e-12
    assert found.kkt_violation < 1e-5 * np.sqrt(found.null_objective)
    worse = certify(X, y, coef * 1.01 + 1e-4, intercept, **options)
    assert worse.relative_gap > 1e-6
    assert worse.kkt_violation > found.kkt_violation


def test_fields_are_consistent() -> None:
    X, y, coef, intercept = solved(alpha=2.0, l1_ratio=0.5)
    found = certify(X, y, 0 * coef, y.mean(), alpha=2.0, l1_ratio=0.5)
    assert_allclose(found.null_objective, y.var() / 2)
    assert_allclose(found.primal, found.null_objective)
    assert_allclose(found.dual_gap, found.primal - found.dual)
    assert_allclose(found.relative_gap, found.dual_gap / found.null_objective)
    best = certify(X, y, coef, intercept, alpha=2.0, l1_ratio=0.5)
    assert found.dual <= best.primal <= found.primal
    assert (found.alpha, found.l1_ratio) == (2.0, 0.5)


def test_null_model_is_optimal_exactly_from_alpha_max() -> None:
    X, y = problems.offset_scales()
    largest = reference.alpha_max(problems.reference_problem(X, y, 1.0))
    null = np.zeros(12)
    assert abs(certify(X, y, null, y.mean(), alpha=largest).relative_gap) < 1e-14
    assert certify(X, y, null, y.mean(), alpha=0.9 * largest).relative_gap > 1e-3


def test_audits_scikit_learn_with_its_own_objective() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = problems.offset_scales()
    model = linear_model.ElasticNet(alpha=0.3, l1_ratio=0.7, tol=1e-13, max_iter=10**6)
    model.fit(X, y)
    found = certify(
        X,
        y,
        model.coef_,
        model.intercept_,
        alpha=0.3,
        l1_ratio=0.7,
        standardize=False,
    )
    assert abs(found.relative_gap) < 1e-11
    sparse = certify(
        X,
        y,
        model.sparse_coef_,
        model.intercept_,
        alpha=0.3,
        l1_ratio=0.7,
        standardize=False,
    )
    assert sparse == found


@pytest.mark.parametrize("shape", [(-1,), (1, -1), (-1, 1)])
@pytest.mark.parametrize("sparse", [None, "csr_array", "csc_matrix"])
def test_forms_of_coef(shape: tuple[int, ...], sparse: str | None) -> None:
    X, y, coef, intercept = solved(alpha=5.0)
    given: Any = coef.reshape(shape)
    if sparse is not None:
        given = getattr(pytest.importorskip("scipy.sparse"), sparse)(
            np.atleast_2d(given)
        )
    expected = certify(X, y, coef, intercept, alpha=5.0)
    assert certify(X, y, given, intercept, alpha=5.0) == expected
    assert certify(X, y, given, np.array([intercept]), alpha=5.0) == expected


def test_integers_lists_and_float32_are_accepted() -> None:
    X, y = [[0, 1], [1, 0], [2, 5]], [1, 2, 4]
    found = certify(X, y, [1, 0], 1, alpha=1, standardize=False)
    assert found.primal == pytest.approx(1 / 6 + 1)
    single = certify(np.float32(X), np.float32(y), [1, 0], 1, alpha=1)
    assert single.primal > 0


def test_negative_coefficients_violate_positive() -> None:
    X, y, coef, intercept = solved(alpha=0.5)
    assert coef.min() < 0
    found = certify(X, y, coef, intercept, alpha=0.5, positive=True)
    assert found.relative_gap == np.inf
    assert found.kkt_violation == np.inf
    assert np.isfinite(found.dual)


def test_constant_y_is_certified_absolutely() -> None:
    X, _ = problems.offset_scales()
    found = certify(X, np.full(50, 0.1), np.zeros(12), 0.1, alpha=1.0)
    assert found.null_objective == 0.0
    assert found.relative_gap == found.dual_gap
    assert found.dual_gap < 1e-30


def test_is_frozen_and_prints_the_audited_objective() -> None:
    X, y, coef, intercept = solved(alpha=0.5)
    found = certify(X, y, coef, intercept, alpha=0.5)
    assert isinstance(found, Certificate)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.alpha = 1.0  # type: ignore[misc]
    text = repr(found)
    assert "1/(2n) |y - b0 - Xb|^2 + alpha |s*b|_1, s = sd of the columns" in text
    assert "alpha=0.5, l1_ratio=1, standardize=True" in text
    for line in ("relative gap", "KKT", "primal", "dual gap", "null objective"):
        assert line in text


def test_repr_follows_the_options() -> None:
    X, y = problems.offset_scales()
    null = np.zeros(12)
    raw = certify(X, y, null, alpha=1, fit_intercept=False, standardize=False)
    assert "1/(2n) |y - Xb|^2 + alpha |b|_1\n" in repr(raw)
    ridge = certify(X, y, null, alpha=1, l1_ratio=0, standardize=False)
    assert "alpha/2 |b|_2^2\n" in repr(ridge)
    mixed = certify(X, y, null, alpha=1, l1_ratio=0.5, positive=True)
    assert "l1_ratio |s*b|_1 + (1 - l1_ratio)/2 |s*b|_2^2" in repr(mixed)
    assert "b >= 0" in repr(mixed)
    weighted = certify(X, y, null, alpha=1, sample_weight=problems.weights(50))
    assert "w_i" in repr(weighted)
