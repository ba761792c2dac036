"""The solvers by name. One file each: the way its authors mean it to be called."""

from __future__ import annotations

from collections.abc import Mapping

from bench.solvers import (
    adelie,
    blitzl1,
    celer,
    fastreg,
    glmnet_r,
    glum,
    numpy_reference,
    python_glmnet,
    scikit_learn,
    skglm,
)
from bench.solvers._solver import Fit, Solver

__all__ = ["SOLVERS", "Fit", "Solver", "find"]

SOLVERS: dict[str, Solver] = {
    solver.name: solver
    for module in (
        fastreg,
        numpy_reference,
        scikit_learn,
        celer,
        skglm,
        adelie,
        glum,
        blitzl1,
        python_glmnet,
        glmnet_r,
    )
    for solver in module.SOLVERS
}


def find(name: str, among: Mapping[str, Solver] = SOLVERS) -> Solver:
    """The solver of a name."""
    if name not in among:
        raise ValueError(f"There is no solver {name!r}; there are: {', '.join(among)}.")
    return among[name]
