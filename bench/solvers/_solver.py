"""What an adapter says about a solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.problems import Problem


@dataclass(frozen=True)
class Fit:
    """What one run gave; None for what the harness measures or nobody knows."""

    coefs: Any  # an array or a sparse matrix of shape (p, k)
    intercepts: Any = None  # (K, k), where a solver that has them is asked for them
    alpha: float | None = None  # where one was to be chosen
    l1_ratio: float = 1.0  # where that was to be chosen, too
    scores: Any = None  # of all alphas, or of the chosen one
    method: str = ""  # what the solver chose to do, where it says so
    n_passes: int | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_bytes: int | None = None


@dataclass(frozen=True)
class Solver:
    """A solver with its ladder of tolerances.

    Attributes
    ----------
    name
        As on the command line.
    package
        Distribution whose version is reported; "R:name" for one of R.
    ladder
        Settings, the loosest first.
    guesses
        Settings to try first for an accuracy of 1e-4 and of 1e-8.
    make
        From a problem and a number of threads to a function of the setting. Only that
        function is timed. Imports belong here: adapters are read without the packages.
    suits
        Whether the solver takes a problem at all.
    compiled
        False for an R script, which needs no warm-up and times itself.
    """

    name: str
    package: str
    ladder: tuple[float, ...]
    guesses: tuple[float, float]
    make: Callable[[Problem, int], Callable[[float], Fit]]
    suits: Callable[[Problem], bool] = lambda _: True
    compiled: bool = True

    def start(self, target: float) -> int:
        """Index of the setting to try first for a target."""
        near = self.guesses[0] if target > 1e-6 else self.guesses[1]
        return min(
            range(len(self.ladder)), key=lambda i: abs(self.ladder[i] / near - 1)
        )


def decades(first: int, last: int) -> tuple[float, ...]:
    """10^first, ..., 10^last, downwards."""
    return tuple(float(f"1e{k}") for k in range(first, last - 1, -1))


def dense(problem: Problem) -> bool:
    """For solvers that take arrays only."""
    return not problem.sparse


def tall(problem: Problem) -> bool:
    """For solvers that form the p x p Gram matrix of a dense X first."""
    n, p = problem.X.shape
    return dense(problem) and p <= n
