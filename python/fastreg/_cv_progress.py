"""How far a cross-validation is."""

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


class FitProgress:
    """Counts fits on stderr: by tqdm if that is installed, else by lines."""

    def __init__(self) -> None:
        self._began = self._last = perf_counter()
        self._fits = 0
        self._bar: Any = None

    def __enter__(self) -> Self:
        try:
            from tqdm import tqdm
        except ImportError:
            return self
        self._bar = tqdm(unit="fit", file=sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        else:
            self._write()

    def __call__(self, n_alphas: int) -> None:
        """A path of so many alphas is done."""
        self._fits += n_alphas
        if self._bar is not None:
            self._bar.update(n_alphas)
        elif perf_counter() - self._last > BEAT:
            self._last = perf_counter()
            self._write()

    def _write(self) -> None:
        seconds = perf_counter() - self._began
        line = f"cv: {self._fits} fits, {seconds:.1f} s"
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - asked for
