"""Learning curves: fits to nested parts of the rows, and what their scores say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from matplotlib.figure import Figure

import fastreg
from fastreg._cv import check_all_folds
from fastreg._learning_curve import MODEL
from fastreg._path import check_problem
from fastreg._prefixes import Parts, check_parts
from fastreg.datasets import load_diabetes

DATA = load_diabetes()


def linear(n: int, p: int, noise: float, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p))
    return X, X[:, :5].sum(axis=1) + noise * rng.standard_normal(n)


def parts_of(
    X: Any, y: Any, sizes: Any, groups: Any = None, weight: Any = None, **options: Any
) -> tuple[Any, Parts]:
    problem = check_problem(X, y, sample_weight=weight, offset=None, **MODEL | options)
    folds = check_all_folds(5, X, y, groups, 0, problem)
    return folds, check_parts(sizes, folds, problem, groups, 0)


# --- what is fitted -------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"l1_ratio": 0.4, "standardize": False}])
def test_each_fit_is_the_path_of_its_rows(options: dict[str, Any]) -> None:
    X, y = DATA.X, DATA.y
    sizes = [40, 90, 300]
    curve = fastreg.learning_curve(
        X, y, alpha=2.0, cv=5, sizes=sizes, tol=1e-12, **options
    )
    folds, parts = parts_of(X, y, sizes, **options)
    for fold, test in enumerate(folds.test):
        for size, rows in enumerate(parts[fold]):
            path = fastreg.path(X[rows], y[rows], alphas=[2.0], tol=1e-12, **options)
            for scores, judged in (
                (curve.train_scores, rows),
                (curve.fold_scores, test),
            ):
                error = np.mean((y[judged] - path.predict(X[judged])[:, 0]) ** 2)
                np.testing.assert_allclose(scores[fold, size], error, rtol=1e-8)
    assert curve.dual_gaps.max() <= 1e-12


@pytest.mark.parametrize(
    ("family", "scoring"),
    [
        ("gaussian", "mse"),
        ("gaussian", "r2"),
        ("binomial", "deviance"),
        ("binomial", "log_loss"),
        ("binomial", "auc"),
        ("multinomial", "accuracy"),
        ("poisson", "deviance"),
    ],
)
def test_last_size_is_the_cross_validation(family: str, scoring: str) -> None:
    y: Any = {
        "gaussian": DATA.y,
        "binomial": np.where(DATA.y > 140, "high", "low"),
        "multinomial": np.digitize(DATA.y, [90, 180]),
        "poisson": np.round(DATA.y / 30),
    }[family]
    result = fastreg.cv(
        DATA.X, y, family=family, scoring=scoring, cv=5, alphas=20, tol=1e-10
    )
    curve = fastreg.learning_curve(DATA.X, y, result=result, sizes=3)
    np.testing.assert_allclose(curve.mean_score[-1], result.best.score, rtol=1e-4)
    np.testing.assert_allclose(curve.std_error[-1], result.best.std_error, rtol=1e-3)
    found = result.diagnose()
    if np.isfinite(found.train_score):
        np.testing.assert_allclose(curve.mean_train[-1], found.train_score, rtol=1e-5)
    else:
        assert scoring in ("auc", "accuracy")
        told = result.diagnose(curve=curve)
        assert told.train_score == curve.mean_train[-1]
        assert told.verdict != "not compared"


def test_parts_are_nested_and_disjoint_from_tests() -> None:
    folds, parts = parts_of(DATA.X, DATA.y, [0.1, 0.3, 1.0])
    for fold, (small, middle, every) in enumerate(parts):
        assert np.isin(small, middle).all()
        assert np.isin(middle, every).all()
        np.testing.assert_array_equal(every, folds.train[fold])
        assert not np.isin(every, folds.test[fold]).any()
        assert len(small) == round(0.1 * len(every))
    assert not np.array_equal(parts[0][0], parts[1][0])


def test_classes_come_in_their_shares() -> None:
    y = np.repeat(["a", "b", "c"], [200, 150, 50])
    X = np.arange(400.0)[:, None] * np.ones(2)
    _, parts = parts_of(X, y, [40, 80, 160], family="multinomial")
    for rows in parts[0]:
        shares = np.array([np.mean(y[rows] == label) for label in "abc"])
        np.testing.assert_allclose(shares, [0.5, 0.375, 0.125], atol=1.5 / len(rows))


def test_groups_come_in_whole() -> None:
    groups = np.repeat(np.arange(50), 8)
    X, y = linear(400, 3, 1.0)
    _, parts = parts_of(X, y, [40, 100, 200], groups=groups)
    for rows in parts[0]:
        _, counts = np.unique(groups[rows], return_counts=True)
        assert np.count_nonzero(counts < 8) <= 1


@pytest.mark.parametrize("alpha", [1e3, 1e-7, 0.0])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.0])
def test_any_strength(alpha: float, l1_ratio: float) -> None:
    X, y = linear(100, 4, 1.0)
    curve = fastreg.learning_curve(X, y, alpha=alpha, l1_ratio=l1_ratio, sizes=3)
    assert curve.dual_gaps.max() <= 1e-6
    if alpha < 1.0:
        squares = curve.mean_train[-1]
        fit = np.linalg.lstsq(np.column_stack((X, np.ones(100))), y, rcond=None)
        assert squares == pytest.approx(fit[1][0] / 100, rel=0.05)


def test_few_rows_that_separate_classes_are_solved() -> None:
    y = np.digitize(DATA.y, [90, 180])
    curve = fastreg.learning_curve(
        DATA.X, y, alpha=1e-3, family="multinomial", scoring="accuracy", cv=4
    )
    assert curve.dual_gaps.max() <= 1e-6
    assert curve.mean_train[0] > curve.mean_train[-1]


def test_rows_of_weight_zero_do_not_count() -> None:
    X, y = linear(200, 3, 1.0)
    weight = np.tile([0.0, 1.0], 100)
    _, parts = parts_of(X, y, [20, 60], weight=weight)
    assert all((weight[rows] > 0).all() for sizes in parts for rows in sizes)
    curve = fastreg.learning_curve(
        X, y, alpha=0.1, sample_weight=weight, sizes=[20, 70], cv=5
    )
    half = fastreg.learning_curve(X[1::2], y[1::2], alpha=0.1, sizes=[20, 70], cv=5)
    assert curve.fold_weights.sum() == half.fold_weights.sum() == 100


def test_a_number_of_sizes_is_halves() -> None:
    curve = fastreg.learning_curve(DATA.X, DATA.y, alpha=1.0, sizes=9)
    assert curve.sizes[0] >= 10
    assert len(curve.sizes) == 6  # a seventh would have six rows
    np.testing.assert_allclose(curve.sizes[1:] / curve.sizes[:-1], 2.0, atol=0.1)


def test_automatic_sizes_leave_out_what_cannot_be_fitted() -> None:
    y = np.zeros(200, dtype=int)
    y[::20] = 1
    X = np.random.default_rng(0).standard_normal((200, 3))
    curve = fastreg.learning_curve(X, y, alpha=0.1, family="binomial", cv=5)
    assert curve.sizes[0] >= 20
    with pytest.raises(ValueError, match="2 rows are too few: none is of class 1"):
        fastreg.learning_curve(X, y, alpha=0.1, family="binomial", cv=5, sizes=[2, 100])


def test_counts_of_zero_only_are_too_few() -> None:
    y = np.zeros(100)
    y[[10, 90]] = 3.0
    X = np.random.default_rng(0).standard_normal((100, 2))
    folds = [(np.arange(75), np.arange(75, 100)), (np.arange(25, 100), np.arange(25))]
    options: dict[str, Any] = {"alpha": 0.1, "family": "poisson", "cv": folds}
    with pytest.raises(ValueError, match="2 rows are too few: y is 0"):
        fastreg.learning_curve(X, y, sizes=[2, 60], **options)


@pytest.mark.parametrize("n_threads", [2, 3])
def test_threads_do_not_change_a_bit(n_threads: int) -> None:
    X, y = linear(120, 40, 1.0)
    one, many = (
        fastreg.learning_curve(X, y, alpha=0.1, n_threads=k) for k in (1, n_threads)
    )
    np.testing.assert_array_equal(one.fold_scores, many.fold_scores)
    np.testing.assert_array_equal(one.train_scores, many.train_scores)


def test_sparse_is_dense() -> None:
    X, y = linear(120, 40, 1.0)
    X[np.abs(X) < 1.0] = 0.0
    dense, sparse = (
        fastreg.learning_curve(data, y, alpha=0.1, tol=1e-12)
        for data in (X, scipy.sparse.csc_array(X))
    )
    np.testing.assert_allclose(dense.fold_scores, sparse.fold_scores, rtol=1e-7)


# --- what it says ---------------------------------------------------------------


def test_saturated_curve_is_flat() -> None:
    X, y = linear(4000, 6, 1.0)
    result = fastreg.cv(X, y)
    curve = fastreg.learning_curve(X, y, result=result)
    assert not curve.is_rising
    found = result.diagnose(curve=curve)
    assert found.more_data is False
    assert "the curve is flat" in str(found)
    assert "flat" in repr(curve)


def test_starved_curve_rises() -> None:
    X, y = linear(100, 80, 0.5)
    result = fastreg.cv(X, y)
    curve = fastreg.learning_curve(X, y, result=result)
    assert curve.is_rising
    found = result.diagnose(curve=curve)
    assert found.more_data is True
    assert (found.data_gain, found.data_gain_error) == (curve.gain, curve.gain_error)
    assert "More data would help" in str(found)


def test_gain_is_from_differences_within_folds() -> None:
    curve = fastreg.learning_curve(
        DATA.X, DATA.y, alpha=1.0, cv=4, sizes=[30, 160, 320]
    )
    assert curve.doubling == (160, 320)
    differences = curve.fold_scores[:, 1] - curve.fold_scores[:, 2]
    share = curve.fold_weights / curve.fold_weights.sum()
    mean = share @ differences
    assert curve.gain == pytest.approx(mean)
    spread = np.sqrt(share @ (differences - mean) ** 2 / 3)
    assert curve.gain_error == pytest.approx(spread)


def test_results_are_read_only() -> None:
    curve = fastreg.learning_curve(DATA.X, DATA.y, alpha=1.0)
    with pytest.raises(ValueError, match="read-only"):
        curve.fold_scores[0, 0] = 0.0
    with pytest.raises(AttributeError):
        curve.alpha = 2.0


def test_picture_has_both_lines() -> None:
    curve = fastreg.learning_curve(DATA.X, DATA.y, alpha=1.0)
    ax = curve.plot(Figure(layout="constrained").add_subplot())
    drawn = [line.get_ydata() for line in ax.get_lines()]
    np.testing.assert_array_equal(drawn[0], curve.mean_score)
    np.testing.assert_array_equal(drawn[1], curve.mean_train)
    names = [text.get_text() for text in ax.texts]
    assert names == ["validation", "training"]
    ax.figure.draw_without_rendering()
    assert [t.get_text() for t in ax.get_xticklabels()] == [
        f"{size:.0f}" for size in curve.sizes
    ]


# --- mistakes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([0.5], "at least 2 shares"),
        ("all", "at least 2 shares"),
        ([0.5, 0.2], "must increase"),
        ([0.5, 1.5], r"lie in \(0, 1\]"),
        ([0.0, 1.0], r"lie in \(0, 1\]"),
        ([50, 999], "2 to 353 rows"),
        ([1, 50], "2 to 353 rows"),
        (1, "at least 2, got 1"),
    ],
)
def test_bad_sizes(sizes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fastreg.learning_curve(DATA.X, DATA.y, alpha=1.0, cv=5, sizes=sizes)


def test_too_few_rows() -> None:
    X, y = linear(12, 2, 1.0)
    with pytest.raises(ValueError, match="needs at least 2 sizes"):
        fastreg.learning_curve(X, y, alpha=0.1, cv=3)


def test_bad_arguments() -> None:
    X, y = DATA.X, DATA.y
    result = fastreg.cv(X, y, alphas=10)
    with pytest.raises(TypeError, match="either alpha or result, got neither"):
        fastreg.learning_curve(X, y)
    with pytest.raises(TypeError, match="either alpha or result, got both"):
        fastreg.learning_curve(X, y, alpha=1.0, result=result)
    with pytest.raises(TypeError, match="no option 'l1ratio'"):
        fastreg.learning_curve(X, y, alpha=1.0, l1ratio=0.5)
    with pytest.raises(TypeError, match="leave out l1_ratio"):
        fastreg.learning_curve(X, y, result=result, l1_ratio=0.5)
    with pytest.raises(TypeError, match="result must be what cv returned, got Path"):
        fastreg.learning_curve(X, y, result=result.path)
    with pytest.raises(ValueError, match=r"X has shape \(441, 10\)"):
        fastreg.learning_curve(X[1:], y[1:], result=result)
    with pytest.raises(ValueError, match="alpha"):
        fastreg.learning_curve(X, y, alpha=-1.0)
    with pytest.raises(ValueError, match="scoring for family 'gaussian'"):
        fastreg.learning_curve(X, y, alpha=1.0, scoring="auc")


def test_curve_of_another_model_is_refused() -> None:
    result = fastreg.cv(DATA.X, DATA.y, alphas=30)
    other = fastreg.learning_curve(DATA.X, DATA.y, alpha=20.0)
    with pytest.raises(ValueError, match="has alpha=20, but the result chose"):
        result.diagnose(curve=other)
    absolute = fastreg.learning_curve(DATA.X, DATA.y, alpha=result.alpha, scoring="mae")
    with pytest.raises(ValueError, match="scoring 'mae', but the result 'mse'"):
        result.diagnose(curve=absolute)


def test_unmet_tolerance_warns() -> None:
    X, y = linear(60, 30, 1.0)
    with pytest.warns(fastreg.ConvergenceWarning, match="alpha=0.05"):
        fastreg.learning_curve(X, y > 0, alpha=0.05, family="binomial", tol=1e-300)
