"""`LogisticRegressionCV` against its definition and scikit-learn's."""

from __future__ import annotations

import inspect
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import linear_model, model_selection
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import fbeta_score, get_scorer, make_scorer

from fastreg import LogisticRegression, LogisticRegressionCV

NEW_SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
needs_new_sklearn = pytest.mark.skipif(
    not NEW_SKLEARN, reason="older versions have other parameters"
)
TIGHT = {"tol": 1e-9, "max_iter": 1000}
OWN = {"standardize", "penalty_factor", "lower_bounds", "upper_bounds"}
NEW: dict[str, Any] = {"use_legacy_attributes": False}
QUIET: dict[str, Any] = {"l1_ratios": (0,), "scoring": "neg_log_loss", **NEW}
LEARNED = ["C_", "l1_ratio_", "Cs_", "l1_ratios_", "scores_", "coefs_paths_"]
LEARNED += ["coef_", "intercept_"]


def problem(kind: str, n: int = 90, p: int = 4) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    score = X[:, 0] - 0.5 * X[:, 1] + rng.normal(size=n)
    if kind == "binary":
        return X, np.where(score > 0.3, "yes", "no")
    return X, np.digitize(score, [-0.7, 0.7]) + 3


@pytest.fixture(params=["binary", "three classes"])
def data(request):
    return problem(request.param)


def same(found: Any, expected: Any, atol: float = 0.0) -> None:
    """Of the same shape and values; of dicts for each class."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key, value in expected.items():
            same(found[key], value, atol)
        return
    assert np.shape(found) == np.shape(expected)
    assert type(found) is type(expected)
    if np.asarray(expected).dtype.kind == "O":
        assert np.all(np.asarray(found) == np.asarray(expected))
    else:
        assert_allclose(found, expected, rtol=1e-6, atol=atol)


def compare(ours: Any, theirs: Any, X: Any, y: Any, weight: Any = None) -> Any:
    ours.fit(X, y, sample_weight=weight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs.fit(X, y, sample_weight=weight)
    for name in LEARNED:
        same(getattr(ours, name), getattr(theirs, name), atol=1e-4)
    assert ours.n_iter_.shape == theirs.n_iter_.shape
    return ours


@needs_new_sklearn
class TestAgainstScikitLearn:
    def test_signature(self):
        ours = inspect.signature(LogisticRegressionCV).parameters
        theirs = inspect.signature(linear_model.LogisticRegressionCV).parameters
        shared = {key: one.default for key, one in ours.items() if key not in OWN}
        assert shared == {key: one.default for key, one in theirs.items()}

    @pytest.mark.parametrize("legacy", [False, True])
    @pytest.mark.parametrize("refit", [False, True])
    @pytest.mark.parametrize("l1_ratios", [(0,), (0.0, 0.5, 1.0)])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_attributes(self, data, legacy, refit, l1_ratios, weighted):
        X, y = data
        options = {
            # Their solver doesn't wait for the intercept where it is all there is.
            "Cs": [10.0, 0.5, 1.0],
            "l1_ratios": np.array(l1_ratios),  # they index it
            "scoring": "neg_log_loss",
            "cv": 3,
            "refit": refit,
            "use_legacy_attributes": legacy,
        }
        solver = "newton-cholesky" if l1_ratios == (0,) else "saga"
        theirs = linear_model.LogisticRegressionCV(
            **options, solver=solver, tol=1e-7, max_iter=20_000
        )
        weight = np.linspace(0.2, 1.0, len(y)) if weighted else None
        compare(LogisticRegressionCV(**options, **TIGHT), theirs, X, y, weight)

    @pytest.mark.parametrize("legacy", [False, True])
    def test_without_an_axis_of_mixes(self, data, legacy):
        options = {
            "Cs": 4,
            "l1_ratios": None,
            "scoring": None,
            "use_legacy_attributes": legacy,
        }
        ours = LogisticRegressionCV(**options, **TIGHT)
        theirs = linear_model.LogisticRegressionCV(**options, tol=1e-8, max_iter=10_000)
        with pytest.warns(FutureWarning, match="l1_ratios=") as seen:
            compare(ours, theirs, *data)
        assert len(seen) == 1
        assert seen[0].filename == __file__

    @pytest.mark.parametrize(
        "options",
        [
            {"class_weight": "balanced"},
            {"class_weight": {"yes": 3.0}},
            {"fit_intercept": False},
            {"scoring": "accuracy"},
            {"scoring": "roc_auc"},
            {"scoring": "f1"},
            {"scoring": make_scorer(fbeta_score, beta=2.0, average="macro")},
            {"cv": model_selection.ShuffleSplit(3, random_state=0)},
        ],
        ids=repr,
    )
    def test_options(self, options):
        X, y = problem("binary")
        options = {"Cs": [0.5, 5.0], **QUIET, **options}
        theirs = linear_model.LogisticRegressionCV(
            **options, solver="newton-cholesky", tol=1e-8
        )
        weight = np.linspace(0.2, 1.0, len(y))
        compare(LogisticRegressionCV(**options, **TIGHT), theirs, X, y, weight)

    def test_sparse_x(self, data):
        X, y = data
        X = np.where(np.abs(X) > 0.7, X, 0.0)
        model = LogisticRegressionCV(Cs=3, **QUIET, **TIGHT)
        found = clone(model).fit(sparse.csr_matrix(X), y)
        assert_allclose(found.scores_, clone(model).fit(X, y).scores_, rtol=1e-8)


class TestDefinition:
    @pytest.mark.parametrize("l1_ratio", [0.0, 0.4, 1.0])
    def test_folds_are_fits_without_their_rows(self, data, l1_ratio):
        X, y = data
        weight = np.random.default_rng(1).uniform(0.2, 1.0, len(y))
        cv = model_selection.StratifiedKFold(4)
        options = {"l1_ratios": [l1_ratio], "scoring": "neg_log_loss", "cv": cv, **NEW}
        model = LogisticRegressionCV(Cs=[3.0, 0.3], **options, **TIGHT)
        model.fit(X, y, weight)
        for fold, (train, test) in enumerate(cv.split(X, y)):
            for k, C in enumerate(model.Cs_):
                single = LogisticRegression(C=C, l1_ratio=l1_ratio, **TIGHT)
                single.fit(X[train], y[train], weight[train])
                coef = model.coefs_paths_[fold, 0, k]
                assert_allclose(coef[:, :-1], single.coef_, atol=1e-5)
                assert_allclose(coef[:, -1], single.intercept_, atol=1e-5)
                log_p = single.predict_log_proba(X[test])
                column = np.searchsorted(model.classes_, y[test])
                expected = np.average(
                    log_p[np.arange(len(test)), column], weights=weight[test]
                )
                assert_allclose(model.scores_[fold, 0, k], expected, rtol=1e-5)

    def test_the_refit_is_a_logistic_regression(self, data):
        X, y = data
        model = LogisticRegressionCV(Cs=5, **{**QUIET, "l1_ratios": (0, 0.5, 1)})
        model.fit(X, y)
        single = LogisticRegression(C=model.C_, l1_ratio=model.l1_ratio_).fit(X, y)
        assert_array_equal(model.coef_, single.coef_)
        assert_array_equal(model.intercept_, single.intercept_)
        assert_array_equal(model.predict_proba(X), single.predict_proba(X))
        assert model.dual_gap_ == single.dual_gap_
        total = model.scores_.sum(axis=0)
        mix = model.l1_ratios_.tolist().index(model.l1_ratio_)
        assert total[mix, model.Cs_.tolist().index(model.C_)] == total.max()

    @pytest.mark.parametrize("scoring", ["accuracy", "neg_log_loss"])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_quick_scores_are_those_of_the_scorers(self, data, scoring, weighted):
        X, y = data
        weight = np.linspace(0.1, 1.0, len(y)) if weighted else None
        options = {"Cs": [1e-3, 1.0, np.inf], "l1_ratios": (0, 1), **NEW}
        found = LogisticRegressionCV(scoring=scoring, **options).fit(X, y, weight)
        scorer, single = get_scorer(scoring), LogisticRegression().fit(X, y)
        splits = model_selection.StratifiedKFold(5).split(X, y)
        for fold, (_, test) in enumerate(splits):
            params = {} if weight is None else {"sample_weight": weight[test]}
            for mix, k in np.ndindex(2, 3):
                path = found.coefs_paths_[fold, mix, k]
                single.coef_, single.intercept_ = path[:, :-1], path[:, -1]
                expected = scorer(single, X[test], y[test], **params)
                assert_allclose(found.scores_[fold, mix, k], expected, rtol=1e-10)

    def test_rows_that_repeat_count_as_often(self, data):
        X, y = data
        rng = np.random.default_rng(0)
        pairs = []
        for _ in range(2):
            train = rng.integers(len(y), size=len(y))
            pairs.append((train, np.setdiff1d(np.arange(len(y)), train)))
        options = {"Cs": [1.0, 0.1], **QUIET, **TIGHT}
        model = LogisticRegressionCV(cv=pairs, **options).fit(X, y)
        for fold, (train, _) in enumerate(pairs):
            single = LogisticRegression(**TIGHT).fit(X[train], y[train])
            coef = model.coefs_paths_[fold, 0, 0, :, :-1]
            assert_allclose(coef, single.coef_, atol=1e-5)

    def test_threads_give_the_same_bits(self, data):
        one = LogisticRegressionCV(Cs=3, **QUIET).fit(*data)
        three = LogisticRegressionCV(Cs=3, n_jobs=3, **QUIET).fit(*data)
        assert_array_equal(one.coefs_paths_, three.coefs_paths_)
        assert_array_equal(one.coef_, three.coef_)

    def test_own_options_reach_folds_and_refit(self, data):
        X, y = data
        options = {"Cs": [1.0, 10.0], **QUIET, **TIGHT}
        bounds = {"upper_bounds": 0.5, "penalty_factor": {2: np.inf}}
        model = LogisticRegressionCV(**options, **bounds).fit(X, y)
        for coef in (model.coef_, model.coefs_paths_[..., :-1]):
            assert coef.max() == 0.5
            assert not coef[..., 2].any()
        scaled = X * np.array([1.0, 10.0, 0.1, 3.0])
        given = LogisticRegressionCV(standardize=True, **options)
        assert_allclose(
            clone(given).fit(X, y).scores_,
            clone(given).fit(scaled, y).scores_,
            rtol=1e-6,
        )

    def test_the_strongest_of_equal_scores_is_chosen(self, data):
        X, y = data
        options = {"l1_ratios": (0.5, 1), "scoring": lambda *_: 1.0, **NEW}
        model = LogisticRegressionCV(Cs=[2.0, 1.0, 4.0], **options).fit(X, y)
        assert (model.C_, model.l1_ratio_) == (2.0, 0.5)

    def test_score_is_by_scoring(self, data):
        X, y = data
        weight = np.linspace(0.1, 1.0, len(y))
        model = LogisticRegressionCV(Cs=2, **QUIET).fit(X, y)
        scorer = get_scorer("neg_log_loss")
        assert model.score(X, y) == scorer(model, X, y)
        assert model.score(X, y, sample_weight=weight) == scorer(
            model, X, y, sample_weight=weight
        )

    def test_inside_scikit_learn(self, data):
        X, y = data
        model = LogisticRegressionCV(Cs=2, **QUIET)
        search = model_selection.GridSearchCV(model, {"cv": [2, 3]}, cv=2).fit(X, y)
        assert search.best_score_ > -1.2
        fitted = clone(model).fit(X, y)
        restored = pickle.loads(pickle.dumps(fitted))  # noqa: S301
        assert_array_equal(restored.predict(X), fitted.predict(X))
        sparsified = clone(model).fit(X, y).sparsify()
        assert_array_equal(sparsified.predict(X), fitted.predict(X))


class TestScorers:
    def test_functions_get_a_fitted_model(self, data):
        X, y = data

        def score(model: Any, rows: Any, labels: Any) -> float:
            assert rows.shape == (len(labels), X.shape[1])
            assert set(labels) <= set(model.classes_)
            return float(np.mean(model.predict(rows) == labels))

        options = {"Cs": 3, "l1_ratios": (0,), **NEW}
        own = LogisticRegressionCV(scoring=score, **options).fit(X, y)
        named = LogisticRegressionCV(scoring="accuracy", **options).fit(X, y)
        assert_allclose(own.scores_, named.scores_)

    def test_that_take_no_weights_are_told(self, data):
        X, y = data
        model = LogisticRegressionCV(Cs=2, **{**QUIET, "scoring": lambda *_: 0.0})
        with pytest.warns(UserWarning, match="takes no sample_weight") as seen:
            model.fit(X, y, np.ones(len(y)))
        assert seen[0].filename == __file__


@needs_new_sklearn
class TestRouting:
    def test_groups_and_weights(self, data):
        X, y = data
        groups = np.arange(len(y)) // 5
        weight = np.linspace(0.1, 1.0, len(y))
        with sklearn.config_context(enable_metadata_routing=True):
            cv = model_selection.GroupKFold(3).set_split_request(groups=True)
            scorer = get_scorer("neg_log_loss").set_score_request(sample_weight=True)
            options = {**QUIET, "cv": cv, "scoring": scorer, "Cs": 3}
            ours = LogisticRegressionCV(**options, **TIGHT)
            theirs = linear_model.LogisticRegressionCV(
                **options, solver="newton-cholesky", tol=1e-8
            )
            for model in (ours, theirs):
                model.set_fit_request(sample_weight=True)
                model.fit(X, y, sample_weight=weight, groups=groups)
            assert_allclose(ours.scores_, theirs.scores_, rtol=1e-6)
            assert_allclose(
                ours.score(X, y, sample_weight=weight),
                theirs.score(X, y, sample_weight=weight),
                rtol=1e-6,
            )

    def test_params_without_routing_are_an_error(self, data):
        with pytest.raises(ValueError, match="takes groups only after"):
            LogisticRegressionCV(**QUIET).fit(*data, groups=np.zeros(90))


class TestWarnings:
    def test_defaults_that_change_are_told_once(self, data):
        with pytest.warns(FutureWarning, match="scoring=.*use_legacy") as seen:
            model = LogisticRegressionCV(Cs=2).fit(*data)
        assert len(seen) == 1
        assert seen[0].filename == __file__
        assert isinstance(model.scores_, dict)

    @pytest.mark.parametrize(
        ("penalty", "l1_ratios", "expected"),
        [("l1", None, 1.0), ("l2", None, 0.0), ("elasticnet", (0.5,), 0.5)],
    )
    def test_penalty_is_deprecated(self, data, penalty, l1_ratios, expected):
        options = {**QUIET, "l1_ratios": l1_ratios, "Cs": 3}
        model = LogisticRegressionCV(penalty=penalty, **options)
        with pytest.warns(FutureWarning, match="penalty is deprecated") as seen:
            model.fit(*data)
        assert len(seen) == 1
        assert seen[0].filename == __file__
        assert model.l1_ratio_ == expected
        plain = LogisticRegressionCV(**{**options, "l1_ratios": (expected,)})
        assert_array_equal(model.scores_, plain.fit(*data).scores_)

    def test_folds_that_miss_the_tolerance_are_told_once(self, data):
        X = np.random.default_rng(5).normal(size=(90, 80))
        options = {**QUIET, "l1_ratios": (1,), "Cs": [100.0]}
        model = LogisticRegressionCV(max_iter=1, tol=1e-9, **options)
        with pytest.warns(ConvergenceWarning) as seen:
            model.fit(X, data[1])
        texts = [str(one.message) for one in seen]
        assert sum("paths of its folds" in text for text in texts) == 1
        assert all(one.filename == __file__ for one in seen)


BAD = [
    ({"Cs": 0}, "Cs of LogisticRegressionCV must be"),
    ({"Cs": [1.0, -1.0]}, "Cs of LogisticRegressionCV must be"),
    ({"Cs": []}, "Cs of LogisticRegressionCV must be"),
    ({"Cs": True}, "Cs of LogisticRegressionCV must be"),
    ({"l1_ratios": ()}, "l1_ratios of LogisticRegressionCV must be"),
    ({"l1_ratios": 0.5}, "l1_ratios of LogisticRegressionCV must be"),
    ({"l1_ratios": (0.5, 2.0)}, "l1_ratios of LogisticRegressionCV must be"),
    ({"penalty": "l0"}, "penalty of LogisticRegressionCV must be one of"),
    ({"penalty": None}, "penalty of LogisticRegressionCV must be one of"),
    ({"scoring": "f12"}, "scoring of LogisticRegressionCV must be"),
    ({"cv": 1}, "cv of LogisticRegressionCV must be"),
    ({"n_jobs": 0}, "n_jobs of LogisticRegressionCV must be"),
    ({"refit": 1.5}, "refit of LogisticRegressionCV must be"),
    ({"use_legacy_attributes": "no"}, "use_legacy_attributes of"),
    ({"solver": "best"}, "solver of LogisticRegressionCV must be one of"),
]


class TestBadInput:
    @pytest.mark.parametrize(("bad", "message"), BAD)
    def test_parameters(self, data, bad, message):
        with pytest.raises(ValueError, match=message):
            LogisticRegressionCV(**{**QUIET, **bad}).fit(*data)

    def test_elastic_net_needs_mixes(self, data):
        model = LogisticRegressionCV(
            penalty="elasticnet", **{**QUIET, "l1_ratios": None}
        )
        with (
            pytest.warns(FutureWarning, match="penalty is deprecated"),
            pytest.raises(ValueError, match="needs l1_ratios"),
        ):
            model.fit(*data)

    def test_fold_without_a_class(self, data):
        X, y = data
        rows = np.flatnonzero(y == y[0])
        rest = np.flatnonzero(y != y[0])
        model = LogisticRegressionCV(cv=[(rest, rows), (rows, rest)], **QUIET)
        with pytest.raises(ValueError, match="trains on no sample of the class"):
            model.fit(X, y)

    def test_one_class(self, data):
        with pytest.raises(ValueError, match="only one class"):
            LogisticRegressionCV(**QUIET).fit(data[0], np.zeros(90))
