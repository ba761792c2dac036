"""`fastreg.path` of classes and counts: what it takes, what it gives back."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import expit

import fastreg
import problems

FAMILIES = ("binomial", "poisson")


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def fitted(family: str, **options: Any) -> tuple[Any, Any, fastreg.Path]:
    X, y = problems.family_data(family)
    return X, y, fastreg.path(X, y, family=family, **options)


class TestPath:
    def test_is_certified_by_the_reference(self, family):
        X, y, path = fitted(family, tol=1e-9)
        gaps = problems.recomputed_gaps(path, X, y, family=family)
        assert gaps.max() <= 1e-9
        assert_allclose(path.dual_gaps, gaps, atol=1e-12)

    def test_says_what_it_is(self, family):
        _, _, path = fitted(family)
        assert path.family == family
        name = {"binomial": "Logistic", "poisson": "Poisson"}[family]
        assert repr(path).startswith(f"{name} Lasso path: ")
        assert "of the deviance explained" in repr(path)
        assert ("classes 0.0 and 1.0" in repr(path)) == (family == "binomial")

    def test_begins_at_the_null_model(self, family):
        X, y, path = fitted(family, alphas=10)
        problem = problems.reference_problem(X, y, path.alphas[0], family=family)
        assert_allclose(path.coefs[:, 0], 0.0)
        assert np.any(path.coefs[:, 1])
        assert_allclose(path.alphas[0], fastreg.reference.alpha_max(problem))
        null = fastreg.reference.null_objective(problem)
        assert_allclose(path.null_objective, null, rtol=1e-10)
        assert_allclose(path.deviance_ratio[0], 0.0, atol=1e-12)
        assert_allclose(path.coef_at(2 * path.alphas[0]), 0.0)

    def test_predictions(self, family):
        X, y, path = fitted(family)
        eta = X @ path.coefs + path.intercepts
        assert_allclose(path.decision_function(X), eta, atol=1e-12)
        if family == "poisson":
            assert_allclose(path.predict(X), np.exp(eta), rtol=1e-12)
            with pytest.raises(AttributeError, match="this one is poisson"):
                path.predict_proba(X)
            return
        shares = path.predict_proba(X)
        assert shares.shape == (len(y), 2, len(path.alphas))
        assert_allclose(shares[:, 1], expit(eta), rtol=1e-12)
        assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-12)
        assert_array_equal(path.predict(X), (eta > 0).astype(float))

    def test_shapes_of_predictions(self, family):
        X, y, path = fitted(family)
        one, some = float(path.alphas[3]), path.alphas[2:5]
        for name in ("predict", "decision_function"):
            method = getattr(path, name)
            assert method(X).shape == (len(y), len(path.alphas))
            assert method(X, one).shape == (len(y),)
            assert method(X, some).shape == (len(y), 3)
            assert_array_equal(method(X, some)[:, 1], method(X, one))
        if family == "binomial":
            assert path.predict_proba(X, one).shape == (len(y), 2)
            assert path.predict_proba(X, some).shape == (len(y), 2, 3)

    def test_deviance_ratio_is_what_its_name_says(self, family):
        X, y, path = fitted(family)
        for k in (0, 5, -1):
            problem = problems.reference_problem(X, y, path.alphas[k], family=family)
            fit = path.coefs[:, k], path.intercepts[k]
            expected = fastreg.reference.deviance_ratio(problem, *fit)
            assert_allclose(path.deviance_ratio[k], expected, atol=1e-9)

    def test_offset_is_inside_the_link(self, family):
        X, y = problems.family_data(family)
        offset = np.linspace(-1.0, 1.0, len(y))
        options = {"family": family, "offset": offset}
        path = fastreg.path(X, y, tol=1e-9, **options)
        gaps = problems.recomputed_gaps(path, X, y, **options)
        assert gaps.max() <= 1e-9
        eta = X @ path.coefs + path.intercepts + offset[:, None]
        assert_allclose(path.decision_function(X, offset=offset), eta, atol=1e-12)
        with pytest.raises(ValueError, match="fitted with an offset"):
            path.predict(X)

    def test_an_offset_that_the_intercept_takes_up(self, family):
        X, y, path = fitted(family, tol=1e-12, alphas=20)
        for size in (1e-9, 1.0, 100.0):
            moved = fastreg.path(
                X, y, family=family, tol=1e-12, alphas=20, offset=np.full(len(y), size)
            )
            assert_allclose(moved.coefs, path.coefs, atol=1e-6)
            assert_allclose(moved.intercepts + size, path.intercepts, atol=1e-6)

    def test_ridge_grid_begins_like_an_elastic_net(self, family):
        X, y, path = fitted(family, l1_ratio=0.0, tol=1e-9)
        mixed = fastreg.path(X, y, family=family, l1_ratio=1e-3, alphas=2)
        assert_allclose(path.alphas[0], mixed.alphas[0], rtol=1e-12)
        assert path.deviance_ratio[0] < 0.05
        assert np.all(path.n_nonzero == X.shape[1])
        options = {"family": family, "l1_ratio": 0.0}
        assert problems.recomputed_gaps(path, X, y, **options).max() <= 1e-9
        assert repr(path).split(" path")[0].endswith("Ridge")
        whole = fastreg.path(X, y, eps=0.01, alphas=7, early_stop=False, **options)
        assert_allclose(whole.alphas[-1], 0.01 * whole.alphas[0])

    def test_maximum_likelihood(self, family):
        X, y, path = fitted(family, alphas=[0.1, 0.0], tol=1e-13)
        mean = path.predict_proba(X)[:, 1] if family == "binomial" else path.predict(X)
        residual = y - mean[:, 1]
        assert_allclose(X.T @ residual, 0.0, atol=1e-4)
        assert_allclose(residual.sum(), 0.0, atol=1e-4)

    def test_no_intercept(self, family):
        X, y, path = fitted(family, fit_intercept=False, tol=1e-9)
        options = {"family": family, "fit_intercept": False}
        assert_array_equal(path.intercepts, 0.0)
        assert problems.recomputed_gaps(path, X, y, **options).max() <= 1e-9

    def test_bounds_and_penalty_factors(self, family):
        X, y = problems.family_data(family)
        factor = np.array([0.0, 1.0, np.inf, 2.0, 1.0, 0.5, 1.0, 1.0])
        options: dict[str, Any] = {
            "family": family,
            "penalty_factor": factor,
            "lower_bounds": -0.1,
            "upper_bounds": np.linspace(0.05, 0.5, 8),
        }
        path = fastreg.path(X, y, tol=1e-9, **options)
        assert problems.recomputed_gaps(path, X, y, **options).max() <= 1e-9
        assert_array_equal(path.coefs[2], 0.0)
        assert path.coefs.min() >= -0.1
        assert np.all(path.coefs <= options["upper_bounds"][:, None])
        assert np.any(path.coefs[0, 0])

    @pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
    def test_storages_agree(self, family, l1_ratio):
        X, y = problems.family_data(family)
        X = np.where(np.abs(X) > 0.5, X, 0.0).astype(np.float32)
        options = {"family": family, "l1_ratio": l1_ratio, "alphas": 15, "tol": 1e-13}
        expected = fastreg.path(X.astype(np.float64), y, **options)

        class Columns(fastreg.design.Design):
            shape = X.shape

            def columns(self, J):
                return X[:, J].astype(np.float64)

            def matvec(self, B):
                return X.astype(np.float64) @ B

            def transpose_matvec(self, R):
                return X.astype(np.float64).T @ R

        chunked = fastreg.design.ChunkedDesign(X.astype(np.float64), chunk_rows=7)
        forms = (X, np.asfortranarray(X), sparse.csc_array(X), sparse.csr_matrix(X))
        for form in (*forms, Columns(), chunked):
            path = fastreg.path(form, y, **options)
            assert_allclose(path.alphas, expected.alphas, rtol=1e-9)
            assert_allclose(path.coefs, expected.coefs, atol=1e-6)
        assert_allclose(path.predict(chunked), path.predict(X), rtol=1e-10)

    def test_threads_make_no_difference(self, family):
        X, y = problems.family_data(family, "wide")
        one = fastreg.path(X, y, family=family, n_threads=1)
        two = fastreg.path(X, y, family=family, n_threads=2)
        assert_array_equal(one.coefs, two.coefs)
        assert_array_equal(one.dual_gaps, two.dual_gaps)

    def test_stops(self, family):
        X, y = problems.family_data(family)
        steps: list[Any] = []
        path = fastreg.path(
            X, y, family=family, callback=lambda s: steps.append(s) or s.n_nonzero > 2
        )
        assert path.stopped == "callback"
        assert [step.index for step in steps] == list(range(len(path.alphas)))
        early = fastreg.path(X, y, family=family, max_time=1e-9)
        assert early.stopped == "max_time"

    def test_starts_where_it_is_told(self, family):
        X, y, path = fitted(family, tol=1e-11, alphas=[0.1, 0.01])
        again = fastreg.path(
            X, y, family=family, tol=1e-11, alphas=[0.01], coef_init=path.coefs[:, 1]
        )
        assert_allclose(again.coefs[:, 0], path.coefs[:, 1], atol=1e-9)
        assert again.n_iter[0] <= 1

    def test_plot(self, family):
        pytest.importorskip("matplotlib")
        from fastreg._plot import path_figure

        _, _, path = fitted(family)
        text = path_figure(path)._suptitle.get_text()
        assert text.startswith("Logistic" if family == "binomial" else "Poisson")

    def test_unconverged_is_told(self, family):
        X, y = problems.family_data(family)
        with pytest.warns(fastreg.ConvergenceWarning, match="max_iter=1 "):
            path = fastreg.path(X, y, family=family, alphas=[1e-3], max_iter=1)
        assert path.status == ("max_iter",)


LABELS = {
    "bool": (False, True),
    "int": (-7, 3),
    "uint8": (0, 255),
    "float": (1.0, 2.0),
    "str": ("no", "yes"),
    "bytes": (b"a", b"b"),
    "date": (dt.date(2020, 1, 1), dt.date(2021, 1, 1)),
    "tuple of text": ("a", "a longer label"),
}


class TestLabels:
    @pytest.mark.parametrize("kind", LABELS)
    @pytest.mark.parametrize("container", ["array", "object", "list", "column"])
    def test_of_any_type(self, kind, container):
        X, y = problems.family_data("binomial")
        low, high = LABELS[kind]
        given: Any = [high if one else low for one in y]
        if container == "object":
            given = np.array(given, dtype=object)
        elif container != "list":
            given = np.array(given)
        if container == "column":
            given = given[:, None]
        expected = fastreg.path(X, y, family="binomial", alphas=10)
        path = fastreg.path(X, given, family="binomial", alphas=10)
        assert_array_equal(path.coefs, expected.coefs)
        assert path.classes.tolist() == [low, high]
        flags = expected.predict(X, 0.05) == 1.0
        predicted = path.predict(X, 0.05)
        assert predicted.tolist() == [high if one else low for one in flags]

    @pytest.mark.parametrize("dtype", ["category", "string", "boolean", "Int8"])
    def test_of_pandas(self, dtype):
        pandas = pytest.importorskip("pandas")
        X, y = problems.family_data("binomial")
        texts = np.where(y > 0, "yes", "no")
        values = texts if dtype in ("category", "string") else y.astype(int)
        given = pandas.Series(values).astype(dtype)
        path = fastreg.path(X, given, family="binomial", alphas=10)
        expected = fastreg.path(X, y, family="binomial", alphas=10)
        assert_array_equal(path.coefs, expected.coefs)
        assert path.classes.tolist() == sorted(set(given.tolist()))

    def test_of_polars(self):
        polars = pytest.importorskip("polars")
        X, y = problems.family_data("binomial")
        given = polars.Series(np.where(y > 0, "yes", "no"))
        path = fastreg.path(X, given, family="binomial", alphas=10)
        assert path.classes.tolist() == ["no", "yes"]

    def test_order_of_labels_is_the_sign(self):
        X, y = problems.family_data("binomial")
        path = fastreg.path(X, y, family="binomial", tol=1e-12, alphas=10)
        other = fastreg.path(X, 1 - y, family="binomial", tol=1e-12, alphas=10)
        assert_allclose(other.coefs, -path.coefs, atol=1e-8)
        assert_allclose(other.intercepts, -path.intercepts, atol=1e-8)

    def test_of_the_path_are_read_only(self):
        X, y = problems.family_data("binomial")
        path = fastreg.path(X, y, family="binomial", alphas=2)
        with pytest.raises(ValueError, match="read-only"):
            path.classes[0] = 5


X20 = np.random.default_rng(0).standard_normal((20, 3))
HALF = np.repeat([0, 1], 10)
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("binomial", {"y": np.zeros(20)}, "one class, 0.0: family 'binomial' needs two"),
    ("binomial", {"y": ["cat"] * 20}, "one class, 'cat'"),
    ("binomial", {"y": np.arange(20) % 3}, r"3 classes, 0, 1, 2, but family 'binom"),
    ("binomial", {"y": HALF + 0.5}, "0.5 at position 0 is not a whole number"),
    ("binomial", {"y": np.where(HALF, np.nan, 0)}, "missing label, nan, at posit"),
    ("binomial", {"y": [None, *["a"] * 19]}, "missing label, None, at position 0"),
    ("binomial", {"sample_weight": HALF * 1.0}, "class 0 of y has no weight"),
    ("binomial", {"y": np.eye(20)}, "dimension, a label for each row, got shape"),
    ("binomial", {"y": HALF[:-1]}, "y has 19 entries but X has 20 rows"),
    ("poisson", {"y": HALF - 1.0}, r"y must be >= 0 for family 'poisson', got -1 at"),
    ("poisson", {"y": np.where(HALF, np.nan, 1)}, "y has NaN at position 10"),
    ("poisson", {"y": np.where(HALF, np.inf, 1)}, "y has inf at position 10"),
    ("poisson", {"y": np.zeros(20)}, "y is 0 everywhere: .* intercept is -inf"),
    ("poisson", {"sample_weight": 1.0 - HALF}, "y is 0 in every row with a weight"),
    ("binomial", {"offset": np.zeros(19)}, r"offset has shape \(19,\)"),
    ("binomial", {"offset": np.full(20, np.inf)}, "offset has inf"),
    ("binomial", {"X": np.full((20, 3), np.nan)}, "X has NaN in column 0"),
    ("logistic", {}, "family must be one of .* got .logistic"),
    (None, {}, "family must be one of"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("name", "bad", "message"), BAD)
def test_bad_input_is_named(name, bad, message):
    arguments: dict[str, Any] = {"X": X20, "y": HALF, "family": name, **bad}
    with pytest.raises(ValueError, match=message):
        fastreg.path(**arguments)


def test_labels_without_an_order_are_a_type_error():
    with pytest.raises(TypeError, match="can't be sorted"):
        fastreg.path(X20, [1, "a"] * 10, family="binomial")


@pytest.mark.parametrize("name", ["gaussian", "poisson"])
def test_labels_where_numbers_are_needed_are_told_their_family(name):
    message = f"numbers, got 'a' at 0; labels are for .*'multinomial', not '{name}'"
    with pytest.raises(TypeError, match=message):
        fastreg.path(X20, np.array(["a", "b"] * 10, dtype=object), family=name)
    with pytest.raises(TypeError, match=f"dtype <U1; labels are for .*, not '{name}'"):
        fastreg.path(X20, np.array(["a", "b"] * 10), family=name)
    with pytest.raises(TypeError, match=r"dtype complex128$"):
        fastreg.path(X20, np.full(20, 1j), family=name)


def test_counts_that_are_all_zero_have_a_fit_without_an_intercept():
    path = fastreg.path(
        np.abs(X20), np.zeros(20), family="poisson", fit_intercept=False
    )
    assert path.coefs.min() < 0.0
    options = {"family": "poisson", "fit_intercept": False}
    gaps = problems.recomputed_gaps(path, np.abs(X20), np.zeros(20), **options)
    assert gaps.max() <= path.tol


def test_statistics_are_those_of_least_squares():
    stats = fastreg.GramStats.from_data(X20, HALF)
    with pytest.raises(ValueError, match="needs the data"):
        stats.path(family="binomial")
    assert stats.path(family="gaussian").family == "gaussian"


def test_gaussian_paths_are_what_they_were():
    X, y = problems.ar1(30, 5)
    path = fastreg.path(X, y, family="gaussian")
    assert path.family == "gaussian"
    assert path.classes is None
    assert repr(path).startswith("Lasso path")
    assert_array_equal(path.decision_function(X), path.predict(X))
    with pytest.raises(AttributeError, match="this one is gaussian"):
        path.predict_proba(X)


def separable() -> tuple[Any, Any]:
    X = np.random.default_rng(1).standard_normal((40, 3))
    return X, (X[:, 0] > 0.1).astype(int)


class TestSeparation:
    """The likelihood has no maximum: warned exactly where that shows."""

    @pytest.mark.parametrize("early_stop", [True, False])
    def test_penalised_solutions_exist(self, early_stop):
        X, y = separable()
        path = fastreg.path(X, y, family="binomial", eps=1e-6, early_stop=early_stop)
        assert path.dual_gaps.max() <= path.tol
        gaps = problems.recomputed_gaps(path, X, y, family="binomial")
        assert gaps.max() <= path.tol
        assert path.deviance_ratio[-1] > 0.99
        if early_stop:
            assert path.stopped == "deviance_ratio"

    def test_no_penalty(self):
        X, y = separable()
        with pytest.warns(fastreg.SeparationWarning, match="separates 0 from 1"):
            path = fastreg.path(X, y, family="binomial", alphas=[0.1, 0.0])
        assert np.all(np.isfinite(path.coefs))
        assert path.deviance_ratio[-1] > 0.999

    def test_free_feature_that_separates(self):
        X, y = separable()
        with pytest.warns(fastreg.SeparationWarning):
            path = fastreg.path(
                X, y, family="binomial", penalty_factor=[0, 1, 1], alphas=[0.1]
            )
        assert np.all(np.isfinite(path.coefs))

    @pytest.mark.parametrize("tol", [1e-6, 1e-14])
    def test_group_of_one_class(self, tol):
        """Quasi-complete: one value of a feature has one class only.

        There is no second warning where rounding errors keep the gap above tol.
        """
        X, y = problems.family_data("binomial")
        group = np.zeros(len(y))
        group[np.flatnonzero(y == 1)[:8]] = 1.0
        Z = np.column_stack([X[:, :2], group])
        with pytest.warns(fastreg.SeparationWarning, match="no maximum"):
            path = fastreg.path(Z, y, family="binomial", alphas=[0.0], tol=tol)
        assert np.all(np.isfinite(path.coefs))

    def test_group_without_counts(self):
        X, y = problems.family_data("poisson")
        group = (np.arange(len(y)) < 10).astype(float)
        y = np.where(group, 0.0, y)
        Z = np.column_stack([X[:, :2], group])
        with pytest.warns(fastreg.SeparationWarning, match="no maximum"):
            path = fastreg.path(Z, y, family="poisson", alphas=[0.0])
        assert np.all(np.isfinite(path.coefs))

    @pytest.mark.parametrize("name", ["tall", "one_column", "few_features"])
    def test_none_where_there_is_a_maximum(self, name, family):
        X, y = problems.family_data(family, "tall" if name == "few_features" else name)
        X = X[:, :3] if name == "few_features" else X
        with warnings.catch_warnings():
            warnings.simplefilter("error", fastreg.SeparationWarning)
            fastreg.path(X, y, family=family, alphas=[0.1, 0.0])

    def test_is_a_user_warning(self):
        assert issubclass(fastreg.SeparationWarning, UserWarning)
        assert not issubclass(fastreg.SeparationWarning, fastreg.ConvergenceWarning)


@pytest.mark.parametrize("alpha", [1e-6, 1e-10])
@pytest.mark.parametrize("tol", [1e-6, 1e-10])
def test_single_alphas_far_down_the_path_of_separated_classes(alpha, tol):
    X, y = problems.family_data("binomial", "wide")
    path = fastreg.path(X, y, family="binomial", alphas=[alpha], tol=tol)
    gaps = problems.recomputed_gaps(path, X, y, family="binomial")
    assert gaps.max() <= 1.1 * tol
    assert path.deviance_ratio[0] > 0.9999


@pytest.mark.parametrize("family", ["binomial", "poisson"])
@pytest.mark.parametrize("seed", range(0, 40, 5))
def test_paths_beside_features_without_a_penalty_meet_their_tol(family, seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((120, 30))
    eta = 0.5 * X[:, :4] @ rng.standard_normal(4)
    weight = rng.random(120)
    if family == "poisson":
        y = rng.poisson(np.exp(eta)).astype(float)
    else:
        y = (eta + rng.logistic(size=120) > 0.0).astype(float)
    options = {"family": family, "penalty_factor": {0: 0, 3: 0}}
    path = fastreg.path(X, y, sample_weight=weight, alphas=40, **options)
    assert set(path.status) == {"converged"}
    for k in (1, len(path.alphas) // 2):
        audit = fastreg.certify(
            X,
            y,
            path.coefs[:, k],
            path.intercepts[k],
            alpha=path.alphas[k],
            sample_weight=weight,
            **options,
        )
        assert audit.relative_gap <= path.tol


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_columns_beyond_the_range_of_float32(family: str) -> None:
    # Matrices that only have to be near are made in float32, where that can be.
    rng = np.random.default_rng(4)
    X = rng.standard_normal((120, 40))
    mean = X[:, :5] @ np.ones(5) / 2
    y = (mean + rng.standard_normal(120) > 0).astype(float)
    y = y if family == "binomial" else rng.poisson(np.exp(mean)).astype(float)
    scale = np.where(np.arange(40) % 2, 1e25, 1e-25)
    options = {"family": family, "alphas": 20, "standardize": False, "tol": 1e-10}
    plain = fastreg.path(X, y, **options)
    scaled = fastreg.path(X * scale, y, penalty_factor=scale, **options)
    assert scaled.dual_gaps.max() <= 1e-10
    assert_allclose(scaled.coefs * scale[:, None], plain.coefs, atol=1e-3)


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7])
def test_columns_that_float32_can_hardly_tell_apart(distance: float) -> None:
    rng = np.random.default_rng(5)
    base = rng.standard_normal((200, 25))
    X = np.hstack([base, base + distance * rng.standard_normal(base.shape)])
    y = (base[:, :5].sum(axis=1) + rng.standard_normal(200) > 0).astype(float)
    path = fastreg.path(X, y, family="binomial", alphas=20, eps=1e-3, tol=1e-10)
    assert path.dual_gaps.max() <= 1e-10
    assert max(path.n_iter) < 1000
