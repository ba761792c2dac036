"""`fastreg.cv` of several targets: loops of paths, its definition, scores and tools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import KFold

import fastreg
from cv_problems import quiet, quiet_cv, quiet_path
from fastreg import reference

FAMILY: dict[str, Any] = {"family": "mgaussian"}
OFFSET = np.cos(np.arange(180.0)).reshape(60, 3)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8)) * rng.uniform(0.5, 3.0, 8) + rng.normal(size=8)
    B = np.zeros((8, 3))
    B[[1, 4, 6]] = rng.normal(size=(3, 3))
    return X, X @ B + 2.0 * rng.normal(size=(60, 3)) + [5.0, 0.0, -3.0]


def left_out(X: Any, Y: Any, result: Any, **options: Any) -> Any:
    """Squares of what each fold's own path leaves of the rows tested, by loop."""
    for train, test in KFold(4).split(X):
        part = {
            k: v[train] if np.ndim(v) and len(v) == len(Y) else v
            for k, v in options.items()
        }
        path = quiet_path(X[train], Y[train], alphas=result.alphas, **FAMILY, **part)
        offset = options.get("offset")
        known = {} if offset is None else {"offset": offset[test]}
        yield test, (Y[test][..., np.newaxis] - path.predict(X[test], **known)) ** 2


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"l1_ratio": 0.4, "standardize": False},
        {"l1_ratio": 0.0},
        {"fit_intercept": False},
        {"sample_weight": np.linspace(0.0, 2.0, 60)},
        {"offset": OFFSET},
        {"penalty_factor": [1.0, 0.0, 2.0, np.inf, 1.0, 0.5, 1.0, 1.0]},
    ],
    ids="-".join,
)
def test_scores_are_those_of_a_loop_of_paths(options, data):
    X, Y = data
    for form in (np.asarray, sparse.csc_array):
        result = quiet_cv(form(X), Y, cv=KFold(4), **FAMILY, **options)
        weight = options.get("sample_weight", np.ones(60))
        for fold, (test, squares) in enumerate(left_out(X, Y, result, **options)):
            expected = np.average(squares, axis=0, weights=weight[test]).mean(axis=0)
            assert_allclose(result.fold_scores[fold], expected, rtol=1e-6)


@pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
def test_the_deviance_is_that_of_the_definition(l1_ratio, data):
    X, Y = data
    options = {"l1_ratio": l1_ratio, "cv": KFold(4), **FAMILY}
    result = quiet_cv(X, Y, scoring="deviance", **options)
    problem = reference.Problem(X, Y, 1.0, l1_ratio, **FAMILY)
    expected = reference.fold_scores(problem, result.alphas, result.folds)
    assert_allclose(result.fold_scores, expected, rtol=1e-6)
    mean, error = reference.mean_score(expected, result.fold_weights)
    assert_allclose(result.mean_score, mean, rtol=1e-6)
    assert_allclose(result.std_error, error, rtol=1e-5)
    squares = quiet_cv(X, Y, **options)
    assert squares.scoring == "mse"
    assert_allclose(result.fold_scores, 3.0 * squares.fold_scores, rtol=1e-12)


def test_other_scores_and_scorers(data):
    X, Y = data
    options = {"cv": KFold(4), **FAMILY, "offset": OFFSET}
    r2, mae = (quiet_cv(X, Y, scoring=name, **options) for name in ("r2", "mae"))
    scorer = make_scorer(mean_absolute_error, greater_is_better=False)
    by_scorer = quiet_cv(X, Y, scoring=scorer, **options)
    assert_allclose(by_scorer.fold_scores, -mae.fold_scores, rtol=1e-12)
    for fold, (test, squares) in enumerate(left_out(X, Y, r2, offset=OFFSET)):
        assert_allclose(mae.fold_scores[fold], np.sqrt(squares).mean(axis=(0, 1)))
        known = Y[test] - Y[test].mean(axis=0)
        share = 1.0 - squares.sum(axis=(0, 1)) / (known**2).sum()
        assert_allclose(r2.fold_scores[fold], share, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("targets", [1, 3])
def test_functions_see_the_fitted_model(targets, data):
    X, Y = data[0], data[1][:, :targets]

    def score(estimator: Any, rows: Any, y: Any) -> float:
        assert estimator.coef_.shape == (targets, 8)
        assert estimator.predict(rows).shape == y.shape == (len(rows), targets)
        return -float(((y - estimator.predict(rows)) ** 2).mean())

    found = quiet_cv(X, Y, scoring=score, **FAMILY).fold_scores
    assert_allclose(found, -quiet_cv(X, Y, **FAMILY).fold_scores, rtol=1e-9)


def test_one_target_is_the_family_gaussian(data):
    X, Y = data
    joint = quiet_cv(X, Y[:, :1], l1_ratio=[0.5, 1.0], **FAMILY)
    single = quiet_cv(X, Y[:, 0], l1_ratio=[0.5, 1.0])
    assert_allclose(joint.fold_scores, single.fold_scores, rtol=1e-6)
    assert_allclose(joint.train_scores, single.train_scores, rtol=1e-6)
    assert joint.coef.shape == (1, 8)
    assert_allclose(joint.out_of_fold(X)[:, 0], single.out_of_fold(X), rtol=1e-5)


def test_the_chosen_model_and_predictions_out_of_fold(data):
    X, Y = data
    result = quiet_cv(X, Y, offset=OFFSET, **FAMILY)
    path = quiet_path(X, Y, alphas=result.alphas, offset=OFFSET, **FAMILY)
    assert_allclose(result.coef, path.coef_at(result.alpha), atol=1e-8)
    assert result.coef.shape == (3, 8)
    assert result.intercept.shape == (3,)
    assert result.predict(X, OFFSET).shape == (60, 3)
    eta = result.out_of_fold(X, offset=OFFSET)
    for fold, (_, test) in enumerate(result.folds):
        error = ((Y[test] - eta[test]) ** 2).mean()
        assert_allclose(result.fold_scores[fold, result.best.index], error, rtol=1e-9)
    assert result.select("1se").alpha >= result.alpha


def test_threads_and_early_stops_give_the_same_bits(data):
    X, Y = data
    wide = np.random.default_rng(1).normal(size=(60, 40))
    X = np.column_stack([X, wide])
    options = {"l1_ratio": [0.5, 1.0], "random_state": 1, **FAMILY}
    with quiet():
        one, two = (fastreg.cv(X, Y, n_threads=k, **options) for k in (1, 2))
        whole = fastreg.cv(X, Y, early_stop=False, **options)
    assert one.stopped
    assert_array_equal(one.fold_scores, two.fold_scores)
    assert_array_equal(one.coef, two.coef)
    # Tolerances apart, the first part of the grid is the same.
    part = whole.fold_scores[..., : one.fold_scores.shape[-1]]
    assert part.shape < whole.fold_scores.shape
    assert_allclose(one.fold_scores, part, rtol=1e-2)


@pytest.mark.parametrize("scoring", ["mse", "deviance", "r2"])
def test_diagnosis_compares_like_with_like(scoring, data):
    X, Y = data
    alphas = np.geomspace(30.0, 0.1, 8)
    result = quiet_cv(X, Y, cv=KFold(4), scoring=scoring, alphas=alphas, **FAMILY)
    found, index = result.diagnose(), result.best.index
    trained, nulls = [], []
    for fold, (train, test) in zip(result.fold_paths[0], result.folds, strict=True):
        squares = (Y[train] - fold.predict(X[train])[..., index]) ** 2
        centred = Y[train] - Y[train].mean(axis=0)
        null = (Y[test] - Y[train].mean(axis=0)) ** 2
        if scoring == "r2":
            trained.append(1.0 - squares.sum() / (centred**2).sum())
            spread = ((Y[test] - Y[test].mean(axis=0)) ** 2).sum()
            nulls.append(1.0 - null.sum() / spread)
        else:
            size = 3.0 if scoring == "deviance" else 1.0
            trained.append(size * squares.mean())
            nulls.append(size * null.mean())
    assert_allclose(found.train_score, np.mean(trained), rtol=1e-6)
    assert_allclose(found.null_score, np.mean(nulls), rtol=1e-6)
    assert found.verdict == "balanced"
    if scoring != "r2":
        # Without the null model on the grid: up to terms of second order.
        options = {"cv": KFold(4), "scoring": scoring, **FAMILY}
        later = quiet_cv(X, Y, alphas=alphas[3:], **options).diagnose()
        assert later.null_score != found.null_score
        assert_allclose(later.null_score, np.mean(nulls), rtol=0.1)


def test_learning_curve_ends_at_the_score_of_all_rows(data):
    X, Y = data
    result = quiet_cv(X, Y, **FAMILY)
    with quiet():
        curve = fastreg.learning_curve(X, Y, result=result)
    assert_allclose(curve.mean_score[-1], result.best.score, rtol=1e-4)
    assert result.diagnose(curve=curve).more_data is not None


def test_bad_input(data):
    X, Y = data
    with pytest.raises(ValueError, match="rule 'bic' is not for family 'mgaussian'"):
        fastreg.cv(X, Y, rule="bic", **FAMILY)
    with pytest.raises(ValueError, match="relax=True is not for family 'mgaussian'"):
        fastreg.cv(X, Y, relax=True, **FAMILY)
    with pytest.raises(ValueError, match="scoring for family 'mgaussian' must be"):
        fastreg.cv(X, Y, scoring="auc", **FAMILY)
    with pytest.raises(ValueError, match="information criteria"):
        quiet_cv(X, Y, **FAMILY).select("aic")
    Y[20:40] = 1.0
    rows = np.arange(60)
    folds = [(np.delete(rows, part), part) for part in np.split(rows, 3)]
    with pytest.raises(ValueError, match="'r2' has no value for the 20 rows"):
        fastreg.cv(X, Y, scoring="r2", cv=folds, **FAMILY)


def test_a_sorted_target_is_told(data):
    X, Y = data
    Y[:, 1] = np.sort(Y[:, 1])
    with quiet(), pytest.warns(fastreg.FoldWarning, match="sorted"):
        fastreg.cv(X, Y, cv=KFold(4), alphas=5, **FAMILY)
