"""Many responses in one call are the single fits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import fastreg


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 25)) + 3.0
    Y = X @ np.where(rng.random((25, 7)) < 0.2, 1.0, 0.0)
    return X, Y + rng.standard_normal((60, 7))


def single(X, y, alphas, **options):
    return fastreg.path(X, y, alphas=alphas, tol=1e-12, **options)


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_each_is_the_single_fit(problem, l1_ratio, n_threads):
    X, Y = problem
    options = {"l1_ratio": l1_ratio, "sample_weight": np.linspace(0.0, 2.0, len(X))}
    fit = fastreg.fit_many(X, Y, alpha=0.1, tol=1e-12, n_threads=n_threads, **options)
    assert fit.status == ("converged",) * 7
    for t in range(7):
        path = single(X, Y[:, t], [0.1], **options)
        np.testing.assert_allclose(fit.coef(t), path.coefs[:, 0], atol=1e-9)
        assert fit.intercepts[t] == pytest.approx(path.intercepts[0], abs=1e-9)
    np.testing.assert_allclose(
        fit.predict(X), fit.intercepts + X @ fit.coefs.toarray().T
    )


@pytest.mark.parametrize("storage", [np.float32, np.ascontiguousarray, "sparse"])
def test_storages(problem, storage):
    X, Y = problem
    stored = sparse.csc_array(X) if storage == "sparse" else storage(X)
    dense = np.asarray(stored.toarray() if storage == "sparse" else stored, float)
    fit = fastreg.fit_many(stored, Y, alpha=0.2, tol=1e-12)
    for t in range(7):
        path = single(dense, Y[:, t], [0.2])
        np.testing.assert_allclose(fit.coef(t), path.coefs[:, 0], atol=1e-9)


def test_missing_values_are_rows_that_do_not_count(problem):
    X, Y = problem
    Y[:5, 2] = np.nan
    Y[7, 4] = np.nan
    Y[7, 5] = np.nan
    fit = fastreg.fit_many(X, Y, alpha=0.1, tol=1e-12)
    for t in range(7):
        here = ~np.isnan(Y[:, t])
        path = single(X[here], Y[here, t], [0.1])
        np.testing.assert_allclose(fit.coef(t), path.coefs[:, 0], atol=1e-9)


def test_a_response_that_is_all_missing_fails_and_the_others_finish(problem):
    X, Y = problem
    Y[:, 3] = np.nan
    fit = fastreg.fit_many(X, Y, alpha=0.1)
    assert [s == "failed" for s in fit.status] == [t == 3 for t in range(7)]
    assert list(fit.messages) == [3]
    assert np.isnan(fit.intercepts[3])
    assert not fit.coef(3).any()


def test_constant_response_has_the_null_model(problem):
    X, Y = problem
    Y[:, 1] = 4.0
    fit = fastreg.fit_many(X, Y, alphas=5)
    assert fit.status[1] == "converged"
    assert not fit.coef(1).any()
    np.testing.assert_allclose(fit.intercepts[1], 4.0)


def test_paths_have_grids_of_their_own(problem):
    X, Y = problem
    fit = fastreg.fit_many(X, Y, alphas=8, tol=1e-12)
    assert fit.alphas.shape == (7, 8)
    for t in range(7):
        path = single(X, Y[:, t], 8, early_stop=False)
        np.testing.assert_allclose(fit.alphas[t], path.alphas, rtol=1e-12)
        np.testing.assert_allclose(fit.coef(t), path.coefs, atol=1e-9)


def test_relative_strengths(problem):
    X, Y = problem
    fit = fastreg.fit_many(X, Y, alpha=np.linspace(0.1, 1.0, 7), relative=True)
    first = fastreg.fit_many(X, Y, alphas=2).alphas[:, 0]
    np.testing.assert_allclose(fit.alphas, np.linspace(0.1, 1.0, 7) * first)
    assert not fit.coef(6).any()


def test_gaps_are_true(problem):
    X, Y = problem
    fit = fastreg.fit_many(X, Y, alpha=0.1, tol=1e-4)
    for t in range(7):
        audit = fastreg.certify(X, Y[:, t], fit.coef(t), fit.intercepts[t], alpha=0.1)
        assert audit.relative_gap <= fit.dual_gaps[t] + 1e-12 <= 1e-4


def test_threads_give_the_same_bits(problem):
    X, Y = problem
    one, three = (fastreg.fit_many(X, Y, alphas=9, n_threads=k) for k in (1, 3))
    assert np.array_equal(one.intercepts, three.intercepts)
    for a, b in zip(one.coefs, three.coefs, strict=True):
        assert np.array_equal(a.toarray(), b.toarray())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either alpha"),
        ({"alpha": 0.1, "alphas": 3}, "give either alpha"),
        ({"alpha": [0.1, 0.2]}, "one for each of 7 problems"),
        ({"alpha": -1.0}, "finite and >= 0, got -1"),
        ({"alphas": 3, "relative": True}, "relative=True is for strengths"),
    ],
)
def test_bad_strengths(problem, options, message):
    X, Y = problem
    with pytest.raises(ValueError, match=message):
        fastreg.fit_many(X, Y, **options)


def test_bad_data(problem):
    X, Y = problem
    Y[2, 1] = np.inf
    with pytest.raises(ValueError, match="Y has inf at row 2 of response 1"):
        fastreg.fit_many(X, Y, alpha=0.1)
    X[4, 3] = np.nan
    with pytest.raises(ValueError, match="X has NaN in column 3, first at row 4"):
        fastreg.fit_many(X, np.zeros((60, 2)), alpha=0.1)
