"""Watching a path while it is fitted: the step, progress, and what ends it early."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from fastreg import _validation

if TYPE_CHECKING:
    from typing_extensions import Self

# As fastreg::Stop counts them.
STOPS = (None, "deviance_ratio", "max_time", "callback", "interrupted")


@dataclass(frozen=True)
class PathStep:
    """One alpha of a path that is being fitted, as `callback` gets it.

    Attributes
    ----------
    index : int
        Position of alpha on the path, from 0.
    n_alphas : int
        How many alphas there are to be.
    alpha : float
        The strength.
    dual_gap : float
        Relative duality gap of the solution.
    n_nonzero : int
        Number of nonzero coefficients.
    deviance_ratio : float
        Share of the variance of y that is explained.
    n_iter : int
        Sweeps of coordinate descent and Newton steps of the support.
    seconds : float
        Time since the path began.
    """

    index: int
    n_alphas: int
    alpha: float
    dual_gap: float
    n_nonzero: int
    deviance_ratio: float
    n_iter: int
    seconds: float


Callback = Callable[[PathStep], Any]


@dataclass(frozen=True)
class Watch:
    """How a path is run, apart from what is solved.

    `first` and `n_alphas` place a part of a path in the whole of it; `began` is the
    time that the parts before took. After Ctrl-C a solution with what there is comes
    back if `partial`, else KeyboardInterrupt is raised.
    """

    n_threads: int = 1
    max_time: float = np.inf
    early_stop: bool = False
    callback: Callback | None = None
    partial: bool = False
    first: int = 0
    n_alphas: int | None = None
    began: float = 0.0

    def part(self, first: int, n_alphas: int, began: float = 0.0) -> Watch:
        """The watch over a part of the path that begins after `began` seconds."""
        return replace(self, first=first, n_alphas=n_alphas, began=began)

    def kernel_options(self) -> dict[str, Any]:
        """What the kernels take."""
        return {
            "n_threads": self.n_threads,
            "max_time": max(0.0, self.max_time - self.began),
            "early_stop": self.early_stop,
            "on_point": None if self.callback is None else self._on_point,
        }

    def _on_point(self, index: int, n_alphas: int, alpha: float, *rest: Any) -> bool:
        dual_gap, n_nonzero, deviance_ratio, n_iter, seconds = rest
        step = PathStep(
            index=index + self.first,
            n_alphas=self.n_alphas or n_alphas,
            alpha=alpha,
            dual_gap=dual_gap,
            n_nonzero=n_nonzero,
            deviance_ratio=deviance_ratio,
            n_iter=n_iter,
            seconds=seconds + self.began,
        )
        return self.callback is not None and bool(self.callback(step))


def check_max_time(max_time: Any) -> float:
    """Seconds > 0; None is no limit."""
    if max_time is None:
        return np.inf
    seconds = _validation.check_real(max_time, "max_time")
    if seconds <= 0.0:
        raise ValueError(f"max_time must be more than 0 seconds, got {seconds:g}")
    return seconds


def check_callback(callback: Any) -> Callback | None:
    """A function of one argument, or None."""
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of one step, got {callback!r}")
    return callback  # type: ignore[no-any-return]


class Progress:
    """Shows a path on stderr: a bar of tqdm if that is installed, else a few lines.

    It is a callback that passes each step on to the user's.
    """

    def __init__(self, callback: Callback | None) -> None:
        self._callback = callback
        self._bar: Any = None
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, step: PathStep) -> Any:
        """Show one step."""
        if step.index == 0:
            self._bar = _tqdm(step.n_alphas)
        if self._bar is None:
            self._write(step)
        else:
            self._bar.update(step.index + 1 - self._bar.n)
            self._bar.set_postfix_str(_summary(step), refresh=False)
        return None if self._callback is None else self._callback(step)

    def _write(self, step: PathStep) -> None:
        """A line for each tenth of the path."""
        tenths = 10 * (step.index + 1) // step.n_alphas
        if tenths > self._shown or step.index == 0:
            self._shown = tenths
            done = f"{step.index + 1}/{step.n_alphas}"
            line = f"path: {done} alphas, {_summary(step)}, {step.seconds:.1f} s"
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - asked for


def shown(
    progress: Any, callback: Callback | None
) -> AbstractContextManager[Callback | None]:
    """The callback, with progress on stderr if that is asked for."""
    if _validation.check_flag(progress, "progress"):
        return Progress(callback)
    return nullcontext(callback)


def _summary(step: PathStep) -> str:
    explained = f"{100 * step.deviance_ratio:.1f} % explained"
    return f"alpha {step.alpha:.3g}, {step.n_nonzero} nonzero, {explained}"


def _tqdm(total: int) -> Any:
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=total, unit="alpha", file=sys.stderr)
