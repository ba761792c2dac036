"""The wrapper of glmnet's Fortran by Civis: "glmnet" 2.2.1 on PyPI."""

from __future__ import annotations

from collections.abc import Callable

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:  # noqa: ARG001
    from glmnet.linear import ElasticNet

    X = problem.X
    if problem.sparse:
        from scipy.sparse import csc_matrix

        X = csc_matrix(X)

    def run(tol: float) -> Fit:
        model = ElasticNet(
            alpha=problem.l1_ratio,
            lambda_path=problem.alphas,
            standardize=False,
            fit_intercept=False,
            tol=tol,
            max_iter=10**8,
            n_splits=0,
        )
        return Fit(model.fit(X, problem.y).coef_path_)

    return run


SOLVERS = (Solver("python-glmnet", "glmnet", decades(-5, -22), (1e-10, 1e-18), _make),)
