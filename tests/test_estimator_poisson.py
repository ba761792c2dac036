"""`PoissonRegressor`: against scikit-learn, exposures, what is refused."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import numpy as np
import pytest
import sklearn.linear_model as theirs
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone, is_regressor
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import cross_val_score
from sklearn.utils import get_tags

import fastreg
from fastreg import PoissonRegressor

TIGHT = {"tol": 1e-10}


def make_data(n: int = 80, p: int = 6) -> tuple[Any, Any, Any]:
    """X that isn't centred, counts, weights with a 0."""
    rng = np.random.default_rng(n + p)
    X = rng.normal(size=(n, p)) + 0.5 * rng.normal(size=(n, 1)) + 1.0
    counts = rng.poisson(np.exp(0.5 * X[:, 0] - 0.4 * X[:, 1])).astype(float)
    weights = rng.uniform(0.3, 3.0, n)
    weights[5] = 0.0
    return X, counts, weights


def assert_same_model(mine: Any, other: Any, X: Any, y: Any) -> None:
    assert_allclose(mine.coef_, other.coef_, atol=1e-6)
    assert_allclose(mine.intercept_, other.intercept_, atol=1e-6)
    for name in ("coef_", "intercept_", "n_iter_"):
        a, b = getattr(mine, name), getattr(other, name)
        assert np.shape(a) == np.shape(b), name
    assert mine.coef_.dtype == other.coef_.dtype
    assert_allclose(mine.predict(X), other.predict(X), rtol=1e-5)
    assert_allclose(mine.score(X, y), other.score(X, y), atol=1e-6)


class TestParity:
    @pytest.mark.parametrize("alpha", [0.0, 1e-3, 1.0, 30.0])
    @pytest.mark.parametrize("fit_intercept", [True, False])
    @pytest.mark.parametrize("weighted", [True, False])
    def test_ridge(self, alpha, fit_intercept, weighted):
        X, y, w = make_data()
        weights = w if weighted else None
        params = {"alpha": alpha, "fit_intercept": fit_intercept}
        other = theirs.PoissonRegressor(solver="newton-cholesky", tol=1e-12, **params)
        mine = PoissonRegressor(**params, **TIGHT).fit(X, y, weights)
        assert_same_model(mine, other.fit(X, y, weights), X, y)
        scores = [m.score(X, y, w) for m in (mine, other)]
        assert_allclose(scores[0], scores[1], atol=1e-6)

    def test_counts_that_are_not_whole(self):
        X, y, _ = make_data()
        other = theirs.PoissonRegressor(solver="newton-cholesky", tol=1e-12)
        mine = PoissonRegressor(**TIGHT).fit(X, y + 0.25)
        assert_same_model(mine, other.fit(X, y + 0.25), X, y)

    def test_defaults_are_close_enough(self):
        X, y, _ = make_data()
        mine, exact = PoissonRegressor().fit(X, y), PoissonRegressor(**TIGHT).fit(X, y)
        default = theirs.PoissonRegressor().fit(X, y)
        mine_off = np.abs(mine.coef_ - exact.coef_).max()
        assert mine_off <= max(1e-6, np.abs(default.coef_ - exact.coef_).max())

    def test_signature(self):
        mine = inspect.signature(PoissonRegressor).parameters
        other = inspect.signature(theirs.PoissonRegressor).parameters
        for name, parameter in other.items():
            assert mine[name] == parameter.replace(annotation=mine[name].annotation)
        assert list(mine)[len(other) :] == [
            "l1_ratio",
            "standardize",
            "penalty_factor",
            "lower_bounds",
            "upper_bounds",
        ]


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("weighted", [True, False])
def test_gap_is_certified(l1_ratio, weighted):
    X, y, w = make_data()
    weights = w if weighted else None
    factor = np.array([0.0, 1.0, 2.0, np.inf, 0.5, 1.0])
    options: dict[str, Any] = {
        "l1_ratio": l1_ratio,
        "penalty_factor": factor,
        "lower_bounds": -0.2,
        "upper_bounds": {1: 0.1},
    }
    model = PoissonRegressor(alpha=0.05, standardize=True, tol=1e-6, **options)
    model.fit(X, y, weights)
    audit = fastreg.certify(
        X,
        y,
        model.coef_,
        model.intercept_,
        alpha=0.05,
        family="poisson",
        sample_weight=weights,
        **options,
    )
    assert audit.relative_gap <= 1e-9
    assert_allclose(model.dual_gap_, audit.dual_gap, atol=1e-12)
    assert model.coef_[3] == 0.0


def test_rates_with_exposures_are_counts_with_offsets():
    X, y, _ = make_data()
    exposure = np.random.default_rng(1).uniform(0.5, 4.0, len(y))
    options: dict[str, Any] = {"alphas": [0.01], "standardize": False, "tol": 1e-13}
    path = fastreg.path(
        X, y, family="poisson", offset=np.log(exposure), l1_ratio=0.5, **options
    )
    # The objective of the counts is divided by n, that of the rates by the exposures.
    alpha = 0.01 * len(y) / exposure.sum()
    model = PoissonRegressor(alpha=alpha, l1_ratio=0.5, **TIGHT)
    model.fit(X, y / exposure, exposure)
    assert_allclose(model.coef_, path.coefs[:, 0], atol=1e-8)
    assert_allclose(model.intercept_, path.intercepts[0], atol=1e-8)


def test_weights_are_repetitions():
    X, y, _ = make_data()
    times = np.random.default_rng(0).integers(0, 4, len(y))
    weighted = PoissonRegressor(alpha=0.1, **TIGHT).fit(X, y, times)
    repeated = PoissonRegressor(alpha=0.1, **TIGHT)
    repeated.fit(X.repeat(times, 0), y.repeat(times))
    assert_allclose(weighted.coef_, repeated.coef_, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
@pytest.mark.parametrize("kind", ["dense", "csr_matrix", "csc_array"])
def test_storages(dtype, kind):
    X, y, _ = make_data()
    X = np.round(X).astype(dtype)
    given = X if kind == "dense" else getattr(sparse, kind)(X)
    model = PoissonRegressor(alpha=0.1, **TIGHT).fit(given, y)
    expected = PoissonRegressor(alpha=0.1, **TIGHT).fit(X.astype(np.float64), y)
    assert model.coef_.dtype == (np.float32 if dtype is np.float32 else np.float64)
    assert_allclose(model.coef_, expected.coef_, atol=1e-6)
    assert_allclose(model.predict(given), expected.predict(X), rtol=1e-5)


def test_warm_start():
    X, y, _ = make_data()
    model = PoissonRegressor(alpha=0.1, warm_start=True, **TIGHT).fit(X, y)
    first = model.coef_.copy()
    model.fit(X, y)
    assert_allclose(model.coef_, first, atol=1e-9)
    with pytest.raises(ValueError, match=r"shape \(1, 6\), the new data ask for"):
        model.fit(X[:, :4], y)


def test_score_of_constant_counts():
    X, y, _ = make_data()
    model = PoissonRegressor(alpha=0.1).fit(X, y)
    assert model.score(X, np.full(len(y), 3.0)) == 0.0
    excluded = PoissonRegressor(penalty_factor=np.inf)
    assert excluded.fit(X, np.full(len(y), 1.0)).score(X, np.full(len(y), 1.0)) == 1.0
    assert model.score(X, np.zeros(len(y))) == 0.0


BAD_PARAMETERS = [
    *[("alpha", value) for value in (-1, np.nan, "1", None, [1.0])],
    *[("tol", value) for value in (-1e-3, "x", None)],
    *[("max_iter", value) for value in (0, 1.5, "x")],
    *[("solver", value) for value in ("other", 1, None)],
    *[("fit_intercept", value) for value in (1, "yes", None)],
    *[("warm_start", value) for value in (1, "yes", None)],
    *[("verbose", value) for value in (-1, "yes")],
]


@pytest.mark.parametrize(("parameter", "value"), BAD_PARAMETERS)
def test_bad_parameters_raise_the_same_exceptions(parameter, value):
    X, y, _ = make_data()
    for module in (fastreg, theirs):
        with pytest.raises(ValueError, match=parameter) as error:
            module.PoissonRegressor(**{parameter: value}).fit(X, y)
        assert isinstance(error.value, TypeError)


@pytest.mark.parametrize("value", [-0.1, 1.1, "x", None])
def test_bad_mixes_are_named(value):
    X, y, _ = make_data()
    with pytest.raises(ValueError, match="l1_ratio of PoissonRegressor"):
        PoissonRegressor(l1_ratio=value).fit(X, y)


BAD_TARGETS = [
    (np.full(80, -1.0), r"y must be >= 0 for family 'poisson', got -1 at position 0"),
    (np.zeros(80), "y is 0 everywhere"),
    (np.full(80, np.nan), "NaN"),
    (np.full(80, np.inf), "inf"),
    (np.ones((80, 2)), "1d array|should be a 1d"),
    (np.full(80, "many"), "real numbers|could not convert"),
]


@pytest.mark.parametrize(("y", "message"), BAD_TARGETS)
def test_bad_targets_are_value_errors(y, message):
    with pytest.raises(ValueError, match=message):
        PoissonRegressor().fit(make_data()[0], y)


def test_counts_in_a_column_are_told():
    X, y, _ = make_data()
    with pytest.warns(DataConversionWarning):
        model = PoissonRegressor().fit(X, y[:, None])
    assert_array_equal(model.coef_, PoissonRegressor().fit(X, y).coef_)


@pytest.mark.filterwarnings("ignore::fastreg.ConvergenceWarning")
def test_groups_without_counts_are_told():
    X, y, _ = make_data()
    group = (np.arange(80) < 8).astype(float)
    Z = np.column_stack([X[:, :2], group])
    with pytest.warns(fastreg.SeparationWarning, match="no counts") as caught:
        model = PoissonRegressor(alpha=0).fit(Z, np.where(group, 0, y))
    assert caught[0].filename == __file__
    assert np.all(np.isfinite(model.predict(Z)))


class TestInsideScikitLearn:
    def test_is_a_regressor(self):
        assert is_regressor(PoissonRegressor())
        tags = get_tags(PoissonRegressor())
        assert tags.input_tags.sparse
        assert tags.target_tags.positive_only
        assert not tags.target_tags.multi_output

    def test_clone_pickle_and_scores(self):
        X, y, _ = make_data()
        model = PoissonRegressor(alpha=0.1, l1_ratio=1.0).fit(X, y)
        assert clone(model).get_params() == model.get_params()
        restored = pickle.loads(pickle.dumps(model))  # noqa: S301
        assert_array_equal(restored.predict(X), model.predict(X))
        mine = cross_val_score(PoissonRegressor(**TIGHT), X, y, cv=3)
        other = cross_val_score(theirs.PoissonRegressor(tol=1e-8), X, y, cv=3)
        assert_allclose(mine, other, atol=1e-4)

    def test_docstring_names_every_parameter_and_attribute(self):
        X, y, _ = make_data()
        model = PoissonRegressor().fit(X, y)
        text = inspect.getdoc(PoissonRegressor)
        learned = [n for n in vars(model) if n.endswith("_") and not n.startswith("_")]
        for word in [*model.get_params(), *learned]:
            assert word in text
