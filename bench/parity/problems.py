"""The rows of the table: real data, its family, the mix, and who scales the columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from bench import data
from bench.problems import Problem
from fastreg import reference

FAMILIES = {
    "breast-cancer": "binomial",
    "digits-3-8": "binomial",
    "wine": "multinomial",
    "digits-10": "multinomial",
}
MIXES = (1.0, 0.5, 0.0)

# The last alpha relative to the first. Coefficients of L2 alone have no first one: that
# of an l1_ratio of RIDGE is taken, as in glmnet.
EPS = 1e-3
RIDGE = 1e-3


@dataclass(frozen=True)
class Row:
    """A path of some data."""

    data: str
    l1_ratio: float
    standardize: bool

    @property
    def family(self) -> str:
        """The loss that suits the data."""
        return FAMILIES[self.data]


def rows(names: list[str]) -> list[Row]:
    """All mixes, standardised or not, of the data of these names."""
    for name in names:
        if name not in FAMILIES:
            known = ", ".join(FAMILIES)
            raise ValueError(f"There is no data set {name!r}; there are: {known}.")
    return [Row(*parts) for parts in product(names, MIXES, (True, False))]


def load(row: Row, n_alphas: int) -> Problem:
    """Arrays and alphas; the first alpha has coefficients that aren't 0."""
    X, y = data.load(row.data)
    problem = Problem(
        row.data,
        X,
        y,
        np.ones(1),
        row.l1_ratio,
        family=row.family,
        intercept=True,
    )
    null = stated(problem, 1.0, standardize=row.standardize)
    first = reference.alpha_max(replace(null, l1_ratio=row.l1_ratio or RIDGE))
    return replace(problem, alphas=first * np.geomspace(0.95, EPS, n_alphas))


def stated(problem: Problem, alpha: float, *, standardize: bool) -> reference.Problem:
    """The same for `fastreg.reference`, whose formulas judge both sides."""
    return reference.Problem(
        problem.X,
        problem.y,
        alpha,
        l1_ratio=problem.l1_ratio,
        standardize=standardize,
        family=problem.family,
    )
