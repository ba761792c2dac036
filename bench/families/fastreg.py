"""fastreg through its public function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

from bench.data import Floats
from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:
    import fastreg

    if problem.family == "multinomial":
        return _multinomial(problem, threads)

    def run(tol: float) -> Fit:
        path = fastreg.path(
            problem.X,
            problem.y,
            family=problem.family,
            alphas=problem.alphas,
            l1_ratio=problem.l1_ratio,
            fit_intercept=problem.intercept,
            standardize=False,
            tol=tol,
            n_threads=threads,
        )
        return Fit(path.sparse_coefs, n_passes=path.n_passes)

    return run


def _multinomial(problem: Problem, threads: int) -> Callable[[float], Fit]:
    """By the kernel, which takes probabilities of the classes."""
    from fastreg import _core

    K, p = problem.n_classes, problem.X.shape[1]
    X: Any = problem.X

    def run(tol: float) -> Fit:
        y: Floats = (problem.y == np.arange(K)[:, np.newaxis]).astype(float)
        out = _core.elastic_net_path(
            X,
            y.ravel(),
            family="multinomial",
            sample_weight=None,
            offset=None,
            alphas=problem.alphas,
            n_alphas=len(problem.alphas),
            eps=1e-2,
            l1_ratio=problem.l1_ratio,
            fit_intercept=problem.intercept,
            standardize=False,
            penalty_factor=None,
            lower_bounds=None,
            upper_bounds=None,
            coef_init=None,
            tol=tol,
            max_iter=100_000,
            n_threads=threads,
        )
        parts = (out["values"], out["indices"], out["indptr"])
        coefs = sp.csc_array(parts, shape=(K * p, len(problem.alphas)))
        return Fit(coefs, n_passes=out["n_passes"])

    return run


SOLVERS = (
    Solver("fastreg", "fastreg", (1e-2, 1e-3, *decades(-4, -13)), (1e-4, 1e-8), _make),
)
