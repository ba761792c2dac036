"""Scorers of scikit-learn in `fastreg.cv`."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.metrics import get_scorer, make_scorer, median_absolute_error
from sklearn.model_selection import KFold, cross_val_score

import fastreg

NEW_SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
COMMON: dict[str, Any] = {"cv": KFold(4), "alphas": 4, "early_stop": False}
# The best is where it is: these tests are about scores.
pytestmark = pytest.mark.filterwarnings("ignore::fastreg.GridWarning")


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 6))
    y = X[:, 0] - 0.5 * X[:, 1] + rng.normal(size=120)
    return X, y, rng.uniform(0.1, 2.0, 120)


def labels_of(y: Any, family: str) -> Any:
    if family == "poisson":
        return np.floor(np.exp(0.5 * y))
    labels = np.where(y > 0.0, "yes", "no")
    return np.where(y > 1.0, "very", labels) if family == "multinomial" else labels


class TestScoresWithNamesOfOurs:
    @pytest.mark.parametrize(
        ("family", "scorer", "own"),
        [
            ("gaussian", "neg_mean_squared_error", "mse"),
            ("gaussian", "neg_mean_absolute_error", "mae"),
            ("poisson", "neg_mean_poisson_deviance", "deviance"),
            ("binomial", "neg_log_loss", "log_loss"),
            ("binomial", "roc_auc", "auc"),
            ("multinomial", "neg_log_loss", "log_loss"),
        ],
    )
    @pytest.mark.parametrize("weighted", [False, True])
    @pytest.mark.parametrize("shifted", [False, True])
    def test_are_the_same(self, data, family, scorer, own, weighted, shifted):
        sign = -1.0 if scorer.startswith("neg") else 1.0
        X, y, weight = data
        offset = np.sin(np.arange(120.0)) if shifted else None
        if shifted and family == "multinomial":
            offset = np.column_stack([offset, -offset, 0.0 * offset])
        target = y if family == "gaussian" else labels_of(y, family)
        options = {
            "family": family,
            "sample_weight": weight if weighted else None,
            "offset": offset,
            **COMMON,
        }
        theirs = fastreg.cv(X, target, scoring=scorer, **options)
        ours = fastreg.cv(X, target, scoring=own, **options)
        assert_allclose(theirs.fold_scores, sign * ours.fold_scores, rtol=1e-10)
        assert theirs.alpha == ours.alpha
        assert theirs.greater_is_better
        assert theirs.scoring == scorer

    def test_r2_of_shifted_targets_is_of_the_targets(self, data):
        X, y, _ = data
        offset = 3.0 * X[:, 5]
        scorer = make_scorer(lambda y, eta: float(np.mean(y * eta)))
        found = fastreg.cv(X, y, offset=offset, scoring=scorer, **COMMON)
        for fold, (_, test) in enumerate(found.folds):
            for k, alpha in enumerate(found.alphas):
                path = found.fold_paths[0][fold]
                eta = path.predict(X[test], float(alpha), offset[test])
                assert_allclose(found.fold_scores[fold, k], np.mean(y[test] * eta))


@pytest.mark.parametrize("family", ["binomial", "multinomial"])
@pytest.mark.parametrize(
    "scoring", ["balanced_accuracy", "f1_macro", "neg_brier_score", "roc_auc_ovr"]
)
def test_labels_against_cross_val_score(data, family, scoring):
    if scoring == "neg_brier_score" and not NEW_SKLEARN:
        pytest.skip("older versions have it for two classes")
    X, y, _ = data
    # As numbers: of words their scorers have to be told the positive one.
    labels = np.unique(labels_of(y, family), return_inverse=True)[1]
    found = fastreg.cv(
        X, labels, family=family, scoring=scoring, l1_ratio=0.0, standardize=False,
        cv=KFold(4), alphas=[1.0, 0.01], tol=1e-10,
    )  # fmt: skip
    for k, alpha in enumerate(found.alphas):
        # 90 rows in each fold's training.
        model = LogisticRegression(C=1.0 / (alpha * 90), tol=1e-10, max_iter=10_000)
        expected = cross_val_score(model, X, labels, cv=KFold(4), scoring=scoring)
        assert_allclose(found.fold_scores[:, k], expected, rtol=1e-4)


@pytest.mark.parametrize("scoring", ["f1", "precision", "recall", "average_precision"])
def test_the_second_class_is_the_positive_one(data, scoring):
    X, y, _ = data
    # Alphas at which both classes are predicted.
    options = {**COMMON, "family": "binomial", "scoring": scoring, "alphas": [0.01]}
    words = fastreg.cv(X, labels_of(y, "binomial"), **options)
    numbers = fastreg.cv(X, (y > 0.0).astype(int), **options)
    assert_allclose(words.fold_scores, numbers.fold_scores)


def test_own_arguments_of_a_scorer_are_kept(data):
    X, y, _ = data
    labels = labels_of(y, "binomial")
    options = {"family": "binomial", **COMMON}
    score = get_scorer("f1")._score_func
    no = fastreg.cv(X, labels, scoring=make_scorer(score, pos_label="no"), **options)
    flipped = fastreg.cv(X, np.where(labels == "no", "z", "a"), scoring="f1", **options)
    assert_allclose(no.fold_scores, flipped.fold_scores)


class TestFunctions:
    @pytest.mark.parametrize("kind", ["array", "sparse", "pandas"])
    @pytest.mark.parametrize("family", ["binomial", "multinomial"])
    def test_get_the_fitted_model_and_rows_of_x(self, data, kind, family):
        X, y, _ = data
        given: Any = X
        if kind == "sparse":
            given = sparse.csr_matrix(X)
        if kind == "pandas":
            pandas = pytest.importorskip("pandas")
            given = pandas.DataFrame(X, columns=list("abcdef"))

        def score(model: Any, rows: Any, labels: Any) -> float:
            assert type(rows) is type(given)
            assert_allclose(model.predict_proba(rows).sum(axis=1), 1.0)
            decision = rows @ model.coef_.T + model.intercept_
            assert_allclose(
                np.squeeze(np.asarray(decision)), model.decision_function(rows)
            )
            return float(np.mean(model.predict(rows) == labels))

        options = {"family": family, **COMMON}
        labels = labels_of(y, family)
        found = fastreg.cv(given, labels, scoring=score, **options)
        own = fastreg.cv(given, labels, scoring="accuracy", **options)
        assert_allclose(found.fold_scores, own.fold_scores)
        assert found.scoring == "score"

    def test_of_regressors(self, data):
        X, y, _ = data
        counts = labels_of(y, "poisson")
        found = fastreg.cv(
            X, counts, family="poisson", l1_ratio=0.0, standardize=False, tol=1e-10,
            scoring=lambda model, X, y: -median_absolute_error(y, model.predict(X)),
            cv=KFold(4), alphas=[1.0, 0.1],
        )  # fmt: skip
        for k, alpha in enumerate(found.alphas):
            model = PoissonRegressor(alpha=alpha, tol=1e-9)
            scoring = "neg_median_absolute_error"
            expected = cross_val_score(model, X, counts, cv=KFold(4), scoring=scoring)
            assert_allclose(found.fold_scores[:, k], expected, rtol=1e-4)

    def test_own_score_method_works(self, data):
        X, y, _ = data
        found = fastreg.cv(
            X, y, scoring=lambda model, X, y: model.score(X, y), **COMMON
        )
        own = fastreg.cv(X, y, scoring="r2", **COMMON)
        assert_allclose(found.fold_scores, own.fold_scores)

    def test_their_errors_come_through(self, data):
        def broken(*_: Any) -> float:
            raise RuntimeError("no score today")

        with pytest.raises(RuntimeError, match="no score today"):
            fastreg.cv(*data[:2], scoring=broken, **COMMON)
        with pytest.raises(ValueError, match="must give a number, got 'good'"):
            fastreg.cv(*data[:2], scoring=lambda *_: "good", **COMMON)

    def test_take_no_offset(self, data):
        with pytest.raises(ValueError, match="has no offset"):
            fastreg.cv(*data[:2], scoring=lambda *_: 0.0, offset=data[1], **COMMON)


def test_results_are_pickled_without_the_data(data):
    X, y, _ = data
    found = fastreg.cv(X, y, scoring=lambda *_: 0.0, **COMMON)
    restored = pickle.loads(pickle.dumps(found))  # noqa: S301
    assert_array_equal(restored.fold_scores, found.fold_scores)
    assert restored.alpha == found.alpha


@pytest.mark.parametrize("scoring", ["f12", 3, ["f1"], {"f1": "f1"}])
def test_unknown_names(data, scoring):
    with pytest.raises(ValueError, match=r"or a scorer of scikit-learn, got .*(f1|3)"):
        fastreg.cv(*data[:2], scoring=scoring, **COMMON)


def test_own_names_do_without_scikit_learn():
    code = (
        "import sys, numpy as np, fastreg\n"
        "X = np.random.default_rng(0).normal(size=(40, 3))\n"
        "fastreg.cv(X, X[:, 0] + X[:, 1] ** 2, cv=3, scoring='mae')\n"
        "assert not any(name.startswith('sklearn') for name in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
