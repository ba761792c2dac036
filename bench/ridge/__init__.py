"""``python -m bench ridge``: ways of solving ridge regression, at equal accuracy.

A way is a `Solver`, named as on the command line. That of one alpha, of a path of them
and of the choice of one by leave-one-out is told by the problem.
"""

from __future__ import annotations

from bench.ridge import closed_forms, fastreg, scikit_learn
from bench.solvers import Solver

__all__ = ["SOLVERS"]

SOLVERS: dict[str, Solver] = {
    solver.name: solver
    for module in (fastreg, closed_forms, scikit_learn)
    for solver in module.SOLVERS
}
