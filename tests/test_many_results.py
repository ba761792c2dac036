"""What results of many problems say of positions, keys, names, labels and failures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

import fastreg

NO_WEIGHT = "sample_weight is zero for every row: nothing is left to fit"


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 6))
    Y = X[:, :3] * [1.0, 3.0, -1.0] + 0.1 * rng.standard_normal((80, 3))
    return X, Y


# --- positions of alphas ---------------------------------------------------------


def test_positions_count_from_both_ends(data):
    X, Y = data
    fit = fastreg.fit_many(X, Y, alphas=[0.5, 0.3, 0.1])
    for place in range(3):
        expected = np.column_stack([fit.coef(key)[:, place] for key in fit.keys])
        for index in (place, place - 3):
            np.testing.assert_array_equal(fit.coefs_at(index).toarray().T, expected)
            means = X @ expected + fit.intercepts[:, place]
            np.testing.assert_allclose(fit.predict(X, index), means, atol=1e-12)
            own = fit.predict_for(X, np.arange(80) % 3, index)
            np.testing.assert_allclose(own, means[np.arange(80), np.arange(80) % 3])


@pytest.mark.parametrize("index", [3, -4, 1000])
def test_positions_that_are_not_there(data, index):
    X, Y = data
    fit = fastreg.fit_many(X, Y, alphas=[0.5, 0.3, 0.1])
    match = f"there are 3 alphas: none has the position {index}"
    with pytest.raises(IndexError, match=match):
        fit.coefs_at(index)
    with pytest.raises(IndexError, match=match):
        fit.predict(X, index)
    with pytest.raises(IndexError, match=match):
        fit.predict_for(X, np.zeros(80, int), index)
    with pytest.raises(IndexError, match="there are 1 alphas"):
        fastreg.fit_many(X, Y, alpha=0.1).predict(X, index=index)


def test_several_alphas_need_a_position(data):
    X, Y = data
    fit = fastreg.fit_many(X, Y, alphas=[0.5, 0.3])
    for predict in (fit.predict, lambda X: fit.predict_for(X, np.zeros(80, int))):
        with pytest.raises(ValueError, match="there are 2 alphas: say which"):
            predict(X)


def test_sparse_rows_are_predicted_each_by_its_own(data):
    X, Y = data
    fit, keys = fastreg.fit_many(X, Y, alpha=0.1), np.arange(80) % 3
    np.testing.assert_allclose(
        fit.predict_for(sparse.csc_array(X), keys), fit.predict_for(X, keys)
    )


# --- keys ------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["D", "ns"])
def test_dates_are_keys_of_messages(data, unit):
    X, Y = data
    days = np.array(["2020-01-01", "2020-01-02"], f"datetime64[{unit}]")[
        np.arange(80) % 2
    ]
    y = np.where(days == days[0], np.nan, Y[:, 0])
    fit = fastreg.fit_groups(X, y, days, alpha=0.1)
    assert fit.messages[fit.keys[0]] == "y has NaN at row 0"
    assert fit.coef(fit.keys[1]).shape == (6,)


def test_unknown_keys_are_named_plainly(data):
    X, Y = data
    fit = fastreg.fit_groups(X, Y[:, 0], np.array(["a", "b"] * 40), alpha=0.1)
    with pytest.raises(KeyError, match="there is no problem 'zz'"):
        fit.predict_for(X, ["zz"] * 80)


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA])
def test_missing_labels_of_groups(data, gap):
    X, Y = data
    labels = np.array(["a", "b"] * 40, dtype=object)
    labels[7] = gap
    with pytest.raises(ValueError, match="groups has a missing label at row 7"):
        fastreg.fit_groups(X, Y[:, 0], labels, alpha=0.1)
    with pytest.raises(ValueError, match="groups has a missing label at row 0"):
        fastreg.fit_groups(X, Y[:, 0], np.where(np.arange(80), 1.0, np.nan), alpha=0.1)


# --- labels ----------------------------------------------------------------------


def test_classes_of_groups_and_samples(data):
    X, Y = data
    y = np.where(Y[:, 0] > 0.0, "yes", "no")
    groups = fastreg.fit_groups(X, y, np.arange(80) % 2, family="binomial", alpha=0.05)
    samples = fastreg.bootstrap(X, y, 5, family="binomial", alpha=0.05)
    for fit in (groups, samples):
        assert [labels.tolist() for labels in fit.classes] == [["no", "yes"]] * len(fit)
        assert fit.predict(X)[y == "yes"].mean() > 0.6
    assert fastreg.bootstrap(X, Y[:, 0], 5, alpha=0.05).classes is None


def test_a_missing_label_fails_its_group_only(data):
    X, Y = data
    y = np.where(Y[:, 0] > 0.0, "yes", "no").astype(object)
    asked = {"family": "binomial", "alpha": 0.05}
    whole = fastreg.fit_groups(X, y, np.arange(80) % 2, **asked)
    y[5] = None
    fit = fastreg.fit_groups(X, y, np.arange(80) % 2, **asked)
    assert fit.status == ("converged", "failed")
    assert fit.messages == {1: "y has NaN at row 5"}
    np.testing.assert_array_equal(fit.coef(0), whole.coef(0))


# --- names -----------------------------------------------------------------------


@pytest.mark.parametrize("frames", [pd.DataFrame, pl.DataFrame])
def test_batches_of_frames_have_names(data, frames):
    X, Y = data
    frame = frames(dict(zip("abcdef", X.T, strict=True)))
    fit = fastreg.fit_batch(
        [frame, frame], [Y[:, 0], Y[:, 1]], alpha=0.1, penalty_factor={"a": 0.0}
    )
    assert fit.feature_names == tuple("abcdef")
    assert type(fit.to_frame()) is frames
    assert type(fastreg.bootstrap(frame, Y[:, 0], 3, alpha=0.1).to_frame()) is frames
    with pytest.raises(ValueError, match="column 0 of problem 1 is 'f' but that of"):
        fastreg.fit_batch([frame, frame[list("fedcba")]], [Y[:, 0]] * 2, alpha=0.1)
    with pytest.raises(TypeError, match="ys must be an array or a sequence, got gen"):
        fastreg.fit_batch([frame], (y for y in Y.T), alpha=0.1)


# --- failures --------------------------------------------------------------------


def test_nothing_to_fit_is_said(data):
    X, Y = data
    y, half = Y[:, 0], np.repeat([0.0, 1.0], 40)
    gaps = np.column_stack([y, np.full(80, np.nan)])
    assert fastreg.fit_many(X, gaps, alpha=0.1).messages == {
        1: "the response has no value"
    }
    groups = fastreg.fit_groups(X, y, half, alpha=0.1, sample_weight=half)
    assert groups.messages == {0.0: NO_WEIGHT}
    windows = fastreg.fit_rolling(X, y, 30, alpha=0.1, sample_weight=half)
    assert set(windows.messages.values()) == {NO_WEIGHT}
    assert windows.status.count("failed") == 11
    batch = fastreg.fit_batch(
        [X, X], [y, y], alpha=0.1, sample_weights=[half, 0 * half]
    )
    assert batch.messages == {1: NO_WEIGHT}


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_blocks_go_on_after_one_without_a_response(data, family):
    X, Y = data
    good, gaps = (Y[:, :1] > 0.0) * 1.0, np.full((80, 2), np.nan)
    asked = {"family": family, "alpha": 0.1}
    fits = list(fastreg.fit_many_blocks(X, [good, gaps, good], **asked))
    assert [fit.status for fit in fits] == [
        ("converged",),
        ("failed", "failed"),
        ("converged",),
    ]
    assert [fit.keys.tolist() for fit in fits] == [[0], [1, 2], [3]]
    assert set(fits[1].messages.values()) == {"the response has no value"}
    assert fits[1].coefs.shape == (2, 6)
    assert np.isnan(fits[1].predict(X)).all()
    with pytest.raises(ValueError, match="no response can be fitted: response 0"):
        fastreg.fit_many(X, gaps, **asked)


@pytest.mark.parametrize("name", ["bootstrap", "stability_selection"])
def test_samples_of_columns_that_are_not_finite(data, name):
    X, Y = data
    X[5, 3] = np.nan
    asked = {"alpha": 0.1} if name == "bootstrap" else {"alphas": [0.5, 0.3]}
    with pytest.raises(ValueError, match="X has NaN in column 3, first at row 5"):
        getattr(fastreg, name)(X, Y[:, 0], **asked)


def test_infinite_responses_have_their_sign(data):
    X, Y = data
    Y[4, 1] = -np.inf
    with pytest.raises(ValueError, match="Y has -inf at row 4 of response 1"):
        fastreg.fit_many(X, Y, alpha=0.1)


# --- stability selection ---------------------------------------------------------


def test_halves_count_in_pairs(data):
    X, _ = data
    y = np.zeros(80)
    y[[1, 2, 3]] = 1.0  # a pair in four has all of them in one half
    stable = fastreg.stability_selection(X, y, family="binomial", n_pairs=40, alphas=3)
    assert 0 < stable.n_failed < 40
    assert stable.n_pairs == 40 - stable.n_failed
    counts = stable.frequencies * 2 * stable.n_pairs
    np.testing.assert_allclose(counts, counts.round(), atol=1e-9)
    assert f"{2 * stable.n_pairs} halves" in repr(stable)
    assert f"{stable.n_failed} halves failed" in repr(stable)
    with pytest.raises(ValueError, match="no pair of halves of the rows can be fitted"):
        fastreg.stability_selection(X, np.eye(80)[0], family="binomial", n_pairs=5)


def test_a_row_has_no_halves(data):
    X, Y = data
    with pytest.raises(ValueError, match="needs 2 rows or more, got 1"):
        fastreg.stability_selection(X[:1], Y[:1, 0])
    with pytest.raises(ValueError, match=r"more than 0\.5 and at most 1, got 1\.1"):
        fastreg.stability_selection(X, Y[:, 0], threshold=1.1)
