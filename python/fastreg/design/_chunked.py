"""A design over data that is read block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg.design._base import MEBIBYTE, Design, Features, Floats
from fastreg.design._sources import (
    Blocks,
    ColumnSlices,
    RowSlices,
    Source,
    open_parquet,
    release,
)

# Entries of a block that go through a product together: they and the result stay in the
# cache, and a BLAS starts no threads for products so small.
TILE_ENTRIES, LEAST_TILE_COLUMNS = 1 << 16, 512


class Piece(NamedTuple):
    """A piece of X as float64, and the rows and columns that it holds."""

    rows: slice
    columns: slice
    values: Floats

    def tiles(self) -> Iterator[tuple[slice, Floats]]:
        """Some columns at a time, and which they are."""
        height, width = self.values.shape
        step = max(LEAST_TILE_COLUMNS, TILE_ENTRIES // max(1, height))
        start = self.columns.start
        for first in range(0, width, step):
            last = min(width, first + step)
            yield slice(start + first, start + last), self.values[:, first:last]


class ChunkedDesign(Design):
    """X that is read block by block and never held as a whole.

    Each verb reads the source once, from the first row to the last. `fastreg.path`
    needs a handful of these passes for a whole path; ``Path.n_passes`` counts them. In
    memory are one block, the columns that the solver gathers, and vectors of length p.

    Parameters
    ----------
    source : object
        One of

        - anything with a ``shape`` (n, p) that gives rows by ``source[i:j]``: a NumPy
          memory map or array, a dataset of h5py or Zarr. NumPy arrays in Fortran order
          are read by blocks of columns;
        - a sequence of blocks of rows, each an array with p columns;
        - a function without parameters that returns an iterable over such blocks,
          afresh each time.

        The entries may be of any real type; they are converted block by block.
    chunk_rows : int, optional
        Rows that are read from a sliced source at once; by default as many as fit into
        `memory`.
    memory : int, default 64 MiB
        Bytes for a block, and again for columns that the solver fetches ahead; see
        `Design`.
    shape : tuple of int, optional
        (n, p), for blocks: otherwise they are read once to find out.
    feature_names : sequence of str, optional
        Names of the p columns.

    Attributes
    ----------
    n_passes : int
        How often the source was read, since the design was made.

    Raises
    ------
    TypeError
        If the source is none of these, or an iterator, which can be read only once.
    ValueError
        If blocks disagree in shape; while fitting, if a value is NaN or infinite.
        Exceptions of the source are passed on as they are.

    See Also
    --------
    Design : The protocol, for data that has a shorter way to a product.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> from fastreg.design import ChunkedDesign
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((60, 200)).astype(np.float32)
    >>> y = X[:, 0] - X[:, 1] + 0.1 * rng.standard_normal(60)
    >>> design = ChunkedDesign([X[:25], X[25:]])
    >>> path = fastreg.path(design, y, alphas=[0.1])
    >>> np.flatnonzero(path.coefs[:, 0]).tolist()
    [0, 1]
    >>> path.n_passes == design.n_passes
    True
    """

    sequential = True

    def __init__(
        self,
        source: Any,
        chunk_rows: int | None = None,
        *,
        memory: int = 64 * MEBIBYTE,
        shape: tuple[int, int] | None = None,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        for name, value in (("memory", memory), ("chunk_rows", chunk_rows)):
            if value is not None and (not isinstance(value, Integral) or value < 1):
                raise ValueError(f"{name} must be an int of at least 1, got {value!r}")
        self.memory = int(memory)
        self.n_passes = 0
        self._source = _open(source, chunk_rows, self.memory, shape)
        n, p = self._source.shape
        if n < 1 or p < 1:
            raise ValueError(
                f"X must have at least one row and one column, got shape {(n, p)}"
            )
        self.shape = (n, p)
        if feature_names is not None:
            names = tuple(str(name) for name in feature_names)
            if len(names) != p:
                raise ValueError(f"X has {p} columns but {len(names)} feature_names")
            self.feature_names = names

    @classmethod
    def from_parquet(
        cls,
        path: Any,
        columns: Iterable[str] | None = None,
        *,
        memory: int = 64 * MEBIBYTE,
    ) -> ChunkedDesign:
        """The columns of a Parquet file (needs pyarrow).

        Parameters
        ----------
        path : str or path or file
        columns : iterable of str, optional
            Which columns, in which order; default all. Others are never read.
        memory : int, default 64 MiB

        Returns
        -------
        ChunkedDesign
            Its ``feature_names`` are the columns' names.

        Raises
        ------
        ImportError
            If pyarrow is not installed.
        ValueError
            If there is no such column.
        """
        blocks, shape, names = open_parquet(path, columns, memory)
        return cls(blocks, memory=memory, shape=shape, feature_names=names)

    def matvec(self, B: Floats) -> Floats:
        """X B, in one pass."""
        out = np.zeros((self.shape[0], B.shape[1]))
        for piece in self._read():
            out[piece.rows] += piece.values @ B[piece.columns]
        return out

    def transpose_matvec(self, R: Floats) -> Floats:
        """Xᵀ R, in one pass."""
        out = np.zeros((R.shape[1], self.shape[1]))
        for piece in self._read():
            _add_products(piece, R, out)
        return out.T

    def columns(self, J: Features) -> Floats:
        """X[:, J], in one pass."""
        out = np.empty((self.shape[0], len(J)), order="F")
        for piece in self._read():
            _copy_columns(piece, J, out)
        return out

    def transpose_matvec_and_columns(
        self, R: Floats, J: Features
    ) -> tuple[Floats, Floats]:
        """Xᵀ R and X[:, J], in one pass."""
        products = np.zeros((R.shape[1], self.shape[1]))
        gathered = np.empty((self.shape[0], len(J)), order="F")
        for piece in self._read():
            _add_products(piece, R, products)
            _copy_columns(piece, J, gathered)
        return products.T, gathered

    def sandwich(self, w: Floats, J: Features) -> Floats:
        """X_Jᵀ diag(w) X_J, in one pass and without gathering X_J."""
        return self.centered_sandwich(w, J)

    def centered_sandwich(
        self, w: Floats, J: Features, center: Floats | None = None
    ) -> Floats:
        """The same of columns from which `center` is subtracted, before the product."""
        if isinstance(self._source, ColumnSlices):
            block = self.columns(J) - (0.0 if center is None else center)
            return np.asarray(block.T @ (w[:, np.newaxis] * block))
        out = np.zeros((len(J), len(J)))
        for piece in self._read():
            block = piece.values[:, J] - (0.0 if center is None else center)
            out += block.T @ (w[piece.rows, np.newaxis] * block)
        return out

    def column_moments(self, weights: Floats) -> tuple[Floats, Floats]:
        """Means and variances, in one pass that also finds values that aren't finite.

        Blocks are merged by the formula of Chan, Golub and LeVeque (1983).
        """
        p = self.shape[1]
        moments = _Moments(np.zeros(p), np.zeros(p), np.zeros(p))
        before = np.concatenate(([0.0], np.cumsum(weights)))
        with np.errstate(over="ignore", invalid="ignore"):
            for piece in self._read():
                self._merge(moments, piece, weights, float(before[piece.rows.start]))
        mean, squares = moments.origin + moments.mean, moments.squares
        return mean, squares / before[-1]

    def _merge(
        self, moments: _Moments, piece: Piece, weights: Floats, before: float
    ) -> None:
        w = weights[piece.rows]
        for c, block in piece.tiles():
            if not np.isfinite(block.sum()):
                self._refuse_missing(block, piece.rows.start, c.start)
            moments.merge(block, w, c, before)

    def _refuse_missing(self, block: Floats, row: int, column: int) -> None:
        """Name the first column with NaN or inf; a sum may also just overflow."""
        finite = np.isfinite(block)
        if finite.all():
            return
        j = int(np.argmin(finite.all(axis=0)))
        i = int(np.argmin(finite[:, j]))
        value = "NaN" if np.isnan(block[i, j]) else f"{block[i, j]:g}"
        name = (
            ""
            if self.feature_names is None
            else f" ({self.feature_names[column + j]!r})"
        )
        raise ValueError(
            f"X has {value} in column {column + j}{name}, first at row {row + i}"
        )

    def _read(self) -> Iterator[Piece]:
        self.n_passes += 1
        for row, column, tile in self._source.tiles():
            raw = np.asarray(tile)
            if raw.dtype.kind not in "fiub":
                raise TypeError(f"X must hold real numbers, got dtype {raw.dtype}")
            values = np.asarray(raw, dtype=np.float64)
            height, width = values.shape
            yield Piece(slice(row, row + height), slice(column, column + width), values)
            release(raw)


class _Moments(NamedTuple):
    """Of the rows so far, about one of them: x - origin has this mean."""

    origin: Floats
    mean: Floats
    squares: Floats  # Σ w (x - origin - mean)²

    def merge(self, block: Floats, w: Floats, c: slice, before: float) -> None:
        """Add rows of weights w to the columns c, whose rows so far weigh `before`."""
        weight = float(w.sum())
        if weight == 0.0:
            return
        if before == 0.0:
            self.origin[c] = block[int(np.argmax(w > 0.0))]
        deviation = block - self.origin[c]
        mean = (w / weight) @ deviation
        deviation -= mean
        np.square(deviation, out=deviation)
        delta = mean - self.mean[c]
        total = before + weight
        self.mean[c] += delta * (weight / total)
        self.squares[c] += w @ deviation + delta**2 * (before * (weight / total))


def _open(
    source: Any, chunk_rows: int | None, memory: int, shape: tuple[int, int] | None
) -> Source:
    if callable(source) and not hasattr(source, "__getitem__"):
        return Blocks(source, shape, memory)
    if isinstance(source, (list, tuple)):
        return Blocks(lambda: source, shape, memory)
    if hasattr(source, "__next__"):
        raise TypeError(
            "source is an iterator, which can be read only once: pass a function that "
            "returns a new one each time"
        )
    if not (hasattr(source, "shape") and hasattr(source, "__getitem__")):
        raise TypeError(
            "source must be sliced by rows and have a shape, or be a sequence of "
            f"blocks or a function that returns some, got {type(source).__name__}"
        )
    if len(source.shape) != 2:
        raise ValueError(f"source must have 2 dimensions, got shape {source.shape}")
    n, p = (max(1, int(size)) for size in source.shape)
    # The next block is read while the last is still held, unless it is but a view.
    in_place = isinstance(source, np.ndarray) and source.dtype == np.float64
    room = memory if in_place else memory // 2
    if isinstance(source, np.ndarray) and _is_by_column(source):
        return ColumnSlices(source, max(1, room // (8 * n)))
    return RowSlices(source, chunk_rows or max(1, room // (8 * p)))


def _is_by_column(source: NDArray[Any]) -> bool:
    return abs(source.strides[0]) < abs(source.strides[1])


def _add_products(piece: Piece, R: Floats, out: Floats) -> None:
    """Add the piece's part of Xᵀ R to `out`, which holds it transposed."""
    left = np.ascontiguousarray(R[piece.rows].T)
    for c, block in piece.tiles():
        out[:, c] += left @ block


def _copy_columns(piece: Piece, J: Features, out: Floats) -> None:
    start, stop = piece.columns.start, piece.columns.stop
    here = (start <= J) & (stop > J)
    if here.all():
        out[piece.rows] = piece.values[:, J - start]
    elif here.any():
        out[piece.rows, here] = piece.values[:, J[here] - start]
