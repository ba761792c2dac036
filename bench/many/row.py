"""A row of the table: its problems, fastreg's call and other ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.many import loops
from bench.many.judge import CHECKED, TARGET, Answer, at_one_alpha
from bench.many.problems import Problems
from bench.many.timing import Way


@dataclass(frozen=True)
class Row:
    """Work that is measured.

    `wanted` has the ratio to the fastest way whose name begins with the key. `ours` is
    fastreg's call, `others` are ways that know scikit-learn; `peers` names packages of
    `bench.many.peers`.
    """

    words: str
    wanted: dict[str, float]
    problems: Callable[[float], Problems]
    ours: Callable[[Problems, int], Any]
    others: Callable[[Problems, int], list[Way]]
    peers: tuple[str, ...] = ()

    def ways(self, scale: float, n_threads: int) -> tuple[Problems, list[Way]]:
        """The problems, and fastreg's way first."""
        made = self.problems(scale)
        ours = Way("fastreg", lambda: self.ours(made, n_threads), _of_ours(made))
        return made, [ours, *self.others(made, n_threads)]


def _of_ours(made: Problems) -> Callable[[Any], Answer]:
    def answer(fit: Any) -> Answer:
        if isinstance(fit, list):  # of `solve`
            return at_one_alpha(made, [one.coef for one in fit])
        found = []
        for i, key in enumerate(fit.keys[:CHECKED]):
            alphas = np.atleast_1d(fit.alphas[i])
            found.append((fit.coef(key).reshape(-1, len(alphas)), alphas))
        return found

    return answer


def loop_ways(
    made: Problems,
    name: str,
    loop: Callable[..., list[Any]],
    items: Sequence[Any],
    *args: Any,
    n_jobs: int,
    each: bool = False,
) -> list[Way]:
    """A loop over a part of the problems, and the same by joblib.

    With `each` the loop says alphas itself.
    """
    share = len(items) / made.count

    def answer(found: Any) -> Answer:
        return list(found) if each else at_one_alpha(made, found)

    ways = [Way(f"scikit-learn, {name}", lambda: loop(items, *args), answer, share)]
    if n_jobs > 1:
        ways.append(
            Way(
                f"scikit-learn, {name}, joblib with {n_jobs} processes",
                lambda: loops.in_processes(n_jobs, loop, items, *args),
                answer,
                share,
            )
        )
    return ways


def options_of(made: Problems, n_threads: int) -> dict[str, Any]:
    """What all calls of fastreg are told."""
    return {
        "l1_ratio": made.l1_ratio,
        "fit_intercept": made.intercept,
        "standardize": False,
        "tol": TARGET,
        "n_threads": n_threads,
    }


def part_of(made: Problems, whole: int) -> range:
    """Problems that a loop is run on, so many of the whole row's."""
    return range(min(made.count, max(2, whole * made.count // 1000)))
