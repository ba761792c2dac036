"""How far many fits are."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fastreg import _validation

if TYPE_CHECKING:
    from typing_extensions import Self

# Seconds between two lines.
BEAT = 1.0

Told = Callable[[int], Any]


class ManyProgress:
    """Shows how many of so many models there are: by tqdm if it is there, else lines.

    It is called with the number of those that are done.
    """

    def __init__(self, name: str, total: int) -> None:
        self.name, self.total = name, total
        self._began = self._last = perf_counter()
        self._done = 0
        self._bar: Any = None

    def __enter__(self) -> Self:
        try:
            from tqdm import tqdm
        except ImportError:
            return self
        self._bar = tqdm(total=self.total, unit="model", file=sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        else:
            self._write()

    def __call__(self, done: int) -> None:
        """So many are done."""
        new, self._done = done - self._done, done
        if self._bar is not None:
            self._bar.update(new)
        elif perf_counter() - self._last > BEAT:
            self._last = perf_counter()
            self._write()

    def _write(self) -> None:
        seconds = perf_counter() - self._began
        line = f"{self.name}: {self._done} of {self.total} models, {seconds:.1f} s"
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - asked for


def beyond(told: Told | None, first: int) -> Told | None:
    """The same for who counts only those after the first so many."""
    return None if told is None else lambda done: told(first + done)


def shown(progress: Any, name: str, total: int) -> AbstractContextManager[Told | None]:
    """What is told of models that are done, if progress is asked for."""
    if _validation.check_flag(progress, "progress"):
        return ManyProgress(name, total)
    return nullcontext()
