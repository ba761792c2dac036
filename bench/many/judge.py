"""Gaps of what the ways return, recomputed in NumPy for some of the problems."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.accuracy import primal_and_gap
from bench.data import Floats
from bench.many.problems import Problems
from bench.problems import Problem

# Every way must reach this relative gap.
TARGET = 1e-6
# Problems that are looked at, the first ones.
CHECKED = 20

# Coefficients of problems, (p, k) each, and their k alphas.
Answer = list[tuple[Floats, Floats]]


def at_one_alpha(problems: Problems, coefs: Any) -> Answer:
    """The answer of a way that has a row of coefficients a problem."""
    return [
        (np.asarray(coef)[:, np.newaxis], np.array([problems.alpha_of(i)]))
        for i, coef in enumerate(coefs[:CHECKED])
    ]


def worst_gap(problems: Problems, answer: Answer) -> float:
    """The largest relative gap of the problems that are looked at."""
    return max(
        _gap(problems, i, coefs, np.asarray(alphas))
        for i, (coefs, alphas) in enumerate(answer[:CHECKED])
    )


def _gap(problems: Problems, i: int, coefs: Floats, alphas: Floats) -> float:
    X, y = problems.centred(i)
    problem = Problem(f"problem {i}", X, y, alphas, problems.l1_ratio)
    return float(primal_and_gap(problem, coefs)[1].max())


def difference(one: Answer, other: Answer) -> float:
    """The largest difference of coefficients of the same problems."""
    pairs = zip(one, other, strict=False)
    return max(float(np.abs(a - b).max()) for (a, _), (b, _) in pairs)
