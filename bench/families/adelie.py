"""adelie. Its multinomial penalty is grouped over classes: another problem."""

from __future__ import annotations

from collections.abc import Callable

import scipy.sparse as sp

from bench.families._support import plain, takes
from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades


def _make(problem: Problem, threads: int) -> Callable[[float], Fit]:
    import adelie

    X = plain(problem.X)
    wrap = adelie.matrix.sparse if problem.sparse else adelie.matrix.dense
    loss = getattr(adelie.glm, problem.family)

    def run(tol: float) -> Fit:
        state = adelie.grpnet(
            X=wrap(X, method="naive", n_threads=threads),
            glm=loss(problem.y),
            alpha=problem.l1_ratio,
            lmda_path=problem.alphas,
            intercept=problem.intercept,
            early_exit=False,
            tol=tol,
            irls_tol=tol,
            progress_bar=False,
            n_threads=threads,
        )
        return Fit(sp.csc_array(sp.csr_array(state.betas).T))

    return run


SOLVERS = (
    Solver(
        *("adelie", "adelie", decades(-4, -22), (1e-11, 1e-18)),
        _make,
        takes("binomial", "poisson"),
    ),
)
