"""Folds of `fastreg.cv`: how they are dealt, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import fastreg
from cv_problems import data_of, quiet_cv
from fastreg._folds import (
    Plan,
    check_folds,
    group_folds,
    shuffled_folds,
    stratified_folds,
)

pytestmark = pytest.mark.core

seeds = st.integers(0, 2**32 - 1)


def check_partition(pairs: list[Any], n_rows: int, n_folds: int) -> None:
    """Every row is tested once, and trains where it isn't."""
    assert len(pairs) == n_folds
    tested = np.concatenate([test for _, test in pairs])
    assert_array_equal(np.sort(tested), np.arange(n_rows))
    for train, test in pairs:
        assert len(test) > 0
        assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(n_rows))


def same(a: list[Any], b: list[Any]) -> bool:
    return all(
        np.array_equal(x, y)
        for one, other in zip(a, b, strict=True)
        for x, y in zip(one, other, strict=True)
    )


@given(st.integers(2, 60), st.integers(2, 12), seeds)
def test_shuffled_folds_are_those_of_scikit_learn(
    n_rows: int, n_folds: int, seed: int
) -> None:
    from sklearn.model_selection import KFold

    n_folds = min(n_folds, n_rows)
    pairs = shuffled_folds(n_folds, n_rows, seed)
    check_partition(pairs, n_rows, n_folds)
    theirs = KFold(n_folds, shuffle=True, random_state=seed)
    assert same(pairs, list(theirs.split(np.zeros((n_rows, 1)))))


@given(st.lists(st.integers(0, 4), min_size=2, max_size=60), st.integers(2, 12), seeds)
def test_stratified_folds(classes: list[int], n_folds: int, seed: int) -> None:
    codes = np.array(classes)
    n_folds = min(n_folds, len(codes))
    pairs = stratified_folds(n_folds, codes, seed)
    check_partition(pairs, len(codes), n_folds)
    counts = np.array([np.bincount(codes[test], minlength=5) for _, test in pairs])
    assert np.all(np.ptp(counts, axis=0) <= 1)
    assert np.ptp(counts.sum(axis=1)) <= 1
    assert same(pairs, stratified_folds(n_folds, codes, seed))


@given(
    st.lists(st.sampled_from("abcdefghij"), min_size=2, max_size=60),
    st.integers(2, 6),
    seeds,
)
def test_group_folds(labels: list[str], n_folds: int, seed: int) -> None:
    groups = np.array(labels)
    names, counts = np.unique(groups, return_counts=True)
    if len(names) < n_folds:
        with pytest.raises(ValueError, match=rf"{len(names)} different values"):
            group_folds(n_folds, groups, seed)
        return
    pairs = group_folds(n_folds, groups, seed)
    check_partition(pairs, len(groups), n_folds)
    for train, test in pairs:
        assert not set(groups[train]) & set(groups[test])
    sizes = [len(test) for _, test in pairs]
    assert max(sizes) - min(sizes) <= counts.max()
    assert same(pairs, group_folds(n_folds, groups, seed))


def test_seeds_differ() -> None:
    codes, groups = np.arange(60) % 3, np.arange(60) // 3
    for deal in (
        lambda seed: shuffled_folds(5, 60, seed),
        lambda seed: stratified_folds(5, codes, seed),
        lambda seed: group_folds(5, groups, seed),
    ):
        assert not same(deal(0), deal(1))


def test_the_family_decides_how_rows_are_dealt() -> None:
    X, y = data_of("gaussian")
    _, labels = data_of("multinomial")
    groups = np.arange(60) // 4
    codes = np.unique(labels, return_inverse=True)[1]
    for options, target, pairs in [
        ({}, y, shuffled_folds(5, 60, 7)),
        ({"family": "multinomial"}, labels, stratified_folds(5, codes, 7)),
        ({"groups": groups}, y, group_folds(5, groups, 7)),
        (
            {"groups": groups, "family": "multinomial"},
            labels,
            group_folds(5, groups, 7),
        ),
    ]:
        result = quiet_cv(X, target, cv=5, random_state=7, tol=1e-5, **options)
        assert same(list(result.folds), pairs)


def test_groups_go_to_a_splitter() -> None:
    from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

    X, y = data_of("gaussian")
    groups = np.array(list("abc") * 20)
    for splitter in (GroupKFold(3), LeaveOneGroupOut()):
        result = quiet_cv(X, y, cv=splitter, groups=groups, tol=1e-5)
        assert same(list(result.folds), list(splitter.split(X, y, groups)))


def test_groups_of_pairs_would_not_count() -> None:
    X, y = data_of("gaussian")
    rows = np.arange(60)
    pairs = [(rows[30:], rows[:30]), (rows[:30], rows[30:])]
    with pytest.raises(ValueError, match="groups are for a number of folds"):
        fastreg.cv(X, y, cv=pairs, groups=rows)


ROWS = np.arange(60)
HALVES = [(ROWS[30:], ROWS[:30]), (ROWS[:30], ROWS[30:])]


@pytest.mark.parametrize(
    ("error", "match", "options"),
    [
        (ValueError, r"between 2 folds and 60.* got 1", {"cv": 1}),
        (ValueError, r"got 61", {"cv": 61}),
        (TypeError, r"cv must be an int.*got 5\.0", {"cv": 5.0}),
        (TypeError, r"got True", {"cv": True}),
        (TypeError, r"got 'loo'", {"cv": "loo"}),
        (TypeError, r"got None", {"cv": None}),
        (ValueError, r"at least 2 folds, got 1", {"cv": HALVES[:1]}),
        (ValueError, r"at least 2 folds, got 0", {"cv": []}),
        (TypeError, r"fold 0 of cv must be a pair", {"cv": [ROWS, ROWS]}),
        (
            ValueError,
            r"fold 1 of cv trains and tests on row 3:",
            {"cv": [HALVES[0], (ROWS, [3])]},
        ),
        (
            ValueError,
            r"test rows of fold 0 must lie in 0 to 59, got 60",
            {"cv": [(ROWS, [60])]},
        ),
        (ValueError, r"training rows of fold 0 .* got -1", {"cv": [([-1, 2], [3])]}),
        (ValueError, r"must differ", {"cv": [([1, 1], [3])]}),
        (
            ValueError,
            r"training rows of fold 0 must be at least one",
            {"cv": [(ROWS[:0], [3])]},
        ),
        (TypeError, r"integers or a mask of 60", {"cv": [([0.5], [3])]}),
        (ValueError, r"groups has shape \(59,\) but X has 60", {"groups": ROWS[1:]}),
        (ValueError, r"2 different values, too few for 10", {"groups": ROWS % 2}),
        (ValueError, r"random_state .* got 1\.5", {"random_state": 1.5}),
        (ValueError, r"random_state .* got -1", {"random_state": -1}),
        (ValueError, r"random_state .* got None", {"random_state": None}),
        (
            ValueError,
            r"l1_ratio must be in \[0, 1\], got 1\.5",
            {"l1_ratio": [0.5, 1.5]},
        ),
        (ValueError, r"l1_ratio must have at least one", {"l1_ratio": []}),
        (
            ValueError,
            r"different numbers, got \[0\.5, 0\.5\]",
            {"l1_ratio": [0.5, 0.5]},
        ),
        (TypeError, r"a sequence of numbers, got 'x'", {"l1_ratio": "x"}),
        (TypeError, r"a sequence of numbers, got None", {"l1_ratio": None}),
        (ValueError, r"'mse', 'mae', 'r2'.*got 'auc'", {"scoring": "auc"}),
        (ValueError, r"rule must be one of 'min'.*got 'best'", {"rule": "best"}),
        (ValueError, r"rule must be one of .*got None", {"rule": None}),
        (TypeError, r"early_stop", {"early_stop": "yes"}),
        (TypeError, r"progress", {"progress": 1.0}),
    ],
    ids=str,
)
def test_bad_arguments(
    error: type[Exception], match: str, options: dict[str, Any]
) -> None:
    X, y = data_of("gaussian")
    with pytest.raises(error, match=match):
        fastreg.cv(X, y, **options)


def test_the_family_of_the_score() -> None:
    X, y = data_of("poisson")
    with pytest.raises(ValueError, match=r"for family 'poisson'.*got 'accuracy'"):
        fastreg.cv(X, y, family="poisson", scoring="accuracy")


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("shape", [(60, 8), (400, 5)], ids=str)
@pytest.mark.parametrize("weighted", [True, False])
def test_what_is_not_finite_is_named(
    value: float, shape: tuple[int, int], weighted: bool
) -> None:
    X, y = data_of("gaussian", *shape)
    weight = np.ones(shape[0])
    weight[7] = 0.0
    X[7, 3] = value
    with pytest.raises(ValueError, match=r"X has .* in column 3, first at row 7"):
        fastreg.cv(X, y, sample_weight=weight if weighted else None)


def test_a_class_that_a_fold_does_not_train_on() -> None:
    X, y = data_of("multinomial")
    y[:] = np.where(np.arange(60) % 2, "bad", "good")
    y[5] = "ugly"
    with pytest.raises(
        ValueError, match=r"fold \d trains on no row of class 'ugly' \(of its 1 rows\)"
    ):
        fastreg.cv(X, y, family="multinomial", cv=5)
    y[6] = "ugly"
    assert quiet_cv(X, y, family="multinomial", cv=5, tol=1e-5).alpha > 0.0
    weight = np.ones(60)
    weight[6] = 0.0
    with pytest.raises(ValueError, match=r"of class 'ugly'"):
        fastreg.cv(X, y, family="multinomial", cv=5, sample_weight=weight)


def test_counts_that_are_zero_where_a_fold_trains() -> None:
    X, _ = data_of("poisson")
    y = np.zeros(60)
    y[11] = 3.0
    with pytest.raises(ValueError, match=r"y is 0 in every row that fold \d trains on"):
        fastreg.cv(X, y, family="poisson", cv=5)


def test_rows_without_weight() -> None:
    X, y = data_of("gaussian")
    weight = (ROWS < 30).astype(float)
    with pytest.raises(ValueError, match="zero for every row that fold 0 trains on"):
        fastreg.cv(X, y, sample_weight=weight, cv=HALVES)
    pairs = [(ROWS[:20], ROWS[40:50]), (ROWS[5:20], ROWS[50:])]
    with pytest.raises(ValueError, match="zero for every row that folds test"):
        fastreg.cv(X, y, sample_weight=weight, cv=pairs)


def test_sorted_y_and_neighbouring_rows() -> None:
    from sklearn.model_selection import KFold

    X, y = data_of("gaussian")
    for target in (np.sort(y), np.sort(y)[::-1]):
        with pytest.warns(fastreg.FoldWarning, match="sorted") as caught:
            quiet_cv(X, target, cv=KFold(5), tol=1e-5)
        assert len(caught) == 1
        quiet_cv(X, target, cv=5, tol=1e-5)  # shuffles
    quiet_cv(X, y, cv=KFold(5), tol=1e-5)
    labels = np.sort(data_of("binomial")[1])
    with pytest.warns(fastreg.FoldWarning):
        quiet_cv(X, labels, cv=KFold(5), tol=1e-5, family="binomial")


def test_masks_and_generators_are_folds() -> None:
    mask = ROWS % 3 == 0
    pairs = ((~mask, mask) for _ in range(2))
    folds = check_folds(pairs, np.zeros((60, 1)), np.zeros(60), None, Plan())
    assert_array_equal(folds.test[1], ROWS[::3])
    assert folds.train[0].dtype == np.int64
