"""adelie, on X and on the Gram matrix.

Without early_exit=False it cuts the path. It stops on the change of coefficients, so a
gap of 1e-8 takes a tolerance below 1e-17.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades, tall

LADDER = decades(-4, -22)


def _naive(problem: Problem, threads: int) -> Callable[[float], Fit]:
    import adelie

    X = sp.csc_matrix(problem.X) if problem.sparse else problem.X
    wrap = adelie.matrix.sparse if problem.sparse else adelie.matrix.dense

    def run(tol: float) -> Fit:
        state = adelie.grpnet(
            X=wrap(X, method="naive", n_threads=threads),
            glm=adelie.glm.gaussian(problem.y),
            alpha=problem.l1_ratio,
            lmda_path=problem.alphas,
            intercept=False,
            early_exit=False,
            tol=tol,
            irls_tol=tol,
            progress_bar=False,
            n_threads=threads,
        )
        return Fit(sp.csc_array(sp.csr_array(state.betas).T))

    return run


def _covariance(problem: Problem, threads: int) -> Callable[[float], Fit]:
    import adelie

    X, n = problem.X, len(problem.y)

    def run(tol: float) -> Fit:
        gram = np.asfortranarray(X.T @ X)
        gram /= n
        state = adelie.solver.gaussian_cov(
            adelie.matrix.dense(gram, method="cov", n_threads=threads),
            X.T @ problem.y / n,
            alpha=problem.l1_ratio,
            lmda_path=problem.alphas,
            tol=tol,
            early_exit=False,
            progress_bar=False,
            n_threads=threads,
        )
        return Fit(sp.csc_array(sp.csr_array(state.betas).T))

    return run


SOLVERS = (
    Solver("adelie", "adelie", LADDER, (1e-11, 1e-18), _naive),
    Solver("adelie-cov", "adelie", LADDER, (1e-10, 1e-18), _covariance, suits=tall),
)
