"""How far many fits are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from fastreg import _validation
from fastreg._progress import Progress

Told = Callable[[int], Any]


class ManyProgress(Progress):
    """Is called with the number of all models that are done."""

    def __init__(self, name: str, total: int) -> None:
        super().__init__(name, "model", total)

    def __call__(self, done: int) -> None:
        """So many are done."""
        super().__call__(done - self._done)


def beyond(told: Told | None, first: int) -> Told | None:
    """The same for who counts only those after the first so many."""
    return None if told is None else lambda done: told(first + done)


def shown(progress: Any, name: str, total: int) -> AbstractContextManager[Told | None]:
    """What is told of models that are done, if progress is asked for."""
    if _validation.check_flag(progress, "progress"):
        return ManyProgress(name, total)
    return nullcontext()
