"""celer, by coordinate descent and by its proximal Newton method. No intercept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bench.families._support import plain, signs, takes
from bench.problems import Problem
from bench.solvers import celer
from bench.solvers._solver import Fit, Solver


def _make(
    problem: Problem,
    threads: int,  # noqa: ARG001
    *,
    newton: bool,
) -> Callable[[float], Fit]:
    from celer import celer_path

    X, y = plain(problem.X), signs(problem)

    def run(tol: float) -> Fit:
        _, coefs, _ = celer_path(
            X,
            y,
            "logreg",
            alphas=len(y) * problem.alphas,
            tol=tol,
            prune=1,
            max_iter=200,
            use_PN=newton,
        )
        return Fit(coefs)

    return run


SOLVERS = tuple(
    Solver(
        *(name, "celer", celer.LADDER, guesses),
        partial(_make, newton=newton),
        takes("binomial", lasso=True, intercept=False),
    )
    for name, newton, guesses in (
        ("celer", False, (5e-5, 5e-9)),
        ("celer-newton", True, (3e-5, 1e-10)),
    )
)
