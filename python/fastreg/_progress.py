"""How far long work is."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

# Seconds between two lines.
BEAT = 1.0


def nobody(_: int) -> None:
    """Tell nobody of a path that is done."""


class Progress:
    """Counts on stderr, by tqdm if that is installed, else by lines.

    `name` is what runs; `total` is None where nobody knows how many there will be.
    """

    def __init__(self, name: str, unit: str, total: int | None = None) -> None:
        self._name, self._unit, self._total = name, unit, total
        self._began = self._last = perf_counter()
        self._done = 0
        self._bar: Any = None

    def __enter__(self) -> Self:
        try:
            from tqdm import tqdm
        except ImportError:
            return self
        self._bar = tqdm(total=self._total, unit=self._unit, file=sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        else:
            self._write()

    def __call__(self, new: int) -> None:
        """So many more are done."""
        self._done += new
        if self._bar is not None:
            self._bar.update(new)
        elif perf_counter() - self._last > BEAT:
            self._last = perf_counter()
            self._write()

    def _write(self) -> None:
        seconds = perf_counter() - self._began
        done = self._done if self._total is None else f"{self._done} of {self._total}"
        line = f"{self._name}: {done} {self._unit}s, {seconds:.1f} s"
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - asked for
