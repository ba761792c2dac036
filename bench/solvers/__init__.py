"""The solvers by name. One file each: the way its authors mean it to be called."""

from __future__ import annotations

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

__all__ = ["OURS", "SOLVERS", "Fit", "Solver", "find"]

# They need fastreg; the others are peers.
OURS = ("fastreg", "reference")

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


def find(name: str) -> Solver:
    """The solver of a name."""
    if name not in SOLVERS:
        raise ValueError(
            f"There is no solver {name!r}; there are: {', '.join(SOLVERS)}."
        )
    return SOLVERS[name]
