"""The NumPy solver that specifies fastreg: slow, for small dense problems."""

from __future__ import annotations

from collections.abc import Callable

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades

LARGEST = 100_000  # entries of X


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from fastreg import reference

    def run(tol: float) -> Fit:
        stated = reference.Problem(
            problem.X,
            problem.y,
            alpha=float(problem.alphas[0]),
            l1_ratio=problem.l1_ratio,
            fit_intercept=False,
            standardize=False,
        )
        return Fit(
            reference.coordinate_descent_path(stated, problem.alphas, tol=tol)[0]
        )

    return run


def _small(problem: Problem) -> bool:
    n, p = problem.X.shape
    return not problem.sparse and n * p <= LARGEST


SOLVERS = (
    Solver("reference", "fastreg", decades(-3, -13), (1e-4, 1e-8), _make, suits=_small),
)
