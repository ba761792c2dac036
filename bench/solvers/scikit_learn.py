"""scikit-learn's enet_path, on X and on the Gram matrix."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, tall

# Its gap is relative to |y|² / n, the null objective twice over.
LADDER = (4e-4, 2e-4, 1e-4, 5e-5, 1e-5, 1e-6, 1e-7, 2e-8, 1e-8, 5e-9, 1e-9, 1e-10)


def _make(
    problem: Problem,
    threads: int,  # noqa: ARG001
    *,
    gram: bool,
) -> Callable[[float], Fit]:
    from sklearn.linear_model import enet_path

    def run(tol: float) -> Fit:
        _, coefs, _ = enet_path(
            problem.X,
            problem.y,
            l1_ratio=problem.l1_ratio,
            alphas=problem.alphas,
            precompute=gram,
            tol=tol,
            max_iter=1_000_000,
            copy_X=False,
        )
        return Fit(coefs)

    return run


SOLVERS = (
    Solver("sklearn", "scikit-learn", LADDER, (5e-5, 5e-9), partial(_make, gram=False)),
    Solver(
        "sklearn-gram",
        "scikit-learn",
        LADDER,
        (5e-5, 5e-9),
        partial(_make, gram=True),
        suits=tall,
    ),
)
