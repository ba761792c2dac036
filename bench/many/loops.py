"""Loops over scikit-learn, as one writes them, and as joblib runs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np

from bench.data import Floats
from bench.many.judge import TARGET

# Their tolerance is about |y|², of which half is the null model's objective.
TOL = TARGET / 2
COMMON: dict[str, Any] = {"tol": TOL, "max_iter": 100_000}


def fits(problems: Sequence[Any], model: Any) -> list[Floats]:
    """Coefficients of an estimator for (X, y) or (X, y, weights)."""
    return [model.fit(*problem).coef_.copy() for problem in problems]


def paths(
    columns: Sequence[Floats], X: Floats, gram: Floats, options: dict[str, Any]
) -> list[tuple[Floats, Floats]]:
    """Coefficients and alphas of `enet_path`, which is given all that it can be."""
    from sklearn.linear_model import enet_path

    found = []
    for y in columns:
        alphas, coefs, _ = enet_path(
            X, y, precompute=gram, Xy=X.T @ y, check_input=False, **options, **COMMON
        )
        found.append((coefs, alphas))
    return found


def centred_paths(
    picks: Sequence[Any], X: Floats, y: Floats, alpha: float, l1_ratio: float
) -> list[Floats]:
    """Coefficients of `enet_path` at one alpha on some of the rows, centred."""
    from sklearn.linear_model import enet_path

    found = []
    for rows in picks:
        Z, z = X[rows], y[rows]
        Z, z = np.asfortranarray(Z - Z.mean(axis=0)), z - z.mean()
        path = enet_path(
            Z, z, l1_ratio=l1_ratio, alphas=[alpha], check_input=False, **COMMON
        )
        found.append(path[1][:, 0])
    return found


def lasso_cv(
    columns: Sequence[Floats], X: Floats, folds: Any
) -> list[tuple[Floats, Floats]]:
    """Coefficients and the alpha that `LassoCV` chooses."""
    from sklearn.linear_model import LassoCV

    found = []
    for y in columns:
        model = LassoCV(alphas=100, eps=1e-3, cv=folds, fit_intercept=False, **COMMON)
        model.fit(X, y)
        found.append((model.coef_[:, np.newaxis], np.array([model.alpha_])))
    return found


def in_processes(
    n_jobs: int, loop: Callable[..., list[Any]], items: Sequence[Any], *args: Any
) -> list[Any]:
    """A loop over parts of the items, ``loop(part, *args)``, by joblib's processes."""
    from joblib import Parallel, delayed

    ends = np.linspace(0, len(items), n_jobs + 1).astype(int)
    parts = [items[a:b] for a, b in pairwise(ends)]
    found = Parallel(n_jobs=n_jobs)(delayed(loop)(part, *args) for part in parts)
    return list(chain.from_iterable(found))
