"""Objectives of solutions to 1e-13, kept beside the data, for true suboptimality."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench import accuracy, data, problems
from bench.data import Floats

TOL = 1e-13
# The gap recomputed in NumPy: rounding in its sums shows from about here.
TRUSTED = 2e-12


def file(name: str) -> Path:
    """Where the relative objectives of a problem are kept."""
    return data.folder() / f"{name}-reference.npy"


def load(name: str) -> Floats | None:
    """The relative objectives, or None if they were never computed."""
    return np.load(file(name)) if file(name).exists() else None


def ensure(name: str) -> float:
    """Solve a problem to `TOL` with fastreg unless that was done; its worst gap.

    The gap is recomputed from the coefficients: it, not fastreg's word, says that the
    objectives are those of the optimum, whoever is measured against them.

    Raises
    ------
    RuntimeError
        If the recomputed gap is above `TRUSTED`.
    """
    if file(name).exists():
        return 0.0
    from bench.solvers import find

    problem = problems.load(name)
    fit = find("fastreg").make(problem, 1)(TOL)
    primal, gap = accuracy.primal_and_gap(problem, fit.coefs)
    worst = float(gap.max())
    if worst > TRUSTED:
        raise RuntimeError(
            f"The reference of problem {name} has a gap of {worst:.1e}, more than "
            f"{TRUSTED:.0e}: suboptimality can't be measured against it."
        )
    np.save(file(name), primal)
    return worst
