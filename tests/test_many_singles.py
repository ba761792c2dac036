"""Each of many problems is the single fit of its rows or weights, to 1e-10."""

from __future__ import annotations

import numpy as np
import pytest

import fastreg
from problems import samples

# Coefficients are as near as the root of the gap, or better.
TOL = 1e-13
OPTIONS = [
    {},
    {"l1_ratio": 0.5, "standardize": False},
    {"l1_ratio": 0.0},
    {"fit_intercept": False, "penalty_factor": [1.0, 0.0, 2.0, 1.0, 1.0]},
    {"positive": True, "l1_ratio": 0.9},
    {"lower_bounds": -0.2, "upper_bounds": 0.3},
]
every_option = pytest.mark.parametrize("options", OPTIONS, ids=str)
ALPHAS = [0.3, 0.05, 0.01]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((150, 5)) * [1.0, 2.0, 0.5, 1.0, 3.0] + 1.0
    Y = X @ rng.standard_normal((5, 12)) + rng.standard_normal((150, 12))
    return X, Y, rng.random(150)


def check(fit, key, X, y, weight=None, **options):
    """Against `path` at the alphas, and `solve` at the first, for a problem."""
    place = list(fit.keys).index(key)
    options = {"tol": TOL, "sample_weight": weight, **options}
    path = fastreg.path(X, y, alphas=fit.alphas[place], early_stop=False, **options)
    np.testing.assert_allclose(fit.coef(key), path.coefs, rtol=0, atol=1e-10)
    np.testing.assert_allclose(
        fit.intercepts[place], path.intercepts, rtol=0, atol=1e-10
    )
    simple = {"l1_ratio", "standardize", "fit_intercept", "tol", "sample_weight"}
    if options.keys() <= simple:
        one = fastreg.solve(X, y, fit.alphas[place, 0], **options)
        np.testing.assert_allclose(fit.coef(key)[:, 0], one.coef, rtol=0, atol=1e-10)


@every_option
def test_responses(data, options):
    X, Y, weight = data
    Y = Y.copy()
    Y[3:9, 4] = np.nan
    fit = fastreg.fit_many(
        X, Y, alphas=ALPHAS, tol=TOL, sample_weight=weight, **options
    )
    for t in range(Y.shape[1]):
        here = ~np.isnan(Y[:, t])
        check(fit, t, X[here], Y[here, t], weight[here], **options)


@every_option
def test_groups(data, options):
    X, Y, weight = data
    groups = np.arange(150) % 4
    fit = fastreg.fit_groups(
        X, Y[:, 0], groups, alphas=ALPHAS, tol=TOL, sample_weight=weight, **options
    )
    for g in range(4):
        own = groups == g
        check(fit, g, X[own], Y[own, 0], weight[own], **options)


@every_option
@pytest.mark.parametrize("storage", [np.stack, list])
def test_batches(data, options, storage):
    X, Y, weight = data
    parts = [slice(first, first + 25) for first in range(0, 150, 25)]
    fit = fastreg.fit_batch(
        storage([X[part] for part in parts]),
        storage([Y[part, 1] for part in parts]),
        alphas=ALPHAS,
        tol=TOL,
        sample_weights=storage([weight[part] for part in parts]),
        **options,
    )
    for i, part in enumerate(parts):
        check(fit, i, X[part], Y[part, 1], weight[part], **options)


@every_option
@pytest.mark.parametrize("expanding", [False, True])
def test_windows(data, options, expanding):
    X, Y, weight = data
    fit = fastreg.fit_rolling(
        X,
        Y[:, 2],
        40,
        step=3,
        expanding=expanding,
        alphas=ALPHAS,
        tol=TOL,
        sample_weight=weight,
        **options,
    )
    for last in fit.keys:
        own = slice(0 if expanding else last - 39, last + 1)
        check(fit, last, X[own], Y[own, 2], weight[own], **options)


@every_option
def test_samples(data, options):
    X, Y, weight = data
    y = Y[:, 3]
    fit = fastreg.bootstrap(
        X, y, 70, alphas=ALPHAS, tol=TOL, sample_weight=weight, **options
    )
    drawn = samples(150, 70)
    for i in (0, 1, 63, 64, 69):
        check(fit, i, X, y, weight * drawn[i], **options)


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_other_families(data, family):
    X = data[0]
    options = {"family": family, "l1_ratio": 0.8}
    y = np.random.default_rng(0).poisson(np.exp(0.3 * X[:, 0])).astype(float)
    y = np.minimum(y, 1.0) if family == "binomial" else y
    fit = fastreg.bootstrap(X, y, 4, alphas=[0.1, 0.02], tol=TOL, **options)
    drawn = samples(150, 4)
    for i in range(4):
        check(fit, i, X, y, drawn[i], **options)
    if family == "poisson":
        return
    groups = np.arange(150) % 2
    fit = fastreg.fit_groups(X, y, groups, alphas=[0.1, 0.02], tol=TOL, **options)
    for g in range(2):
        check(fit, g, X[groups == g], y[groups == g], **options)
    Xs, ys = np.stack([X[:75], X[75:]]), np.stack([y[:75], y[75:]])
    fit = fastreg.fit_batch(Xs, ys, alphas=[0.1, 0.02], tol=TOL, **options)
    for i in range(2):
        check(fit, i, Xs[i], ys[i], **options)
