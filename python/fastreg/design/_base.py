"""The protocol of a design matrix that is written in Python."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Features = NDArray[np.int64]

MEBIBYTE = 2**20


class Design(ABC):
    """A matrix X of shape (n, p) that is known by what it can do.

    A subclass says its `shape` and has three verbs: `matvec`, `transpose_matvec` and
    `columns`. The others are built on them and may be overridden where there is a
    shorter way. `fastreg.path`, `ridge`, `ridge_path`, `ridge_cv`, `certify` and the
    method ``predict`` of what they return take an instance as X.

    Verbs get arrays of their own, which they may keep or change, and return NumPy
    arrays of real numbers, whose shape and values are checked. What a verb raises,
    KeyboardInterrupt too, reaches the caller of `fastreg.path` as it is. The solver
    holds the GIL during the call of a verb only.

    Attributes
    ----------
    shape : tuple of int
        (n, p), rows and columns.
    dtype : dtype, default float64
        Of the entries, for information: verbs return float64.
    sequential : bool, default False
        True says that a few columns cost as much as all of X, as in a file that lies
        row by row, and that every call of a verb reads X once. The solver then fetches
        columns before it needs them, in the passes that it makes anyhow, and
        ``Path.n_passes`` is the number of calls. A sequential design overrides
        `transpose_matvec_and_columns` and `column_moments`.
    memory : int, default 64 MiB
        Bytes that the solver may use, if the design is sequential, for columns fetched
        ahead; and three times as many for what it remembers of earlier passes.
    feature_names : tuple of str or None, default None
        Names of the columns.

    See Also
    --------
    ChunkedDesign : Data that is read block by block.

    Examples
    --------
    Columns that are powers of one variable and are never stored:

    >>> import numpy as np
    >>> import fastreg
    >>> from fastreg.design import Design
    >>> class Powers(Design):
    ...     def __init__(self, x, degree):
    ...         self.x = x
    ...         self.shape = (len(x), degree)
    ...     def columns(self, J):
    ...         return self.x[:, np.newaxis] ** (J + 1.0)
    ...     def matvec(self, B):
    ...         return self.columns(np.arange(self.shape[1])) @ B
    ...     def transpose_matvec(self, R):
    ...         return self.columns(np.arange(self.shape[1])).T @ R
    >>> x = np.linspace(-1.0, 1.0, 50)
    >>> path = fastreg.path(Powers(x, 5), 3.0 * x**2 - x, alphas=[1e-6])
    >>> path.coefs[:, 0].round(3).tolist()
    [-1.0, 3.0, 0.0, 0.0, 0.0]
    """

    shape: tuple[int, int]
    dtype: np.dtype[np.generic] = np.dtype(np.float64)
    sequential: bool = False
    memory: int = 64 * MEBIBYTE
    feature_names: tuple[str, ...] | None = None

    @abstractmethod
    def matvec(self, B: Floats) -> Floats:
        """X B.

        Parameters
        ----------
        B : ndarray of shape (p, k)

        Returns
        -------
        ndarray of shape (n, k)
        """

    @abstractmethod
    def transpose_matvec(self, R: Floats) -> Floats:
        """Xᵀ R, for several residuals at once.

        Parameters
        ----------
        R : ndarray of shape (n, k)

        Returns
        -------
        ndarray of shape (p, k)
        """

    @abstractmethod
    def columns(self, J: Features) -> Floats:
        """Some columns of X.

        Parameters
        ----------
        J : ndarray of int64 of shape (m,)
            Positions, without repetitions, in any order.

        Returns
        -------
        ndarray of shape (n, m)
        """

    def sandwich(self, w: Floats, J: Features) -> Floats:
        """X_Jᵀ diag(w) X_J.

        Parameters
        ----------
        w : ndarray of shape (n,)
            Weights >= 0.
        J : ndarray of int64 of shape (m,)

        Returns
        -------
        ndarray of shape (m, m)
        """
        block = self.columns(J)
        return block.T @ (w[:, np.newaxis] * block)

    def centered_sandwich(
        self, w: Floats, J: Features, center: Floats | None = None
    ) -> Floats:
        """`sandwich` of columns from which `center` is subtracted.

        By default it is subtracted afterwards, which loses digits if the columns are
        far from 0 against their spread.

        Parameters
        ----------
        w : ndarray of shape (n,)
        J : ndarray of int64 of shape (m,)
        center : ndarray of shape (m,), optional

        Returns
        -------
        ndarray of shape (m, m)
        """
        product = self.sandwich(w, J)
        if center is None:
            return product
        sums = self.transpose_matvec(w[:, np.newaxis])[J, 0]
        shifted = sums - w.sum() * center
        return product - np.outer(sums, center) - np.outer(center, shifted)

    def transpose_matvec_and_columns(
        self, R: Floats, J: Features
    ) -> tuple[Floats, Floats]:
        """`transpose_matvec` and `columns` together, in one reading of the data.

        Parameters
        ----------
        R : ndarray of shape (n, k)
        J : ndarray of int64 of shape (m,)

        Returns
        -------
        products : ndarray of shape (p, k)
        columns : ndarray of shape (n, m)
        """
        return self.transpose_matvec(R), self.columns(J)

    def column_moments(self, weights: Floats) -> tuple[Floats, Floats]:
        """Weighted means and variances of the columns.

        By default from blocks of columns that fit into `memory`.

        Parameters
        ----------
        weights : ndarray of shape (n,)
            Weights >= 0, of which some are positive.

        Returns
        -------
        mean : ndarray of shape (p,)
            Σ w_i x_ij / Σ w_i.
        variance : ndarray of shape (p,)
            Σ w_i (x_ij - mean_j)² / Σ w_i, exactly 0 for a constant column.
        """
        n, p = self.shape
        mean, variance = np.empty(p), np.empty(p)
        share = weights / weights.sum()
        first = int(np.argmax(weights > 0.0))
        length = max(1, self.memory // (8 * n))
        for start in range(0, p, length):
            J = np.arange(start, min(p, start + length))
            block = np.asarray(self.columns(J), dtype=np.float64)
            # About one of the rows, so that a constant column gives exact zeros.
            origin = block[first]
            block = block - origin
            shift = share @ block
            mean[J] = origin + shift
            variance[J] = share @ (block - shift) ** 2
        return mean, variance
