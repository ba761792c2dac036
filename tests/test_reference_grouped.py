"""The reference's grouped multinomial: a feature is in or out for all classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import problems
from fastreg import certify
from fastreg import reference as ref

OPTIONS: list[dict[str, Any]] = [
    {},
    {"l1_ratio": 0.5, "standardize": False},
    {"l1_ratio": 0.8, "fit_intercept": False},
    {"sample_weight": problems.weights},
]


def make(name: str = "tall", fraction: float = 0.1, **options: Any) -> ref.Problem:
    X, y = problems.family_data("multinomial", name)
    if "sample_weight" in options:
        options["sample_weight"] = problems.weights(len(y))
    problem = ref.Problem(X, y, 1.0, family="multinomial", grouped=True, **options)
    return replace(problem, alpha=fraction * ref.alpha_max(problem))


@pytest.mark.parametrize("options", OPTIONS, ids=["lasso", "mix", "origin", "weights"])
@pytest.mark.parametrize("name", problems.PROBLEMS)
def test_converges_and_satisfies_the_optimality_conditions(
    name: str, options: dict[str, Any]
) -> None:
    problem = make(name, **options)
    coef, intercept = ref.coordinate_descent(problem)
    assert 0.0 <= ref.relative_gap(problem, coef, intercept) <= 1e-13
    size = ref.null_objective(problem) + problem.alpha
    assert ref.kkt_violation(problem, coef, intercept) <= 1e-6 * size
    # All classes or none.
    assert np.all((coef != 0.0).all(axis=0) | (coef == 0.0).all(axis=0))
    theta, u = ref.dual_point(problem, coef)
    primal, dual = ref.primal(problem, coef, intercept), ref.dual(problem, theta, u)
    assert abs(primal - dual) <= 1e-13 * (1 + abs(primal) + ref.null_objective(problem))


@pytest.mark.parametrize("options", OPTIONS, ids=["lasso", "mix", "origin", "weights"])
@pytest.mark.parametrize("name", ["tall", "wide", "constant_columns"])
def test_alpha_max_is_the_smallest_that_gives_zeros(
    name: str, options: dict[str, Any]
) -> None:
    problem = make(name, 1.0, **options)
    above = replace(problem, alpha=problem.alpha * (1 + 1e-9))
    assert_allclose(ref.coordinate_descent(above)[0], 0.0)
    below = replace(problem, alpha=problem.alpha * 0.99)
    assert np.any(ref.coordinate_descent(below)[0] != 0.0)


def test_penalty_is_of_norms_over_the_classes() -> None:
    problem = make(l1_ratio=0.4)
    coef = np.random.default_rng(0).standard_normal((3, 8))
    scaled = coef * problem.scale
    lasso, ridge = np.linalg.norm(scaled, axis=0).sum(), (scaled**2).sum() / 2
    expected = problem.alpha * (0.4 * lasso + 0.6 * ridge)
    assert_allclose(ref.penalty(problem, coef), expected)


def test_conjugate_is_the_largest_of_what_it_bounds() -> None:
    problem = make(l1_ratio=0.4)
    rng = np.random.default_rng(0)
    u = problem.alpha * rng.standard_normal((3, 8))
    conjugate = ref.conjugate(problem, u)
    best = np.full(8, -np.inf)
    for size in (0.0, 0.01, 0.1, 0.5, 1.0, 2.0):
        for _ in range(300):
            b = size * (u / problem.alpha + 0.1 * rng.standard_normal((3, 8)))
            h = problem.l1 * np.linalg.norm(b, axis=0) + problem.l2 * (b**2).sum(0) / 2
            best = np.maximum(best, (u * b).sum(axis=0) - h)
    assert np.all(best <= conjugate + 1e-14)
    # It is attained on the ray of u.
    length = np.linalg.norm(u, axis=0)
    b = u / length * np.maximum(length - problem.l1, 0) / problem.l2
    h = problem.l1 * np.linalg.norm(b, axis=0) + problem.l2 * (b**2).sum(axis=0) / 2
    assert_allclose((u * b).sum(axis=0) - h, conjugate, atol=1e-15)


def test_gap_bounds_the_suboptimality() -> None:
    rng = np.random.default_rng(0)
    for l1_ratio in (1.0, 0.5):
        problem = make(l1_ratio=l1_ratio)
        best, intercept = ref.coordinate_descent(problem)
        least = ref.primal(problem, best, intercept)
        for size in (1e-6, 1e-3, 0.1, 10.0):
            coef = best + size * rng.standard_normal(best.shape)
            b0 = intercept + size * rng.standard_normal(3)
            more = ref.primal(problem, coef, b0) - least
            assert 0.0 < more <= ref.dual_gap(problem, coef, b0)
            assert ref.kkt_violation(problem, coef, b0) > 0.0


def test_ridge_has_no_groups() -> None:
    X, y = problems.family_data("multinomial")
    plain = ref.Problem(X, y, 0.05, 0.0, family="multinomial")
    a, b = ref.coordinate_descent(plain)
    c, d = ref.coordinate_descent(replace(plain, grouped=True))
    assert_allclose(a, c, atol=1e-6)
    assert_allclose(b, d, atol=1e-6)


def test_two_classes_are_binomial() -> None:
    """The norm of (-b/2, b/2) is |b| / sqrt 2."""
    X, y = problems.family_data("binomial")
    two = ref.Problem(X, y, 0.06, family="multinomial", grouped=True)
    one = ref.Problem(X, y, 0.06 / np.sqrt(2), family="binomial")
    coefs, intercepts = ref.coordinate_descent(two)
    coef, intercept = ref.coordinate_descent(one)
    assert_allclose(coefs, [-coef / 2, coef / 2], atol=1e-6)
    assert_allclose(intercepts, [-intercept / 2, intercept / 2], atol=1e-6)
    assert_allclose(ref.alpha_max(two), np.sqrt(2) * ref.alpha_max(one))


def test_factors_exclude_or_free_a_feature() -> None:
    factor = np.array([0, 1, 1, np.inf, 1, 1, 3, 1])
    problem = make(penalty_factor=factor)
    coef, intercept = ref.coordinate_descent(problem)
    assert ref.relative_gap(problem, coef, intercept) <= 1e-13
    assert np.all(coef[:, 0] != 0.0)
    assert np.all(coef[:, 3] == 0.0)
    above = make(fraction=1 + 1e-6, penalty_factor=factor)
    null = ref.coordinate_descent(above)[0]
    assert np.flatnonzero(null.any(axis=0)).tolist() == [0]


def test_certify_audits_groups() -> None:
    problem = make(l1_ratio=0.5)
    coef, intercept = ref.coordinate_descent(problem)
    options: dict[str, Any] = {"l1_ratio": 0.5, "family": "multinomial"}
    fit = problem.X, problem.y, coef, intercept
    found = certify(*fit, alpha=problem.alpha, grouped=True, **options)
    assert 0.0 <= found.relative_gap <= 1e-13
    assert certify(*fit, alpha=problem.alpha, **options).relative_gap > 1e-3
