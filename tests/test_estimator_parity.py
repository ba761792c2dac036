"""Parity of the estimators with scikit-learn's: numbers, shapes, warnings, errors."""

from __future__ import annotations

import inspect
import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest
import sklearn
import sklearn.linear_model as theirs
from numpy.testing import assert_allclose
from scipy import sparse

import fastreg
import fastreg.linear_model as ours
from fastreg import reference

# Integer alphas, and l1_ratio=0 that converges, came with scikit-learn 1.9.
NEW_SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
TIGHT = {"tol": 1e-13, "max_iter": 100_000}


class Data(NamedTuple):
    X: Any
    y: Any
    weights: Any


def make_data(n: int, p: int, targets: int = 0, *, dtype: Any = np.float64) -> Data:
    """Correlated columns with different means and scales; targets=0 means 1-D y."""
    rng = np.random.default_rng(n + p)
    X = rng.normal(size=(n, p)) + rng.normal(size=(n, 1))
    X = X * rng.uniform(0.5, 2.0, p) + rng.normal(size=p)
    coef = rng.normal(size=(p, max(targets, 1))) * (rng.random((p, 1)) < 0.5)
    y = X @ coef + rng.normal(size=(n, max(targets, 1))) + 3.0
    weights = rng.uniform(0.2, 3.0, n)
    weights[rng.integers(n)] = 0.0
    y = y if targets else y[:, 0]
    return Data(X.astype(dtype), y.astype(dtype), weights)


def quiet(fit: Any, *args: Any, **kwargs: Any) -> Any:
    """Call scikit-learn, whose warnings about extreme settings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit(*args, **kwargs)


def pair(name: str, **params: Any) -> tuple[Any, Any]:
    return getattr(ours, name)(**params), getattr(theirs, name)(**params)


def assert_same_model(mine: Any, other: Any, atol: float) -> None:
    assert_allclose(mine.coef_, other.coef_, rtol=0, atol=atol)
    assert_allclose(mine.intercept_, other.intercept_, rtol=0, atol=10 * atol)
    for name in ("coef_", "intercept_"):
        a, b = getattr(mine, name), getattr(other, name)
        assert type(a) is type(b), name
        assert np.shape(a) == np.shape(b), name
        assert np.asarray(a).dtype == np.asarray(b).dtype, name


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
def test_constructors_have_the_same_signature(name):
    mine = inspect.signature(getattr(ours, name)).parameters.values()
    other = inspect.signature(getattr(theirs, name)).parameters.values()
    assert [(p.name, p.kind, p.default) for p in mine if p.name != "inference"] == [
        (p.name, p.kind, p.default) for p in other
    ]


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
@pytest.mark.parametrize("method", ["fit", "predict", "score"])
def test_methods_take_the_same_arguments(name, method):
    def arguments(module: Any) -> Any:
        function = getattr(getattr(module, name), method)
        return [
            (p.name, p.default) for p in inspect.signature(function).parameters.values()
        ]

    assert arguments(ours) == arguments(theirs)


@pytest.mark.parametrize("name", ["lasso_path", "enet_path"])
def test_path_functions_take_the_same_arguments(name):
    mine = inspect.signature(getattr(ours, name)).parameters
    other = inspect.signature(getattr(theirs, name)).parameters
    assert list(mine) == list(other)
    changed = () if NEW_SKLEARN else ("alphas", "n_alphas")
    for key, parameter in mine.items():
        if key not in changed:
            assert parameter.default == other[key].default
            assert parameter.kind == other[key].kind


@pytest.mark.parametrize("l1_ratio", [0.0, 0.2, 0.9, 1.0])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("targets", [0, 1, 3])
@pytest.mark.parametrize("shape", [(50, 8), (20, 30)])
def test_elastic_net(l1_ratio, fit_intercept, positive, weighted, targets, shape):
    if l1_ratio == 0 and not NEW_SKLEARN and not positive:
        pytest.skip("scikit-learn < 1.9 does not converge without an L1 term")
    X, y, weights = make_data(*shape, targets)
    params = {"alpha": 0.07, "fit_intercept": fit_intercept, "positive": positive}
    mine, other = pair("ElasticNet", l1_ratio=l1_ratio, **params, **TIGHT)
    weights = weights if weighted else None
    mine.fit(X, y, sample_weight=weights)
    quiet(other.fit, X, y, sample_weight=weights)
    assert_same_model(mine, other, atol=2e-6)
    assert_allclose(mine.predict(X), other.predict(X), atol=1e-5)
    assert_same_report(mine, other)


def assert_same_report(mine: Any, other: Any) -> None:
    assert type(mine.n_iter_) is type(other.n_iter_)
    assert np.shape(mine.n_iter_) == np.shape(other.n_iter_)
    assert np.shape(mine.dual_gap_) == np.shape(other.dual_gap_)
    assert np.asarray(mine.dual_gap_).dtype == np.asarray(other.dual_gap_).dtype
    assert type(mine.sparse_coef_) is type(other.sparse_coef_)
    assert mine.sparse_coef_.shape == other.sparse_coef_.shape
    assert mine.n_features_in_ == other.n_features_in_


@pytest.mark.parametrize("alpha", [1e-3, 0.1, 1.0, 100.0])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(50, 8), (20, 30)])
def test_lasso(alpha, order, shape):
    X, y, weights = make_data(*shape)
    mine, other = pair("Lasso", alpha=alpha, **TIGHT)
    mine.fit(np.array(X, order=order), y, weights)
    quiet(other.fit, X, y, weights)
    assert_same_model(mine, other, atol=1e-5 if alpha < 0.01 else 1e-6)
    assert mine.score(X, y) == pytest.approx(other.score(X, y), abs=1e-6)


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet"])
def test_defaults_are_as_accurate_as_promised(name):
    X, y, _ = make_data(50, 8)
    mine, other = pair(name)
    mine.fit(X, y)
    other.fit(X, y)
    limit = mine.tol * np.mean((y - y.mean()) ** 2)
    assert 0 <= mine.dual_gap_ <= limit
    assert_allclose(mine.coef_, other.coef_, atol=0.02)


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
@pytest.mark.parametrize("targets", [0, 1, 2])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int64, np.bool_])
def test_dtypes(name, targets, fit_intercept, dtype):
    X, y, weights = make_data(50, 5, targets)
    X = (X > 0) if dtype is np.bool_ else (4 * X).astype(dtype)
    mine, other = pair(name, alpha=0.5, fit_intercept=fit_intercept, tol=1e-6)
    mine.fit(X, y, weights)
    other.fit(X, y, weights)
    assert_same_model(mine, other, atol=5e-4)
    assert mine.coef_.dtype == (np.float32 if dtype is np.float32 else np.float64)
    assert mine.predict(X).dtype == other.predict(X).dtype
    if name != "Ridge":
        assert_same_report(mine, other)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("targets", [0, 1, 3])
@pytest.mark.parametrize("shape", [(50, 8), (20, 30)])
@pytest.mark.parametrize("alpha", [1e-3, 1.0, 1e4])
def test_ridge(fit_intercept, weighted, targets, shape, alpha):
    X, y, weights = make_data(*shape, targets)
    weights = weights if weighted else None
    params = {"alpha": alpha, "fit_intercept": fit_intercept}
    mine = ours.Ridge(**params).fit(X, y, sample_weight=weights)
    other = theirs.Ridge(solver="svd", **params).fit(X, y, sample_weight=weights)
    assert_same_model(mine, other, atol=1e-9)
    assert_allclose(mine.predict(X), other.predict(X), atol=1e-8)
    assert np.shape(mine.n_iter_) == (max(targets, 1),)
    assert np.max(mine.residual_) < 1e-10


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("targets", [0, 2])
def test_ridge_with_non_negative_coefficients(fit_intercept, weighted, targets):
    X, y, weights = make_data(50, 8, targets)
    weights = weights if weighted else None
    params = {"alpha": 2.0, "positive": True, "fit_intercept": fit_intercept}
    mine = ours.Ridge(tol=1e-12, **params).fit(X, y, sample_weight=weights)
    other = theirs.Ridge(tol=1e-10, **params).fit(X, y, sample_weight=weights)
    assert mine.coef_.min() >= 0
    assert_same_model(mine, other, atol=1e-5)
    assert mine.solver_ == "working_set"


@pytest.mark.parametrize(
    "form", [list, tuple, np.array, lambda a: np.array(a)[:, None]]
)
@pytest.mark.parametrize("positive", [True, False])
def test_ridge_with_an_alpha_for_each_target(form, positive):
    X, y, weights = make_data(30, 5, 3)
    alphas = [0.0 if not positive else 0.5, 2.0, 300.0]
    mine = ours.Ridge(form(alphas), positive=positive, tol=1e-12).fit(X, y, weights)
    for k, alpha in enumerate(alphas):
        one = ours.Ridge(alpha, positive=positive, tol=1e-12).fit(X, y[:, k], weights)
        assert_allclose(mine.coef_[k], one.coef_, rtol=1e-9, atol=1e-12)
        assert mine.intercept_[k] == pytest.approx(one.intercept_, rel=1e-9)
    if not positive:
        other = quiet(theirs.Ridge(np.array(alphas), solver="svd").fit, X, y, weights)
        assert_same_model(mine, other, atol=1e-9)


@pytest.mark.parametrize("weight", [0.25, 4, np.float64(2.0)])
def test_a_number_as_weight(weight):
    X, y, _ = make_data(30, 5)
    for name in ("Lasso", "Ridge"):
        mine, other = pair(name, alpha=0.5, **({} if name == "Ridge" else TIGHT))
        mine.fit(X, y, sample_weight=weight)
        other.fit(X, y, sample_weight=weight)
        assert_allclose(mine.coef_, other.coef_, atol=1e-7)


@pytest.mark.parametrize("scale", [1e-3, 10.0])
def test_scale_of_the_weights_is_normalised_away_but_not_in_ridge(scale):
    X, y, weights = make_data(30, 5)
    lasso = [
        ours.Lasso(0.1, **TIGHT).fit(X, y, w).coef_ for w in (weights, scale * weights)
    ]
    assert_allclose(lasso[0], lasso[1], rtol=1e-9)
    ridge = ours.Ridge(2.0).fit(X, y, weights).coef_
    assert_allclose(
        ours.Ridge(2.0 * scale).fit(X, y, scale * weights).coef_, ridge, rtol=1e-9
    )
    assert abs(ours.Ridge(2.0).fit(X, y, scale * weights).coef_ - ridge).max() > 1e-3


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
def test_integer_weights_repeat_and_zero_weights_drop_rows(name):
    X, y, _ = make_data(30, 5)
    counts = np.arange(30) % 4
    params = {} if name == "Ridge" else TIGHT
    weighted = getattr(ours, name)(0.5, **params).fit(X, y, sample_weight=counts)
    repeated = getattr(ours, name)(0.5, **params)
    repeated.fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-8, atol=1e-9)
    assert weighted.intercept_ == pytest.approx(repeated.intercept_, rel=1e-8)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("shape", [(40, 6), (15, 25)])
def test_ridge_alpha_is_total_weight_times_the_elastic_nets(
    fit_intercept, weighted, shape
):
    X, y, weights = make_data(*shape)
    weights = weights if weighted else None
    total = len(y) if weights is None else weights.sum()
    ridge = ours.Ridge(3.0, fit_intercept=fit_intercept).fit(X, y, weights)
    net = ours.ElasticNet(3.0 / total, l1_ratio=0.0, fit_intercept=fit_intercept)
    assert_allclose(ridge.coef_, net.fit(X, y, weights).coef_, rtol=1e-9, atol=1e-12)
    audit = fastreg.certify(
        X,
        y,
        ridge.coef_,
        ridge.intercept_,
        alpha=3.0 / total,
        l1_ratio=0.0,
        fit_intercept=fit_intercept,
        standardize=False,
        sample_weight=weights,
    )
    assert audit.relative_gap < 1e-12
    assert ridge.dual_gap_ < 1e-10 * 2 * total * audit.null_objective


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet"])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("tol", [1e-2, 1e-8])
def test_dual_gap_is_that_of_the_objective(
    name, fit_intercept, weighted, positive, tol
):
    X, y, weights = make_data(20, 30)
    weights = weights if weighted else None
    model = getattr(ours, name)(
        0.05, tol=tol, fit_intercept=fit_intercept, positive=positive
    )
    model.fit(X, y, weights)
    audit = fastreg.certify(
        X,
        y,
        model.coef_,
        model.intercept_,
        alpha=0.05,
        l1_ratio=model.l1_ratio,
        fit_intercept=fit_intercept,
        standardize=False,
        sample_weight=weights,
        positive=positive,
    )
    assert model.dual_gap_ == pytest.approx(
        audit.dual_gap, rel=1e-6, abs=1e-12 * audit.null_objective
    )
    assert model.dual_gap_ <= tol * 2 * audit.null_objective


def test_dual_gap_has_scikit_learns_scale():
    X, y, _ = make_data(20, 30)
    other = quiet(theirs.Lasso(0.05, max_iter=3, tol=1e-4).fit, X, y)
    problem = reference.Problem(X, y, alpha=0.05, standardize=False)
    gap = reference.dual_gap(problem, other.coef_, other.intercept_)
    # Their dual point is only the rescaled residual, so their gap is no smaller.
    assert gap <= other.dual_gap_ * (1 + 1e-9)
    assert gap >= 0.01 * other.dual_gap_


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
def test_alpha_zero_with_dependent_columns_is_the_minimum_norm(name, fit_intercept):
    X, y, _ = make_data(12, 20)
    model = getattr(ours, name)(alpha=0.0, fit_intercept=fit_intercept).fit(X, y)
    expected = theirs.LinearRegression(fit_intercept=fit_intercept).fit(X, y)
    assert_allclose(model.coef_, expected.coef_, atol=1e-8)
    assert_allclose(model.predict(X), y, atol=1e-8)


def test_alpha_zero_with_positive_is_non_negative_least_squares():
    X, y, _ = make_data(40, 8)
    expected = theirs.LinearRegression(positive=True).fit(X, y)
    for model in (
        ours.Lasso(alpha=0.0, positive=True, tol=1e-10),
        ours.Ridge(0.0, positive=True, tol=1e-10),
    ):
        assert_allclose(model.fit(X, y).coef_, expected.coef_, atol=1e-6)


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize(
    "case", ["constant y", "zero y", "one row", "constant X", "one column"]
)
def test_small_and_constant_data(name, fit_intercept, positive, case):
    X, y, _ = make_data(10, 3)
    if case == "constant y":
        y = np.full_like(y, 0.1)
    elif case == "zero y":
        y = np.zeros_like(y)
    elif case == "one row":
        X, y = X[:1], y[:1]
    elif case == "constant X":
        X = np.full_like(X, 0.3)
    else:
        X = X[:, :1]
    params = {"alpha": 0.3, "fit_intercept": fit_intercept, "positive": positive}
    mine, other = pair(name, tol=1e-12, **params)
    mine.fit(X, y)
    quiet(other.set_params(max_iter=100_000).fit, X, y)
    # Equal columns share a coefficient in ways that only the L2 term decides.
    if case == "constant X" and name == "Lasso":
        assert mine.coef_.sum() == pytest.approx(other.coef_.sum(), abs=1e-6)
        return
    assert_same_model(mine, other, atol=1e-6)


@pytest.mark.parametrize("name", ["Lasso", "ElasticNet", "Ridge"])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_sparse_X(name: str, fit_intercept: bool, weighted: bool) -> None:
    X, y, weights = make_data(60, 8)
    X = sparse.csc_matrix(np.where(np.abs(X) > 1.0, X, 0.0))
    parameters: dict[str, Any] = {"alpha": 0.1, "fit_intercept": fit_intercept}
    parameters["tol"] = 1e-12
    fit = {"sample_weight": weights} if weighted else {}
    model = getattr(ours, name)(**parameters).fit(X, y, **fit)
    expected = getattr(theirs, name)(**parameters).fit(X, y, **fit)
    assert_allclose(model.coef_, expected.coef_, atol=1e-5)
    assert_allclose(model.intercept_, expected.intercept_, atol=1e-5)
    assert_allclose(model.predict(X.tocsr()), expected.predict(X), atol=1e-4)
