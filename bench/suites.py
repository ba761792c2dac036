"""Suites: problems, the solvers that compete on them, and the judge of what they find.

`paths` are the Lasso and Elastic Net paths of ``python -m bench run``, `ridge` is that
of ``python -m bench ridge``, `families` that of ``python -m bench families``, `cv` that
of ``python -m bench cv``. A cell is told the suite by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench import accuracy, cv, families, problems, references, ridge, solvers
from bench.cv import judge as cv_judge
from bench.cv import problems as cv_problems
from bench.families import judge as family_judge
from bench.families import problems as family_problems
from bench.problems import Problem
from bench.ridge import judge
from bench.ridge import problems as ridge_problems
from bench.solvers import Fit, Solver


@dataclass(frozen=True)
class Suite:
    """What a cell needs to run any solver on any problem.

    Attributes
    ----------
    load
        From the name of a problem to its arrays.
    solvers
        By name.
    judge
        Accuracy of a fit, recomputed from its coefficients.
    measures
        What the judge may say, for the columns of a table.
    warm_up
        From a problem to a tiny one of the same kind.
    threads
        From the name of a problem to the threads that solvers may use.
    """

    load: Callable[[str], Problem]
    solvers: Mapping[str, Solver]
    judge: Callable[[Fit, Problem], dict[str, Any]]
    measures: tuple[str, ...]
    warm_up: Callable[[Problem], Problem] = problems.warm_up
    threads: Callable[[str], int] = lambda _: 1

    def find(self, name: str) -> Solver:
        """The solver of a name."""
        return solvers.find(name, self.solvers)


def _judge_path(fit: Fit, problem: Problem) -> dict[str, Any]:
    """Worst and median over the path, for both measures."""
    primal, gap = accuracy.primal_and_gap(problem, fit.coefs)
    out: dict[str, Any] = {
        "gap": float(gap.max()),
        "gap_median": float(np.median(gap)),
        "nonzero": int((fit.coefs[:, [-1]] != 0).sum()),
    }
    best = references.load(problem.name)
    if best is not None:
        out["subopt"] = float(accuracy.suboptimality(primal, best).max())
    return out


SUITES = {
    "paths": Suite(
        problems.load,
        solvers.SOLVERS,
        _judge_path,
        ("gap", "gap_median", "subopt", "nonzero"),
    ),
    "ridge": Suite(
        ridge_problems.load,
        ridge.SOLVERS,
        judge.judge,
        ("error", "score_error", "chosen", "method"),
    ),
    "families": Suite(
        family_problems.load,
        families.SOLVERS,
        family_judge.judge,
        ("gap", "gap_median", "nonzero"),
        family_problems.warm_up,
    ),
    "cv": Suite(
        cv_problems.load,
        cv.SOLVERS,
        cv_judge.judge,
        ("error", "gap", "chosen", "chosen_mix"),
        cv_problems.warm_up,
        cv_problems.threads,
    ),
}


def solver(name: str) -> Solver:
    """A solver of whichever suite has it; those of one name share a package."""
    for suite in SUITES.values():
        if name in suite.solvers:
            return suite.solvers[name]
    return solvers.find(name)


def ours(name: str) -> bool:
    """Whether a solver needs fastreg; the others are peers."""
    return solver(name).package == "fastreg"
