"""Reading CSV and Parquet, and checking that columns are what a fit needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastreg.cli.errors import CliError, blame_file, nearest

# Ways in which missing values are written; R writes NA, pandas leaves a gap.
_MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"]
_PARQUET_MAGIC = b"PAR1"


def read_table(file: Path) -> pl.DataFrame:
    """Read a CSV or Parquet file with at least one row and one column.

    Parquet is recognised by its first bytes, not by the file's name. In CSV the
    separator is whichever of comma, semicolon, tab and bar the header uses most.

    Raises
    ------
    CliError
        If the file is missing, unreadable, not a table, or empty.
    """
    if not file.exists():
        raise CliError(f"there is no file {file}")
    if file.is_dir():
        raise CliError(f"{file} is a directory, not a CSV or Parquet file")
    with blame_file("read", file), file.open("rb") as stream:
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
    table: pl.DataFrame, names: Sequence[str], file: Path
) -> NDArray[np.float64]:
    """Return the named columns as a float64 array of shape (n_rows, len(names)).

    Booleans count as 0 and 1. The array is in Fortran order.

    Raises
    ------
    CliError
        If a column is not numeric (with the first such row and its value), or holds
        missing or infinite values (with their number and the first row).
    """
    values = np.empty((table.height, len(names)), dtype=np.float64, order="F")
    for j, name in enumerate(names):
        values[:, j] = _numeric_column(table[name], file)
    return values


def _parse(file: Path, head: bytes) -> pl.DataFrame:
    if head.startswith(_PARQUET_MAGIC):
        kind = "Parquet"
    elif file.suffix.lower() in (".parquet", ".pq"):
        raise CliError(f"{file} is not a Parquet file, in spite of its name")
    else:
        kind = "CSV"
    try:
        if kind == "Parquet":
            return pl.read_parquet(file)
        table = pl.read_csv(
            file,
            separator=_separator(head),
            null_values=_MISSING,
            infer_schema_length=None,
        )
        return table.rename(str.strip)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        reason = str(error).strip().splitlines()
        first = reason[0] if reason else type(error).__name__
        raise CliError(f"cannot read {file} as {kind}: {first}") from error


def _separator(head: bytes) -> str:
    try:
        header = head.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    return max(",;\t|", key=header.count)  # the comma wins a tie


def _numeric_column(column: pl.Series, file: Path) -> NDArray[np.float64]:
    values = _as_float(column, file)
    _refuse(values.is_null() | values.is_nan(), values, "missing value", file)
    _refuse(values.is_infinite(), values, "infinite value", file)
    return values.to_numpy()


def _as_float(column: pl.Series, file: Path) -> pl.Series:
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        number: pl.Series = column.cast(pl.Float64)
        return number
    if column.dtype != pl.String:
        raise CliError(
            f"column {column.name!r} of {file} is not numeric "
            f"({str(column.dtype).lower()}): encode it or leave it out with --drop"
        )
    values: pl.Series = column.str.strip_chars().cast(pl.Float64, strict=False)
    text = values.is_null() & column.is_not_null()
    if text.any():
        row = int(text.arg_true()[0])
        raise CliError(
            f"column {column.name!r} of {file} is not numeric: row {row + 1} holds "
            f"{column[row]!r}; encode the column or leave it out with --drop"
        )
    return values


def _refuse(bad: pl.Series, values: pl.Series, what: str, file: Path) -> None:
    rows = bad.arg_true()
    if rows.len() == 0:
        return
    count, first = rows.len(), int(rows[0]) + 1
    raise CliError(
        f"column {values.name!r} of {file} has {count} {what}{'s'[: count - 1]}, the "
        f"first in row {first}; fill or remove them before fitting"
    )
