"""fastreg through its public function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:
    import fastreg

    options: dict[str, Any] = {}
    if "n_threads" in inspect.signature(fastreg.path).parameters:
        options["n_threads"] = threads

    def run(tol: float) -> Fit:
        try:
            path = fastreg.path(
                problem.X,
                problem.y,
                alphas=problem.alphas,
                l1_ratio=problem.l1_ratio,
                fit_intercept=False,
                standardize=False,
                tol=tol,
                **options,
            )
        except TypeError:
            if not problem.sparse:
                raise
            return _sparse_kernel(problem, tol)
        coefs = path.sparse_coefs
        return Fit(coefs, n_passes=path.n_passes)

    return run


def _sparse_kernel(problem: Problem, tol: float) -> Fit:
    """The kernel itself, for versions whose public function takes arrays only."""
    import scipy.sparse as sp

    from fastreg import _core

    X = problem.X
    parts: Any = (X.data, X.indices, X.indptr, X.shape[0])
    found = _core.elastic_net_path(
        parts,
        problem.y,
        sample_weight=None,
        alphas=problem.alphas,
        n_alphas=len(problem.alphas),
        eps=0.01,
        l1_ratio=problem.l1_ratio,
        fit_intercept=False,
        standardize=False,
        penalty_factor=None,
        lower_bounds=None,
        upper_bounds=None,
        coef_init=None,
        tol=tol,
        max_iter=100_000,
    )
    coefs = sp.csc_array(
        (found["values"], found["indices"], found["indptr"]),
        shape=(X.shape[1], len(problem.alphas)),
    )
    return Fit(coefs, n_passes=found["n_passes"])


SOLVERS = (
    Solver("fastreg", "fastreg", (1e-2, 1e-3, *decades(-4, -13)), (1e-4, 1e-8), _make),
)
