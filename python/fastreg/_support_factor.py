"""The Cholesky factor of a Gram matrix that follows a support.

Supports along a path have most features in common: the factor of one becomes that of
the next. Features that go are taken out by reflections, those that come are appended.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# The smallest pivot of columns of length 1: below it normal equations lose more than
# half of the digits.
LEAST_PIVOT = 1e-6
# Columns that are made triangular together.
PANEL = 64


class SupportFactor:
    """R with R'R the Gram matrix of the columns in ``order``.

    `gram` gives the products of some columns with some others, all of length 1.
    """

    def __init__(self, gram: Callable[[Integers, Integers], Floats]) -> None:
        self.gram = gram
        self.order = np.zeros(0, np.int64)
        self.factor = np.zeros((0, 0), order="F")

    def solve(self, right: Floats) -> Floats:
        """The Gram matrix's inverse times `right`, both in the order of ``order``."""
        from scipy.linalg import cho_solve

        return np.asarray(cho_solve((self.factor, False), right, check_finite=False))

    def move_to(self, support: Integers) -> bool:
        """Make the factor that of a support; False where it is close to singular."""
        stays = np.isin(self.order, support)
        if not stays.all():
            self._keep(stays)
        come = np.setdiff1d(support, self.order)
        return len(come) == 0 or self._append(come)

    def _keep(self, stays: NDArray[np.bool_]) -> None:
        """Leave features out of the factor."""
        self.order, n_gone = self.order[stays], int(np.count_nonzero(~stays))
        factor, first = self.factor[:, stays], int(np.argmin(stays))
        size = len(self.order)
        # The columns behind now reach below the diagonal, by no more than n_gone rows:
        # made triangular again panel after panel.
        for start in range(first, size, PANEL):
            end = min(start + PANEL, size)
            rows = slice(start, end + n_gone)
            Q, _ = np.linalg.qr(factor[rows, start:end], mode="complete")
            factor[rows, start:] = Q.T @ factor[rows, start:]
        self.factor = np.asfortranarray(factor[:size])

    def _append(self, come: Integers) -> bool:
        from scipy.linalg import solve_triangular

        kept = len(self.order)
        across = self.gram(self.order, come)
        if kept:
            across = solve_triangular(
                self.factor, across, trans="T", check_finite=False
            )
        own = self.gram(come, come) - across.T @ across
        try:
            own = np.asarray(np.linalg.cholesky(own)).T
        except np.linalg.LinAlgError:
            return False
        if not np.diag(own).min() ** 2 > LEAST_PIVOT:
            return False
        size = kept + len(come)
        factor = np.zeros((size, size), order="F")
        factor[:kept, :kept] = self.factor
        factor[:kept, kept:], factor[kept:, kept:] = across, own
        self.order, self.factor = np.concatenate((self.order, come)), factor
        return True
