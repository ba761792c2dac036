"""Diagnoses: data made so that each verdict must come out, and numbers made anew."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastreg
from fastreg._cv_curves import Curves, percent
from fastreg._cv_diagnosis import by_chance, outliers
from fastreg.datasets import load_diabetes

DATA = load_diabetes()


def linear(n: int, p: int, noise: float, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p))
    return X, X[:, :3].sum(axis=1) + noise * rng.standard_normal(n)


def pure_noise(n: int, p: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, p)), rng.standard_normal(n)


def quiet_cv(X: Any, y: Any, **options: Any) -> fastreg.CVResult:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.GridWarning)
        return fastreg.cv(X, y, **options)


# --- verdicts -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", [(100, 300), (300, 20)])
def test_noise_is_nothing_learned(shape: tuple[int, int], seed: int) -> None:
    found = fastreg.cv(*pure_noise(*shape, seed)).diagnose()
    assert found.verdict == "nothing learned"
    assert found.null_score <= found.score + found.std_error
    assert found.more_data is None
    assert "Nothing was learned from X" in str(found)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
def test_noise_is_nothing_learned_with_an_l2_term(l1_ratio: float) -> None:
    # A ridge grid has no null model, but begins with next to nothing.
    found = fastreg.cv(*pure_noise(200, 40, seed=1), l1_ratio=l1_ratio).diagnose()
    assert found.verdict == "nothing learned"
    assert found.edge is None


def test_noise_of_classes_is_nothing_learned() -> None:
    X, y = pure_noise(200, 30, seed=2)
    for scoring in ("deviance", "log_loss", "auc"):
        found = fastreg.cv(X, y > 0, family="binomial", scoring=scoring).diagnose()
        assert found.verdict == "nothing learned"


def test_clear_signal_is_balanced() -> None:
    found = fastreg.cv(*linear(500, 20, 1.0)).diagnose()
    assert found.verdict == "balanced"
    assert found.gap < found.std_error
    assert 0.6 < found.explained < found.explained_train < 0.8
    assert (found.more_regularisation, found.less_regularisation) == (False, False)
    assert found.more_data is False
    assert found.edge is None
    assert found.folds_agree
    assert found.folds_above_null == 10


def test_weak_penalty_overfits() -> None:
    X, y = linear(60, 100, 1.0)
    found = quiet_cv(X, y, alphas=[0.3, 0.1, 0.001], rule=lambda _: 2).diagnose()
    assert found.verdict == "overfitting"
    assert found.more_regularisation
    assert not found.less_regularisation
    assert found.train_score < 0.05 * found.score
    assert found.memorises_from is not None
    assert found.best_alpha > found.alpha
    assert found.more_data
    assert "More regularisation would help" in str(found)


def test_grid_that_begins_too_small_overfits() -> None:
    X, y = linear(60, 100, 2.0)
    found = fastreg.cv(X, y, alphas=[0.01, 0.003, 0.001]).diagnose()
    assert (found.verdict, found.edge) == ("overfitting", "largest")
    assert "the largest of the grid" in str(found)
    assert "pass larger alphas" in str(found)


def test_most_of_what_was_explained_is_lost() -> None:
    X, y = linear(100, 300, 2.0)
    found = fastreg.cv(X, y).diagnose()
    assert found.verdict == "overfitting"
    assert found.lost > 0.5
    assert found.gap > found.std_error
    assert found.edge is None


def test_strong_penalty_underfits() -> None:
    X, y = linear(500, 20, 0.5)
    result = fastreg.cv(X, y, rule=lambda _: 10)
    found = result.diagnose()
    assert found.verdict == "underfitting"
    assert found.less_regularisation
    assert found.best_alpha < found.alpha
    assert found.score > result.select("min").score + result.select("min").std_error
    assert "Less regularisation would help" in str(found)


def test_grid_that_ends_too_large_underfits() -> None:
    X, y = linear(500, 20, 0.5)
    with pytest.warns(fastreg.GridWarning):
        result = fastreg.cv(X, y, alphas=[1.0, 0.7, 0.5])
    found = result.diagnose()
    assert (found.verdict, found.edge) == ("underfitting", "smallest")
    assert "pass smaller alphas" in str(found)


def test_an_end_at_alpha_zero_is_no_edge() -> None:
    X, y = linear(500, 3, 0.5)
    found = fastreg.cv(X, y, alphas=[1.0, 0.5, 0.0]).diagnose()
    assert found.best_alpha == 0.0
    assert found.edge is None


@pytest.mark.parametrize("rule", ["min", "1se"])
def test_rules_are_balanced_where_there_is_signal(rule: str) -> None:
    found = fastreg.cv(DATA.X, DATA.y, rule=rule).diagnose()
    assert found.verdict == "balanced"
    assert found.rule == rule
    assert (found.more_regularisation, found.less_regularisation) == (False, False)
    assert found.n_nonzero_1se < found.n_nonzero_min
    assert found.alpha_1se > found.alpha_min
    assert f'"1se" {found.n_nonzero_1se} at' in str(found)


def test_scores_without_deviances_are_not_compared() -> None:
    X, y = linear(300, 10, 1.0)
    found = fastreg.cv(X, y > 0, family="binomial", scoring="auc").diagnose()
    assert found.verdict == "not compared"
    assert np.isnan([found.train_score, found.gap, found.lost, found.explained]).all()
    assert found.more_data is None
    assert "'auc' of the rows trained on is not known" in str(found)
    assert found.null_score == pytest.approx(0.5, abs=0.1)


# --- the path -------------------------------------------------------------------


def test_memorising_begins_where_validation_has_turned() -> None:
    X, y = linear(80, 200, 1.0)
    result = fastreg.cv(X, y, early_stop=False)
    found = result.diagnose()
    best = result.select("min")
    at = int(np.flatnonzero(result.alphas == found.memorises_from)[0])
    assert result.mean_score[at] > best.score + best.std_error
    between = result.mean_score[best.index : at]
    assert (between <= best.score + best.std_error).all()
    train = result.train_scores.mean(axis=0)
    assert train[at] < train[best.index]
    assert "while training still improves" in str(found)


def test_tall_data_do_not_memorise() -> None:
    found = fastreg.cv(DATA.X, DATA.y).diagnose()
    assert found.memorises_from is None
    assert "No alpha of the grid memorises" in str(found)


def test_the_chosen_of_several_mixes_is_diagnosed() -> None:
    result = fastreg.cv(DATA.X, DATA.y, l1_ratio=[0.2, 0.9])
    found = result.diagnose()
    assert found.l1_ratio == result.l1_ratio
    assert f"l1_ratio={result.l1_ratio:g}" in str(found)
    mix = int(np.flatnonzero(result.l1_ratios == result.l1_ratio)[0])
    column = result.fold_scores[mix, :, result.best.index]
    assert found.fold_scores == tuple(column.tolist())


# --- folds ----------------------------------------------------------------------


def spoiled(number: int) -> fastreg.CVResult:
    """Diabetes with noise on y in the rows that one fold tests."""
    rows = fastreg.cv(DATA.X, DATA.y, alphas=[1.0]).folds[number][1]
    y = DATA.y.copy()
    y[rows] += 400.0 * np.random.default_rng(0).standard_normal(len(rows))
    return fastreg.cv(DATA.X, y)


@pytest.mark.parametrize("number", [0, 3, 9])
def test_a_spoiled_fold_is_an_outlier(number: int) -> None:
    found = spoiled(number).diagnose()
    assert found.outlier_folds == (number,)
    assert f"Fold {number} is an outlier" in str(found)
    assert f"result.folds[{number}][1]" in str(found)
    assert found.fold_scores[number] == max(found.fold_scores)


def test_a_spoiled_fold_hides_no_signal() -> None:
    result = spoiled(3)
    found = result.diagnose()
    assert found.null_score <= found.score + found.std_error
    assert found.folds_above_null in (9, 10)
    assert found.verdict == "balanced"


def test_sign_test() -> None:
    assert by_chance(5, 5) == 1 / 32
    assert by_chance(9, 10) == 11 / 1024
    assert by_chance(8, 10) > 0.05
    assert by_chance(0, 7) == 1.0


def test_folds_of_different_rules_disagree() -> None:
    # In each half of the rows another half of the features matters, and not much.
    rng = np.random.default_rng(1)
    X = rng.standard_normal((200, 40))
    y = 4.0 * X[:, 0] + 0.1 * rng.standard_normal(200)
    y[:40] -= 5.0 * X[:40, 0]
    folds = [
        (np.setdiff1d(np.arange(200), k), k) for k in np.arange(200).reshape(5, 40)
    ]
    result = fastreg.cv(X, y, cv=folds)
    found = result.diagnose()
    own = result.alphas[np.argmin(result.fold_scores, axis=1)]
    assert found.fold_alphas == tuple(own.tolist())
    assert own[0] > 10.0 * own[1:].max()
    assert found.outlier_folds == (0,)


def test_agreement_is_counted_within_the_band() -> None:
    result = fastreg.cv(*linear(60, 100, 3.0), cv=6)
    found = result.diagnose()
    best = result.select("min")
    own = np.argmin(result.fold_scores, axis=1)
    inside = result.mean_score[own] <= best.score + best.std_error
    assert found.agreeing_folds == np.count_nonzero(inside)
    assert found.folds_agree == (np.mean(inside) >= 0.5)
    word = "agree" if found.folds_agree else "disagree"
    assert f"The folds {word} about alpha" in str(found)


def test_small_folds_are_not_judged() -> None:
    X, y = linear(40, 5, 1.0)
    y[7] += 50.0
    assert fastreg.cv(X, y, cv=40).diagnose().outlier_folds == ()


def test_grubbs_at_the_published_critical_value() -> None:
    # Grubbs and Beck (1972): for n = 10 at 1 % (two-sided) the critical value is 2.482.
    base = np.array([-1.0, 1.0] * 4 + [0.0])
    for far, is_outlier in ((2.47, False), (2.49, True)):
        # The last value such that its distance is `far` deviations.
        values = np.append(base, _at_distance(base, far))
        assert (outliers(values) == (9,)) == is_outlier


def _at_distance(base: Any, wanted: float) -> float:
    low, high = 0.0, 1e3
    for _ in range(200):
        middle = (low + high) / 2
        values = np.append(base, middle)
        distance = (middle - values.mean()) / values.std(ddof=1)
        low, high = (middle, high) if distance < wanted else (low, middle)
    return low


@given(
    st.lists(st.floats(-10.0, 10.0), min_size=4, max_size=12),
    st.floats(0.5, 4.0),
    st.floats(-5.0, 5.0),
)
def test_outliers_do_not_depend_on_units(
    values: list[float], scale: float, shift: float
) -> None:
    data = np.round(values, 2)
    found = outliers(data)
    assert len(found) <= len(values) // 4
    assert set(outliers(-data)) == set(found)
    if data.std() > 0.0:
        assert set(outliers(scale * data + shift)) == set(found)


def test_equal_values_have_no_outlier() -> None:
    assert outliers(np.full(10, 0.1)) == ()
    assert outliers(np.array([0.1] * 9 + [np.nextafter(0.1, 1.0)])) == ()


# --- the null model --------------------------------------------------------------


def null_deviance(family: str, y: Any, train: Any, test: Any) -> float:
    mean = y[train].mean()
    if family == "gaussian":
        return float(np.mean((y[test] - mean) ** 2))
    if family == "binomial":
        p = np.where(y[test] == 1, mean, 1.0 - mean)
        return float(-2.0 * np.mean(np.log(p)))
    log_ratio = np.log(np.where(y[test] > 0, y[test] / mean, 1.0))
    return float(2.0 * np.mean(y[test] * log_ratio - y[test] + mean))


@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
@pytest.mark.parametrize("alphas", [30, [0.02, 0.01]])
def test_null_score_is_that_of_the_mean(family: str, alphas: Any) -> None:
    y = {
        "gaussian": DATA.y / DATA.y.std(),
        "binomial": (DATA.y > 140).astype(float),
        "poisson": np.round(DATA.y / 30),
    }[family]
    result = quiet_cv(DATA.X, y, family=family, alphas=alphas, cv=5)
    curves = Curves(result, result._scoring)
    expected = [null_deviance(family, y, train, test) for train, test in result.folds]
    # Of grids that don't begin at the null model it follows from deviances, nearly.
    np.testing.assert_allclose(curves.null, expected, rtol=0.01)
    share = result.fold_weights / result.fold_weights.sum()
    assert result.diagnose().null_score == pytest.approx(share @ expected, rel=0.005)


def test_null_score_of_folds_that_are_no_partition_is_unknown() -> None:
    folds = [(np.arange(200), np.arange(200, 300)), (np.arange(50, 300), np.arange(50))]
    found = quiet_cv(DATA.X, DATA.y, alphas=[2.0, 1.0], cv=folds).diagnose()
    assert np.isnan(found.null_score)
    assert found.folds_above_null is None
    assert "null model" not in str(found)


# --- numbers and words ----------------------------------------------------------


def test_numbers_are_those_of_the_scores() -> None:
    result = fastreg.cv(DATA.X, DATA.y)
    found = result.diagnose()
    at = result.best.index
    share = result.fold_weights / result.fold_weights.sum()
    train = share @ result.train_scores[:, at]
    assert found.train_score == pytest.approx(train)
    assert found.gap == pytest.approx(result.mean_score[at] - train)
    assert found.lost == pytest.approx(found.gap / (found.null_score - train))
    assert found.explained == pytest.approx(1.0 - found.score / found.null_score)


def test_r2_says_the_same_as_squares() -> None:
    squares, r2 = (
        fastreg.cv(DATA.X, DATA.y, scoring=scoring).diagnose()
        for scoring in ("mse", "r2")
    )
    assert r2.verdict == squares.verdict
    assert r2.explained == r2.score
    assert r2.explained_train == pytest.approx(squares.explained_train, abs=0.01)
    assert 0.0 < r2.gap < 0.1


def test_log_loss_is_half_the_deviance() -> None:
    y = DATA.y > 140
    full, half = (
        fastreg.cv(DATA.X, y, family="binomial", scoring=scoring).diagnose()
        for scoring in ("deviance", "log_loss")
    )
    for name in ("score", "train_score", "null_score", "gap"):
        assert getattr(full, name) == pytest.approx(2.0 * getattr(half, name))
    assert full.verdict == half.verdict


def test_text_is_sentences() -> None:
    found = fastreg.cv(DATA.X, DATA.y).diagnose()
    assert repr(found) == str(found) == "\n".join(found.sentences)
    for sentence in found.sentences:
        assert sentence[0].isupper() or sentence[0] == '"'
        assert sentence.endswith(".")
        assert "nan" not in sentence
        assert "  " not in sentence
    assert str(found).startswith("Balanced: the model of")


@pytest.mark.parametrize("name", ["verdict", "score", "fold_scores"])
def test_a_diagnosis_cannot_be_changed(name: str) -> None:
    found = fastreg.cv(DATA.X, DATA.y, alphas=10).diagnose()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(found, name, None)


def test_constant_y_is_nothing_learned() -> None:
    X, _ = linear(50, 3, 1.0)
    found = fastreg.cv(X, np.full(50, 2.0)).diagnose()
    assert found.verdict == "nothing learned"
    assert found.edge is None


def test_shares_have_digits_that_say_something() -> None:
    assert [percent(x) for x in (0.5, 0.034, -0.034, 0.0, -1e-9)] == [
        "50 %", "3.4 %", "-3.4 %", "0.0 %", "0.0 %",
    ]  # fmt: skip
