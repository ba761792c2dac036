"""`fastreg.cv(relax=True)` is a relaxed path for every fold, of copies of its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

import fastreg
import problems
from cv_problems import ALPHAS, data_of, plain_options, quiet, quiet_cv
from fastreg import reference
from fastreg.design import ChunkedDesign

pytestmark = pytest.mark.core

GAMMAS = (0.0, 0.3, 1.0)


def relaxed_cv(X: Any, y: Any, **options: Any) -> fastreg.RelaxedCVResult:
    """With alphas and a tol of its own where none are given."""
    result: Any = quiet_cv(X, y, relax=True, **options)
    return result


def strong_and_sparse(n: int = 80, p: int = 200) -> tuple[Any, Any]:
    """Few large effects among many features of noise."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((n, p))
    return X, X[:, :4] @ [3.0, -3.0, 2.0, 2.0] + rng.standard_normal(n)


# --- the definition ---------------------------------------------------------------


def score_of(family: str, y: Any, eta: Any, weight: Any, classes: Any) -> Any:
    """Mean deviance of linear predictors, (rows, k) or (rows, K, k)."""
    if family == "gaussian":
        losses = (y[:, None] - eta) ** 2
    elif family == "poisson":
        log_y = np.log(np.where(y > 0.0, y, 1.0))[:, None]
        losses = 2.0 * (y[:, None] * (log_y - eta) - y[:, None] + np.exp(eta))
    elif family == "binomial":
        sign = np.where(y == classes[1], 1.0, -1.0)[:, None]
        losses = 2.0 * np.log1p(np.exp(-sign * eta))
    else:
        codes = np.searchsorted(classes, y)
        total = np.log(np.exp(eta).sum(axis=1))
        losses = 2.0 * (total - eta[np.arange(len(y)), codes])
    return np.average(losses, axis=0, weights=weight)


def loop_scores(
    result: fastreg.RelaxedCVResult, X: Any, y: Any, family: str, options: Any
) -> Any:
    """(g, F, k), by relaxed paths of copied rows."""
    scores = np.full(result.fold_scores.shape, np.nan)
    for fold, (train, test) in enumerate(result.cv.folds):
        parts = dict(options)
        for name in {"sample_weight", "offset"} & set(options):
            parts[name] = options[name][train]
        with quiet():
            relaxed = fastreg.relaxed_path(
                X[train], y[train], family=family, alphas=ALPHAS, tol=1e-14, **parts
            )
        offset = options["offset"][test] if "offset" in options else None
        weight = options.get("sample_weight", np.ones(len(y)))[test]
        for row, gamma in enumerate(result.gammas):
            eta = relaxed.decision_function(X[test], gamma=gamma, offset=offset)
            found = score_of(family, y[test], eta, weight, relaxed.path.classes)
            scores[row, fold, : len(found)] = found
    return scores


CASES = [
    ("gaussian", "plain"),
    ("gaussian", "weights"),
    ("gaussian", "offset"),
    ("gaussian", "factors"),
    ("gaussian", "all"),
    ("binomial", "plain"),
    ("binomial", "weights"),
    ("binomial", "offset"),
    ("binomial", "no_intercept"),
    ("multinomial", "weights"),
    ("multinomial", "offset"),
    ("poisson", "offset"),
    ("poisson", "bounds"),
]


@pytest.mark.parametrize(("family", "kind"), CASES)
def test_scores_are_those_of_relaxed_paths_of_copies(family: str, kind: str) -> None:
    X, y = data_of(family, n=90)
    options = plain_options(*X.shape, family)[kind]
    result = relaxed_cv(X, y, family=family, gammas=GAMMAS, **options)
    expected = loop_scores(result, X, y, family, options)
    assert_array_equal(np.isnan(result.fold_scores[:-1]), np.isnan(expected[:-1]))
    assert np.isfinite(result.fold_scores[0]).any()
    known = np.isfinite(expected)
    assert_allclose(result.fold_scores[known], expected[known], rtol=1e-6)
    for row in range(len(GAMMAS)):
        mean, error = reference.mean_score(
            result.fold_scores[row], result.cv.fold_weights
        )
        kept = np.isfinite(result.mean_score[row])
        assert_allclose(result.mean_score[row, kept], mean[kept], rtol=1e-12)
        assert_allclose(result.std_error[row, kept], error[kept], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("family", ["gaussian", "binomial", "multinomial", "poisson"])
def test_gamma_one_is_plain_cross_validation(family: str) -> None:
    X, y = data_of(family)
    options = {"sample_weight": problems.weights(len(y)), "family": family}
    plain = quiet_cv(X, y, **options)
    result = relaxed_cv(X, y, **options)
    assert_array_equal(result.fold_scores[-1], plain.fold_scores)
    assert_array_equal(result.mean_score[-1], plain.mean_score)
    assert_array_equal(result.std_error[-1], plain.std_error)
    assert_array_equal(result.cv.mean_score, plain.mean_score)
    assert_array_equal(result.relaxed.path.coefs, plain.paths[0].coefs)
    alone = relaxed_cv(X, y, gammas=[1.0], **options)
    for rule in ("min", "1se", "2pct"):
        one, other = alone.select(rule), plain.select(rule)
        assert (one.alpha, one.score) == (other.alpha, other.score)
        assert_array_equal(one.coef, other.coef)
        assert_array_equal(one.predict(X), other.predict(X))


def test_the_refits_of_all_rows_are_a_relaxed_path() -> None:
    X, y = data_of("binomial")
    result = relaxed_cv(X, y, family="binomial")
    with quiet():
        relaxed = fastreg.relaxed_path(
            X, y, family="binomial", alphas=ALPHAS, tol=1e-14
        )
    assert_allclose(result.relaxed.coefs(0.5), relaxed.coefs(0.5), atol=1e-6)
    assert result.relaxed.stopped == relaxed.stopped
    chosen = result.select(lambda _: (1, 2))
    assert chosen.gamma == 0.25
    expected = relaxed.predict_proba(X, ALPHAS[2], 0.25)
    assert_allclose(chosen.predict_proba(X), expected, atol=1e-6)
    assert_allclose(
        chosen.decision_function(X),
        X @ chosen.coef + chosen.intercept,
        atol=1e-10,
    )
    assert set(result.predict(X)) <= {"good", "bad"}
    assert result.predict_proba(X).shape == (len(y), 2)


# --- scores -----------------------------------------------------------------------


def test_scores_that_rank_or_count_are_of_mixed_predictors() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    X, y = data_of("binomial", n=90)
    for scoring, function in [
        ("auc", metrics.roc_auc_score),
        ("accuracy", lambda truth, eta: np.mean(truth == (eta > 0.0))),
    ]:
        result = relaxed_cv(X, y, family="binomial", scoring=scoring, gammas=[0, 0.5])
        for fold, (train, test) in enumerate(result.cv.folds):
            with quiet():
                relaxed = fastreg.relaxed_path(
                    X[train], y[train], family="binomial", alphas=ALPHAS, tol=1e-14
                )
            eta = relaxed.decision_function(X[test], gamma=0.5)
            expected = [function(y[test] == "good", column) for column in eta.T]
            assert_allclose(result.fold_scores[1, fold, : eta.shape[1]], expected)
        assert result.greater_is_better
        assert result.best.score == np.nanmax(result.mean_score)


def test_scorers_see_the_mixed_model() -> None:
    X, y = data_of("gaussian")
    seen = []

    def scorer(estimator: Any, X: Any, y: Any) -> float:
        seen.append(np.count_nonzero(estimator.predict(X)))
        return -float(np.mean((estimator.predict(X) - y) ** 2))

    result = relaxed_cv(X, y, scoring=scorer, gammas=GAMMAS)
    named = relaxed_cv(X, y, scoring="neg_mean_squared_error", gammas=GAMMAS)
    plain = relaxed_cv(X, y, gammas=GAMMAS)
    assert seen
    assert_allclose(result.fold_scores, -plain.fold_scores, rtol=1e-9)
    assert_allclose(named.fold_scores, -plain.fold_scores, rtol=1e-9)
    assert result.gamma == plain.gamma


def test_scorers_are_given_the_offset() -> None:
    X, y = data_of("gaussian")
    offset = np.cos(np.arange(len(y)))
    options: dict[str, Any] = {"offset": offset, "gammas": [0.0, 0.5]}
    named = relaxed_cv(X, y, scoring="neg_mean_squared_error", **options)
    plain = relaxed_cv(X, y, **options)
    assert_allclose(named.fold_scores, -plain.fold_scores, rtol=1e-9)


# --- the choice -------------------------------------------------------------------


def test_relaxation_wins_where_effects_are_strong_and_few() -> None:
    X, y = strong_and_sparse()
    result: Any = fastreg.cv(X, y, relax=True)
    best, plain = result.best, result.cv.best
    assert best.gamma < 1.0
    assert best.score < 0.85 * plain.score
    assert_array_equal(np.flatnonzero(best.coef), np.arange(4))
    assert np.count_nonzero(plain.coef) > 10
    new = np.random.default_rng(9).standard_normal((500, X.shape[1]))
    truth = new[:, :4] @ [3.0, -3.0, 2.0, 2.0]

    def error(model: Any) -> float:
        return float(np.mean((model.predict(new) - truth) ** 2))

    assert error(best) < 0.5 * error(plain)


def test_shrinking_stays_where_effects_are_many_and_small() -> None:
    rng = np.random.default_rng(5)
    X = rng.standard_normal((80, 60))
    y = 0.3 * X @ rng.standard_normal(60) + 2.0 * rng.standard_normal(80)
    result: Any = fastreg.cv(X, y, relax=True)
    refitted, *_, penalised = result.mean_score.min(axis=1)
    assert penalised < 0.95 * refitted
    assert result.gamma >= 0.75


@pytest.mark.parametrize("scoring", ["mse", "r2"])
def test_rules_are_what_they_say(scoring: str) -> None:
    X, y = problems.ar1(80, 20, 0.3)
    result: Any = fastreg.cv(X, y, relax=True, cv=5, scoring=scoring, alphas=30)
    losses = result.mean_score * (-1.0 if scoring == "r2" else 1.0)
    best = np.unravel_index(np.nanargmin(losses), losses.shape)
    least = losses[best]
    assert result.select("min").score == pytest.approx(result.mean_score[best])
    for rule, slack in [
        ("1se", result.std_error[best]),
        ("2pct", 0.02 * abs(least)),
    ]:
        row, index = next(
            (row, index)
            for index in range(len(result.alphas))
            for row in reversed(range(len(result.gammas)))
            if losses[row, index] <= least + slack
        )
        chosen = result.select(rule)
        assert (chosen.gamma_index, chosen.index) == (row, index)
        assert chosen.alpha == result.alphas[index]
        assert chosen.gamma == result.gammas[row]
    assert result.select("1se").alpha > result.select("min").alpha
    chosen = result.select("1se")
    assert_array_equal(chosen.coef, result.relaxed.coef_at(chosen.alpha, chosen.gamma))


def test_of_models_as_good_the_most_shrunk_is_chosen() -> None:
    X, y = data_of("gaussian")
    result = relaxed_cv(X, y, alphas=[1e6, 1e5])  # the null model everywhere
    assert np.ptp(result.mean_score) < 1e-9
    for rule in ("min", "1se", "2pct"):
        chosen = result.select(rule)
        assert (chosen.alpha, chosen.gamma, chosen.is_null) == (1e6, 1.0, True)


def test_a_rule_may_be_a_function() -> None:
    X, y = data_of("gaussian")
    result = relaxed_cv(X, y, rule=lambda found: (0, len(found.alphas) - 1))
    assert (result.gamma, result.alpha) == (0.0, ALPHAS[-1])
    assert_array_equal(result.coef, result.relaxed.coef_at(ALPHAS[-1]))
    assert_allclose(result.predict(X), X @ result.coef + result.intercept, atol=1e-10)
    for where in [(5, 0), (0, 6), (0, -1)]:
        with pytest.raises(ValueError, match="not on the grid"):
            result.select(lambda _, where=where: where)
    with pytest.raises(ValueError, match="position of gamma, position of alpha"):
        result.select(lambda _: 3)


# --- refits that end --------------------------------------------------------------


def test_alphas_whose_supports_are_too_large_have_no_mixtures() -> None:
    X, y = problems.ar1(24, 60, 0.3)
    alphas = np.geomspace(0.5, 1e-4, 12)
    result = relaxed_cv(X, y, alphas=alphas, cv=3, tol=1e-8)
    r = len(result.relaxed.alphas)
    assert r < len(alphas)
    assert result.relaxed.stopped == "max_nonzero"
    for fold, path in enumerate(result.cv.fold_paths[0]):
        limit = path.n_rows - 3
        too_large = np.maximum.accumulate(path.n_nonzero > limit)
        assert too_large.any()
        for scores in result.fold_scores[:-1, fold]:
            assert_array_equal(np.isnan(scores), too_large)
    missing = np.isnan(result.fold_scores[0]).any(axis=0) | (np.arange(12) >= r)
    assert_array_equal(np.isnan(result.mean_score[:-1]), [missing] * 4)
    assert_array_equal(np.isnan(result.std_error[:-1]), [missing] * 4)
    assert np.isfinite(result.mean_score[-1]).all()
    assert "larger than max_nonzero" in repr(result)
    last = result.select(lambda _: (4, 11))
    assert_allclose(last.predict(X), X @ last.coef + last.intercept, atol=1e-8)
    with pytest.raises(ValueError, match="was not refitted"):
        result.select(lambda _: (0, 11))


def test_separated_folds_have_no_mixtures() -> None:
    X, y = data_of("binomial")
    X = np.column_stack([X, 3.0 * (y == "good") + 0.1 * X[:, 0]])
    alphas = np.geomspace(1.0, 0.02, 8)
    with quiet():
        result: Any = fastreg.cv(
            X, y, family="binomial", alphas=alphas, cv=3, relax=True
        )
    assert result.relaxed.stopped == "separated"
    assert np.isnan(result.fold_scores[:-1, :, -1]).all()
    assert result.gamma == 1.0
    assert_array_equal(result.predict(X), result.cv.predict(X))
    assert_array_equal(result.predict_proba(X), result.cv.predict_proba(X))
    with pytest.raises(ValueError, match="nothing can be refitted"):
        fastreg.cv(X, y, family="binomial", alphas=[0.02], cv=3, relax=True)


def test_folds_of_no_weight_do_not_count() -> None:
    X, y = problems.ar1(40, 6, 0.3)
    weight = np.ones(40)
    weight[:10] = 0.0
    folds = [(np.setdiff1d(np.arange(40), t), t) for t in np.split(np.arange(40), 4)]
    result = relaxed_cv(X, y, cv=folds, sample_weight=weight)
    for row in range(5):
        mean, error = reference.mean_score(
            result.fold_scores[row, 1:], np.full(3, 10.0)
        )
        assert_allclose(result.mean_score[row], mean, rtol=1e-12)
        assert_allclose(result.std_error[row], error, rtol=1e-9)


# --- storages, threads, chunks -----------------------------------------------------


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_storages_agree(family: str) -> None:
    X, y = data_of(family)
    X = (np.round(X, 1) * (np.abs(X) > 0.5)).astype(np.float32).astype(np.float64)
    dense = relaxed_cv(X, y, family=family)
    for stored in (
        np.asfortranarray(X, dtype=np.float32),
        sparse.csc_array(X),
        ChunkedDesign(X),
    ):
        other = relaxed_cv(stored, y, family=family)
        assert_allclose(other.fold_scores, dense.fold_scores, rtol=1e-6)
        assert other.alpha == dense.alpha
        assert other.gamma == dense.gamma


@pytest.mark.parametrize("family", ["gaussian", "multinomial"])
def test_chunks_and_threads_change_nothing(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = data_of(family)
    options: dict[str, Any] = {"family": family, "tol": 1e-8}
    one = relaxed_cv(X, y, n_threads=1, **options)
    two = relaxed_cv(X, y, n_threads=2, **options)
    assert_array_equal(one.fold_scores, two.fold_scores)
    monkeypatch.setattr(fastreg._cv_relax, "MOST_ENTRIES", 4 * X.shape[0])
    few = relaxed_cv(X, y, **options)
    assert_allclose(few.fold_scores, one.fold_scores, rtol=1e-12)


# --- what is said ------------------------------------------------------------------


def test_arguments_are_checked() -> None:
    X, y = data_of("gaussian")
    for mix in (0.0, [0.5, 1.0], [1.0]):
        with pytest.raises(ValueError, match="relax=True needs one l1_ratio above 0"):
            fastreg.cv(X, y, relax=True, l1_ratio=mix)
    with pytest.raises(ValueError, match=r"gammas are for relax=True, got \[0.5\]"):
        fastreg.cv(X, y, gammas=[0.5])
    with pytest.raises(ValueError, match="at least one number"):
        fastreg.cv(X, y, relax=True, gammas=[])
    with pytest.raises(ValueError, match=r"gammas .*1\.5"):
        fastreg.cv(X, y, relax=True, gammas=[0.5, 1.5])
    with pytest.raises(ValueError, match="different numbers"):
        fastreg.cv(X, y, relax=True, gammas=[0.5, 0.5])
    with pytest.raises(TypeError, match="must be a sequence of numbers"):
        fastreg.cv(X, y, relax=True, gammas=0.5)
    with pytest.raises(ValueError, match=r"rule for relax=True .* got 'bic'"):
        fastreg.cv(X, y, relax=True, rule="bic")
    with pytest.raises(TypeError, match="relax"):
        fastreg.cv(X, y, relax="yes")  # type: ignore[call-overload]


def test_where_no_fold_was_refitted_gamma_one_is_left() -> None:
    X, y = problems.ar1(12, 40, 0.3)
    options: dict[str, Any] = {"alphas": [0.6], "cv": 2, "tol": 1e-8}
    result = relaxed_cv(X, y, **options)
    assert len(result.relaxed.alphas) == 1
    assert result.gamma == 1.0
    for rule in ("1se", "2pct"):
        assert result.select(rule).gamma == 1.0
    with pytest.raises(ValueError, match="no alpha was refitted in every fold"):
        relaxed_cv(X, y, gammas=[0.0, 0.5], **options)


def test_a_warning_about_the_grid_is_about_relaxed_fits() -> None:
    X, y = strong_and_sparse()
    alphas = np.geomspace(2.0, 0.4, 8)
    with pytest.warns(fastreg.GridWarning):
        fastreg.cv(X, y, alphas=alphas)
    result: Any = fastreg.cv(X, y, alphas=alphas, relax=True)
    assert result.alpha > alphas[-1]
    with pytest.warns(fastreg.GridWarning, match="smallest alpha, 1.5"):
        fastreg.cv(X, y, alphas=[2.5, 2.0, 1.5], relax=True)


def test_refits_that_miss_tol_are_told() -> None:
    X, y = problems.ar1(60, 20, 0.95)
    with pytest.warns(fastreg.ConvergenceWarning) as caught:
        fastreg.cv(X, y, alphas=[0.3], cv=3, relax=True, positive=True, tol=1e-18)
    told = [str(one.message) for one in caught]
    assert sum("1 of 1 alphas did not reach tol" in text for text in told) == 2
    assert any(
        "refits of 3 of 3 folds did not reach tol=1e-18" in text for text in told
    )
    assert {one.filename for one in caught} == {__file__}


def test_results_are_frozen_and_say_what_they_are() -> None:
    X, y = data_of("gaussian")
    result = relaxed_cv(X, y, gammas=[1, 0, 0.5], rule="2pct")
    assert result.gammas.tolist() == [0.0, 0.5, 1.0]
    for values in (result.fold_scores, result.mean_score, result.gammas):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.0
    text = repr(result)
    assert text.startswith("Relaxed cross-validation: 4 folds, mean squared error")
    assert "gammas    0, 0.5, 1" in text
    assert f"2pct      alpha={result.alpha:.4g}, gamma={result.gamma:g}" in text
    assert f"gamma={result.gamma:g}" in repr(result.best)
    assert result.seconds >= result.cv.seconds
