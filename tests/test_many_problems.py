"""Groups, batches, windows and samples of rows are the single fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import fastreg
from fastreg import _stability
from problems import samples


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def coef_of(X, y, alpha, tol=1e-13, **options):
    path = fastreg.path(X, y, alphas=[alpha], tol=tol, **options)
    return path.coefs[:, 0], path.intercepts[0]


# --- groups ----------------------------------------------------------------------


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.3, 0.0])
def test_groups_are_single_fits(rng, l1_ratio, order, n_threads):
    X = np.asarray(rng.standard_normal((300, 6)) + 5.0, order=order)
    groups = rng.choice(["a", "b", "c", "d"], 300)
    y = X[:, 0] * (1.0 + (groups == "b")) + rng.standard_normal(300)
    weight = rng.random(300)
    fit = fastreg.fit_groups(
        X,
        y,
        groups,
        alpha=[0.05, 0.1, 0.2, 0.3],
        l1_ratio=l1_ratio,
        sample_weight=weight,
        tol=1e-12,
        n_threads=n_threads,
    )
    assert fit.keys.tolist() == ["a", "b", "c", "d"]
    for key, alpha in zip(fit.keys, [0.05, 0.1, 0.2, 0.3], strict=True):
        own = groups == key
        coef, intercept = coef_of(
            X[own], y[own], alpha, l1_ratio=l1_ratio, sample_weight=weight[own]
        )
        np.testing.assert_allclose(fit.coef(key), coef, atol=1e-10)
        place = list(fit.keys).index(key)
        assert fit.intercepts[place] == pytest.approx(intercept, abs=1e-9)
    own = np.array([fit.coef(key) for key in groups])
    place = np.searchsorted(fit.keys, groups)
    np.testing.assert_allclose(
        fit.predict_for(X, groups), (own * X).sum(axis=1) + fit.intercepts[place]
    )


def test_groups_of_classes(rng):
    X = rng.standard_normal((400, 4))
    groups = rng.integers(0, 3, 400)
    y = np.where(X[:, 1] + rng.standard_normal(400) > 0, "yes", "no")
    y[groups == 2] = "yes"
    fit = fastreg.fit_groups(X, y, groups, family="binomial", alpha=0.02, tol=1e-10)
    assert fit.status == ("converged", "converged", "failed")
    assert list(fit.messages) == [2]
    for key in (0, 1):
        own = groups == key
        coef, _ = coef_of(X[own], y[own], 0.02, family="binomial")
        np.testing.assert_allclose(fit.coef(key), coef, atol=1e-6)


def test_groups_from_a_column_of_a_frame(rng):
    frame = pd.DataFrame(rng.standard_normal((90, 3)), columns=["x", "z", "store"])
    frame["store"] = rng.integers(0, 3, 90)
    y = frame["x"].to_numpy()
    fit = fastreg.fit_groups(frame, y, "store", alpha=0.1)
    assert fit.feature_names == ("x", "z")
    same = fastreg.fit_groups(frame[["x", "z"]], y, frame["store"], alpha=0.1)
    np.testing.assert_array_equal(fit.coefs.toarray(), same.coefs.toarray())
    with pytest.raises(ValueError, match="groups='shop' names no column of X"):
        fastreg.fit_groups(frame, y, "shop", alpha=0.1)


def test_missing_values_fail_their_group_only(rng):
    X, groups = rng.standard_normal((60, 2)), np.repeat([10, 20, 30], 20)
    y = X[:, 0].copy()
    whole = fastreg.fit_groups(X, y, groups, alpha=0.1)
    X[25, 1] = np.nan
    y[59] = np.inf
    fit = fastreg.fit_groups(X, y, groups, alpha=0.1)
    assert fit.status == ("converged", "failed", "failed")
    assert fit.messages == {
        20: "X has NaN in column 1 at row 25",
        30: "y has inf at row 59",
    }
    np.testing.assert_array_equal(fit.coef(10), whole.coef(10))
    assert np.isnan(fit.intercepts[1:]).all()
    assert np.isnan(fit.predict_for(np.zeros((1, 2)), [20])).all()


def test_groups_of_one_row_have_the_null_model(rng):
    X, groups = rng.standard_normal((21, 3)), np.array([0] * 20 + [1])
    fit = fastreg.fit_groups(X, X[:, 0], groups, alpha=0.1)
    assert fit.status == ("converged", "converged")
    assert not fit.coef(1).any()
    assert fit.intercepts[1] == X[20, 0]


# --- batches ---------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_batch_is_single_fits(rng, dtype):
    Xs = rng.standard_normal((7, 30, 5)).astype(dtype)
    ys = Xs[:, :, 0].astype(float) + rng.standard_normal((7, 30))
    array = fastreg.fit_batch(Xs, ys, alpha=0.1, tol=1e-12)
    lists = fastreg.fit_batch(list(Xs), list(ys), alpha=0.1, tol=1e-12)
    for i in range(7):
        coef, intercept = coef_of(Xs[i], ys[i], 0.1)
        for fit in (array, lists):
            np.testing.assert_allclose(fit.coef(i), coef, atol=1e-10)
            assert fit.intercepts[i] == pytest.approx(intercept, abs=1e-10)


def test_batch_of_different_lengths_and_strange_strides(rng):
    Xs = [rng.standard_normal((2 * n, 8))[::2, ::2] for n in (5, 40, 12)]
    ys = [X[:, 1] - 2.0 * X[:, 3] for X in Xs]
    weights = [rng.random(len(y)) for y in ys]
    fit = fastreg.fit_batch(Xs, ys, alphas=6, sample_weights=weights, tol=1e-12)
    for i, (X, y, w) in enumerate(zip(Xs, ys, weights, strict=True)):
        path = fastreg.path(
            X, y, alphas=fit.alphas[i], sample_weight=w, tol=1e-13, early_stop=False
        )
        np.testing.assert_allclose(fit.coef(i), path.coefs, atol=1e-8)


def test_batch_with_more_features_than_rows(rng):
    Xs = rng.standard_normal((3, 20, 90))
    ys = Xs[:, :, :3].sum(axis=2)
    fit = fastreg.fit_batch(Xs, ys, alpha=0.3, relative=True, tol=1e-12)
    for i in range(3):
        coef, _ = coef_of(Xs[i], ys[i], fit.alphas[i])
        np.testing.assert_allclose(fit.coef(i), coef, atol=1e-9)


def test_batch_reports_what_failed(rng):
    Xs = rng.standard_normal((4, 10, 2))
    ys = rng.standard_normal((4, 10))
    whole = fastreg.fit_batch(Xs, ys, alpha=[0.1, 0.2, 0.3, 0.4])
    ys[0, 3] = np.nan
    Xs[2, 1, 1] = -np.inf
    fit = fastreg.fit_batch(Xs, ys, alpha=[0.1, 0.2, 0.3, 0.4])
    assert fit.messages == {0: "y has NaN", 2: "X has -inf"}
    for i in (1, 3):
        np.testing.assert_array_equal(fit.coef(i), whole.coef(i))
        assert fit.alphas[i] == pytest.approx(0.1 * (i + 1))


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ((np.zeros((2, 3, 4)), np.zeros((2, 4))), ValueError, r"expected \(2, 3\)"),
        ((np.zeros((2, 3)), np.zeros(2)), TypeError, r"shape \(m, n, p\)"),
        (([np.eye(3), np.eye(4)], [[1, 2, 3]] * 2), ValueError, "of problem 1"),
        (([np.eye(3), np.ones((3, 2))], [[1, 2, 3]] * 2), ValueError, "same features"),
    ],
)
def test_bad_batches(data, error, message):
    with pytest.raises(error, match=message):
        fastreg.fit_batch(*data, alpha=0.1)


# --- windows ---------------------------------------------------------------------


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize(("step", "expanding"), [(1, False), (7, False), (11, True)])
def test_windows_are_single_fits(rng, step, expanding, n_threads):
    X = rng.standard_normal((420, 4)) + 100.0
    y = X[:, 0] * np.linspace(-1, 1, 420) + rng.standard_normal(420)
    weight = rng.integers(0, 3, 420).astype(float)
    options = {"l1_ratio": 0.5, "sample_weight": weight}
    fit = fastreg.fit_rolling(
        X,
        y,
        50,
        step=step,
        expanding=expanding,
        alpha=0.1,
        tol=1e-12,
        n_threads=n_threads,
        **options,
    )
    ends = np.arange(50, 421, step)
    np.testing.assert_array_equal(fit.keys, ends - 1)
    for i in range(0, len(ends), 5):
        rows = slice(0 if expanding else ends[i] - 50, ends[i])
        coef, intercept = coef_of(
            X[rows], y[rows], 0.1, l1_ratio=0.5, sample_weight=weight[rows]
        )
        np.testing.assert_allclose(fit.coef(ends[i] - 1), coef, atol=1e-8)
        assert fit.intercepts[i] == pytest.approx(intercept, abs=1e-5)


def test_windows_that_leave_large_values_behind_keep_their_digits(rng):
    X = rng.standard_normal((300, 3))
    X[:60] *= 1e7
    y = X @ [1.0, -1.0, 0.0] + 0.1 * rng.standard_normal(300)
    fit = fastreg.fit_rolling(X, y, 40, alpha=0.05, tol=1e-12)
    for end in (100, 101, 140, 300):
        coef, _ = coef_of(X[end - 40 : end], y[end - 40 : end], 0.05, tol=1e-11)
        np.testing.assert_allclose(fit.coef(end - 1), coef, rtol=1e-6, atol=1e-9)
    # With large rows in the window they are all that the tolerance sees.
    for end in (61, 99):
        own, response = X[end - 40 : end], y[end - 40 : end]

        def objective(coef, intercept, own=own, response=response):
            rest = response - own @ coef - intercept
            return 0.5 * np.mean(rest**2) + 0.05 * np.abs(coef).sum()

        found = objective(fit.coef(end - 1), fit.intercepts[end - 40])
        least = objective(*coef_of(own, response, 0.05, tol=1e-11))
        assert found < least + 1e-11 * objective(np.zeros(3), response.mean())


def test_windows_are_the_same_bits_for_any_number_of_threads(rng):
    X, y = rng.standard_normal((900, 3)), rng.standard_normal(900)
    one, four = (fastreg.fit_rolling(X, y, 30, alpha=0.01, n_threads=k) for k in (1, 4))
    np.testing.assert_array_equal(one.coefs.toarray(), four.coefs.toarray())


def test_bad_windows(rng):
    X = rng.standard_normal((10, 2))
    with pytest.raises(ValueError, match="window is 11 rows long but X has 10"):
        fastreg.fit_rolling(X, X[:, 0], 11, alpha=0.1)
    with pytest.raises(ValueError, match="step must be at least 1, got 0"):
        fastreg.fit_rolling(X, X[:, 0], 5, step=0, alpha=0.1)


# --- samples ---------------------------------------------------------------------


@pytest.mark.parametrize("family", ["gaussian", "binomial", "poisson"])
def test_bootstrap_is_fits_with_weights(rng, family):
    X = rng.standard_normal((80, 6))
    y = rng.poisson(np.exp(0.4 * X[:, 0])).astype(float)
    y = (y > 0).astype(float) if family == "binomial" else y
    fit = fastreg.bootstrap(X, y, 70, family=family, alpha=0.05, tol=1e-12)
    drawn = samples(80, 64)
    for i in (0, 1, 63):
        coef, _ = coef_of(X, y, 0.05, family=family, sample_weight=drawn[i])
        np.testing.assert_allclose(fit.coef(i), coef, atol=1e-7)
        copies = np.repeat(np.arange(80), drawn[i].astype(int))
        coef, _ = coef_of(X[copies], y[copies], 0.05, family=family)
        np.testing.assert_allclose(fit.coef(i), coef, atol=1e-7)
    assert len(fit) == 70


def test_samples_do_not_depend_on_threads(rng):
    X, y = rng.standard_normal((50, 4)), rng.standard_normal(50)
    one, three = (fastreg.bootstrap(X, y, 100, alpha=0.02, n_threads=k) for k in (1, 3))
    np.testing.assert_array_equal(one.coefs.toarray(), three.coefs.toarray())
    other = fastreg.bootstrap(X, y, 100, alpha=0.02, random_state=1)
    assert not np.array_equal(one.coefs.toarray(), other.coefs.toarray())


HALVES = {"alphas": [0.5, 0.3], "tol": 1e-12}


def halves_problem(rng):
    X = rng.standard_normal((61, 12))
    return X, X[:, 0] + 0.5 * X[:, 1] + rng.standard_normal(61)


def supports_of_halves(X, y, pairs):
    """Counts at each alpha and at any, of the pairs with these numbers."""
    random, counts, ever = np.random.default_rng(0), np.zeros((12, 2)), np.zeros(12)
    for pair in range(max(pairs) + 1):
        order = random.permutation(61)
        for rows in (order[:30], order[30:60]) if pair in pairs else ():
            path = fastreg.path(X[rows], y[rows], **HALVES)
            counts += path.coefs != 0.0
            ever += (path.coefs != 0.0).any(axis=1)
    return counts, ever


def test_stability_selection_counts_supports_of_halves(rng):
    X, y = halves_problem(rng)
    stable = fastreg.stability_selection(X, y, n_pairs=40, **HALVES)
    counts, ever = supports_of_halves(X, y, range(40))
    assert (stable.n_pairs, stable.n_failed, stable.interrupted) == (40, 0, False)
    np.testing.assert_array_equal(stable.frequencies, counts / 80)
    np.testing.assert_array_equal(stable.max_frequencies, ever / 80)
    np.testing.assert_array_equal(stable.selected, np.flatnonzero(ever / 80 >= 0.75))
    q = ever.sum() / 80
    assert stable.mean_selected == pytest.approx(q)
    assert stable.error_bound == pytest.approx(q**2 / (12 * 0.5))


def test_interrupted_stability_selection_counts_whole_pairs(rng, monkeypatch):
    X, y = halves_problem(rng)
    fit = _stability.fit_weights

    def ended(not_run):
        def cut(*args):
            found = fit(*args)
            done = found.done.copy()
            done[not_run] = False
            return replace(found, done=done, interrupted=True)

        monkeypatch.setattr(_stability, "fit_weights", cut)
        return fastreg.stability_selection(X, y, n_pairs=8, **HALVES)

    stable = ended([5, 12, 13])
    counts, ever = supports_of_halves(X, y, {0, 1, 3, 4, 5, 7})
    assert (stable.n_pairs, stable.n_failed, stable.interrupted) == (6, 0, True)
    np.testing.assert_array_equal(stable.frequencies, counts / 12)
    np.testing.assert_array_equal(stable.max_frequencies, ever / 12)
    with pytest.raises(KeyboardInterrupt):
        ended(slice(0, None, 2))


def test_bad_stability(rng):
    X = rng.standard_normal((20, 3))
    with pytest.raises(ValueError, match=r"more than 0\.5 and at most 1, got 0\.5"):
        fastreg.stability_selection(X, X[:, 0], threshold=0.5)
    with pytest.raises(ValueError, match="l1_ratio=0 selects no features"):
        fastreg.stability_selection(X, X[:, 0], l1_ratio=0.0)
    with pytest.raises(ValueError, match="family must be one of"):
        fastreg.stability_selection(X, [0, 1, 2, 3] * 5, family="multinomial")
