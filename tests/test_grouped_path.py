"""`fastreg.path(family="multinomial", grouped=True)`: features in or out for all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.datasets import load_wine

import fastreg
import problems

FAMILY: dict[str, Any] = {"family": "multinomial", "grouped": True}
OPTIONS: dict[str, dict[str, Any]] = {
    "lasso": {},
    "mix": {"l1_ratio": 0.3},
    "ridge": {"l1_ratio": 0.0},
    "origin": {"fit_intercept": False, "standardize": False},
    "weights": {"sample_weight": True},
    "factors": {"penalty_factor": True},
    "offset": {"offset": True, "l1_ratio": 0.8},
    "all": {"sample_weight": True, "penalty_factor": True, "offset": True},
}


def data(name: str = "tall") -> tuple[Any, Any]:
    return problems.family_data("multinomial", name)


def filled(options: dict[str, Any], X: Any, y: Any) -> dict[str, Any]:
    """The options with arrays that fit the data where they say True."""
    values = {
        "sample_weight": problems.weights(len(y)) * (np.arange(len(y)) % 7 != 3),
        "penalty_factor": np.r_[0.0, 2.0, np.inf, np.ones(X.shape[1] - 3)],
        "offset": np.random.default_rng(1).standard_normal((len(y), 3)),
    }
    return {key: values.get(key) if v is True else v for key, v in options.items()}


def assert_all_or_none(coefs: Any) -> None:
    used = coefs != 0.0
    assert_array_equal(used.all(axis=0), used.any(axis=0))


@pytest.mark.parametrize("tol", [1e-6, 1e-10])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("name", ["tall", "wide", "dependent", "constant_columns"])
def test_is_certified_by_the_reference(name, options, tol):
    X, y = data(name)
    options = {**FAMILY, **filled(options, X, y)}
    path = fastreg.path(X, y, alphas=12, eps=0.03, tol=tol, **options)
    gaps = problems.recomputed_class_gaps(path, X, y, **options)
    # Features without a penalty are found anew by either side.
    assert gaps.max() <= 1.1 * tol + 1e-11
    assert path.dual_gaps.max() <= tol
    assert_all_or_none(path.coefs)
    assert_allclose(path.intercepts.sum(axis=0), 0.0, atol=1e-9)
    # The penalty of what all classes share buys nothing.
    if options.get("l1_ratio") != 0.0:
        sums = path.coefs.sum(axis=0)
        assert_allclose(sums, 0.0, atol=1e-12 * np.abs(path.coefs).max())
    if "penalty_factor" in options:
        assert np.all(path.coefs[:, 0] != 0.0)
        assert_array_equal(path.coefs[:, 2], 0.0)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.3])
@pytest.mark.parametrize("name", ["tall", "wide"])
def test_is_the_solution_of_the_reference(name, l1_ratio):
    X, y = data(name)
    options = {**FAMILY, "l1_ratio": l1_ratio}
    path = fastreg.path(X, y, alphas=5, eps=0.05, tol=1e-13, **options)
    problem = problems.reference_problem(X, y, 1.0, **options)
    for k, alpha in enumerate(path.alphas):
        at_alpha = replace(problem, alpha=float(alpha))
        coef, intercept = fastreg.reference.coordinate_descent(at_alpha)
        assert_allclose(path.coefs[:, :, k], coef, atol=1e-6)
        assert_allclose(path.intercepts[:, k], intercept, atol=1e-6)
        ratio = fastreg.reference.deviance_ratio(at_alpha, coef, intercept)
        assert_allclose(path.deviance_ratio[k], ratio, atol=1e-8)
    null = fastreg.reference.null_objective(problem)
    assert_allclose(path.null_objective, null, rtol=1e-12)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_begins_where_the_null_model_ends(options):
    X, y = data()
    options = filled(options, X, y)
    if options.get("l1_ratio") == 0.0:
        options["l1_ratio"] = 0.01
    problem = problems.reference_problem(X, y, 1.0, **FAMILY, **options)
    path = fastreg.path(X, y, alphas=2, eps=0.98, tol=1e-10, **FAMILY, **options)
    rtol = 1e-12 if "penalty_factor" not in options else 1e-4
    assert_allclose(path.alphas[0], fastreg.reference.alpha_max(problem), rtol=rtol)
    penalised = np.ones(8, dtype=bool)
    if "penalty_factor" in options:
        penalised = options["penalty_factor"] > 0.0
    assert_array_equal(path.coefs[:, penalised, 0], 0.0)
    assert np.any(path.coefs[:, penalised, 1] != 0.0)


def test_classes_have_no_order():
    X, codes = data()
    options: dict[str, Any] = {"alphas": 8, "eps": 0.05, "tol": 1e-12, **FAMILY}
    path = fastreg.path(X, codes, **options)
    order = np.array([2, 0, 1])
    again = fastreg.path(X, order[codes.astype(int)], **options)
    assert_allclose(again.alphas, path.alphas)
    assert_allclose(again.coefs[order], path.coefs, atol=1e-6)
    assert_allclose(again.intercepts[order], path.intercepts, atol=1e-6)


def test_rotated_features_of_one_group_are_not_special():
    """The sign of a column only changes that of its coefficients."""
    X, y = data()
    options: dict[str, Any] = {"alphas": 8, "eps": 0.05, "tol": 1e-12, **FAMILY}
    sign = np.where(np.arange(8) % 2, 1.0, -1.0)
    path = fastreg.path(X, y, **options)
    again = fastreg.path(X * sign, y, **options)
    assert_allclose(again.coefs * sign[:, np.newaxis], path.coefs, atol=1e-6)


def test_two_classes_are_binomial():
    """A group of two is (-b/2, b/2), whose norm is |b| by the root of 2."""
    X, y = problems.family_data("binomial")
    alphas = np.array([0.1, 0.01])
    two = fastreg.path(X, y, alphas=alphas, tol=1e-12, **FAMILY)
    one = fastreg.path(X, y, family="binomial", alphas=alphas / np.sqrt(2.0), tol=1e-12)
    assert_allclose(two.coefs[1] - two.coefs[0], one.coefs, atol=1e-5)
    assert_allclose(two.predict_proba(X), one.predict_proba(X), atol=1e-6)


def test_storages_agree():
    X, y = data()
    X = np.where(np.abs(X) > 0.5, X, 0.0)
    options: dict[str, Any] = {"alphas": 10, "eps": 0.1, "tol": 1e-11, **FAMILY}
    expected = fastreg.path(X, y, **options)
    chunked = fastreg.design.ChunkedDesign(X, chunk_rows=7)
    csc = sparse.csc_array(X)
    for form in (np.asfortranarray(X), csc, sparse.csr_array(X), chunked):
        path = fastreg.path(form, y, **options)
        assert_allclose(path.coefs, expected.coefs, atol=1e-6)
        assert_all_or_none(path.coefs)


@pytest.mark.parametrize("seed", range(3))
def test_weights_are_repetitions(seed):
    X, y = data()
    times = np.random.default_rng(seed).integers(1, 4, len(y))
    options: dict[str, Any] = {"alphas": [0.1, 0.02], "tol": 1e-11, **FAMILY}
    weighted = fastreg.path(X, y, sample_weight=times, **options)
    repeated = fastreg.path(X.repeat(times, 0), y.repeat(times), **options)
    assert_allclose(weighted.coefs, repeated.coefs, atol=1e-5)


def test_many_features_at_once():
    """More than are followed down the path, for one alpha far below the first."""
    X, z = problems.ar1(60, 600, 0.5, seed=2, k=40)
    y = np.digitize(z, np.quantile(z, [0.3, 0.6]))
    first = fastreg.path(X, y, alphas=2, **FAMILY).alphas[0]
    path = fastreg.path(X, y, alphas=[0.05 * first], tol=1e-9, **FAMILY)
    assert problems.recomputed_class_gaps(path, X, y, **FAMILY).max() <= 1.1e-9
    assert path.n_nonzero[0] > 3 * 20
    assert_all_or_none(path.coefs)


@pytest.mark.parametrize("name", ["collinear", "duplicated", "badly_scaled"])
def test_columns_that_are_alike_are_no_obstacle(name):
    X, y = data(name)
    path = fastreg.path(X, y, alphas=15, eps=1e-3, **FAMILY)
    assert problems.recomputed_class_gaps(path, X, y, **FAMILY).max() <= 1.1e-6


def test_supports_far_larger_than_n():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((25, 900)), np.arange(25) % 3
    options = {**FAMILY, "l1_ratio": 0.02}
    first = fastreg.path(X, y, alphas=2, **options).alphas[0]
    path = fastreg.path(X, y, alphas=[0.05 * first], tol=1e-10, **options)
    assert path.n_nonzero[0] > 3 * 10 * 25
    assert problems.recomputed_class_gaps(path, X, y, **options).max() <= 1.1e-10
    assert_all_or_none(path.coefs)


def test_starts_where_it_is_told():
    X, y = data()
    options: dict[str, Any] = {"alphas": [0.05], "tol": 1e-10, **FAMILY}
    path = fastreg.path(X, y, **options)
    again = fastreg.path(X, y, coef_init=path.coefs[:, :, 0], **options)
    assert_allclose(again.coefs, path.coefs, atol=1e-6)
    assert again.n_iter[0] <= 2
    # Far from it, and with sums that no solution has.
    far = fastreg.path(X, y, coef_init=path.coefs[:, :, 0] + 0.3, **options)
    assert_allclose(far.coefs, path.coefs, atol=1e-5)
    hopeless = fastreg.path(X, y, coef_init=np.full((3, 8), 1e3), **options)
    assert_allclose(hopeless.coefs, path.coefs, atol=1e-5)


def test_stops_early_and_when_it_is_told():
    X, y = data()
    whole = fastreg.path(X, y, eps=1e-5, **FAMILY)
    assert whole.stopped == "deviance_ratio"
    assert len(whole.alphas) < 100
    part = fastreg.path(X, y, eps=1e-5, callback=lambda step: step.index == 3, **FAMILY)
    assert part.stopped == "callback"
    assert len(part.alphas) == 4
    assert_array_equal(part.coefs, whole.coefs[:, :, :4])
    with pytest.warns(fastreg.ConvergenceWarning, match="max_iter=2 was reached"):
        fastreg.path(X, y, alphas=[0.001], max_iter=2, **FAMILY)


def test_any_number_of_threads_gives_the_same_bits():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3000, 60))
    y = (X[:, :4] + rng.gumbel(size=(3000, 4))).argmax(axis=1)
    one, two = (
        fastreg.path(X, y, alphas=6, eps=0.1, n_threads=k, **FAMILY) for k in (1, 2)
    )
    assert_array_equal(one.coefs, two.coefs)
    assert_array_equal(one.dual_gaps, two.dual_gaps)


def test_says_that_it_is_grouped():
    wine = load_wine(as_frame=True)
    names = wine.target_names[wine.target]
    path = fastreg.path(wine.data, names, alphas=20, **FAMILY)
    assert path.grouped
    assert repr(path).startswith("Grouped multinomial Lasso path: 18 alphas")
    assert_all_or_none(path.coefs)
    k = 10
    found = fastreg.certify(
        wine.data,
        names,
        path.coefs[:, :, k],
        path.intercepts[:, k],
        alpha=path.alphas[k],
        **FAMILY,
    )
    assert found.grouped
    assert found.relative_gap <= path.tol
    assert "|(s_j b_j)|_2" in repr(found)
    other = fastreg.path(wine.data, names, alphas=[0.1], family="multinomial")
    assert not other.grouped
    assert "rouped" not in repr(other)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"family": "binomial"}, "grouped=True is for family 'multinomial', got 'binom"),
    ({"family": "gaussian"}, "grouped=True is for family 'multinomial', got 'gauss"),
    ({"lower_bounds": -1.0}, "grouped=True takes no bounds"),
    ({"upper_bounds": np.ones(8)}, "grouped=True takes no bounds"),
    ({"positive": True}, "grouped=True takes no bounds"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_input_is_named(bad, message):
    X, y = data()
    y = (y > 0.0).astype(float) if "family" in bad else y
    with pytest.raises(ValueError, match=message):
        fastreg.path(X, y, **{**FAMILY, **bad})
    with pytest.raises(TypeError, match="grouped must be True or False"):
        fastreg.path(X, y, **{**FAMILY, "grouped": "yes"})
