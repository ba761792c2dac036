"""Options with one value a feature: penalty factors and bounds.

Each may be a number for all features, a sequence with one entry a column, or a
mapping from column names or positions to values.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any, Protocol

import numpy as np

from fastreg import _validation
from fastreg._matrix import Floats, name_column


class HasColumns(Protocol):
    """What is asked of X here."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names of the columns, if there are any."""


def check_penalty_factor(value: Any, X: HasColumns) -> Floats | None:
    """Factors >= 0, one a feature; None where all are 1."""
    factor = _per_feature(value, "penalty_factor", X, default=1.0)
    if factor is None:
        return None
    _refuse(factor < 0.0, factor, "penalty_factor must be >= 0", X)
    return None if np.all(factor == 1.0) else factor


def check_bounds(
    lower: Any, upper: Any, positive: Any, X: HasColumns
) -> tuple[Floats | None, Floats | None]:
    """Bounds of the coefficients; None where there are none."""
    if _validation.check_flag(positive, "positive"):
        if lower is not None:
            raise ValueError(
                "positive=True means lower_bounds=0: pass one of the two, not both"
            )
        lower = 0.0
    lo = _per_feature(lower, "lower_bounds", X, default=-np.inf)
    hi = _per_feature(upper, "upper_bounds", X, default=np.inf)
    if lo is not None:
        _refuse(lo == np.inf, lo, "lower_bounds must be below inf", X)
    if hi is not None:
        _refuse(hi == -np.inf, hi, "upper_bounds must be above -inf", X)
    if lo is not None and hi is not None and np.any(lo > hi):
        j = int(np.argmax(lo > hi))
        raise ValueError(
            f"lower_bounds is above upper_bounds at {name_column(j, X.names)}: "
            f"{lo[j]:g} > {hi[j]:g}"
        )
    lo = None if lo is None or np.all(lo == -np.inf) else lo
    hi = None if hi is None or np.all(hi == np.inf) else hi
    return lo, hi


def check_same_columns(
    X: HasColumns, n_features: int, names: tuple[str, ...] | None, what: str
) -> None:
    """Raise unless the columns of X are those that `what` was fitted on."""
    if X.shape[1] != n_features:
        raise ValueError(
            f"X has {X.shape[1]} columns but {what} was fitted on {n_features}"
        )
    if X.names is None or names is None:
        return
    for j, (given, fitted) in enumerate(zip(X.names, names, strict=True)):
        if given != fitted:
            raise ValueError(
                f"column {j} of X is {given!r} but {what} was fitted with "
                f"{fitted!r} there"
            )


def _per_feature(
    value: Any, name: str, X: HasColumns, *, default: float
) -> Floats | None:
    """One float64 a feature, or None; features that a mapping leaves out: default."""
    if value is None:
        return None
    n_features = X.shape[1]
    if hasattr(value, "keys"):  # also a pandas Series
        out = np.full(n_features, default)
        for key, number in _entries(value, name):
            out[_position(key, name, X)] = number
    elif isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
        out = np.full(n_features, float(value))
    else:
        out = _validation.as_float64(value, name)
        if out.shape != (n_features,):
            raise ValueError(
                f"X has {n_features} columns but {name} has {_describe(out)}"
            )
        out = np.array(out)
    _refuse(np.isnan(out), out, f"{name} must not be NaN", X)
    return out


def _entries(mapping: Any, name: str) -> Iterator[tuple[Any, float]]:
    for key in mapping.keys():  # noqa: SIM118 - iterating a Series gives its values
        number = mapping[key]
        if not isinstance(number, Real) or isinstance(number, (bool, np.bool_)):
            raise TypeError(f"{name}[{key!r}] must be a number, got {number!r}")
        yield key, float(number)


def _position(key: Any, name: str, X: HasColumns) -> int:
    """The column that a key of a mapping means."""
    if isinstance(key, Integral) and not isinstance(key, (bool, np.bool_)):
        if X.names is not None and str(key) in X.names:
            raise ValueError(
                f"{name} has the key {key}, which could be the position or the name of "
                f"a column of X: write {str(key)!r} for the name, or rename the columns"
            )
        if not 0 <= int(key) < X.shape[1]:
            raise ValueError(
                f"{name} has an entry for column {key}, but X has columns 0 to "
                f"{X.shape[1] - 1}"
            )
        return int(key)
    if not isinstance(key, str):
        raise TypeError(
            f"the keys of {name} must be column names or positions, got {key!r}"
        )
    if X.names is None:
        raise ValueError(
            f"{name} names the column {key!r}, but X has no column names: use positions"
        )
    if X.names.count(key) > 1:
        raise ValueError(
            f"{name} names {key!r}, but {X.names.count(key)} columns of X have that "
            "name: use positions"
        )
    if key not in X.names:
        close = " or ".join(map(repr, get_close_matches(key, X.names)))
        hint = f"; did you mean {close}?" if close else ""
        raise ValueError(f"{name} names {key!r}, which is no column of X{hint}")
    return X.names.index(key)


def _describe(values: Floats) -> str:
    return f"{values.shape[0]} entries" if values.ndim == 1 else f"shape {values.shape}"


def _refuse(bad: Any, values: Floats, rule: str, X: HasColumns) -> None:
    if np.any(bad):
        j = int(np.argmax(bad))
        raise ValueError(f"{rule}, got {values[j]:g} at {name_column(j, X.names)}")
