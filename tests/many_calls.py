"""Calls of every function for many problems, for tests of what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import fastreg
from fastreg import _threads

Call = Callable[..., Any]
PAIRS = 1000  # of a long stability selection


def small() -> dict[str, Call]:
    """Calls of milliseconds, of ``n_threads`` and other options."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 6)) + 1.0
    Y = X[:, :3] @ rng.standard_normal((3, 40)) + rng.standard_normal((120, 40))
    gaps = np.where(rng.random(Y.shape) < 0.05, np.nan, Y)
    wide = rng.standard_normal((40, 90))
    y = Y[:, 0]
    classes = (y > np.median(y)).astype(float)
    groups = np.arange(120) % 4
    Xs = rng.standard_normal((50, 20, 5))
    ys = Xs[:, :, 0] + rng.standard_normal((50, 20))
    grid: dict[str, Any] = {"alphas": 5}
    one: dict[str, Any] = {"alpha": 0.05, "l1_ratio": 0.7}
    labels: dict[str, Any] = {"family": "binomial", "alpha": 0.02}
    return {
        "fit_many": lambda **k: fastreg.fit_many(X, Y, **grid, **k),
        "fit_many, missing": lambda **k: fastreg.fit_many(X, gaps, **one, **k),
        "fit_many, wide": lambda **k: fastreg.fit_many(wide, Y[:40, :9], **one, **k),
        "fit_groups": lambda **k: fastreg.fit_groups(X, y, groups, **grid, **k),
        "fit_groups, classes": lambda **k: fastreg.fit_groups(
            X, classes, groups, **labels, **k
        ),
        "fit_batch": lambda **k: fastreg.fit_batch(Xs, ys, **one, **k),
        "fit_batch, lists": lambda **k: fastreg.fit_batch(
            [Z[: 8 + i % 9] for i, Z in enumerate(Xs)],
            [z[: 8 + i % 9] for i, z in enumerate(ys)],
            **grid,
            **k,
        ),
        "fit_rolling": lambda **k: fastreg.fit_rolling(
            np.tile(X, (4, 1)), np.tile(y, 4), 50, **one, **k
        ),
        "fit_rolling, expanding": lambda **k: fastreg.fit_rolling(
            np.tile(X, (4, 1)), np.tile(y, 4), 50, step=3, expanding=True, **grid, **k
        ),
        "bootstrap": lambda **k: fastreg.bootstrap(X, y, 100, **one, **k),
        "bootstrap, classes": lambda **k: fastreg.bootstrap(
            X, classes, 20, **labels, **k
        ),
        "stability_selection": lambda **k: fastreg.stability_selection(
            X, y, n_pairs=20, alphas=8, **k
        ),
    }


def medium() -> dict[str, Call]:
    """Calls of tens of milliseconds, in one piece of work each."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 40))
    Y = X[:, :9] @ rng.standard_normal((9, 200)) + rng.standard_normal((300, 200))
    y, tall = Y[:, 0], np.tile(X, (10, 1))
    grid: dict[str, Any] = {"alphas": 100, "eps": 1e-3, "tol": 1e-10}
    coarse = {**grid, "alphas": 20}
    fine = {**grid, "alphas": 300}
    return {
        "fit_many": lambda **k: fastreg.fit_many(X, Y, **grid, **k),
        "fit_groups": lambda **k: fastreg.fit_groups(
            tall, np.tile(y, 10), np.arange(3000) % 100, **fine, **k
        ),
        "fit_batch": lambda **k: fastreg.fit_batch([X] * 200, list(Y.T), **grid, **k),
        "fit_rolling": lambda **k: fastreg.fit_rolling(
            tall, np.tile(y, 10), 200, step=3, **coarse, **k
        ),
        "bootstrap": lambda **k: fastreg.bootstrap(X, y, 64, **fine, **k),
        "stability_selection": lambda **k: fastreg.stability_selection(
            X, y, n_pairs=32, alphas=300, eps=1e-3, tol=1e-10, **k
        ),
    }


def long() -> dict[str, Call]:
    """Calls of many seconds, which have answers early, by less than 100 MB."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((600, 150))
    Y = X @ rng.standard_normal((150, 1500)) + rng.standard_normal((600, 1500))
    y = Y[:, 0]
    classes = (y > 0.0).astype(float)
    tall, gaps = np.tile(X, (20, 1)), Y.copy()
    gaps[np.arange(1500) % 600, np.arange(1500)] = np.nan
    grid: dict[str, Any] = {"alphas": 200, "eps": 1e-4, "tol": 1e-12}
    coarse = {**grid, "alphas": 50}
    return {
        "fit_many": lambda **k: fastreg.fit_many(X, Y, **grid, **k),
        "fit_many, missing": lambda **k: fastreg.fit_many(X, gaps, **grid, **k),
        "fit_groups": lambda **k: fastreg.fit_groups(
            tall, np.tile(classes, 20), np.repeat(np.arange(60), 200), **grid, **k
        ),
        "fit_groups, classes": lambda **k: fastreg.fit_groups(
            tall,
            np.tile(classes, 20),
            np.repeat(np.arange(60), 200),
            family="binomial",
            **grid,
            **k,
        ),
        "fit_batch": lambda **k: fastreg.fit_batch([X] * 1500, list(Y.T), **grid, **k),
        "fit_rolling": lambda **k: fastreg.fit_rolling(
            tall, np.tile(y, 20), 400, **coarse, **k
        ),
        "bootstrap": lambda **k: fastreg.bootstrap(X, y, 2000, **grid, **k),
        "stability_selection": lambda **k: fastreg.stability_selection(
            X, y, n_pairs=PAIRS, alphas=200, eps=1e-4, tol=1e-12, **k
        ),
    }


def bits(found: Any) -> bytes:
    """All numbers of a result."""
    if isinstance(found, fastreg.StabilitySelection):
        arrays = (found.alphas, found.frequencies, found.max_frequencies)
    else:
        coefs = found.coefs if isinstance(found.coefs, list) else [found.coefs]
        parts = [part for one in coefs for part in (one.data, one.indices, one.indptr)]
        arrays = (found.alphas, found.intercepts, found.dual_gaps, *parts)
    return b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)


# For other processes, which import them by name.


def bits_of(name: str, n_threads: int | None) -> bytes:
    """The numbers of one of the small calls."""
    return bits(small()[name](n_threads=n_threads))


def limits() -> tuple[int | None, int]:
    """What the environment and all limits allow this process."""
    return _threads._from_environment(), _threads.available_threads()
