"""Scores of `fastreg.cv` against scikit-learn's metrics, and what they can't judge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics

import fastreg
import problems
from cv_problems import FAMILIES, data_of, plain_options, quiet_cv
from fastreg._cv_scores import OF_FAMILY, area_under_curve, check_scoring

pytestmark = pytest.mark.core

LABELS = ["bad", "good", "ugly"]


def judged(
    scoring: str, path: fastreg.Path, data: tuple[Any, Any, Any, Any], alpha: float
) -> float:
    """The score of a path's predictions of rows (X, y, offset, weight)."""
    X, y, known, w = data
    if scoring == "accuracy":
        return float(
            metrics.accuracy_score(y, path.predict(X, alpha, known), sample_weight=w)
        )
    if path.family in ("binomial", "multinomial"):
        p = path.predict_proba(X, alpha, known)
        labels = path.classes
        if scoring == "auc":
            return _auc(y, p, labels, w)
        loss = metrics.log_loss(y, p, labels=labels, sample_weight=w)
        return float(loss if scoring == "log_loss" else 2.0 * loss)
    mean = path.predict(X, alpha, known)
    if scoring == "deviance" and path.family == "poisson":
        return float(metrics.mean_poisson_deviance(y, mean, sample_weight=w))
    names = {
        "mae": metrics.mean_absolute_error,
        "r2": metrics.r2_score,
        "mse": metrics.mean_squared_error,
        "deviance": metrics.mean_squared_error,
    }
    return float(names[scoring](y, mean, sample_weight=w))


def _auc(y: Any, p: Any, labels: Any, w: Any) -> float:
    if p.shape[1] == 2:
        return float(metrics.roc_auc_score(y == labels[1], p[:, 1], sample_weight=w))
    areas = []
    for a in labels:
        for b in labels:
            if a != b:
                rows = np.isin(y, [a, b])
                score = p[rows, list(labels).index(a)]
                areas.append(
                    metrics.roc_auc_score(
                        y[rows] == a,
                        score,
                        sample_weight=None if w is None else w[rows],
                    )
                )
    return float(np.mean(areas))


CASES = [(family, name) for family in FAMILIES for name in OF_FAMILY[family]]


@pytest.mark.parametrize(("family", "scoring"), CASES)
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("shape", [(60, 8), (400, 5)], ids=str)
def test_scores_are_those_of_scikit_learn(
    family: str, scoring: str, weighted: bool, shape: tuple[int, int]
) -> None:
    X, y = data_of(family, *shape)
    n = shape[0]
    options: dict[str, Any] = {"family": family}
    if weighted:
        options["sample_weight"] = problems.weights(n)
        options["offset"] = plain_options(*shape, family)["offset"]["offset"]
    alphas = [0.3, 0.1, 0.02]
    result = quiet_cv(
        X, y, scoring=scoring, alphas=alphas, tol=1e-10, l1_ratio=[0.5, 1.0], **options
    )
    assert result.scoring == scoring
    assert result.greater_is_better == (scoring in ("r2", "auc", "accuracy"))
    weight, offset = options.get("sample_weight"), options.get("offset")
    for mix in range(2):
        for fold, (_, test) in enumerate(result.folds):
            expected = [
                judged(
                    scoring,
                    result.fold_paths[mix][fold],
                    (
                        X[test],
                        y[test],
                        None if offset is None else offset[test],
                        None if weight is None else weight[test],
                    ),
                    alpha,
                )
                for alpha in alphas
            ]
            assert_allclose(result.fold_scores[mix, fold], expected, rtol=1e-9)
    best = np.max if result.greater_is_better else np.min
    assert result.best.score == best(result.mean_score)


def test_several_classes_that_a_fold_does_not_test() -> None:
    """The area is a mean over the pairs of classes that are there."""
    X, y = data_of("multinomial")
    test = np.flatnonzero(y != "ugly")[:20]
    rest = np.setdiff1d(np.arange(60), test)
    result = quiet_cv(
        X, y, family="multinomial", scoring="auc", cv=[(rest, test), (rest[::-1], test)]
    )
    path = result.fold_paths[0][0]
    for k, alpha in enumerate(result.alphas):
        p = path.predict_proba(X[test], alpha)
        bad, good = (
            metrics.roc_auc_score(y[test] == label, p[:, code])
            for code, label in enumerate(LABELS[:2])
        )
        assert_allclose(result.fold_scores[0, k], (bad + good) / 2.0)


few = st.integers(0, 4)


@given(st.lists(st.tuples(few, st.booleans(), few), min_size=2, max_size=30))
def test_area_counts_ties_a_half(rows: list[tuple[int, bool, int]]) -> None:
    score, positive, weight = (np.array(column) for column in zip(*rows, strict=True))
    score, weight = score.astype(float), weight.astype(float)
    up, down = positive.nonzero()[0], (~positive).nonzero()[0]
    pairs = weight[up][:, None] * weight[down]
    order = np.sign(score[up][:, None] - score[down]) / 2.0 + 0.5
    area = area_under_curve(score, positive, weight)
    if pairs.sum() == 0.0:
        assert np.isnan(area)
    else:
        assert_allclose(area, (pairs * order).sum() / pairs.sum())


@pytest.mark.parametrize(
    ("family", "scoring"), [("gaussian", "r2"), ("binomial", "auc")]
)
def test_scores_that_a_fold_cannot_have_are_refused(family: str, scoring: str) -> None:
    """They were NaN, and the null model was chosen without a word."""
    X, y = data_of(family)
    with pytest.raises(ValueError, match=rf"'{scoring}' has no value for the 1 rows"):
        fastreg.cv(X, y, family=family, scoring=scoring, cv=60)
    folds = quiet_cv(X, y, family=family).folds
    weight = np.ones(60)
    weight[folds[1][1]] = 0.0
    result = quiet_cv(
        X, y, family=family, scoring=scoring, cv=folds, sample_weight=weight
    )
    assert np.isnan(result.fold_scores[1]).all()
    assert np.isfinite(result.mean_score).all()
    assert np.isfinite(result.std_error).all()


def test_predictions_that_overflow_are_no_best() -> None:
    """A fold meets a row far from those that it knows: its deviance is infinite."""
    X, y = data_of("poisson")
    X[-1] *= 1e5
    folds = [(np.arange(59), [59]), (np.arange(20, 60), np.arange(20))]
    alphas = [50.0, 0.5, 0.05]
    result = quiet_cv(X, y, family="poisson", cv=folds, alphas=alphas, tol=1e-6)
    assert np.isinf(result.mean_score[-1])
    assert np.isfinite(result.best.score)
    assert np.isfinite(result.select("1se").score)
    assert result.select("1se").alpha >= result.best.alpha


@pytest.mark.parametrize("family", FAMILIES)
def test_train_scores_are_deviances_whatever_judges(family: str) -> None:
    X, y = data_of(family)
    by_default = quiet_cv(X, y, family=family)
    other = OF_FAMILY[family][-1]
    result = quiet_cv(X, y, family=family, scoring=other)
    assert_array_equal(result.train_scores, by_default.train_scores)
    assert np.all(np.diff(result.train_scores, axis=1) < 1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_out_of_fold_predictions(family: str) -> None:
    X, y = data_of(family)
    offset = plain_options(*X.shape, family)["offset"]["offset"]
    result = quiet_cv(X, y, family=family, offset=offset)
    found = result.out_of_fold(X, offset=offset)
    assert found.shape == ((60, 3) if family == "multinomial" else (60,))
    for path, (_, test) in zip(result.fold_paths[0], result.folds, strict=True):
        expected = path.decision_function(X[test], result.alpha, offset[test])
        assert_allclose(found[test], expected, rtol=1e-12, atol=1e-12)
    largest = result.out_of_fold(X, rule=lambda _: 0, offset=offset)
    assert not np.allclose(largest, found)
    with pytest.raises(ValueError, match="offset"):
        result.out_of_fold(X)
    with pytest.raises(ValueError, match=r"\(59, 8\).*\(60, 8\)"):
        result.out_of_fold(X[1:], offset=offset[1:])


def test_out_of_fold_of_rows_tested_never_and_twice() -> None:
    X, y = data_of("gaussian")
    rows = np.arange(60)
    folds = [(rows[20:], rows[:10]), (rows[20:50], rows[5:15])]
    result = quiet_cv(X, y, cv=folds)
    found = result.out_of_fold(X)
    both = [path.predict(X, result.alpha) for path in result.fold_paths[0]]
    assert_allclose(found[:5], both[0][:5])
    assert_allclose(found[5:10], (both[0] + both[1])[5:10] / 2.0)
    assert_allclose(found[10:15], both[1][10:15])
    assert np.isnan(found[15:]).all()


def test_losses_are_turned() -> None:
    scores = np.array([0.2, 0.9])
    assert check_scoring("r2", "gaussian").loss(scores).tolist() == [-0.2, -0.9]
    assert check_scoring(None, "poisson").loss(scores).tolist() == [0.2, 0.9]
