"""The problems of each row: arrays as calls take them, and each problem by itself.

NumPy only: interpreters of peers make them, too, and get the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.data import Floats

Pair = tuple[Floats, Floats]


@dataclass(frozen=True)
class Problems:
    """Minimise |y - Xb|²/(2n) + alpha (l1_ratio |b|₁ + (1 - l1_ratio)/2 |b|²), each.

    `one` is X and y of a problem as they are fitted, `centred` that without an
    intercept: columns and y have mean 0, rows the roots of their weights.
    """

    count: int
    one: Callable[[int], Pair]
    alpha: float | Floats  # for all, or one for each; what ways choose themselves: 0
    l1_ratio: float = 1.0
    intercept: bool = False
    weights: Floats | None = None  # (count, n)
    arrays: dict[str, Any] = field(default_factory=dict)

    def alpha_of(self, i: int) -> float:
        """Strength of a problem."""
        return float(np.broadcast_to(self.alpha, (self.count,))[i])

    def centred(self, i: int) -> Pair:
        """X and y of a problem whose best intercept is 0."""
        X, y = self.one(i)
        if self.weights is None:
            return (X - X.mean(axis=0), y - y.mean()) if self.intercept else (X, y)
        weight = self.weights[i] / self.weights[i].sum()
        root = np.sqrt(weight * len(y))
        if self.intercept:
            X, y = X - weight @ X, y - weight @ y
        return root[:, np.newaxis] * X, root * y


def _sized(scale: float, whole: int, least: int) -> int:
    return max(least, int(whole * scale))


def _ar1(rng: np.random.Generator, n: int, p: int) -> Floats:
    X = rng.standard_normal((n, p))
    for j in range(1, p):
        X[:, j] = 0.5 * X[:, j - 1] + np.sqrt(0.75) * X[:, j]
    return X


def responses(scale: float) -> Problems:
    """One X, many responses; all centred."""
    n, p, m = 500, _sized(scale, 1000, 100), _sized(scale, 1000, 8)
    rng = np.random.default_rng(0)
    X = np.asfortranarray(_ar1(rng, n, p))
    Y = X @ (rng.standard_normal((p, m)) * (rng.random((p, m)) < 0.01))
    Y = np.asfortranarray(Y + rng.standard_normal((n, m)))
    X -= X.mean(axis=0)
    Y -= Y.mean(axis=0)
    return Problems(m, lambda t: (X, Y[:, t]), 0.2, arrays={"X": X, "Y": Y})


def batch(scale: float) -> Problems:
    """Small problems, each with data of its own."""
    m, n, p = _sized(scale, 10_000, 20), 100, 10
    rng = np.random.default_rng(1)
    Xs = rng.standard_normal((m, n, p))
    ys = Xs[:, :, 0] - Xs[:, :, 3] + rng.standard_normal((m, n))
    arrays = {"Xs": Xs, "ys": ys}
    return Problems(m, lambda i: (Xs[i], ys[i]), 0.1, intercept=True, arrays=arrays)


def rolling(scale: float) -> Problems:
    """Windows of 250 rows."""
    n, p, window = _sized(scale, 10_000, 400), 20, 250
    rng = np.random.default_rng(2)
    X = np.asfortranarray(rng.standard_normal((n, p)))
    y = X[:, 0] * np.sin(np.arange(n) / 500.0) + rng.standard_normal(n)
    return Problems(
        n - window + 1,
        lambda i: (X[i : i + window], y[i : i + window]),
        0.05,
        0.5,
        intercept=True,
        arrays={"X": X, "y": y, "window": window},
    )


def groups(scale: float) -> Problems:
    """Groups of a million rows; elastic nets without an intercept."""
    n, p, m = _sized(scale, 1_000_000, 2000), 10, _sized(scale, 5000, 10)
    rng = np.random.default_rng(3)
    X = rng.standard_normal((n, p))
    labels = rng.integers(0, m, n)
    y = X[:, 0] * (1.0 + labels % 3) + rng.standard_normal(n)

    def one(g: int) -> Pair:
        own = labels == g
        return X[own], y[own]

    return Problems(m, one, 0.1, 0.5, arrays={"X": X, "y": y, "labels": labels})


def ridge(scale: float) -> Problems:
    """As `groups`, with as much of ridge's penalty as 20 rows have."""
    same = groups(scale)
    sizes = np.bincount(same.arrays["labels"], minlength=same.count)
    return Problems(same.count, same.one, 20.0 / sizes, 0.0, arrays=same.arrays)


def samples(scale: float) -> Problems:
    """Bootstrap samples of one problem; weights are those of the first 64."""
    n, p, m = 500, 200, _sized(scale, 1000, 20)
    rng = np.random.default_rng(4)
    X = np.asfortranarray(_ar1(rng, n, p))
    y = X[:, :5].sum(axis=1) + rng.standard_normal(n)
    rows = np.random.default_rng(0).integers(0, n, (min(m, 64), n))
    drawn = np.array([np.bincount(own, minlength=n) for own in rows])
    return Problems(
        m,
        lambda _: (X, y),
        0.05,
        intercept=True,
        weights=drawn.astype(float),
        arrays={"X": X, "y": y},
    )


def single(scale: float) -> Problems:
    """One tiny fit, called from Python again and again."""
    rng = np.random.default_rng(5)
    X = rng.standard_normal((100, 10))
    y = X[:, 0] - X[:, 3] + rng.standard_normal(100)
    count = _sized(scale, 2000, 10)
    arrays = {"X": X, "y": y}
    return Problems(count, lambda _: (X, y), 0.1, intercept=True, arrays=arrays)
