"""`_core.ridge_folds`: folds by statistics of the rows left out, against refits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

import problems
from fastreg import _core

pytestmark = pytest.mark.core

ALPHAS = np.array([10.0, 1.0, 0.1, 1e-3])
SHAPES = [(60, 7), (23, 23), (20, 45)]


def kernel_matrix(X: Any) -> Any:
    if not sparse.issparse(X):
        return X
    return (X.data, X.indices, X.indptr, X.shape[0])


def splits(n: int, n_folds: int = 4) -> tuple[list[Any], list[Any]]:
    rows = np.random.default_rng(3).permutation(n)
    test = [np.sort(rows[k::n_folds]) for k in range(n_folds)]
    return [np.setdiff1d(np.arange(n), part) for part in test], test


def predict(
    X: Any, Y: Any, train: Any, test: Any, alphas: Any = ALPHAS, **options: Any
) -> list[Any]:
    found: list[Any] = [None] * len(test)

    def keep(fold: int, predictions: Any) -> None:
        found[fold] = predictions.copy()

    options = {"sample_weight": None, "penalty_factor": None, **options}
    options = {"fit_intercept": True, "standardize": False, **options}
    _core.ridge_folds(
        kernel_matrix(X),
        np.asfortranarray(Y),
        alphas=alphas,
        train=train,
        test=test,
        on_fold=keep,
        **options,
    )
    return found


def refit(
    X: Any, Y: Any, train: Any, test: Any, alphas: Any = ALPHAS, **options: Any
) -> list[Any]:
    """Each fold by itself, from copies of its rows."""
    weight = options.pop("sample_weight", None)
    keep_mean = options.pop("keep_mean", False)
    options = {"fit_intercept": True, "standardize": False, **options}
    X = X.toarray() if sparse.issparse(X) else X
    of_all = np.ones(len(Y)) if weight is None else weight
    found = []
    for rows, tested in zip(train, test, strict=True):
        ratio = 1.0 if keep_mean else of_all.sum() / of_all[rows].sum()
        path = _core.ridge_path(
            np.asfortranarray(X[rows]),
            np.asfortranarray(Y[rows]),
            sample_weight=of_all[rows],
            alphas=np.repeat((alphas * ratio)[:, np.newaxis], Y.shape[1], axis=1),
            **options,
        )
        fitted = np.einsum("np,mpk->nmk", X[tested], path["coefs"])
        found.append(fitted + path["intercepts"])
    return found


def compare(
    X: Any, Y: Any, train: Any, test: Any, atol: float = 1e-9, **options: Any
) -> None:
    ours = predict(X, Y, train, test, **options)
    theirs = refit(X, Y, train, test, **options)
    for mine, other in zip(ours, theirs, strict=True):
        assert_allclose(mine, other, rtol=1e-9, atol=atol)


def two_targets(n: int, p: int) -> tuple[Any, Any]:
    X, y = problems.ar1(n, p, 0.6)
    return X + 2.0, np.column_stack([y, np.sin(y) - 4.0])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("keep_mean", [True, False])
def test_equals_refits(
    shape: tuple[int, int],
    fit_intercept: bool,
    standardize: bool,
    weighted: bool,
    keep_mean: bool,
) -> None:
    X, Y = two_targets(*shape)
    compare(
        X,
        Y,
        *splits(shape[0]),
        fit_intercept=fit_intercept,
        standardize=standardize,
        sample_weight=problems.weights(shape[0]) if weighted else None,
        keep_mean=keep_mean,
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_storage_agrees(shape: tuple[int, int]) -> None:
    X, Y = two_targets(*shape)
    X[np.abs(X - 2.0) < 0.5] = 0.0
    train, test = splits(shape[0])
    expected = predict(X, Y, train, test)
    for other in (np.ascontiguousarray(X), sparse.csc_array(X)):
        for mine, theirs in zip(predict(other, Y, train, test), expected, strict=True):
            assert_allclose(mine, theirs, atol=1e-9)


def test_folds_need_not_be_complements() -> None:
    """Small and large parts to train on, which overlap what is tested."""
    X, Y = two_targets(80, 6)
    train = [np.arange(75), np.arange(30, 80), np.arange(12), np.arange(80)]
    test = [np.arange(80), np.arange(5), np.array([79, 3, 3]), np.arange(0, 80, 7)]
    compare(X, Y, train, test)


def test_factors_and_free_features() -> None:
    X, Y = two_targets(50, 6)
    v = np.array([1.0, 0.0, 2.0, np.inf, 0.5, 1.0])
    compare(X, Y, *splits(50), penalty_factor=v)


def test_what_lies_in_one_fold_only_cancels_nothing() -> None:
    """All of a column's spread, or nearly, is among the rows that a fold leaves out."""
    X, Y = two_targets(60, 6)
    train, test = splits(60)
    X[:, 2] = 1.0
    X[test[1], 2] = np.linspace(-1e6, 1e6, len(test[1]))
    X[:, 4] *= 1e-7
    X[test[2], 4] = np.linspace(0.0, 1.0, len(test[2]))
    compare(X, Y, train, test, standardize=True, atol=1e-6)
    X[:, 4] = 3.0  # constant for all but a fold
    X[test[0], 4] = 5.0
    ours = predict(X, Y, train, test)
    theirs = refit(X, Y, train, test)
    for fold in (0, 2, 3):
        assert_allclose(ours[fold], theirs[fold], rtol=1e-8, atol=1e-8)


def test_columns_far_from_zero() -> None:
    X, Y = two_targets(60, 6)
    compare(X + 1e6, Y - 1e6, *splits(60), atol=1e-4)


def test_no_penalty_and_dependent_columns() -> None:
    X, Y = two_targets(60, 6)
    X = np.asfortranarray(np.hstack([X, X[:, :2]]))
    compare(X, Y, *splits(60), alphas=np.array([1e-3, 0.0]), atol=1e-7)


def test_what_a_callback_raises_arrives() -> None:
    X, Y = two_targets(30, 4)
    train, test = splits(30)

    def fail(fold: int, predictions: Any) -> None:
        raise RuntimeError(f"fold {fold}")

    with pytest.raises(RuntimeError, match="fold 0"):
        _core.ridge_folds(
            X,
            np.asfortranarray(Y),
            sample_weight=None,
            alphas=ALPHAS,
            train=train,
            test=test,
            fit_intercept=True,
            standardize=False,
            on_fold=fail,
        )


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ([[0, 1, 30]], [[2]], "row 30, but X has 30 rows"),
        ([[0, 1, 2]], [[-1]], "row -1"),
        ([[0, 1, 1]], [[2]], "row 1 twice"),
        ([[0, 1]], [[2], [3]], "train has 1 folds, but test has 2"),
    ],
)
def test_bad_folds_are_said(train: Any, test: Any, message: str) -> None:
    X, Y = two_targets(30, 4)
    as_rows = lambda parts: [np.array(part, dtype=np.int64) for part in parts]  # noqa: E731
    with pytest.raises(ValueError, match=message):
        predict(X, Y, as_rows(train), as_rows(test))
