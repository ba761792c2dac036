"""The kernels of the families with a link against the reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import problems
from fastreg import _core
from fastreg import reference as ref
from fastreg._coefs import SparseCoefs

pytestmark = pytest.mark.core

OPTIONS: list[dict[str, Any]] = [
    {},
    {"l1_ratio": 0.5},
    {"l1_ratio": 0.0},
    {"fit_intercept": False, "standardize": False},
    {"lower_bounds": -0.1, "upper_bounds": 0.3, "l1_ratio": 0.7},
    {"sample_weight": problems.weights, "offset": problems.weights},
]


def fit(
    problem: ref.Problem, alphas: Any, tol: float, coef_init: Any = None
) -> tuple[Any, Any]:
    """The kernel's result for a problem of the reference, and its coefficients."""
    result = _core.elastic_net_path(
        np.asfortranarray(problem.X),
        problem.y,
        alphas=np.asarray(alphas),
        n_alphas=len(alphas),
        eps=0.5,
        coef_init=coef_init,
        tol=tol,
        max_iter=100_000,
        **arguments(problem),
    )
    coefs = (result[name] for name in ("indptr", "indices", "values"))
    return result, SparseCoefs(*coefs, problem.X.shape[1]).dense()


def arguments(problem: ref.Problem) -> dict[str, Any]:
    """Options of a problem as the kernels take them."""
    p = problem.X.shape[1]
    return {
        "sample_weight": problem.sample_weight,
        "l1_ratio": problem.l1_ratio,
        "fit_intercept": problem.fit_intercept,
        "standardize": problem.standardize,
        "penalty_factor": np.full(p, problem.penalty_factor),
        "lower_bounds": np.full(p, problem.lower_bounds),
        "upper_bounds": np.full(p, problem.upper_bounds),
        "family": problem.family,
        "offset": problem.offset,
    }


@pytest.mark.parametrize("options", OPTIONS, ids=",".join)
@pytest.mark.parametrize("name", problems.PROBLEMS)
@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_gaps_are_those_of_the_reference(
    family: str, name: str, options: dict[str, Any]
) -> None:
    X, y = problems.family_data(family, name)
    options = {
        key: value(len(y)) if callable(value) else value
        for key, value in options.items()
    }
    problem = ref.Problem(X, y, 1.0, family=family, **options)
    largest = ref.alpha_max(replace(problem, l1_ratio=problem.l1_ratio or 1.0))
    if problem.l1_ratio:
        found = _core.alpha_max(np.asfortranarray(X), y, **arguments(problem))
        assert_allclose(found, largest, rtol=1e-9)
    alphas = largest * np.array([0.5, 0.1, 0.01])
    result, coefs = fit(problem, alphas, 1e-9)
    assert_allclose(result["null_objective"], ref.null_objective(problem), rtol=1e-12)
    for k, alpha in enumerate(alphas):
        at = replace(problem, alpha=alpha)
        solution = coefs[:, k], result["intercepts"][k]
        gap = ref.relative_gap(at, *solution)
        assert gap <= 1.01e-9
        assert_allclose(result["dual_gaps"][k], gap, atol=1e-10)
        ratio = ref.deviance_ratio(at, *solution)
        assert_allclose(result["deviance_ratio"][k], ratio, atol=1e-10)


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_a_start_that_is_far_away_costs_little(family: str) -> None:
    X, y = problems.family_data(family, "tall")
    problem = ref.Problem(X, y, 1.0, family=family)
    alphas = ref.alpha_max(problem) * np.array([0.1])
    cold, coefs = fit(problem, alphas, 1e-12)
    far = np.full(X.shape[1], 1e3) / X.std(axis=0)
    result, found = fit(problem, alphas, 1e-12, coef_init=far)
    assert result["dual_gaps"][0] <= 1e-12
    assert_allclose(found, coefs, atol=1e-5)
    assert result["n_iter"][0] <= 10 * cold["n_iter"][0] + 10


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_breast_cancer_has_the_coefficients_of_the_reference(l1_ratio: float) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    X, y = datasets.load_breast_cancer(return_X_y=True)
    problem = ref.Problem(X, y.astype(float), 1.0, l1_ratio=l1_ratio, family="binomial")
    alphas = ref.alpha_max(problem) * np.logspace(0, -3, 7)
    expected, intercepts = ref.coordinate_descent_path(problem, alphas)
    result, coefs = fit(problem, alphas, 1e-13)
    scale = problem.scale[:, np.newaxis]
    assert_allclose(coefs * scale, expected * scale, atol=1e-6)
    assert_allclose(result["intercepts"], intercepts, rtol=1e-6)
