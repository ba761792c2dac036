"""Mean scores of solutions to 1e-13, kept beside the data.

Each fold is a path of its own on a copy of the rows that it trains on, so that nothing
is asked of the code for cross-validation that is measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bench import accuracy, data
from bench.cv import problems
from bench.cv.problems import Choice
from bench.data import Floats
from bench.families import judge as families
from bench.problems import Problem

TOL = 1e-13
# Gaps recomputed in NumPy: rounding in their sums shows from about here.
TRUSTED = 2e-12


def file(name: str) -> Path:
    """Where the scores of a row are kept; rows that differ in threads share them."""
    row = problems.find(name)
    parts = (row.family, len(row.mixes), row.n_folds, row.n_alphas, f"{row.eps:g}")
    words = "-".join(map(str, parts))
    return data.folder() / f"{row.data}-cv-{words}.npy"


def load(name: str) -> Floats:
    """Mean scores, (r, k)."""
    return np.asarray(np.load(file(name)))


def ensure(name: str) -> float:
    """Solve a row's folds with fastreg.path unless that was done; the worst gap.

    The gap is recomputed from the coefficients: it, not fastreg's word, says that the
    scores are those of solutions.

    Raises
    ------
    RuntimeError
        If a recomputed gap is above `TRUSTED`.
    """
    if file(name).exists():
        return 0.0
    problem = problems.load(name)
    scores = np.zeros_like(problem.grids)
    worst = 0.0
    for train, test in problem.folds:
        X, y = np.asfortranarray(problem.X[train]), problem.y[train]
        for mix, l1_ratio, alphas in problem.paths():
            coefs, intercepts = _solve(problem, X, y, l1_ratio, alphas)
            gap = gaps(problem, X, y, l1_ratio, alphas, coefs)
            worst = max(worst, float(gap.max()))
            eta = problem.X[test] @ coefs + intercepts
            scores[mix] += mean_score(problem.family, problem.y[test], eta)
    if worst > TRUSTED:
        raise RuntimeError(
            f"A fold of {name} is solved to a gap of {worst:.1e}, more than "
            f"{TRUSTED:.0e}: errors of scores can't be measured against it."
        )
    np.save(file(name), scores / len(problem.folds))
    return worst


def _solve(
    problem: Choice, X: Any, y: Floats, l1_ratio: float, alphas: Floats
) -> tuple[Floats, Floats]:
    import fastreg

    path = fastreg.path(
        X,
        y,
        family=problem.family,
        alphas=alphas,
        l1_ratio=l1_ratio,
        fit_intercept=problem.intercept,
        standardize=False,
        tol=TOL,
    )
    return path.coefs, path.intercepts


def gaps(
    problem: Choice, X: Any, y: Floats, l1_ratio: float, alphas: Floats, coefs: Any
) -> Floats:
    """Relative duality gaps of coefficients for some of the rows, at each alpha."""
    if problem.family == "gaussian":  # with the best intercept
        centred = Problem("", X - X.mean(axis=0), y - y.mean(), alphas, l1_ratio)
        return accuracy.primal_and_gap(centred, coefs)[1]
    stated = Problem("", X, y, alphas, l1_ratio, family=problem.family)
    return families.relative_gaps(stated, coefs)


def mean_score(family: str, y: Floats, eta: Floats) -> Floats:
    """Mean squared error or log-loss of linear predictors, a column for each alpha."""
    y = y[:, np.newaxis]
    if family == "binomial":
        return np.asarray(np.logaddexp(0.0, (1.0 - 2.0 * y) * eta).mean(axis=0))
    return np.asarray(((y - eta) ** 2).mean(axis=0))
