"""What is measured: fastreg's call, and the ways that others offer for the same.

Each row makes its data and gives functions of no arguments. They return coefficients,
problems × features, which must agree. Loops over scikit-learn are measured on a part of
the problems and counted up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Run = Callable[[], Any]


@dataclass(frozen=True)
class Way:
    """One way to fit; `share` is the part of the problems that it is run on."""

    name: str
    run: Run
    share: float = 1.0


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    name: str
    words: str
    wanted: float
    make: Callable[[float, int], list[Way]]


def responses(scale: float, n_threads: int) -> list[Way]:
    """One X, many responses, one alpha each."""
    from sklearn.linear_model import Lasso

    import fastreg

    n, p, m = 500, 1000, max(4, int(1000 * scale))
    rng = np.random.default_rng(0)
    X = np.asfortranarray(_ar1(rng, n, p))
    Y = X @ (rng.standard_normal((p, m)) * (rng.random((p, m)) < 0.01))
    Y += rng.standard_normal((n, m))
    X -= X.mean(axis=0)
    Y -= Y.mean(axis=0)
    alpha = 0.2
    asked: dict[str, Any] = {"alpha": alpha, "fit_intercept": False, "tol": 1e-6}
    part = max(1, m // 20)
    gram = X.T @ X

    def one_call() -> Any:
        model = Lasso(**asked, precompute=gram, max_iter=100_000)
        return model.fit(X, Y).coef_

    def loop() -> Any:
        model = Lasso(**asked, max_iter=100_000)
        return np.array([model.fit(X, Y[:, t]).coef_ for t in range(part)])

    def ours() -> Any:
        fit = fastreg.fit_many(X, Y, **asked, standardize=False, n_threads=n_threads)
        return fit.coefs.toarray()

    return [
        Way("fastreg.fit_many", ours),
        Way("scikit-learn, Lasso(precompute=Gram).fit(X, Y)", one_call),
        Way("scikit-learn, loop of Lasso.fit", loop, part / m),
    ]


def batch(scale: float, n_threads: int) -> list[Way]:
    """Small problems, each with data of its own."""
    from sklearn.linear_model import Lasso

    import fastreg

    m, n, p = max(20, int(10_000 * scale)), 100, 10
    rng = np.random.default_rng(1)
    Xs = rng.standard_normal((m, n, p))
    ys = Xs[:, :, 0] - Xs[:, :, 3] + rng.standard_normal((m, n))
    part = max(1, m // 50)

    def ours() -> Any:
        fit = fastreg.fit_batch(
            Xs, ys, alpha=0.1, standardize=False, n_threads=n_threads
        )
        return fit.coefs.toarray()

    def loop() -> Any:
        model = Lasso(alpha=0.1, tol=1e-8)
        return np.array([model.fit(Xs[i], ys[i]).coef_ for i in range(part)])

    def singly() -> Any:
        fits = (fastreg.solve(Xs[i], ys[i], 0.1, standardize=False) for i in range(m))
        return np.array([fit.coef for fit in fits])

    return [
        Way("fastreg.fit_batch", ours),
        Way("scikit-learn, loop of Lasso.fit", loop, part / m),
        Way("fastreg, loop of solve", singly),
    ]


def rolling(scale: float, n_threads: int) -> list[Way]:
    """Windows of 250 rows, an elastic net each."""
    from sklearn.linear_model import enet_path

    import fastreg

    n, p, window = max(400, int(10_000 * scale)), 20, 250
    rng = np.random.default_rng(2)
    X = np.asfortranarray(rng.standard_normal((n, p)))
    y = X[:, 0] * np.sin(np.arange(n) / 500.0) + rng.standard_normal(n)
    count = n - window + 1
    part = max(1, count // 50)

    def ours() -> Any:
        fit = fastreg.fit_rolling(
            X,
            y,
            window,
            alpha=0.05,
            l1_ratio=0.5,
            standardize=False,
            n_threads=n_threads,
        )
        return fit.coefs.toarray()

    def loop() -> Any:
        found = []
        for first in range(part):
            rows = slice(first, first + window)
            Z, z = X[rows] - X[rows].mean(axis=0), y[rows] - y[rows].mean()
            path = enet_path(Z, z, l1_ratio=0.5, alphas=[0.05], tol=1e-8)
            found.append(path[1][:, 0])
        return np.array(found)

    return [
        Way("fastreg.fit_rolling", ours),
        Way("scikit-learn, loop of enet_path", loop, part / count),
    ]


def groups(scale: float, n_threads: int) -> list[Way]:
    """Groups of a million rows."""
    from sklearn.linear_model import ElasticNet

    import fastreg

    n, p, m = max(2000, int(1_000_000 * scale)), 10, max(10, int(5000 * scale))
    rng = np.random.default_rng(3)
    X = rng.standard_normal((n, p))
    labels = rng.integers(0, m, n)
    y = X[:, 0] * (1.0 + labels % 3) + rng.standard_normal(n)
    part = max(1, m // 50)

    def ours() -> Any:
        fit = fastreg.fit_groups(
            X,
            y,
            labels,
            alpha=0.1,
            l1_ratio=0.5,
            standardize=False,
            n_threads=n_threads,
        )
        return fit.coefs.toarray()

    def loop() -> Any:
        order = np.argsort(labels, kind="stable")
        ends = np.cumsum(np.bincount(labels, minlength=m))
        model = ElasticNet(alpha=0.1, l1_ratio=0.5, tol=1e-8)
        found = []
        for group in range(part):
            rows = order[ends[group - 1] if group else 0 : ends[group]]
            found.append(model.fit(X[rows], y[rows]).coef_)
        return np.array(found)

    return [
        Way("fastreg.fit_groups", ours),
        Way("scikit-learn, sort and loop of ElasticNet.fit", loop, part / m),
    ]


def samples(scale: float, n_threads: int) -> list[Way]:
    """Bootstrap samples of one problem."""
    from sklearn.linear_model import Lasso

    import fastreg

    n, p, m = 500, 200, max(20, int(1000 * scale))
    rng = np.random.default_rng(4)
    X = np.asfortranarray(_ar1(rng, n, p))
    y = X[:, :5].sum(axis=1) + rng.standard_normal(n)
    drawn = np.random.default_rng(0).multinomial(n, np.full(n, 1.0 / n), min(m, 64))
    part = max(1, min(len(drawn), m // 20))

    def ours() -> Any:
        fit = fastreg.bootstrap(
            X, y, m, alpha=0.05, standardize=False, n_threads=n_threads
        )
        return fit.coefs.toarray()

    def loop() -> Any:
        model = Lasso(alpha=0.05, tol=1e-8, max_iter=100_000)
        fits = (model.fit(X, y, sample_weight=weight) for weight in drawn[:part])
        return np.array([fit.coef_.copy() for fit in fits])

    def copies() -> Any:
        model = Lasso(alpha=0.05, tol=1e-8, max_iter=100_000)
        picks = (np.repeat(np.arange(n), weight) for weight in drawn[:part])
        fits = (model.fit(X[rows], y[rows]) for rows in picks)
        return np.array([fit.coef_.copy() for fit in fits])

    return [
        Way("fastreg.bootstrap", ours),
        Way("scikit-learn, loop of Lasso.fit with weights", loop, part / m),
        Way("scikit-learn, loop of Lasso.fit on copies", copies, part / m),
    ]


def single(scale: float, _: int) -> list[Way]:
    """One tiny fit, called from Python again and again."""
    from sklearn.linear_model import Lasso

    import fastreg

    count = max(10, int(2000 * scale))
    rng = np.random.default_rng(5)
    X = rng.standard_normal((100, 10))
    y = X[:, 0] - X[:, 3] + rng.standard_normal(100)

    def ours() -> Any:
        fits = [fastreg.solve(X, y, 0.1, standardize=False) for _ in range(count)]
        return np.array([fit.coef for fit in fits])

    def loop() -> Any:
        return np.array([Lasso(0.1, tol=1e-8).fit(X, y).coef_ for _ in range(count)])

    return [Way("fastreg.solve", ours), Way("scikit-learn, Lasso.fit", loop)]


def _ar1(rng: np.random.Generator, n: int, p: int) -> Any:
    X = rng.standard_normal((n, p))
    for j in range(1, p):
        X[:, j] = 0.5 * X[:, j - 1] + np.sqrt(0.75) * X[:, j]
    return X


ROWS = {
    row.name: row
    for row in (
        Row("responses", "1000 responses, n=500 p=1000, Lasso", 6.0, responses),
        Row("batch", "10 000 problems of n=100 p=10, Lasso", 100.0, batch),
        Row("rolling", "windows of 250, n=10 000 p=20, elastic net", 50.0, rolling),
        Row("groups", "5000 groups in a million rows, p=10, elastic net", 2.0, groups),
        Row("samples", "1000 bootstrap samples, n=500 p=200, Lasso", 20.0, samples),
        Row("single", "a call, n=100 p=10, Lasso", 20.0, single),
    )
}
