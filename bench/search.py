"""Finds the loosest settings of a solver that meet the targets.

Accuracy is taken to improve along the ladder. Between a setting that misses and one
that meets, the next is halfway; beyond the last one tried, as far as the accuracy
seems to be away from the target.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.solvers import Solver

# Decades of accuracy that a step of the ladder is expected to gain.
GAIN = 0.6

# True suboptimality below this is rounding: it counts as this.
FLOOR = 1e-16

# The targets of true suboptimality that belong to those of the gap.
SUBOPT_FACTOR = 1e-2


@dataclass
class Search:
    """What was tried of one solver on one problem.

    Attributes
    ----------
    trial
        Runs a setting and returns its answer.
    budget
        Seconds; the search ends when the next run is likely to exceed it.
    tried
        Answers by index of the ladder.
    """

    solver: Solver
    trial: Callable[[float], dict[str, Any]]
    budget: float
    tried: dict[int, dict[str, Any]] = field(default_factory=dict)
    spent: float = 0.0
    wall: int | None = None  # the first index that is known to be hopeless

    def find(self, measure: str, target: float) -> int | None:
        """Index of the loosest setting that meets the target, None if none is found."""
        index: int | None = self.solver.start(target / _factor(measure))
        if self.tried:
            index = self._next(measure, target)
        while index is not None and self._affordable(index):
            self._try(index)
            index = self._next(measure, target)
        met = self.meeting(measure, target)
        return min(met) if met else None

    def meeting(self, measure: str, target: float) -> list[int]:
        """Settings tried that meet the target."""
        return [i for i in self.tried if self.accuracy(i, measure) <= target]

    def accuracy(self, index: int, measure: str) -> float:
        """Achieved accuracy of a setting tried, infinite if it failed."""
        return float(self.tried[index].get(measure, math.inf))

    def _affordable(self, index: int) -> bool:
        if self.wall is not None and index >= self.wall:
            return False
        looser = [t["elapsed"] for i, t in self.tried.items() if i <= index]
        return self.spent + max(looser, default=0.0) <= self.budget

    def _try(self, index: int) -> None:
        answer = self.trial(self.solver.ladder[index])
        self.spent += answer["elapsed"]
        self.tried[index] = answer
        if answer["status"] == "unsuited":
            self.wall = 0
        elif answer["status"] != "ok":
            self.wall = index if self.wall is None else min(self.wall, index)

    def _next(self, measure: str, target: float) -> int | None:
        """The setting to try next; None if the answer is known."""
        met = self.meeting(measure, target)
        missed = [i for i in self.tried if self.accuracy(i, measure) > target]
        high = min(met, default=len(self.solver.ladder))
        if self.wall is not None:
            high = min(high, self.wall)
        low = max((i for i in missed if i < high), default=-1)
        if high - low <= 1:
            return None
        return min(max(self._guess(measure, target, low, high), low + 1), high - 1)

    def _guess(self, measure: str, target: float, low: int, high: int) -> int:
        if low >= 0 and high in self.tried and high != self.wall:
            return (low + high) // 2
        if low >= 0:
            hint = self.solver.start(target / _factor(measure))
            step = low + self._steps(low, measure, target)
            return min(hint, step) if hint > low else step
        if high in self.tried and high != self.wall:
            return high - self._steps(high, measure, target)
        return high // 2

    def _steps(self, index: int, measure: str, target: float) -> int:
        """How many settings the target seems to be away."""
        reached = min(max(self.accuracy(index, measure), FLOOR), 1.0)
        return max(1, int(abs(math.log10(reached / target)) / GAIN))


def _factor(measure: str) -> float:
    return SUBOPT_FACTOR if measure == "subopt" else 1.0
