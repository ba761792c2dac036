"""Models of many problems as data frames."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

import fastreg


def make(n=60, p=5, m=3):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p))
    return X, 2.0 * X[:, :m] + 0.1 * rng.standard_normal((n, m))


def rebuilt(frame, fit, names):
    """Dense coefficients by key from a long frame."""
    out = {key: np.zeros(fit.n_features) for key in fit.keys}
    for row in frame.itertuples():
        if not pd.isna(row.feature):
            out[row.key][names.index(row.feature)] = row.coef
    return out


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_long_has_every_coefficient(library):
    X, Y = make()
    Y = np.column_stack([Y, np.ones(len(X)), np.full(len(X), np.nan)])
    fit = fastreg.fit_many(X, Y, alpha=0.05)
    frame = fit.to_frame(library=library)
    assert type(frame).__module__.split(".")[0] == library
    if library == "polars":
        frame = pd.DataFrame(frame.to_dict(as_series=False))
    assert list(frame) == ["key", "alpha", "status", "intercept", "feature", "coef"]
    assert len(frame) == fit.coefs.nnz + 2
    for key, coef in rebuilt(frame, fit, list(range(5))).items():
        assert np.array_equal(coef, fit.coef(key))
    null, failed = frame[frame["key"] == 3], frame[frame["key"] == 4]
    assert (len(null), len(failed)) == (1, 1)
    assert null["status"].item() == "converged"
    assert null["intercept"].item() == pytest.approx(1.0)
    assert failed["status"].item() == "failed"
    assert null["feature"].isna().all()


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("form", ["long", "wide"])
def test_frames_come_back_as_what_the_data_were(library, form):
    X, Y = make()
    make_frame = {"pandas": pd.DataFrame, "polars": pl.DataFrame}[library]
    frame = make_frame({f"f{j}": X[:, j] for j in range(5)})
    groups = np.arange(60) % 3
    fits = [
        fastreg.fit_many(frame, Y, alpha=0.1),
        fastreg.fit_many(X, make_frame({"a": Y[:, 0], "b": Y[:, 1]}), alpha=0.1),
        fastreg.fit_groups(frame, Y[:, 0], groups, alpha=0.1),
        fastreg.fit_rolling(frame, Y[:, 0], 50, alpha=0.1),
    ]
    for fit in fits:
        assert isinstance(fit.to_frame(form), make_frame)
    assert set(fits[1].to_frame()["key"]) == {"a", "b"}
    assert set(fits[0].to_frame()["feature"]) <= {f"f{j}" for j in range(5)}


def test_wide_has_a_column_for_every_feature():
    X, Y = make()
    fit = fastreg.fit_many(X, Y, cv=4, rule="1se")
    frame = fit.to_frame("wide")
    first = ["key", "alpha", "status", "intercept", "score", "std_error"]
    assert list(frame) == [*first, *"01234"]
    assert np.array_equal(frame[list("01234")].to_numpy(), fit.coefs.toarray())
    assert np.array_equal(frame["score"], fit.scores)


@pytest.mark.parametrize("form", ["long", "wide"])
def test_paths_have_rows_for_every_alpha(form):
    X, Y = make()
    fit = fastreg.fit_many(X, Y, alphas=4)
    frame = fit.to_frame(form)
    for t in range(3):
        for k, alpha in enumerate(fit.alphas[t]):
            rows = frame[(frame["key"] == t) & (frame["alpha"] == alpha)]
            assert (rows["intercept"] == fit.intercepts[t, k]).all()
            found = (
                rows[list("01234")].to_numpy()[0]
                if form == "wide"
                else rebuilt(rows, fit, list(range(5)))[t]
            )
            assert np.array_equal(found, fit.coef(t)[:, k])


def test_no_library(monkeypatch):
    X, Y = make()
    fit = fastreg.fit_many(X, Y, alpha=0.1)
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert isinstance(fit.to_frame(), pl.DataFrame)
    with pytest.raises(ImportError, match="a data frame of pandas, which is not"):
        fit.to_frame(library="pandas")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(
        ImportError, match="of pandas or polars, which is not installed"
    ):
        fit.to_frame()


def test_bad_arguments():
    X, Y = make()
    fit = fastreg.fit_many(pd.DataFrame(X, columns=[*"abcd", "alpha"]), Y, alpha=0.1)
    with pytest.raises(ValueError, match="form must be 'long' or 'wide', got 'tall'"):
        fit.to_frame("tall")
    with pytest.raises(ValueError, match="library must be 'pandas' or 'polars'"):
        fit.to_frame(library="arrow")
    with pytest.raises(ValueError, match="a feature is called 'alpha'"):
        fit.to_frame("wide")
