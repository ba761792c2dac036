"""Which problems a solver takes, and the data as some of them want it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.data import Floats
from bench.problems import Problem


def takes(
    *families: str,
    lasso: bool = False,
    ridge: bool = False,
    intercept: bool = True,
    sparse: bool = True,
) -> Callable[[Problem], bool]:
    """A test of problems: of these families, and not beyond what a solver can do.

    `lasso` and `ridge` are for solvers of that penalty alone.
    """

    def suits(problem: Problem) -> bool:
        return (
            problem.family in families
            and (problem.l1_ratio == 1.0 or not lasso)
            and (problem.l1_ratio == 0.0 or not ridge)
            and (intercept or not problem.intercept)
            and (sparse or not problem.sparse)
        )

    return suits


def signs(problem: Problem) -> Floats:
    """Labels as -1 and 1."""
    return np.where(problem.y > 0.0, 1.0, -1.0)


def plain(X: Any) -> Any:
    """A SciPy matrix instead of a SciPy array, which older packages don't know."""
    from scipy.sparse import csc_matrix, issparse

    return csc_matrix(X) if issparse(X) else X
