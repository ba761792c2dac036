"""The reference of families with a link: duality, solvers, the first alpha, options."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import problems
from fastreg import reference as ref

FAMILIES = problems.FAMILIES
OPTIONS: list[dict[str, Any]] = [
    {},
    {"fit_intercept": False, "standardize": False, "l1_ratio": 0.5},
    {"l1_ratio": 0.0},
    {"lower_bounds": 0.0, "upper_bounds": 0.2},
    {"lower_bounds": -0.1, "upper_bounds": 0.3, "l1_ratio": 0.7},
    {"weighted": True, "with_offset": True, "l1_ratio": 0.9},
]


def make(
    family: str, name: str = "tall", fraction: float = 0.1, **options: Any
) -> ref.Problem:
    """A problem at a fraction of its alpha_max (of the Lasso's, for ridge)."""
    X, y = problems.family_data(family, name)
    if options.pop("weighted", False):
        options["sample_weight"] = problems.weights(len(y))
    if options.pop("with_offset", False):
        n_classes = int(y.max()) + 1
        shape = (len(y), n_classes) if family == "multinomial" else len(y)
        options["offset"] = np.random.default_rng(1).uniform(-1, 1, shape)
    problem = ref.Problem(X, y, alpha=1.0, family=family, **options)
    largest = ref.alpha_max(replace(problem, l1_ratio=problem.l1_ratio or 1.0))
    return replace(problem, alpha=fraction * largest)


# --- objective ------------------------------------------------------------------


def test_objectives_are_what_the_documentation_says() -> None:
    rng = np.random.default_rng(0)
    X, n, p = rng.standard_normal((20, 3)) + 2, 20, 3
    w, o = rng.uniform(0.5, 2, n), rng.standard_normal(n)
    s = np.sqrt(np.average((X - np.average(X, axis=0, weights=w)) ** 2, 0, w))
    options: dict[str, Any] = {"alpha": 0.3, "l1_ratio": 0.4, "sample_weight": w}

    def penalty(b: Any) -> Any:
        return 0.3 * (0.4 * np.abs(s * b).sum() + 0.3 * ((s * b) ** 2).sum())

    b, b0 = rng.standard_normal(p), 0.7
    eta = o + b0 + X @ b
    y = rng.integers(0, 2, n)
    problem = ref.Problem(X, y, family="binomial", offset=o, **options)
    loss = np.average(np.log(1 + np.exp(eta)) - y * eta, weights=w)
    assert_allclose(ref.primal(problem, b, b0), loss + penalty(b))
    y = rng.integers(0, 5, n)
    problem = ref.Problem(X, y, family="poisson", offset=o, **options)
    loss = np.average(np.exp(eta) - y * eta, weights=w)
    assert_allclose(ref.primal(problem, b, b0), loss + penalty(b))
    y = rng.integers(0, 4, n)
    b, b0s, os = rng.standard_normal((4, p)), np.arange(4.0), np.outer(o, np.arange(4))
    etas = os + b0s + X @ b.T
    problem = ref.Problem(X, y, family="multinomial", offset=os, **options)
    loss = np.log(np.exp(etas).sum(axis=1)) - etas[np.arange(n), y]
    loss = np.average(loss, weights=w)
    assert_allclose(ref.primal(problem, b, b0s), loss + penalty(b))


def test_null_objectives_are_deviances_by_2n() -> None:
    """The intercept alone has the (weighted) frequencies as its means."""
    w = problems.weights(60)
    for family in FAMILIES:
        X, y = problems.family_data(family)
        problem = ref.Problem(X, y, 1.0, family=family, sample_weight=w)
        null = ref.null_objective(problem)
        if family == "poisson":
            mean = np.average(y, weights=w)
            positive = np.maximum(y, 1e-300)
            expected = np.average(y * np.log(positive / mean) - y + mean, weights=w)
        else:
            share = np.bincount(y.astype(int), w) / w.sum()
            expected = -(share * np.log(share)).sum()
        assert_allclose(null, expected, rtol=1e-13)
        zero = np.zeros(problem.coef_shape)
        intercept = ref.best_intercept(problem, zero)
        assert abs(ref.deviance_ratio(problem, zero, intercept)) < 1e-14


def test_gaussian_deviance_ratio_is_r_squared() -> None:
    X, y = problems.offset_scales()
    problem = ref.Problem(X, y, 1.0)
    coef, intercept = ref.coordinate_descent(problem)
    r2 = 1 - ((y - intercept - X @ coef) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    assert_allclose(ref.deviance_ratio(problem, coef, intercept), r2)


@pytest.mark.parametrize("start", [0.0, 300.0, -1e4])
@pytest.mark.parametrize("family", FAMILIES)
def test_best_intercept_from_anywhere(family: str, start: float) -> None:
    """An offset of any size is taken up by the intercept."""
    X, y = problems.family_data(family)
    shape = (60, 3) if family == "multinomial" else 60
    offset = start + np.random.default_rng(0).standard_normal(shape)
    problem = ref.Problem(X, y, 1.0, family=family, offset=offset)
    coef = np.random.default_rng(1).standard_normal(problem.coef_shape)
    b0 = ref.best_intercept(problem, coef)
    theta = ref.centred_residual(problem, coef)
    assert np.max(np.abs(problem.weight @ theta)) < 1e-12
    best = ref.primal(problem, coef, b0)
    for step in (1e-3, -1e-3, 0.1):
        move = step * np.arange(3.0) if family == "multinomial" else step
        assert ref.primal(problem, coef, b0 + move) > best


def test_other_families_and_groups_are_refused() -> None:
    X, y = problems.family_data("binomial")
    with pytest.raises(ValueError, match="family must be one of gaussian, binomial"):
        ref.Problem(X, y, 1.0, family="cauchy")
    with pytest.raises(ValueError, match="grouped is for family multinomial"):
        ref.Problem(X, y, 1.0, family="binomial", grouped=True)
    with pytest.raises(ValueError, match="can't have bounds"):
        ref.Problem(X, y, 1.0, family="multinomial", grouped=True, lower_bounds=0.0)


# --- duality and the solver -------------------------------------------------------


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", problems.PROBLEMS)
@pytest.mark.parametrize("family", FAMILIES)
def test_converges_and_satisfies_the_optimality_conditions(
    family: str, name: str, options: dict[str, Any]
) -> None:
    problem = make(family, name, **options)
    coef, intercept = ref.coordinate_descent(problem)
    assert 0.0 <= ref.relative_gap(problem, coef, intercept) <= 1e-13
    size = ref.null_objective(problem) + problem.alpha
    assert ref.kkt_violation(problem, coef, intercept) <= 1e-6 * size
    assert_allclose(coef[..., problem.scale == 0.0], 0.0)
    # The dual itself says the same.
    theta, u = ref.dual_point(problem, coef)
    primal, dual = ref.primal(problem, coef, intercept), ref.dual(problem, theta, u)
    assert abs(primal - dual) <= 1e-13 * (1 + abs(primal) + ref.null_objective(problem))


sizes = st.tuples(st.integers(4, 15), st.integers(1, 8), st.integers(0, 10_000))
options_drawn = st.fixed_dictionaries(
    {
        "family": st.sampled_from(FAMILIES),
        "l1_ratio": st.sampled_from([0.0, 0.2, 1.0]),
        "fit_intercept": st.booleans(),
        "standardize": st.booleans(),
        "lower_bounds": st.sampled_from([-np.inf, 0.0, -0.2]),
        "upper_bounds": st.sampled_from([np.inf, 0.4]),
    }
)


def drawn_problem(
    size: tuple[int, int, int], options: dict[str, Any], alpha: float
) -> tuple[ref.Problem, np.random.Generator]:
    n, p, seed = size
    rng = np.random.default_rng(seed)
    X, y = problems.ar1(n, p, 0.7, seed=seed)
    family = options["family"]
    if family == "poisson":
        y = rng.poisson(np.exp(np.clip(y, -2, 2))) + np.eye(n)[0]
    else:
        y = rng.integers(0, 2 if family == "binomial" else 3, n)
        y[:3] = [0, 1, 1 if family == "binomial" else 2]
    factor = rng.choice([0.5, 1.0, 3.0, np.inf], p, p=[0.3, 0.4, 0.2, 0.1])
    offset = rng.standard_normal((n, 3) if family == "multinomial" else n)
    w = rng.uniform(0.1, 2, n)
    problem = ref.Problem(
        X, y, alpha, sample_weight=w, offset=offset, penalty_factor=factor, **options
    )
    return problem, rng


@given(sizes, options_drawn, st.sampled_from([1e-2, 0.1, 1.0]))
def test_gap_bounds_the_suboptimality(
    size: tuple[int, int, int], options: dict[str, Any], alpha: float
) -> None:
    """0 <= P - min P <= P - D at any coefficients and any intercept."""
    problem, rng = drawn_problem(size, options, alpha)
    best, intercept = ref.coordinate_descent(problem, tol=1e-12)
    least = ref.primal(problem, best, intercept)
    coef = best + rng.choice([0.01, 0.5]) * rng.standard_normal(best.shape)
    coef = coef.clip(*problem.bounds)
    b0 = ref.best_intercept(problem, coef)
    if problem.fit_intercept:
        b0 = b0 + 0.1 * rng.standard_normal(problem.outputs)
    primal = ref.primal(problem, coef, b0)
    gap = ref.dual_gap(problem, coef, b0)
    rounding = 1e-12 * (ref.null_objective(problem) + abs(least) + abs(primal))
    assert primal - least >= -rounding
    assert gap >= primal - least - rounding
    theta, u = ref.dual_point(problem, coef)
    assert abs(primal - ref.dual(problem, theta, u) - gap) <= rounding


@given(sizes, options_drawn, st.sampled_from([1e-3, 0.1, 1.0]))
def test_weak_duality_for_any_feasible_point(
    size: tuple[int, int, int], options: dict[str, Any], alpha: float
) -> None:
    """No theta has D above any P, whatever mean y - theta is."""
    problem, rng = drawn_problem(size, options, alpha)
    y = problem.response
    if options["family"] == "multinomial":
        theta = y - rng.dirichlet(np.ones(3), len(y))
    elif options["family"] == "binomial":
        theta = y - rng.uniform(0, 1, len(y))
    else:
        theta = y - rng.exponential(2.0, len(y))
    if problem.fit_intercept:  # sum_i w_i theta_i = 0, by the mean of the null model
        null = ref.centred_residual(problem, np.zeros(problem.coef_shape))
        theta = null + 1e-3 * (theta - problem.weight @ theta)
    coef = rng.standard_normal(problem.coef_shape).clip(*problem.bounds)
    intercept = rng.standard_normal(problem.outputs) * problem.fit_intercept
    for step in (0.0, 0.01, 0.1, 1.0):
        value = ref.dual(problem, step * theta)
        primal = ref.primal(problem, coef, intercept)
        assert value <= primal + 1e-13 * (1 + abs(primal))


@pytest.mark.parametrize("family", FAMILIES)
def test_gradient_by_finite_differences(family: str) -> None:
    problem = make(family, "tall", weighted=True, with_offset=True, l1_ratio=0.0)
    rng = np.random.default_rng(0)
    coef = 0.3 * rng.standard_normal(problem.coef_shape)
    b0 = ref.best_intercept(problem, coef)
    theta = ref.centred_residual(problem, coef)
    weighted = (problem.weight * theta.T).T
    gradient = problem.l2 * coef - (problem.x.T @ weighted).T
    h = 1e-6
    for index in np.ndindex(coef.shape):
        e = np.zeros_like(coef)
        e[index] = h
        up, down = ref.primal(problem, coef + e, b0), ref.primal(problem, coef - e, b0)
        assert_allclose(gradient[index], (up - down) / (2 * h), atol=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_wrong_intercept_is_a_violation(family: str) -> None:
    problem = make(family)
    coef, intercept = ref.coordinate_descent(problem)
    wrong = intercept + (np.eye(3)[0] if family == "multinomial" else 1.0)
    assert ref.kkt_violation(problem, coef, wrong) > 0.05
    more = ref.primal(problem, coef, wrong) - ref.primal(problem, coef, intercept)
    assert more > 0.01
    assert_allclose(ref.dual_gap(problem, coef, wrong), more, rtol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_coefficients_outside_the_bounds_are_infinitely_bad(family: str) -> None:
    problem = make(family, lower_bounds=0.0)
    coef = np.full(problem.coef_shape, -1.0)
    b0 = ref.best_intercept(problem, coef)
    assert ref.primal(problem, coef, b0) == np.inf
    assert ref.relative_gap(problem, coef, b0) == np.inf
    assert ref.kkt_violation(problem, coef, b0) == np.inf


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fit_intercept": False},
        {"fit_intercept": False, "penalty_factor": np.arange(8.0)},
        {"sample_weight": np.arange(60.0)},
    ],
    ids=["intercept", "origin", "unpenalised", "weights"],
)
def test_coefficients_that_overflow_are_infinitely_bad(options: dict[str, Any]) -> None:
    problem = make("poisson", **options)
    coef = np.full(8, 1e3)
    assert ref.primal(problem, coef, 0.0) == np.inf
    assert ref.dual_gap(problem, coef, 0.0) == np.inf
    assert ref.kkt_violation(problem, coef, 0.0) == np.inf
    assert np.isfinite(ref.dual(problem, *ref.dual_point(problem, coef)))


def test_an_unconverged_solve_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="relative gap"):
        ref.coordinate_descent(make("binomial"), tol=-1.0, max_iter=2)


@pytest.mark.parametrize("family", FAMILIES)
def test_path_is_a_sequence_of_fits(family: str) -> None:
    problem = make(family)
    alphas = problem.alpha * np.array([5.0, 2.0, 1.0])
    coefs, intercepts = ref.coordinate_descent_path(problem, alphas)
    assert coefs.shape == (*problem.coef_shape, 3)
    assert intercepts.shape == (*problem.outputs, 3)
    for k, alpha in enumerate(alphas):
        cold = ref.coordinate_descent(replace(problem, alpha=alpha))
        assert_allclose(coefs[..., k], cold[0], atol=1e-7)
        assert_allclose(intercepts[..., k], cold[1], atol=1e-7)


# --- the first alpha --------------------------------------------------------------


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", ["tall", "wide", "constant_columns", "far_from_zero"])
@pytest.mark.parametrize("family", FAMILIES)
def test_alpha_max_is_the_smallest_that_gives_zeros(
    family: str, name: str, options: dict[str, Any]
) -> None:
    problem = make(family, name, 1.0, **options)
    if problem.l1_ratio == 0.0:
        assert ref.alpha_max(problem) == np.inf
        return
    above = replace(problem, alpha=problem.alpha * (1 + 1e-10))
    assert_allclose(ref.coordinate_descent(above)[0], 0.0)
    below = replace(problem, alpha=problem.alpha * 0.99)
    assert np.any(ref.coordinate_descent(below)[0] != 0.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_alpha_max_with_bounds_that_exclude_zero(family: str) -> None:
    """The null model has the coefficient that is closest to 0, and a slope there."""
    low = np.where(np.arange(8) == 3, 0.2, -np.inf)
    problem = make(family, "tall", 1.0, lower_bounds=low, l1_ratio=0.5)
    above = replace(problem, alpha=problem.alpha * (1 + 1e-10))
    coef = ref.coordinate_descent(above)[0]
    assert_allclose(coef, np.broadcast_to(np.where(low > 0, 0.2, 0.0), coef.shape))
    below = replace(problem, alpha=problem.alpha * 0.99)
    assert np.any(ref.coordinate_descent(below)[0] != coef)


@pytest.mark.parametrize("family", FAMILIES)
def test_unpenalised_features_are_in_the_null_model(family: str) -> None:
    factor = np.ones(8)
    factor[[2, 5]] = 0.0
    problem = make(family, "tall", 1.0, penalty_factor=factor)
    above = replace(problem, alpha=problem.alpha * (1 + 1e-6))
    coef, _ = ref.coordinate_descent(above)
    assert np.flatnonzero(np.any(np.atleast_2d(coef), axis=0)).tolist() == [2, 5]
    # They have their maximum of the likelihood: no gradient is left.
    theta = ref.centred_residual(problem, coef)
    gradient = problem.x.T @ (problem.weight * theta.T).T
    assert np.max(np.abs(gradient[[2, 5]])) < 1e-7
    below = replace(problem, alpha=problem.alpha * 0.99)
    found = ref.coordinate_descent(below)[0]
    assert np.count_nonzero(np.any(np.atleast_2d(found), axis=0)) > 2


def test_unpenalised_features_have_a_certificate_at_any_coefficients() -> None:
    """They are fitted again for the dual point, which would be 0 without that."""
    factor = np.where(np.arange(8) < 2, 0.0, 1.0)
    for family in FAMILIES:
        problem = make(family, "tall", 0.1, penalty_factor=factor)
        best, intercept = ref.coordinate_descent(problem)
        moved = best + 1e-4 * np.random.default_rng(0).standard_normal(best.shape)
        b0 = ref.best_intercept(problem, moved)
        more = ref.primal(problem, moved, b0) - ref.primal(problem, best, intercept)
        gap = ref.dual_gap(problem, moved, b0)
        assert more <= gap < 1e-2 * ref.null_objective(problem)


# --- the meaning of the options ---------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_are_repetitions(family: str) -> None:
    X, y = problems.family_data(family)
    times = np.random.default_rng(0).integers(0, 4, 60)
    w = times.astype(float)
    weighted = ref.Problem(X, y, 0.03, 0.8, sample_weight=w, family=family)
    rows = np.repeat(np.arange(60), times)
    repeated = ref.Problem(X[rows], y[rows], 0.03, 0.8, family=family)
    a, b = ref.coordinate_descent(weighted), ref.coordinate_descent(repeated)
    assert_allclose(a[0], b[0], atol=1e-7)
    assert_allclose(a[1], b[1], atol=1e-7)
    assert_allclose(ref.null_objective(weighted), ref.null_objective(repeated))


def test_proportions_are_trials_with_weights() -> None:
    """Successes y of m trials: rows of 1 and 0 with weights y and m - y."""
    X, _ = problems.ar1(20, 4)
    rng = np.random.default_rng(0)
    trials = rng.integers(1, 9, 20)
    successes = rng.binomial(trials, 0.4)
    grouped = ref.Problem(
        X, successes / trials, 0.02, sample_weight=trials, family="binomial"
    )
    y = np.repeat([1.0, 0.0], 20)
    w = np.concatenate([successes, trials - successes])
    single = ref.Problem(np.vstack([X, X]), y, 0.02, sample_weight=w, family="binomial")
    a, b = ref.coordinate_descent(grouped), ref.coordinate_descent(single)
    assert_allclose(a[0], b[0], atol=1e-7)
    assert_allclose(a[1], b[1], atol=1e-7)


def test_exposure_is_an_offset_or_a_weight() -> None:
    """Counts with offset log t and rates (count / t) with weight t are one model."""
    X, counts = problems.family_data("poisson")
    t = np.random.default_rng(0).uniform(0.5, 4, 60)
    options: dict[str, Any] = {"family": "poisson", "standardize": False}
    as_offset = ref.Problem(X, counts, 0.05, offset=np.log(t), **options)
    # The weights are divided by their sum, so alpha is too.
    alpha = 0.05 * 60 / t.sum()
    as_weight = ref.Problem(X, counts / t, alpha, sample_weight=t, **options)
    a, b = ref.coordinate_descent(as_offset), ref.coordinate_descent(as_weight)
    assert_allclose(a[0], b[0], atol=1e-7)
    assert_allclose(a[1], b[1], atol=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_standardize_is_fitting_standardised_columns(family: str) -> None:
    X, y = problems.family_data(family, "offset_scales")
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    a = ref.coordinate_descent(ref.Problem(X, y, 0.03, 0.5, family=family))[0]
    options: dict[str, Any] = {"family": family, "standardize": False}
    b = ref.coordinate_descent(ref.Problem(Z, y, 0.03, 0.5, **options))[0]
    assert_allclose(a, b / X.std(axis=0), atol=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_sparse_columns_are_the_same_problem(family: str) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    X, y = problems.family_data(family)
    X = X * (np.abs(X) > 0.8)
    options: dict[str, Any] = {"l1_ratio": 0.8, "family": family}
    dense = ref.Problem(X, y, 0.02, **options)
    thin = ref.Problem(sparse.csc_array(X), y, 0.02, **options)
    coef = 0.1 * np.random.default_rng(0).standard_normal(dense.coef_shape)
    b0 = ref.best_intercept(dense, coef)
    for measure in (ref.primal, ref.dual_gap, ref.kkt_violation, ref.deviance_ratio):
        assert_allclose(measure(thin, coef, b0), measure(dense, coef, b0), rtol=1e-10)
    assert_allclose(ref.alpha_max(thin), ref.alpha_max(dense), rtol=1e-12)


@pytest.mark.parametrize(("l1_ratio", "factor"), [(1.0, 1.0), (0.0, 0.5)])
def test_two_classes_are_binomial(l1_ratio: float, factor: float) -> None:
    """With b = b_2 - b_1 the smallest |b_1| + |b_2| is |b|, of the squares b^2 / 2."""
    X, y = problems.family_data("binomial")
    options: dict[str, Any] = {
        "l1_ratio": l1_ratio,
        "sample_weight": problems.weights(60),
    }
    two = ref.Problem(X, y, 0.04, family="multinomial", **options)
    one = ref.Problem(X, y, 0.04 * factor, family="binomial", **options)
    coefs, intercepts = ref.coordinate_descent(two)
    coef, intercept = ref.coordinate_descent(one)
    assert_allclose(coefs[1] - coefs[0], coef, atol=1e-7)
    assert_allclose(intercepts, [-intercept / 2, intercept / 2], atol=1e-7)
    assert_allclose(
        ref.primal(two, coefs, intercepts), ref.primal(one, coef, intercept)
    )
    if l1_ratio == 1.0:
        assert_allclose(ref.alpha_max(two), ref.alpha_max(one))
    else:
        assert_allclose(coefs[1], -coefs[0], atol=1e-7)


def test_one_hot_rows_are_class_indices() -> None:
    X, y = problems.family_data("multinomial")
    by_index = ref.Problem(X, y, 0.05, family="multinomial")
    one_hot = replace(by_index, y=np.eye(3)[y.astype(int)])
    assert_allclose(
        ref.coordinate_descent(by_index)[0], ref.coordinate_descent(one_hot)[0]
    )


def test_shifts_over_the_classes_change_the_penalty_only() -> None:
    problem = make("multinomial", l1_ratio=0.0)
    coef, intercept = ref.coordinate_descent(problem)
    shifted = coef + np.linspace(0.1, 1, 8)
    loss = ref.primal(problem, coef, intercept) - ref.penalty(problem, coef)
    other = ref.primal(problem, shifted, intercept) - ref.penalty(problem, shifted)
    assert_allclose(other, loss, rtol=1e-12)
    assert ref.penalty(problem, shifted) > ref.penalty(problem, coef)
    assert_allclose(coef.sum(axis=0), 0.0, atol=1e-6)
    assert_allclose(intercept.sum(), 0.0, atol=1e-12)


# --- parity -----------------------------------------------------------------------


@pytest.mark.parametrize("family", ["binomial", "multinomial"])
def test_equals_logistic_regression_of_scikit_learn(family: str) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = problems.family_data(family)
    w = problems.weights(60)
    C = 0.7
    model = linear_model.LogisticRegression(C=C, tol=1e-12, max_iter=10_000)
    model.fit(X, y, sample_weight=w)
    problem = ref.Problem(
        X,
        y,
        1 / (C * w.sum()),
        l1_ratio=0.0,
        sample_weight=w,
        standardize=False,
        family=family,
    )
    coef, intercept = ref.coordinate_descent(problem)
    assert_allclose(np.atleast_2d(coef), model.coef_, atol=1e-5)
    assert_allclose(np.atleast_1d(intercept), model.intercept_, atol=1e-5)


def test_equals_poisson_regressor_of_scikit_learn() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = problems.family_data("poisson")
    w = problems.weights(60)
    model = linear_model.PoissonRegressor(alpha=0.2, tol=1e-10, max_iter=10_000)
    model.fit(X, y, sample_weight=w)
    problem = ref.Problem(
        X, y, 0.2, 0.0, sample_weight=w, standardize=False, family="poisson"
    )
    coef, intercept = ref.coordinate_descent(problem)
    assert_allclose(coef, model.coef_, atol=1e-6)
    assert_allclose(intercept, model.intercept_, atol=1e-6)
