"""`RidgeCV`: leave-one-out against refits, folds against scikit-learn, its errors."""

from __future__ import annotations

import functools
import inspect
import pickle
import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest
import sklearn
import sklearn.linear_model as theirs
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics import get_scorer, make_scorer, mean_absolute_error, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneOut,
    RepeatedKFold,
    ShuffleSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

import fastreg
from fastreg import Ridge, RidgeCV

NEW_SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
ALPHAS = [0.03, 0.5, 10.0, 200.0]


class Data(NamedTuple):
    X: Any
    y: Any
    weights: Any


def make_data(n: int = 30, p: int = 7, targets: int = 0) -> Data:
    """Columns that correlate and aren't centred, one weight of 0; targets=0: y 1-D."""
    rng = np.random.default_rng(10 * n + p)
    X = rng.normal(size=(n, p)) + rng.normal(size=(n, 1)) + rng.normal(size=p)
    m = max(targets, 1)
    # Noise that differs, so that targets differ in their best alphas.
    noise = rng.normal(size=(n, m)) * np.logspace(0, 1.5, m)
    Y = X @ rng.normal(size=(p, m)) + noise + 3.0
    weights = rng.uniform(0.3, 3.0, n)
    weights[4] = 0.0
    return Data(X, Y if targets else Y[:, 0], weights)


def solve(X: Any, y: Any, weights: Any, alpha: float, fit_intercept: bool) -> Any:
    """Coefficients and intercept of ridge regression as stacked least squares."""
    n, p = X.shape
    weights = np.ones(n) if weights is None else weights
    kept = weights > 0
    X, y, root = X[kept], y[kept], np.sqrt(weights[kept])
    X_mean = np.average(X, axis=0, weights=root**2) * fit_intercept
    y_mean = np.average(y, axis=0, weights=root**2) * fit_intercept
    A = np.vstack([root[:, None] * (X - X_mean), np.sqrt(alpha) * np.eye(p)])
    b = np.vstack([root[:, None] * (y - y_mean), np.zeros((p, y.shape[1]))])
    coef = np.linalg.lstsq(A, b, rcond=None)[0]
    return coef, y_mean - X_mean @ coef


@functools.cache
def leave_each_out(
    shape: tuple[int, int], targets: int, fit_intercept: bool, weighted: bool
) -> Any:
    """Predictions (n, m, k) of models that are fitted without each sample."""
    data, alphas = make_data(*shape, targets), ALPHAS
    n = len(data.y)
    Y = data.y.reshape(n, -1)
    found = np.empty((n, Y.shape[1], len(alphas)))
    for i in range(n):
        weights = data.weights.copy() if weighted else np.ones(n)
        weights[i] = 0.0
        for k, alpha in enumerate(alphas):
            coef, intercept = solve(data.X, Y, weights, alpha, fit_intercept)
            found[i, :, k] = data.X[i] @ coef + intercept
    return found


@pytest.mark.parametrize("shape", [(30, 7), (12, 20)])
@pytest.mark.parametrize("targets", [0, 1, 3])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
class TestLeaveOneOut:
    @pytest.fixture
    def data(self, shape, targets):
        return make_data(*shape, targets)

    def fit(self, data, kind, fit_intercept, weighted, **params):
        X = sparse.csr_array(data.X) if kind == "sparse" else data.X
        model = RidgeCV(ALPHAS, fit_intercept=fit_intercept, **params)
        return model.fit(X, data.y, data.weights if weighted else None)

    def test_errors_are_those_of_refits(
        self, data, shape, targets, kind, fit_intercept, weighted
    ):
        model = self.fit(data, kind, fit_intercept, weighted, store_cv_results=True)
        expected = leave_each_out(shape, targets, fit_intercept, weighted)
        n = len(data.y)
        errors = (data.y.reshape(n, -1)[:, :, None] - expected) ** 2
        if weighted:
            errors *= data.weights[:, None, None]
        scores = -errors.mean(axis=(0, 1))
        errors = errors if data.y.ndim == 2 else errors[:, 0]
        assert model.cv_results_.shape == errors.shape
        assert_allclose(model.cv_results_, errors, rtol=1e-9, atol=1e-11 * errors.max())
        assert model.alpha_ == ALPHAS[int(np.argmax(scores))]
        assert_allclose(model.best_score_, scores.max(), rtol=1e-9)

    def test_predictions_are_those_of_refits(
        self, data, shape, targets, kind, fit_intercept, weighted
    ):
        model = self.fit(
            data, kind, fit_intercept, weighted, store_cv_results=True, scoring="r2"
        )
        expected = leave_each_out(shape, targets, fit_intercept, weighted)
        found = model.cv_results_.reshape(expected.shape)
        assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
        weights = data.weights if weighted else None
        scores = [
            r2_score(data.y, expected[:, :, k], sample_weight=weights)
            for k in range(len(ALPHAS))
        ]
        assert model.alpha_ == ALPHAS[int(np.argmax(scores))]
        assert_allclose(model.best_score_, max(scores), rtol=1e-9)

    def test_the_final_model_is_that_of_ridge(
        self, data, kind, fit_intercept, weighted
    ):
        model = self.fit(data, kind, fit_intercept, weighted)
        weights = data.weights if weighted else None
        ridge = Ridge(model.alpha_, fit_intercept=fit_intercept, inference=True)
        ridge.fit(data.X, data.y, weights)
        assert_allclose(model.coef_, ridge.coef_, rtol=1e-9, atol=1e-10)
        assert_allclose(model.intercept_, ridge.intercept_, rtol=1e-9, atol=1e-9)
        assert model.coef_.shape == ridge.coef_.shape
        assert np.shape(model.intercept_) == np.shape(ridge.intercept_)
        assert np.max(model.residual_) < 1e-10
        assert_allclose(model.df_, np.ravel(ridge.df_)[0], rtol=1e-9)

    def test_each_target_may_have_its_own(self, data, kind, fit_intercept, weighted):
        for scoring in (None, "neg_mean_absolute_error"):
            options = {"alpha_per_target": True, "scoring": scoring}
            model = self.fit(data, kind, fit_intercept, weighted, **options)
            Y = data.y.reshape(len(data.y), -1)
            for j, target in enumerate(Y.T):
                one = self.fit(
                    data._replace(y=target),
                    kind,
                    fit_intercept,
                    weighted,
                    scoring=scoring,
                )
                assert np.ravel(model.alpha_)[j] == one.alpha_
                score = np.ravel(model.best_score_)[j]
                assert score == pytest.approx(one.best_score_, rel=1e-9)
                coef = model.coef_.reshape(Y.shape[1], -1)[j]
                assert_allclose(coef, one.coef_, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("shape", [(30, 7), (12, 20)])
@pytest.mark.parametrize("targets", [0, 1, 3])
@pytest.mark.parametrize("scoring", [None, "r2", "neg_mean_absolute_error", "plain"])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("per_target", [True, False])
def test_leave_one_out_equals_scikit_learns(
    shape, targets, scoring, weighted, per_target
):
    X, y, weights = make_data(*shape, targets)
    if scoring == "plain":

        def scoring(model, X, y, sample_weight=None):
            return -abs(y - model.predict(X)).max()

    if per_target and scoring is not None and targets == 0:
        pytest.skip("scikit-learn fails")
    # In scikit-learn the prediction of a sample of weight 0 is NaN.
    weights = weights + 0.1 if weighted else None
    params = {
        "alphas": ALPHAS,
        "scoring": scoring,
        "alpha_per_target": per_target,
        "store_cv_results": True,
    }
    mine = RidgeCV(**params).fit(X, y, weights)
    other = theirs.RidgeCV(**params).fit(X, y, weights)
    assert_same_choice(mine, other)
    assert mine.cv_results_.shape == other.cv_results_.shape
    scale = abs(other.cv_results_).max()
    assert_allclose(mine.cv_results_, other.cv_results_, rtol=1e-7, atol=1e-9 * scale)


def assert_same_choice(mine: Any, other: Any, tol: float = 1e-8) -> None:
    assert_array_equal(mine.alpha_, other.alpha_)
    assert np.shape(mine.alpha_) == np.shape(other.alpha_)
    assert np.shape(mine.best_score_) == np.shape(other.best_score_)
    assert_allclose(mine.best_score_, other.best_score_, rtol=tol, atol=tol)
    assert mine.coef_.shape == other.coef_.shape
    assert mine.coef_.dtype == other.coef_.dtype
    assert_allclose(mine.coef_, other.coef_, rtol=tol, atol=tol)
    assert np.shape(mine.intercept_) == np.shape(other.intercept_)
    assert_allclose(mine.intercept_, other.intercept_, rtol=tol, atol=tol)


def penalised_score(model: Any, X: Any, y: Any) -> float:
    """A scorer that looks at the model and at X."""
    assert X.shape[1] == len(model.coef_)
    return -np.mean((y - X @ model.coef_ - model.intercept_) ** 2) - model.coef_ @ (
        model.coef_
    )


FOLDS = {
    "3": 3,
    "shuffled": KFold(4, shuffle=True, random_state=0),
    "repeated": RepeatedKFold(n_splits=3, n_repeats=2, random_state=1),
    "holdouts": ShuffleSplit(3, test_size=0.2, train_size=0.6, random_state=0),
    "indices": [(np.arange(5, 12), np.arange(5)), (np.arange(9), np.arange(9, 12))],
    "one by one": LeaveOneOut(),
    "overlap": [(np.arange(9), np.arange(6, 12)), (np.arange(4, 12), np.arange(12))],
    "bootstrap": [(np.repeat(np.arange(8), 2), np.arange(8, 12))] * 2,
}


@pytest.mark.parametrize("cv", FOLDS)
@pytest.mark.parametrize("shape", [(14, 7), (12, 20)])
@pytest.mark.parametrize("scoring", ["neg_mean_squared_error", "made", "penalised"])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_folds_equal_a_grid_search(cv, shape, scoring, kind, fit_intercept):
    X, y, _ = make_data(*shape)
    X = sparse.csc_matrix(X) if kind == "sparse" else X
    scorers = {
        "made": make_scorer(mean_absolute_error, greater_is_better=False),
        "penalised": penalised_score,
    }
    scoring = scorers.get(scoring, scoring)
    mine = RidgeCV([0.0, *ALPHAS], cv=FOLDS[cv], scoring=scoring)
    mine.set_params(fit_intercept=fit_intercept).fit(X, y)
    search = GridSearchCV(
        Ridge(fit_intercept=fit_intercept),
        {"alpha": [0.0, *ALPHAS]},
        cv=FOLDS[cv],
        scoring=scoring,
    ).fit(X, y)
    assert mine.alpha_ == search.best_params_["alpha"]
    assert mine.best_score_ == pytest.approx(search.best_score_, rel=1e-7)
    assert_allclose(mine.coef_, search.best_estimator_.coef_, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("cv", ["3", "shuffled", "holdouts"])
@pytest.mark.parametrize("targets", [0, 1, 3])
@pytest.mark.parametrize("scoring", [None, "neg_mean_squared_error"])
@pytest.mark.parametrize("weighted", [True, False])
def test_folds_equal_scikit_learns(cv, targets, scoring, weighted):
    if weighted and not NEW_SKLEARN:
        pytest.skip("scikit-learn < 1.9 doesn't weight the scores of folds")
    X, y, weights = make_data(30, 7, targets)
    weights = weights if weighted else None
    params = {"alphas": ALPHAS, "cv": FOLDS[cv], "scoring": scoring}
    mine = RidgeCV(**params).fit(X, y, weights)
    other = theirs.RidgeCV(**params).fit(X, y, weights)
    assert_same_choice(mine, other)


def test_folds_keep_the_alpha_of_ridge_whatever_their_weights():
    X, y, weights = make_data(30, 7)
    folds = [(np.arange(10), np.arange(10, 30)), (np.arange(8, 30), np.arange(8))]
    seen = []

    def metric(y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        seen.append(y_pred)
        return 0.0

    RidgeCV([2.0], cv=folds, scoring=make_scorer(metric)).fit(X, y, weights)
    for (train, test), found in zip(folds, seen, strict=True):
        coef, intercept = solve(X[train], y[train, None], weights[train], 2.0, True)
        assert_allclose(found, X[test] @ coef[:, 0] + intercept, rtol=1e-9)


def test_integer_weights_repeat_samples_in_folds():
    X, y, _ = make_data(30, 7)
    counts = np.arange(30) % 3
    fold = np.arange(30) % 4
    rows = np.repeat(np.arange(30), counts)
    by_fold = [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(4)]
    repeated = [
        (np.flatnonzero(fold[rows] != f), np.flatnonzero(fold[rows] == f))
        for f in range(4)
    ]
    weighted = RidgeCV(ALPHAS, cv=by_fold).fit(X, y, counts)
    copies = RidgeCV(ALPHAS, cv=repeated).fit(X[rows], y[rows])
    assert weighted.alpha_ == copies.alpha_
    assert weighted.best_score_ == pytest.approx(copies.best_score_, rel=1e-9)
    assert_allclose(weighted.coef_, copies.coef_, rtol=1e-9)


def test_masks_and_negative_indices_are_folds():
    X, y, _ = make_data(30, 7)
    mask = np.arange(30) < 20
    plain = RidgeCV(ALPHAS, cv=[(np.arange(20), np.arange(20, 30))]).fit(X, y)
    masks = RidgeCV(ALPHAS, cv=[(mask, ~mask)]).fit(X, y)
    negative = RidgeCV(ALPHAS, cv=[(np.arange(-30, -10), np.arange(-10, 0))]).fit(X, y)
    assert plain.best_score_ == masks.best_score_ == negative.best_score_


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("cv", [None, 3])
@pytest.mark.parametrize("targets", [0, 2])
def test_dtypes_are_scikit_learns(dtype, cv, targets):
    if dtype is np.float32 and not NEW_SKLEARN:
        pytest.skip("scikit-learn < 1.9 gives float64 results")
    X, y, _ = make_data(30, 7, targets)
    X = np.round(4 * X).astype(dtype)
    options = {"alphas": ALPHAS, "cv": cv, "store_cv_results": cv is None}
    mine = RidgeCV(**options).fit(X, y)
    other = theirs.RidgeCV(**options).fit(X, y)
    assert_same_choice(mine, other, tol=1e-3 if dtype == np.float32 else 1e-8)
    assert mine.intercept_.dtype == other.intercept_.dtype
    if cv is None:
        assert mine.cv_results_.dtype == other.cv_results_.dtype


@pytest.mark.parametrize("cv", [None, 3])
def test_the_first_of_equal_alphas_is_chosen(cv):
    X, y, _ = make_data(30, 2)
    for alphas in ([3.0, 1.0, 7.0], [1.0, 7.0, 3.0]):
        model = RidgeCV(alphas, cv=cv).fit(np.zeros_like(X), y)
        assert model.alpha_ == alphas[0]


@pytest.mark.parametrize("alphas", [3.0, np.float32(3.0), [3], (3.0,), np.array(3.0)])
@pytest.mark.parametrize("cv", [None, 3])
def test_one_alpha(alphas, cv):
    X, y, _ = make_data()
    model = RidgeCV(alphas, cv=cv).fit(X, y)
    assert model.alpha_ == 3.0
    assert_allclose(model.coef_, Ridge(3.0).fit(X, y).coef_, rtol=1e-9)


class TestAutomaticGrid:
    @pytest.mark.parametrize("shape", [(60, 7), (12, 40)])
    @pytest.mark.parametrize("weighted", [True, False])
    @pytest.mark.parametrize("count", [50, np.int64(50)])
    def test_is_that_of_ridge_path(self, shape, weighted, count):
        X, y, weights = make_data(*shape)
        weights = weights if weighted else None
        total = len(y) if weights is None else weights.sum()
        path = fastreg.ridge_path(
            X, y, alphas=50, standardize=False, sample_weight=weights
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", fastreg.GridWarning)
            model = RidgeCV(count).fit(X, y, weights)
        assert_allclose(model.alphas_, path.alphas * total, rtol=1e-10)
        listed = RidgeCV(model.alphas_).fit(X, y, weights)
        assert model.alpha_ == listed.alpha_
        assert model.best_score_ == pytest.approx(listed.best_score_, rel=1e-12)

    def test_follows_the_units_of_the_features(self):
        X, y, _ = make_data(60, 7)
        model, scaled = RidgeCV(50).fit(X, y), RidgeCV(50).fit(1e-4 * X, y)
        assert scaled.alpha_ == pytest.approx(1e-8 * model.alpha_, rel=1e-9)

    @pytest.mark.parametrize("cv", [None, 5])
    def test_warns_at_its_edges_and_only_there(self, cv):
        X, _, _ = make_data(60, 7)
        noise = np.random.default_rng(0).normal(size=60)
        exact = X @ np.arange(7.0)
        for y, at in ((noise * np.sign(X[:, 0]) * 1.0, None), (exact, -1)):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                model = RidgeCV(30, cv=cv).fit(X, y)
            at_edge = model.alpha_ in (model.alphas_[0], model.alphas_[-1])
            assert [w.category for w in caught] == [fastreg.GridWarning] * at_edge
            if at is not None:
                assert model.alpha_ == model.alphas_[at]
                assert caught[0].filename == __file__
                assert f"alpha={model.alpha_:g}" in str(caught[0].message)

    def test_for_constant_y_warns_of_nothing(self):
        X, y, _ = make_data(60, 7)
        RidgeCV(20).fit(X, np.full_like(y, 2.0))

    @pytest.mark.parametrize("one", [1, np.int64(1)])
    def test_of_one_is_an_error_that_says_how_to_write_the_strength(self, one):
        X, y, _ = make_data(60, 7)
        with pytest.raises(ValueError, match=r"alphas=1\.0 or \[1\]"):
            RidgeCV(one).fit(X, y)

    def test_a_grid_of_the_users_never_warns(self):
        X, y, _ = make_data(60, 7)
        assert RidgeCV([1e-9, 1e-8]).fit(X, y).alpha_ in (1e-9, 1e-8)


BAD = [
    {"alphas": []},
    {"alphas": [-1.0, 1.0]},
    {"alphas": [0.0, 1.0]},
    {"alphas": ["a", 1]},
    {"alphas": -1.0},
    {"alphas": None},
    {"alphas": "1"},
    {"alphas": np.ones((2, 2))},
    {"alphas": [np.nan, 1.0]},
    {"alphas": [np.inf]},
    {"alphas": True},
    {"alphas": 0},
    {"alphas": [-1.0], "cv": 3},
    {"fit_intercept": "yes"},
    {"scoring": "bad"},
    {"scoring": 3},
    {"cv": "x"},
    {"cv": 1},
    {"cv": 2.5},
    {"gcv_mode": "bad"},
    {"store_cv_results": 1},
    {"alpha_per_target": None},
]


@pytest.mark.parametrize("params", BAD, ids=str)
def test_bad_parameters(params):
    X, y, _ = make_data()
    with pytest.raises(ValueError, match=next(iter(params))) as error:
        RidgeCV(**params).fit(X, y)
    assert isinstance(error.value, TypeError)
    allowed_there = ("[]", "[nan, 1.0]", "[inf]", "True", "0")
    if str(params.get("alphas", "")) not in allowed_there:
        with pytest.raises((ValueError, TypeError)):
            theirs.RidgeCV(**params).fit(X, y)


def two_numbers(model: Any, X: Any, y: Any, sample_weight: Any) -> Any:
    return {"r2": model.score(X, y, sample_weight), "n": len(y)}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"cv": 3, "store_cv_results": True}, "store_cv_results=True needs cv=None"),
        ({"cv": 3, "alpha_per_target": True}, "alpha_per_target=True needs cv=None"),
        ({"cv": 31}, "n_splits=31"),
        ({"cv": []}, "no folds"),
        ({"cv": [([], [1])]}, "training samples of fold 0"),
        ({"cv": [([0, 1], [2]), ([1], [])]}, "test samples of fold 1"),
        ({"cv": [([0, 30], [1])]}, "from 0 to 30 but there are 30 samples"),
        ({"cv": [([4], [1])]}, "zero for all training samples of fold 0"),
        ({"scoring": two_numbers}, "give a number"),
        ({"groups": None}, "groups only after"),
    ],
)
def test_errors_of_a_fit(params, message):
    X, y, weights = make_data()
    routed = {"groups": 1} if "groups" in params else {}
    model = RidgeCV(**{k: v for k, v in params.items() if k != "groups"})
    with pytest.raises(ValueError, match=message):
        model.fit(X, y, sample_weight=weights, **routed)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"X": np.full((30, 7), np.inf)}, "inf in column 0, first at row 0"),
        ({"y": np.full(30, np.nan)}, "y contains NaN"),
        ({"y": np.zeros(29)}, "inconsistent numbers of samples"),
        ({"sample_weight": np.zeros(30)}, "zero for every row"),
        ({"sample_weight": -np.ones(30)}, ">= 0"),
        ({"X": np.ones((1, 7)), "y": [1.0]}, "n_samples = 1"),
    ],
)
def test_bad_data(bad, message):
    X, y, _ = make_data()
    with pytest.raises(ValueError, match=message):
        RidgeCV().fit(**{"X": X, "y": y, **bad})


def test_one_row_without_an_intercept_is_left_out_too():
    model = RidgeCV([0.5, 2.0], fit_intercept=False, store_cv_results=True)
    model.fit([[1.0, 2.0]], [3.0])
    assert_allclose(model.cv_results_, [[9.0, 9.0]])


def test_nan_scores_are_the_worst_and_said():
    X, y, _ = make_data()
    scores = iter([np.nan, 1.0, np.nan, 0.5])
    model = RidgeCV(ALPHAS, scoring=lambda *_: next(scores))
    with pytest.warns(UserWarning, match="2 of 4 scores of RidgeCV are NaN"):
        model.fit(X, y)
    assert model.alpha_ == ALPHAS[1]
    assert model.best_score_ == 1.0


@pytest.mark.parametrize("cv", [None, 3])
def test_a_scorer_that_takes_no_weights_is_said(cv):
    X, y, weights = make_data()
    with pytest.warns(UserWarning, match="max_error.* takes no sample_weight") as said:
        RidgeCV(scoring="neg_max_error", cv=cv).fit(X, y, weights)
    assert said[0].filename == __file__


class TestRouting:
    def test_groups_reach_the_splitter(self):
        X, y, _ = make_data()
        groups = np.arange(30) // 6
        with sklearn.config_context(enable_metadata_routing=True):
            model = RidgeCV(ALPHAS, cv=GroupKFold(5)).fit(X, y, groups=groups)
        splits = list(GroupKFold(5).split(X, y, groups))
        expected = RidgeCV(ALPHAS, cv=splits).fit(X, y)
        assert model.alpha_ == expected.alpha_
        assert model.best_score_ == expected.best_score_

    @pytest.mark.parametrize("cv", [None, 3])
    @pytest.mark.parametrize("requested", [True, False])
    def test_weights_reach_a_scorer_that_requests_them(self, cv, requested):
        X, y, weights = make_data()
        weights = weights + 0.1
        with sklearn.config_context(enable_metadata_routing=True):
            scorer = get_scorer("neg_mean_absolute_error")
            scorer = scorer.set_score_request(sample_weight=requested)
            options = {"alphas": ALPHAS, "cv": cv, "scoring": scorer}
            mine = RidgeCV(**options).fit(X, y, sample_weight=weights)
            other = theirs.RidgeCV(**options).fit(X, y, sample_weight=weights)
        assert_same_choice(mine, other)

    def test_the_default_score_needs_no_request(self):
        X, y, weights = make_data()
        for cv in (None, 3):
            plain = RidgeCV(ALPHAS, cv=cv).fit(X, y, weights)
            with sklearn.config_context(enable_metadata_routing=True):
                routed = RidgeCV(ALPHAS, cv=cv).fit(X, y, sample_weight=weights)
            assert routed.best_score_ == plain.best_score_


class TestInsideScikitLearn:
    def test_signatures(self):
        def parameters(function: Any) -> Any:
            found = inspect.signature(function).parameters.values()
            return [(p.name, p.kind, p.default) for p in found]

        if NEW_SKLEARN:
            assert parameters(RidgeCV) == parameters(theirs.RidgeCV)
        for method in ("fit", "predict", "score"):
            mine = inspect.signature(getattr(RidgeCV, method)).parameters
            other = inspect.signature(getattr(theirs.RidgeCV, method)).parameters
            assert list(mine) == list(other)

    def test_pickle_clone_and_refit(self):
        X, y, _ = make_data()
        model = RidgeCV(ALPHAS, store_cv_results=True).fit(X, y)
        restored = pickle.loads(pickle.dumps(model))  # noqa: S301
        assert_array_equal(restored.predict(X), model.predict(X))
        assert clone(model).get_params() == model.get_params()
        model.set_params(store_cv_results=False, cv=3).fit(X, y)
        assert not hasattr(model, "cv_results_")
        assert not hasattr(model, "df_")

    def test_pipeline_and_grid_search(self):
        X, y, _ = make_data()
        pipeline = make_pipeline(StandardScaler(), RidgeCV(ALPHAS)).fit(X, y)
        direct = RidgeCV(ALPHAS).fit(StandardScaler().fit_transform(X), y)
        assert_allclose(pipeline[-1].coef_, direct.coef_, rtol=1e-12)
        search = GridSearchCV(RidgeCV(ALPHAS), {"fit_intercept": [True, False]}, cv=2)
        assert search.fit(X, y).best_params_ == {"fit_intercept": True}

    def test_tags(self):
        tags = get_tags(RidgeCV())
        assert tags.input_tags.sparse
        assert tags.target_tags.multi_output

    def test_names_are_kept(self):
        pandas = pytest.importorskip("pandas")
        X, y, _ = make_data()
        frame = pandas.DataFrame(X, columns=list("abcdefg"))
        for cv in (None, 3):
            model = RidgeCV(cv=cv).fit(frame, y)
            assert_array_equal(model.feature_names_in_, list("abcdefg"))
        # A scorer that looks at the model gets rows of the frame.
        RidgeCV(cv=3, scoring=penalised_score).fit(frame, y)

    def test_docstring_names_every_parameter_and_attribute(self):
        X, y, _ = make_data()
        model = RidgeCV(store_cv_results=True).fit(X, y)
        text = inspect.getdoc(RidgeCV)
        learned = [name for name in vars(model) if name.endswith("_")]
        for word in [*model.get_params(), *learned]:
            assert word in text
