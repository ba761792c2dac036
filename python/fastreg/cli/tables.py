"""Reading CSV and Parquet, and checking that columns are what a fit needs."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastreg.cli.errors import CliError, blame_file, nearest

# Ways in which missing values are written; R writes NA, pandas leaves a gap.
_MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]
_PARQUET_MAGIC = b"PAR1"


@dataclass(frozen=True)
class Remedy:
    """What to do about a column that is not numeric, or not complete."""

    encode: str
    complete: str


FOR_FEATURES = Remedy(
    "encode it as numbers or leave it out with --drop",
    "fill or remove them before fitting",
)
FOR_TARGET = Remedy(
    "a target must be numbers", "fill them or remove these rows before fitting"
)
FOR_PREDICTION = Remedy(
    "the model needs numbers here", "fill them or remove these rows before predicting"
)


def read_table(file: Path) -> pl.DataFrame:
    """Read a CSV or Parquet file with at least one row and one column.

    Parquet is recognised by its first bytes, not by the file's name. In CSV the
    separator is whichever of comma, semicolon, tab and bar the header uses most.

    Raises
    ------
    CliError
        If the file is missing, unreadable, not a table, or empty.
    """
    with blame_file("read", file):
        if not file.exists():
            raise CliError(f"there is no file {file}")
        if file.is_dir():
            raise CliError(f"{file} is a directory, not a CSV or Parquet file")
        with file.open("rb") as stream:
            head = next((line for line in stream if line.strip()), b"")
    if not head:
        raise CliError(f"{file} is empty")
    table = _parse(file, head)
    if table.width == 0:
        raise CliError(f"{file} has no columns")
    if table.height == 0:
        raise CliError(f"{file} has a header but no rows")
    return table


def require_columns(table: pl.DataFrame, names: Sequence[str], file: Path) -> None:
    """Raise CliError, with the nearest names, unless the table has all `names`."""
    missing = [name for name in names if name not in table.columns]
    if not missing:
        return
    if len(missing) == 1:
        hint = nearest(missing[0], table.columns)
        raise CliError(f"{file} has no column {missing[0]!r}; {hint}")
    listed = ", ".join(repr(name) for name in missing[:8])
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
    raise CliError(f"{file} lacks {len(missing)} columns: {listed}{more}")


def numeric(
    table: pl.DataFrame,
    names: Sequence[str],
    file: Path,
    remedy: Remedy = FOR_FEATURES,
) -> NDArray[np.float64]:
    """Return the named columns as a float64 array of shape (n_rows, len(names)).

    Booleans count as 0 and 1. The array is in Fortran order. Errors end with `remedy`.

    Raises
    ------
    CliError
        If a column is not numeric (with the first such row and its value), or holds
        missing or infinite values (with their number and the first row).
    """
    values = np.empty((table.height, len(names)), dtype=np.float64, order="F")
    for j, name in enumerate(names):
        values[:, j] = _numeric_column(table[name], file, remedy)
    return values


def _parse(file: Path, head: bytes) -> pl.DataFrame:
    if head.startswith(_PARQUET_MAGIC):
        kind = "Parquet"
    elif file.suffix.lower() in (".parquet", ".pq"):
        raise CliError(f"{file} is not a Parquet file, in spite of its name")
    else:
        kind = "CSV"
    try:
        # polars takes a name for a pattern, but an open file for what it is.
        with file.open("rb") as stream:
            if kind == "CSV":
                return _parse_csv(stream, file, _separator(head))
            table = pl.read_parquet(stream)
        _check_header(table.columns, file)
        return table
    except (pl.exceptions.PolarsError, csv.Error, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()
        first = reason[0] if reason else type(error).__name__
        raise CliError(f"cannot read {file} as {kind}: {first}") from error


def _parse_csv(stream: BinaryIO, file: Path, separator: str) -> pl.DataFrame:
    _, header = next(_records(file, separator), (0, []))
    _check_header([name.strip() for name in header], file)
    try:
        table = pl.read_csv(
            stream,
            separator=separator,
            null_values=_MISSING,
            infer_schema_length=None,
        )
    except pl.exceptions.PolarsError:
        for line, fields in _records(file, separator):
            if len(fields) > len(header):
                raise ValueError(
                    f"line {line} has {len(fields)} fields, the header {len(header)}"
                ) from None
        raise
    return table.rename(str.strip)


def _records(file: Path, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records of a CSV file that are not empty, with their last line."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        rows = csv.reader(stream, delimiter=separator)
        for row in rows:
            if row:
                yield rows.line_num, row


def _check_header(names: Sequence[str], file: Path) -> None:
    """Refuse columns without a name, and names that do not tell columns apart."""
    seen: set[str] = set()
    for place, name in enumerate(names, start=1):
        if not name:
            raise CliError(f"the header of {file} has no name for column {place}")
        if name in seen:
            raise CliError(f"the header of {file} has the name {name!r} more than once")
        seen.add(name)


def _separator(head: bytes) -> str:
    try:
        header = head.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    return max(",;\t|", key=header.count)  # the comma wins a tie


def _numeric_column(
    column: pl.Series, file: Path, remedy: Remedy
) -> NDArray[np.float64]:
    values = _as_float(column, file, remedy)
    missing, infinite = values.is_null() | values.is_nan(), values.is_infinite()
    for bad, what in ((missing, "missing value"), (infinite, "infinite value")):
        if found := _found(bad, what):
            raise CliError(
                f"column {values.name!r} of {file} has {found}; {remedy.complete}"
            )
    return values.to_numpy()


def _as_float(column: pl.Series, file: Path, remedy: Remedy) -> pl.Series:
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        number: pl.Series = column.cast(pl.Float64)
        return number
    if column.dtype != pl.String:
        raise CliError(
            f"column {column.name!r} of {file} is not numeric "
            f"({str(column.dtype).lower()}); {remedy.encode}"
        )
    values: pl.Series = column.str.strip_chars().cast(pl.Float64, strict=False)
    text = values.is_null() & column.is_not_null()
    if text.any():
        row = int(text.arg_true()[0])
        raise CliError(
            f"column {column.name!r} of {file} is not numeric: data row {row + 1} "
            f"holds {column[row]!r}; {remedy.encode}"
        )
    return values


def _found(bad: pl.Series, what: str) -> str:
    rows = bad.arg_true()
    if rows.len() == 0:
        return ""
    count, first = rows.len(), int(rows[0]) + 1
    return f"{count} {what}{'s'[: count - 1]}, the first in data row {first}"
