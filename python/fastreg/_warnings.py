"""Warnings and exceptions of fastreg's own.

A ConvergenceWarning never appears when the asked-for gap is met. What is wrong with an
argument is a ValueError or a TypeError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastreg._result import Path


class ConvergenceWarning(UserWarning):
    """A solver stopped with a duality gap above ``tol``."""


class GridWarning(UserWarning):
    """The best strength is at an edge of those that were tried."""


class FoldWarning(UserWarning):
    """Folds of cross-validation that say little about new rows."""


class SeparationWarning(UserWarning):
    """The likelihood has no maximum: coefficients grow without limit without penalty.

    Classes that a linear function of the features tells apart are the usual reason, or
    a group whose counts are all 0.
    """


class PathInterrupted(KeyboardInterrupt):
    """Ctrl-C while a path was fitted.

    Attributes
    ----------
    path : Path
        The alphas that were solved until then, at least one. All of it is valid.
    n_alphas : int
        How many there were to be.
    """

    def __init__(self, path: Path, n_alphas: int) -> None:
        super().__init__(
            f"interrupted after {len(path.alphas)} of {n_alphas} alphas; "
            "the attribute path of this exception has them"
        )
        self.path = path
        self.n_alphas = n_alphas

    def __reduce__(self) -> tuple[type[PathInterrupted], tuple[Path, int]]:
        # Pickled where a worker process was interrupted.
        return type(self), (self.path, self.n_alphas)
