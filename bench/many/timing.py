"""Ways of one row, measured in turns, each with the gap that it reached."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from bench.many import judge
from bench.many.judge import Answer
from bench.many.problems import Problems


@dataclass(frozen=True)
class Way:
    """One way to fit. `answer` makes of what it returns the coefficients of problems.

    `share` is the part of the problems that it is run on.
    """

    name: str
    run: Callable[[], Any]
    answer: Callable[[Any], Answer]
    share: float = 1.0


@dataclass(frozen=True)
class Timing:
    """Seconds of each run, counted up to the whole, and their median."""

    name: str
    seconds: float
    times: list[float]
    share: float
    gap: float
    difference: float  # of coefficients from those of the first way

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def timed(made: Problems, ways: list[Way], reps: int) -> list[Timing]:
    """Wall-clock times, in turns."""
    times: list[list[float]] = [[] for _ in ways]
    found: list[Any] = [None] * len(ways)
    for _ in range(reps):
        for k, way in enumerate(ways):
            start = time.perf_counter()
            found[k] = way.run()
            times[k].append((time.perf_counter() - start) / way.share)
    answers = [way.answer(one) for way, one in zip(ways, found, strict=True)]
    return [
        Timing(
            way.name,
            statistics.median(own),
            own,
            way.share,
            judge.worst_gap(made, answer),
            judge.difference(answers[0], answer),
        )
        for way, own, answer in zip(ways, times, answers, strict=True)
    ]
