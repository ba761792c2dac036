"""Where the blocks of a `ChunkedDesign` come from."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Tile(NamedTuple):
    """A piece of X, and the row and column where it begins."""

    row: int
    column: int
    values: Any


class Source(Protocol):
    """Something that can be read from the first tile to the last, again and again."""

    shape: tuple[int, int]

    def tiles(self) -> Iterator[Tile]:
        """All of X, piece by piece: whole rows, or whole columns."""


class RowSlices:
    """Anything with ``shape`` and ``source[i:j]``."""

    def __init__(self, source: Any, chunk_rows: int) -> None:
        self.source, self.chunk_rows = source, chunk_rows
        self.shape = (int(source.shape[0]), int(source.shape[1]))

    def tiles(self) -> Iterator[Tile]:
        """Blocks of `chunk_rows` rows."""
        n, p = self.shape
        for i in range(0, n, self.chunk_rows):
            j = min(n, i + self.chunk_rows)
            block = self.source[i:j]
            shape = np.shape(block)
            if shape != (j - i, p):
                raise ValueError(
                    f"source[{i}:{j}] has shape {shape}, expected {(j - i, p)}"
                )
            yield Tile(i, 0, block)


class ColumnSlices:
    """An array whose columns lie closer together than its rows."""

    def __init__(self, source: NDArray[Any], chunk_columns: int) -> None:
        self.source, self.chunk_columns = source, chunk_columns
        self.shape = (source.shape[0], source.shape[1])

    def tiles(self) -> Iterator[Tile]:
        """Blocks of `chunk_columns` columns."""
        for j in range(0, self.shape[1], self.chunk_columns):
            yield Tile(0, j, self.source[:, j : j + self.chunk_columns])


class Blocks:
    """Blocks of whole rows, of any heights, from an iterable that can be repeated."""

    def __init__(
        self,
        iterate: Callable[[], Iterable[Any]],
        shape: tuple[int, int] | None,
        memory: int,
    ) -> None:
        self.iterate, self.memory = iterate, memory
        self.shape = self._measure() if shape is None else shape

    def _measure(self) -> tuple[int, int]:
        n, p = 0, -1
        for k, block in enumerate(self.iterate()):
            rows, p = _block_shape(block, k, p)
            n += rows
        return n, max(p, 0)

    def tiles(self) -> Iterator[Tile]:
        """The blocks, in parts where they are larger than the memory for one."""
        n, p = self.shape
        rows = max(1, self.memory // (16 * p))
        i = 0
        for k, block in enumerate(self.iterate()):
            height, _ = _block_shape(block, k, p)
            if i + height > n:
                raise ValueError(
                    f"the blocks have more rows than before: block {k} ends at row "
                    f"{i + height}, but X has {n} rows"
                )
            for start in range(0, height, rows):
                yield Tile(i + start, 0, block[start : start + rows])
            i += height
        if i != n:
            raise ValueError(f"the blocks have {i} rows, but X has {n}")


def _block_shape(block: Any, k: int, p: int) -> tuple[int, int]:
    """Rows and columns of block k; p is the number of columns, -1 if unknown yet."""
    shape = np.shape(block)
    if len(shape) != 2:
        raise ValueError(f"block {k} must have 2 dimensions, got shape {shape}")
    if p >= 0 and shape[1] != p:
        raise ValueError(f"block {k} has {shape[1]} columns, expected {p}")
    return shape[0], shape[1]


class ParquetRows:
    """The rows of a Parquet file, some row groups' worth at a time."""

    def __init__(self, file: Any, columns: list[str], chunk_rows: int) -> None:
        self.file, self.columns, self.chunk_rows = file, columns, chunk_rows

    def __call__(self) -> Iterator[NDArray[np.float64]]:
        """Blocks as float64; missing values are NaN."""
        batches = self.file.iter_batches(
            batch_size=self.chunk_rows, columns=self.columns, use_threads=False
        )
        for batch in batches:
            block = np.empty((batch.num_rows, len(self.columns)))
            for j, name in enumerate(self.columns):
                values = batch.column(name).to_numpy(zero_copy_only=False)
                if values.dtype.kind == "O" and batch.column(name).null_count:
                    values = np.array([np.nan if v is None else v for v in values])
                if values.dtype.kind not in "fiub":
                    raise TypeError(
                        f"column {name!r} of the Parquet file must hold real numbers, "
                        f"got {batch.schema.field(name).type}"
                    )
                block[:, j] = values
            yield block


def open_parquet(
    path: Any, columns: Iterable[str] | None, memory: int
) -> tuple[ParquetRows, tuple[int, int], tuple[str, ...]]:
    """Blocks, shape and names of the columns of a Parquet file."""
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise ImportError(
            "ChunkedDesign.from_parquet needs pyarrow: pip install pyarrow"
        ) from error
    file = parquet.ParquetFile(path)
    present = file.schema_arrow.names
    names = list(present if columns is None else columns)
    missing = [name for name in names if name not in present]
    if missing:
        raise ValueError(f"the Parquet file has no column {missing[0]!r}")
    chunk_rows = max(1, memory // (16 * max(1, len(names))))
    blocks = ParquetRows(file, names, chunk_rows)
    return blocks, (int(file.metadata.num_rows), len(names)), tuple(names)


def release(values: NDArray[Any]) -> None:
    """Give up the pages of a memory map: what was read must not count as memory.

    The file keeps them; those of a private map (mode "c") may have been changed and
    exist nowhere else.
    """
    mode, base = None, values
    while isinstance(base, np.ndarray):
        mode = getattr(base, "mode", mode)
        base = base.base  # type: ignore[assignment]
    if isinstance(base, mmap.mmap) and mode in ("r", "r+", "w+"):
        advice = getattr(mmap, "MADV_DONTNEED", None)
        if advice is not None:
            base.madvise(advice)
