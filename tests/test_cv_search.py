"""Grids that end early or go on, rules, results and interruptions of `fastreg.cv`."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import fastreg
import problems
from cv_problems import FAMILIES, data_of, quiet_cv, quiet_path
from fastreg import _core, reference
from fastreg._cv_fits import FoldTask, fit_folds
from fastreg._folds import Folds
from fastreg._path import check_problem

pytestmark = pytest.mark.core


def noisy(n: int = 60, p: int = 100) -> tuple[Any, Any]:
    """Scores turn: most of y is noise."""
    return problems.ar1(n, p, 0.3, k=3, snr=1.0)


# --- the grid --------------------------------------------------------------------


@pytest.mark.parametrize("l1_ratio", [1.0, [0.5, 1.0]], ids=["one", "two"])
def test_a_stopped_grid_is_the_beginning_of_the_whole(l1_ratio: Any) -> None:
    X, y = noisy()
    short = fastreg.cv(X, y, l1_ratio=l1_ratio, cv=5, tol=1e-9)
    whole = fastreg.cv(X, y, l1_ratio=l1_ratio, cv=5, tol=1e-9, early_stop=False)
    k = short.alphas.shape[-1]
    assert short.stopped
    assert not any([short.extended, whole.stopped, whole.extended])
    assert k < whole.alphas.shape[-1] == 100
    assert_array_equal(short.alphas, whole.alphas[..., :k])
    assert_allclose(short.fold_scores, whole.fold_scores[..., :k], rtol=1e-6)
    assert_allclose(short.train_scores, whole.train_scores[..., :k], rtol=1e-6)
    assert short.alpha == whole.alpha
    assert "(stopped early)" in repr(short)
    for mix in range(len(short.l1_ratios)):
        losses = np.atleast_2d(short.mean_score)[mix]
        error = np.atleast_2d(short.std_error)[mix]
        best = np.argmin(losses)
        assert losses[-1] > losses[best] + error[best]


def test_all_mixes_must_have_turned() -> None:
    X, y = noisy()
    alone = fastreg.cv(X, y, cv=5)
    both = fastreg.cv(X, y, cv=5, l1_ratio=[0.01, 1.0])
    assert both.alphas.shape[1] >= len(alone.alphas)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_continued_grid_is_that_of_its_alphas(family: str) -> None:
    X, y = data_of(family, 60, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = fastreg.cv(X, y, family=family, alphas=20, eps=0.5, cv=4, tol=1e-9)
    k = len(result.alphas)
    assert result.extended
    assert k in (30, 40)
    steps = result.alphas[1:] / result.alphas[:-1]
    assert_allclose(steps, steps[0])
    assert "(extended)" in repr(result)
    given_alphas = quiet_cv(X, y, family=family, alphas=result.alphas, tol=1e-9)
    assert_allclose(result.fold_scores, given_alphas.fold_scores, rtol=1e-6)
    assert_allclose(result.path.coefs, given_alphas.path.coefs, atol=1e-4)
    assert len(result.path.alphas) == k == len(result.path.dual_gaps)
    assert result.path.dual_gaps.max() <= 1e-9


def test_a_grid_is_continued_as_long_as_the_best_is_at_its_end() -> None:
    X, y = data_of("gaussian", 60, 4)
    with pytest.warns(fastreg.GridWarning, match="smallest alpha") as caught:
        result = fastreg.cv(X, y, alphas=10, eps=0.9, cv=4)
    assert len(result.alphas) == 20
    assert f"{result.alphas[-1]:.3g}" in str(caught[0].message)
    assert caught[0].filename == __file__


def test_given_alphas_are_neither_ended_nor_continued() -> None:
    X, y = noisy()
    many = fastreg.path(X, y, early_stop=False).alphas
    result = fastreg.cv(X, y, alphas=many, cv=5)
    assert_array_equal(result.alphas, many)
    assert not any([result.stopped, result.extended])
    X, y = data_of("gaussian")
    with pytest.warns(fastreg.GridWarning):
        few = fastreg.cv(X, y, alphas=[1.0, 0.9, 0.8], cv=5)
    assert few.alphas.tolist() == [1.0, 0.9, 0.8]
    assert not any([few.stopped, few.extended])


def test_the_warning_of_the_edge_names_the_alpha_of_the_best_mix() -> None:
    X, y = data_of("gaussian")
    with pytest.warns(fastreg.GridWarning) as caught:
        result = fastreg.cv(
            X, y, l1_ratio=[0.2, 1.0], alphas=8, eps=0.3, early_stop=False
        )
    assert result.alphas[0, -1] != result.alphas[1, -1]
    assert f"smallest alpha, {result.alpha:.3g}:" in str(caught[0].message)


def test_an_exact_fit_is_explained_and_not_continued() -> None:
    X, _ = data_of("gaussian", 60, 4)
    exact = X @ [1.0, -2.0, 0.0, 0.5]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.GridWarning)
        assert not fastreg.cv(X, exact, eps=1e-3, alphas=30).extended


@pytest.mark.parametrize("seed", [26, 37])
def test_scores_that_differ_by_rounding_have_no_edge(seed: int) -> None:
    """Without a penalty alpha makes no difference: which is the best is an accident."""
    X, y = data_of("gaussian", 50, 4, seed)
    result = fastreg.cv(X, y, penalty_factor=0.0, alphas=6)
    assert_allclose(result.mean_score, result.mean_score[0], rtol=1e-10)
    assert not result.extended


def test_errors_may_overflow() -> None:
    X, y = data_of("gaussian")
    result = quiet_cv(X, 1e152 * y, alphas=[1e151, 1e150], tol=1e-6)
    assert np.isfinite(result.mean_score).all()
    assert result.best.score == result.mean_score.min()


# --- rules -----------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scoring", [None, "deviance"])
def test_rules_are_those_of_the_reference(family: str, scoring: str | None) -> None:
    X, y = data_of(family, 60, 12)
    result = quiet_cv(X, y, family=family, scoring=scoring, alphas=40, tol=1e-8)
    mean, error = result.mean_score, result.std_error
    indices = {
        "min": int(np.argmin(mean)),
        "1se": reference.one_standard_error(mean, error),
        "2pct": reference.within_share(mean, 0.02),
    }
    for rule, index in indices.items():
        chosen = result.select(rule)
        assert (chosen.rule, chosen.index) == (rule, index)
        assert chosen.alpha == result.alphas[index]
        assert (chosen.score, chosen.std_error) == (mean[index], error[index])
        assert_array_equal(chosen.coef, result.path.coef_at(chosen.alpha))
        again = quiet_cv(X, y, family=family, alphas=40, tol=1e-8, rule=rule)
        assert again.alpha == chosen.alpha
        assert_array_equal(again.coef, chosen.coef)
        assert_array_equal(again.intercept, chosen.intercept)
        assert_array_equal(again.predict(X), chosen.predict(X))


def test_rules_where_more_is_better() -> None:
    X, y = data_of("gaussian", 60, 12)
    result = quiet_cv(X, y, scoring="r2", alphas=40, tol=1e-8)
    loss, error = -result.mean_score, result.std_error
    assert result.best.index == int(np.argmin(loss))
    one = reference.one_standard_error(loss, error)
    assert result.select("1se").index == one
    assert result.select("2pct").index == reference.within_share(loss, 0.02)


def test_one_standard_error_keeps_the_mix_of_the_best() -> None:
    X, y = data_of("gaussian", 60, 12)
    result = quiet_cv(X, y, l1_ratio=[0.1, 0.5, 1.0], alphas=30, tol=1e-8)
    best, sparser = result.best, result.select("1se")
    assert best.score == result.mean_score.min()
    assert sparser.l1_ratio == best.l1_ratio == result.l1_ratio
    assert sparser.alpha >= best.alpha
    mix = result.l1_ratios.tolist().index(best.l1_ratio)
    assert sparser.index == reference.one_standard_error(
        result.mean_score[mix], result.std_error[mix]
    )
    assert sparser.path is result.paths[mix]


def test_margin_is_the_distance_to_the_next_best() -> None:
    X, y = data_of("gaussian", 60, 12)
    result = quiet_cv(X, y, alphas=30, tol=1e-8)
    mean, k = result.mean_score, result.best.index
    assert result.best.margin == min(mean[k - 1], mean[k + 1]) - mean[k] >= 0.0
    assert np.isnan(quiet_cv(X, y, alphas=[0.1]).best.margin)
    several = quiet_cv(X, y, alphas=30, tol=1e-8, l1_ratio=[0.3, 1.0])
    mean, best = several.mean_score, several.best
    mix = several.l1_ratios.tolist().index(best.l1_ratio)
    others = [mean[1 - mix].min(), mean[mix, best.index - 1], mean[mix, best.index + 1]]
    assert best.margin == min(others) - best.score
    given_away = several.select(lambda _: (1 - mix, 0))
    assert given_away.margin < 0.0


def test_the_null_model_is_called_so() -> None:
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((60, 10)), rng.standard_normal(60)
    result = quiet_cv(X, y, alphas=30, tol=1e-8)
    null = result.select("1se")
    assert null.is_null
    assert "no feature is used" in repr(null)
    assert "the null model" in repr(result)
    X, y = data_of("gaussian")
    factor = np.ones(8)
    factor[0] = 0.0
    result = quiet_cv(X, y, alphas=[100.0, 0.1], penalty_factor=factor)
    assert result.select(lambda _: 0).is_null  # of features with a penalty
    assert result.select(lambda _: 0).coef[0] != 0.0
    assert not result.best.is_null


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("rule", ["aic", "aicc", "bic", "ebic"])
def test_criteria_are_those_of_the_paths(family: str, rule: str) -> None:
    X, y = data_of(family, 60, 12)
    weight = problems.weights(60)
    weight[::9] = 0.0
    result = quiet_cv(
        X, y, family=family, l1_ratio=[0.5, 1.0], sample_weight=weight, tol=1e-10
    )
    values = np.array([path.criterion(rule) for path in result.paths])
    chosen = result.select(rule)
    mix, index = np.unravel_index(np.argmin(values), values.shape)
    assert (chosen.l1_ratio, chosen.index) == (result.l1_ratios[mix], index)
    train, _ = result.folds[1]
    alone = quiet_path(
        X[train],
        y[train],
        family=family,
        sample_weight=weight[train],
        alphas=result.alphas[0],
        l1_ratio=0.5,
        tol=1e-10,
    )
    ours = result.fold_paths[0][1]
    assert_allclose(ours.criterion(rule), alone.criterion(rule), rtol=1e-5)


def test_rules_of_the_user() -> None:
    X, y = data_of("gaussian")
    mixes = [0.5, 1.0]

    def third(result: fastreg.CVResult) -> tuple[int, int]:
        assert result.mean_score.shape == (2, 6)
        return 1, 2

    result = quiet_cv(X, y, l1_ratio=mixes, rule=third)
    assert result.alpha == result.alphas[1, 2]
    assert result.l1_ratio == 1.0
    assert result.best.rule == "third"
    assert "third" in repr(result)
    assert result.select("min").rule == "min"
    single = quiet_cv(X, y, rule=lambda found: np.int64(found.select("1se").index))
    assert single.alpha == single.select("1se").alpha
    for found, where in [(result, (0, 6)), (result, (2, 0)), (single, 6), (single, -1)]:
        with pytest.raises(ValueError, match="not on the grid"):
            found.select(lambda _, where=where: where)
    for where in (0, 1.5, True, (0.0, 1.0), None, "min"):
        with pytest.raises(ValueError, match="must give the position"):
            result.select(lambda _, where=where: where)


def test_what_a_rule_raises_is_passed_on() -> None:
    def broken(result: fastreg.CVResult) -> int:
        raise ZeroDivisionError(f"{len(result.alphas)} alphas")

    X, y = data_of("gaussian")
    result = quiet_cv(X, y, rule=broken)
    with pytest.raises(ZeroDivisionError, match="6 alphas"):
        _ = result.alpha
    assert result.select("min").alpha > 0.0


def test_a_constant_y_has_the_null_model_without_a_warning() -> None:
    X, _ = data_of("gaussian")
    result = fastreg.cv(X, np.full(60, 7.0))
    assert result.best.is_null
    assert_allclose(result.mean_score, 0.0, atol=1e-25)
    assert_allclose(result.predict(X), 7.0)


@pytest.mark.parametrize("l1_ratio", [0.0, 1.0])
@pytest.mark.parametrize("n", [40, 400])
def test_y_may_be_constant_where_a_fold_trains(n: int, l1_ratio: float) -> None:
    X, _ = data_of("gaussian", n, 4)
    y = np.zeros(n)
    y[3] = 1.0
    result = quiet_cv(X, y, l1_ratio=l1_ratio)
    fold = next(k for k, (_, test) in enumerate(result.folds) if 3 in test)
    assert not result.fold_paths[0][fold].coefs.any()
    assert_allclose(result.fold_scores[fold], 1.0 / len(result.folds[fold][1]))
    assert_array_equal(result.train_scores[fold], 0.0)


# --- the result ------------------------------------------------------------------


def test_results_are_read_only_and_can_be_pickled() -> None:
    X, y = data_of("gaussian")
    result = quiet_cv(X, y)
    restored = pickle.loads(pickle.dumps(result))  # noqa: S301
    assert repr(restored) == repr(result)
    assert_array_equal(restored.coef, result.coef)
    assert (result.n_samples, result.n_features) == X.shape
    assert result.family == "gaussian"
    arrays = [result.alphas, result.fold_scores, result.mean_score, result.std_error]
    for array in [*arrays, result.train_scores, *result.folds[0]]:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_labels_and_names_are_kept() -> None:
    import pandas as pd

    X, y = data_of("binomial")
    table = pd.DataFrame(X, columns=[f"f{j}" for j in range(8)])
    result = quiet_cv(table, y, family="binomial")
    assert result.classes.tolist() == ["bad", "good"]
    assert set(result.predict(table)) <= {"bad", "good"}
    assert result.predict_proba(table).shape == (60, 2)
    assert result.path.feature_names == tuple(table.columns)


# --- progress, Ctrl-C, errors ----------------------------------------------------


def test_progress_counts_the_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    X, y = data_of("gaussian")
    quiet_cv(X, y, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cv: 30 fits, ")  # of 4 folds and of all rows
    quiet_cv(X, y)
    assert capsys.readouterr().err == ""


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def n_running() -> int:
    """Threads of this process, those of the kernels counted."""
    return len(list(Path("/proc/self/task").iterdir()))


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.skipif(sys.platform != "linux", reason="counts threads by /proc")
@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((60, 300), {"l1_ratio": 0.3}),
        ((60, 300), {"family": "binomial"}),
        ((400, 5), {}),
        ((400, 5), {"l1_ratio": 0.0}),
    ],
    ids=str,
)
def test_ctrl_c(
    n_threads: int,
    shape: tuple[int, int],
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The grid is far too long to end before the signal."""
    X, y = data_of(options.get("family", "gaussian"), *shape)
    started, kernel, sent = threading.Event(), _core.fold_paths, [0.0]

    def begin(*args: Any, **found: Any) -> Any:
        started.set()
        return kernel(*args, **found)

    def send() -> None:
        started.wait(30.0)
        threading.Event().wait(0.05)
        sent[0] = perf_counter()
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(_core, "fold_paths", begin)
    before = n_running()
    thread = threading.Thread(target=send)
    thread.start()
    alphas = np.geomspace(1.0, 0.05, 100_000)
    with pytest.raises(KeyboardInterrupt):
        fastreg.cv(X, y, alphas=alphas, n_threads=n_threads, **options)
    took = perf_counter() - sent[0]
    thread.join()
    assert took < 2.0
    assert n_running() == before
    assert quiet_cv(X, y, n_threads=n_threads, **options).alpha > 0.0


@pytest.mark.parametrize("n_threads", [1, 2])
def test_what_the_callback_of_a_fit_raises_is_passed_on(n_threads: int) -> None:
    X, y = data_of("gaussian")
    problem = check_problem(
        X,
        y,
        family="gaussian",
        grouped=False,
        l1_ratio=1.0,
        fit_intercept=True,
        standardize=True,
        sample_weight=None,
        offset=None,
        penalty_factor=None,
        lower_bounds=None,
        upper_bounds=None,
        positive=False,
        tol=1e-6,
        max_iter=1000,
    )
    rows = np.arange(60)
    folds = Folds([rows[20:], rows[:40]], [rows[:20], rows[40:]])
    tasks = [FoldTask(k % 2, 1.0, np.array([0.1])) for k in range(6)]
    calls = []

    def broken(number: int, fit: Any) -> None:
        calls.append(number)
        raise LookupError(f"fit {number} with {len(fit.score)} rows")

    with pytest.raises(LookupError, match="with 20 rows"):
        fit_folds(
            problem.data, problem.settings, folds, tasks, broken, n_threads=n_threads
        )
    assert len(calls) <= n_threads


def test_nothing_imports_scikit_learn() -> None:
    code = (
        "import sys, numpy, fastreg\n"
        "X = numpy.random.default_rng(0).normal(size=(40, 3))\n"
        "fastreg.cv(X, X[:, 0] > X[:, 1], family='binomial', scoring='auc', cv=3)"
        ".select('1se'); fastreg.cv(X, X[:, 0] + X[:, 1] ** 2, cv=3, alphas=9).best"
        "; print('sklearn' in sys.modules, 'scipy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "False"]


# --- properties ------------------------------------------------------------------


@given(
    st.tuples(st.integers(12, 40), st.integers(1, 30), st.integers(2, 6)),
    st.fixed_dictionaries(
        {"fit_intercept": st.booleans(), "standardize": st.booleans()}
    ),
    st.sampled_from([0.0, 0.4, 1.0]),
    st.integers(0, 1000),
)
def test_any_shape(
    shape: tuple[int, int, int], options: dict[str, bool], l1_ratio: float, seed: int
) -> None:
    """Fits meet the gap that they claim, of their own rows; scores follow from them."""
    n, p, n_folds = shape
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, p)) + 1.0, rng.standard_normal(n) + 2.0
    result = quiet_cv(
        X,
        y,
        alphas=[1.0, 0.1, 0.03],
        cv=n_folds,
        tol=1e-9,
        l1_ratio=l1_ratio,
        random_state=seed,
        **options,
    )
    tested = np.concatenate([test for _, test in result.folds])
    assert sorted(tested) == list(range(n))
    for fold, (train, test) in enumerate(result.folds):
        path = result.fold_paths[0][fold]
        gaps = problems.recomputed_gaps(
            path, X[train], y[train], l1_ratio=l1_ratio, **options
        )
        assert np.all(gaps <= 1e-9 + 1e-12)
        errors = X[test] @ path.coefs + path.intercepts - y[test][:, None]
        assert_allclose(result.fold_scores[fold], (errors**2).mean(axis=0), rtol=1e-8)
