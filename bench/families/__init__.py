"""``python -m bench families``: logistic, softmax and Poisson paths.

Solvers are called as their authors mean it, one file for each package; those of the
Lasso are in `bench.solvers`. A problem has the family, and coefficients of several
classes stand one class below the other.
"""

from __future__ import annotations

from bench.families import (
    adelie,
    blitzl1,
    celer,
    fastreg,
    glmnet,
    glum,
    scikit_learn,
    skglm,
)
from bench.solvers import Solver

__all__ = ["SOLVERS"]

SOLVERS: dict[str, Solver] = {
    solver.name: solver
    for module in (
        fastreg,
        glmnet,
        adelie,
        celer,
        skglm,
        blitzl1,
        glum,
        scikit_learn,
    )
    for solver in module.SOLVERS
}
