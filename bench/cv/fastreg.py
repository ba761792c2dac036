"""fastreg through its public function, which fits the whole path of all rows, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.solvers._solver import Fit, Solver, decades


def _make(problem: Any, threads: int) -> Callable[[float], Fit]:
    call = caller(problem)

    def run(tol: float) -> Fit:
        found = call(tol, threads)
        passes = [path.n_passes for paths in found.fold_paths for path in paths]
        return Fit(
            found.coef if problem.family == "gaussian" else None,
            alpha=found.alpha,
            l1_ratio=found.l1_ratio,
            scores=found.mean_score,
            n_passes=sum(passes),
        )

    return run


def caller(
    problem: Any, *, early_stop: bool = False, shuffled: bool = False
) -> Callable[[float, int], Any]:
    """`fastreg.cv` of a problem, as a function of the tolerance and of threads.

    Only a grid that it makes itself, the same as ours, can be stopped early. With
    `shuffled` it deals rows to as many folds.
    """
    import fastreg

    several = len(problem.mixes) > 1
    grid: dict[str, Any] = {"alphas": problem.grids[0], "l1_ratio": problem.mixes[0]}
    if several or early_stop:
        n_alphas = problem.grids.shape[1]
        eps = float(problem.grids[0, -1] / problem.grids[0, 0])
        mixes = problem.mixes if several else problem.mixes[0]
        grid = {"alphas": n_alphas, "eps": eps, "l1_ratio": mixes}

    def call(tol: float, threads: int) -> Any:
        return fastreg.cv(
            problem.X,
            problem.y,
            family=problem.family,
            cv=len(problem.folds) if shuffled else problem.folds,
            scoring="log_loss" if problem.family == "binomial" else "mse",
            fit_intercept=problem.intercept,
            standardize=False,
            tol=tol,
            early_stop=early_stop,
            n_threads=threads,
            **grid,
        )

    return call


SOLVERS = (
    Solver("fastreg", "fastreg", (1e-2, 1e-3, *decades(-4, -13)), (1e-4, 1e-9), _make),
)
