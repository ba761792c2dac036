"""``python -m bench cv``: strengths chosen by cross-validation.

All solvers get the same folds and grids. Where a package's own cross-validation can't
take them, or doesn't work, it is written by hand over its paths, and named so.
"""

from __future__ import annotations

from bench.cv import adelie, celer, fastreg, glmnet, scikit_learn
from bench.solvers import Solver

__all__ = ["SOLVERS"]

SOLVERS: dict[str, Solver] = {
    solver.name: solver
    for module in (fastreg, scikit_learn, glmnet, celer, adelie)
    for solver in module.SOLVERS
}
