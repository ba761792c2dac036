"""The data of the problems: made once from a fixed seed, then read from disk.

Dense columns have mean 0 and mean square 1, sparse ones are not centred; y has mean 0
and mean square 1, so the null model's objective is 1/2 everywhere. Labels, classes and
counts of the families are drawn given a linear function of some columns.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Matrix = Any  # an array or a scipy.sparse.csc_array

BLOCK = 500  # columns that are standardised at a time


def folder() -> Path:
    """Where data is kept: $BENCH_DATA, or bench/data, which git ignores."""
    default = Path(__file__).parent / "data"
    path = Path(os.environ.get("BENCH_DATA", default))
    path.mkdir(parents=True, exist_ok=True)
    return path


def standardise(X: Floats) -> Floats:
    """Centre and scale the columns in place; constant ones become 0."""
    for start in range(0, X.shape[1], BLOCK):
        block = X[:, start : start + BLOCK]
        block -= block.mean(axis=0)
        size = np.sqrt((block**2).mean(axis=0))
        block /= np.where(size > 1e-12, size, 1.0)
    return X


def standard_response(y: Floats) -> Floats:
    """Y with mean 0 and mean square 1."""
    y = y - y.mean()
    return np.asarray(y / np.sqrt((y**2).mean()))


def response(rng: np.random.Generator, fit: Floats, snr: float = 3.0) -> Floats:
    """The signal `fit` with noise of 1/snr of its variance."""
    noise = rng.standard_normal(len(fit)) / np.sqrt(snr)
    return standard_response(fit / fit.std() + noise)


def autoregressive(
    n: int, p: int, rho: float, *, support: int, seed: int
) -> tuple[Floats, Floats]:
    """Gaussian columns, each correlated by `rho` with the one before."""
    rng = np.random.default_rng(seed)
    X = np.empty((n, p), order="F")
    X[:, 0] = rng.standard_normal(n)
    for j in range(1, p):
        X[:, j] = rho * X[:, j - 1] + np.sqrt(1 - rho**2) * rng.standard_normal(n)
    standardise(X)
    chosen = rng.choice(p, support, replace=False)
    return X, response(rng, X[:, chosen] @ rng.standard_normal(support))


def power_law(
    n: int, p: int, entries: int, *, support: int, seed: int, scale: bool = False
) -> tuple[sp.csc_array, Floats]:
    """Sparse columns whose numbers of entries follow a power law, as words do.

    They are left as they are, so that frequent ones come first; with `scale` they get a
    mean square of 1, and every rare one can explain its few rows.
    """
    rng = np.random.default_rng(seed)
    share = (np.arange(p) + 20.0) ** -0.8
    counts = share / share.sum() * entries
    for _ in range(20):  # what the limits cut off goes to the other columns
        counts = np.clip(counts * entries / counts.sum(), 2, n // 2)
    counts = rng.permutation(np.round(counts).astype(np.int64))
    columns = np.repeat(np.arange(p, dtype=np.int32), counts)
    rows = rng.integers(0, n, len(columns), dtype=np.int32)
    values = np.exp(rng.normal(0.0, 0.5, len(columns)))
    X = sp.csc_array((values, (rows, columns)), shape=(n, p))
    X.sum_duplicates()
    if scale:
        size = np.sqrt(np.asarray((X**2).sum(axis=0)).ravel() / n)
        X.data /= np.repeat(size, np.diff(X.indptr))
    chosen = rng.choice(p, support, replace=False, p=counts / counts.sum())
    return X, response(rng, X[:, chosen] @ rng.standard_normal(support))


def diabetes_interactions() -> tuple[Floats, Floats]:
    """442 patients, 10 features, their squares and products: 65 columns."""
    from sklearn.datasets import load_diabetes

    data = load_diabetes()
    base = standardise(np.array(data.data, order="F"))
    first, second = np.triu_indices(base.shape[1])
    products = base[:, first] * base[:, second]
    X = np.asfortranarray(np.hstack([base, products]))
    return standardise(X), standard_response(data.target)


def digits() -> tuple[Floats, Floats]:
    """1797 images of 64 pixels; the digit itself is the response."""
    from sklearn.datasets import load_digits

    data = load_digits()
    X = standardise(np.array(data.data, order="F"))
    return X, standard_response(data.target.astype(float))


def sparse_digits() -> tuple[sp.csc_array, Floats]:
    """The digits, one column for every pixel and grey level that occurs."""
    from sklearn.datasets import load_digits

    data = load_digits()
    pixels = data.data.astype(np.int64)
    keys = np.arange(pixels.shape[1]) * 17 + pixels
    rows, columns = np.nonzero(pixels)
    X = sp.csc_array(
        (np.ones(len(rows)), (rows, keys[rows, columns])), shape=(len(pixels), 64 * 17)
    )
    X = X[:, np.diff(X.indptr) > 0]
    X.data /= np.repeat(np.sqrt(np.diff(X.indptr) / len(pixels)), np.diff(X.indptr))
    return X, standard_response(data.target.astype(float))


def classified(name: str, *kept: int) -> tuple[Floats, Floats]:
    """A table of scikit-learn's in the units that it has, with class indices.

    Of some classes, where these are given.
    """
    from sklearn import datasets

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    if kept:
        X, y = X[np.isin(y, kept)], y[np.isin(y, kept)]
    codes = np.unique(y, return_inverse=True)[1]
    return np.array(X, dtype=float, order="F"), codes.astype(float)


def several_responses(
    n: int, p: int, rho: float, *, targets: int, seed: int
) -> tuple[Floats, Floats]:
    """Columns as above, and targets that depend on all of them; noise of 1/4."""
    X, _ = autoregressive(n, p, rho, support=1, seed=seed)
    rng = np.random.default_rng(seed + 1)
    Y = X @ rng.standard_normal((p, targets))
    Y /= Y.std(axis=0)
    Y += rng.standard_normal(Y.shape) / 2
    return X, standardise(np.asfortranarray(Y))


# --- responses of families with a link -------------------------------------------


def labels(rng: np.random.Generator, fit: Floats) -> Floats:
    """0 or 1, with log-odds of standard deviation 2."""
    log_odds = 2.0 * (fit - np.median(fit)) / fit.std()
    ones = rng.random(len(fit)) < 1.0 / (1.0 + np.exp(-log_odds))
    return np.asarray(ones, dtype=float)


def counts(rng: np.random.Generator, fit: Floats) -> Floats:
    """Poisson variables, the logarithm of whose mean has the standard deviation 1/2."""
    return np.asarray(rng.poisson(np.exp(fit / (2.0 * fit.std()))), dtype=float)


def classes(rng: np.random.Generator, fit: Floats) -> Floats:
    """Indices 0 to K - 1, drawn by a softmax of K columns of standard deviation 2."""
    utility = 2.0 * fit / fit.std(axis=0) + rng.gumbel(size=fit.shape)
    return np.asarray(utility.argmax(axis=1), dtype=float)


Draw = Callable[[np.random.Generator, Floats], Floats]


def drawn(
    make: Callable[..., tuple[Matrix, Floats]],
    *,
    draw: Draw,
    support: int,
    seed: int,
    columns: tuple[int, ...] = (),
) -> tuple[Matrix, Floats]:
    """X of `make`, and y drawn given X b of `support` columns; frequent ones if sparse.

    `columns` is (K,) if b has K columns, one for each class.
    """
    X, _ = make(support=1, seed=seed)
    rng = np.random.default_rng(seed + 1)
    share = np.diff(X.indptr) / X.nnz if sp.issparse(X) else None
    chosen = rng.choice(X.shape[1], support, replace=False, p=share)
    return X, draw(rng, X[:, chosen] @ rng.standard_normal((support, *columns)))


MAKERS: dict[str, Callable[[], tuple[Matrix, Floats]]] = {
    "A": partial(autoregressive, 500, 20_000, 0.6, support=100, seed=1),
    "B": partial(autoregressive, 1_000, 10_000, 0.95, support=100, seed=2),
    "C": partial(autoregressive, 100_000, 200, 0.5, support=50, seed=3),
    "D": partial(autoregressive, 5_000, 5_000, 0.5, support=100, seed=4),
    "E": partial(power_law, 20_000, 200_000, 4_000_000, support=300, seed=20),
    "E-scaled": partial(
        power_law, 20_000, 200_000, 4_000_000, support=300, seed=20, scale=True
    ),
    "ridge-tall": partial(autoregressive, 20_000, 1_000, 0.9, support=100, seed=9),
    "ridge-wide": partial(autoregressive, 1_000, 20_000, 0.5, support=100, seed=10),
    "ridge-targets": partial(
        several_responses, 10_000, 500, 0.5, targets=1000, seed=11
    ),
    "logit-square": partial(
        drawn,
        partial(autoregressive, 5_000, 5_000, 0.5),
        draw=labels,
        support=100,
        seed=40,
    ),
    "logit-sparse": partial(
        drawn,
        partial(power_law, 20_000, 200_000, 4_000_000),
        draw=labels,
        support=300,
        seed=41,
    ),
    "logit-tall": partial(
        drawn,
        partial(autoregressive, 200_000, 100, 0.5),
        draw=labels,
        support=30,
        seed=42,
    ),
    "softmax": partial(
        drawn,
        partial(autoregressive, 5_000, 2_000, 0.5),
        draw=classes,
        support=50,
        seed=43,
        columns=(10,),
    ),
    "poisson": partial(
        drawn,
        partial(autoregressive, 10_000, 500, 0.5),
        draw=counts,
        support=50,
        seed=44,
    ),
    "cv": partial(autoregressive, 1_000, 2_000, 0.5, support=50, seed=8),
    "cv-tall": partial(autoregressive, 200_000, 100, 0.5, support=30, seed=50),
    "cv-logit": partial(
        drawn,
        partial(autoregressive, 2_000, 1_000, 0.5),
        draw=labels,
        support=50,
        seed=51,
    ),
    "diabetes": diabetes_interactions,
    "digits": digits,
    "digits-sparse": sparse_digits,
    "breast-cancer": partial(classified, "breast_cancer"),
    "wine": partial(classified, "wine"),
    "digits-3-8": partial(classified, "digits", 3, 8),
    "digits-10": partial(classified, "digits"),
    "small": partial(autoregressive, 200, 50, 0.5, support=10, seed=6),
    "wide": partial(autoregressive, 100, 400, 0.6, support=10, seed=7),
    "sparse": partial(power_law, 200, 600, 6_000, support=10, seed=8),
    "targets": partial(several_responses, 200, 30, 0.5, targets=20, seed=9),
    "small-logit": partial(
        drawn, partial(autoregressive, 200, 100, 0.5), draw=labels, support=10, seed=45
    ),
    "small-logit-sparse": partial(
        drawn, partial(power_law, 300, 600, 6_000), draw=labels, support=10, seed=46
    ),
    "small-logit-tall": partial(
        drawn, partial(autoregressive, 1_000, 20, 0.5), draw=labels, support=5, seed=47
    ),
    "small-softmax": partial(
        drawn,
        partial(autoregressive, 200, 50, 0.5),
        draw=classes,
        support=10,
        seed=48,
        columns=(3,),
    ),
    "small-poisson": partial(
        drawn, partial(autoregressive, 300, 50, 0.5), draw=counts, support=10, seed=49
    ),
}


def make(name: str) -> tuple[Matrix, Floats]:
    """X and y of a name above, or of "ar1-n-p" for scaling curves."""
    if name.startswith("ar1-"):
        n, p = map(int, name.split("-")[1:])
        return autoregressive(n, p, 0.6, support=min(50, p // 10), seed=30)
    return MAKERS[name]()


def path_of(name: str, part: str) -> Path:
    """The file of one array."""
    return folder() / f"{name}-{part}.npy"


def ensure(name: str) -> None:
    """Make the data and write it to disk, unless that was done before."""
    if path_of(name, "y").exists():
        return
    X, y = make(name)
    if sp.issparse(X):
        np.save(path_of(name, "data"), X.data)
        np.save(path_of(name, "indices"), X.indices.astype(np.int32))
        np.save(path_of(name, "indptr"), X.indptr.astype(np.int32))
    else:
        np.save(path_of(name, "X"), np.asfortranarray(X))
    np.save(path_of(name, "y"), y)  # the last one: it says that all are there


def is_sparse(name: str) -> bool:
    """Whether X is stored as the three arrays of a CSC matrix."""
    return path_of(name, "data").exists()


def load(name: str, *, mmap: bool = False) -> tuple[Matrix, Floats]:
    """X and y from disk, X read-only and not read yet if `mmap`."""
    ensure(name)
    y = np.load(path_of(name, "y"))
    if not is_sparse(name):
        return np.load(path_of(name, "X"), mmap_mode="r" if mmap else None), y
    parts = [np.load(path_of(name, part)) for part in ("data", "indices", "indptr")]
    return sp.csc_array(tuple(parts), shape=(len(y), len(parts[2]) - 1)), y
