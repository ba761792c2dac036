"""Array-likes to the arrays that the kernels take, with one sentence per fault.

Everything is checked before any work is done. X is not copied where the kernels can
read it (see `fastreg._matrix`); nothing that the caller passed is ever written to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._matrix import DenseMatrix, KernelMatrix, describe, name_column
from fastreg._tables import (
    REAL_KINDS,
    column_names,
    is_sparse,
    read_sparse,
    table_values,
)
from fastreg.design import Design
from fastreg.design._matrix import DesignMatrix

Floats = NDArray[np.float64]


def check_X(X: Any) -> KernelMatrix:
    """X as the kernels take it, with its column names if it has any.

    Whether its entries are finite is left to who reads them first: the kernels refuse
    a matrix that isn't, and `KernelMatrix.check_finite` says where.
    """
    if isinstance(X, Design):
        return DesignMatrix(X)
    matrix = read_sparse(X) if is_sparse(X) else _check_dense(X)
    if 0 in matrix.shape:
        raise ValueError(
            f"X must have at least one row and one column, got shape {matrix.shape}"
        )
    return matrix


def _check_dense(X: Any) -> DenseMatrix:
    table = table_values(X)
    names = column_names(X)
    values = as_real(table, "X", names)
    if values.ndim != 2:
        hint = "; reshape one feature with X.reshape(-1, 1)" if values.ndim == 1 else ""
        raise ValueError(
            f"X must have 2 dimensions, got {values.ndim} (shape {values.shape}){hint}"
        )
    return DenseMatrix(values, names)


def check_y(y: Any, n_samples: int) -> Floats:
    """One response as a float64 vector; a single column counts as a vector."""
    values = as_float64(y, "y")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"y must have 1 dimension, got shape {values.shape}")
    check_rows(values, "y", n_samples)
    _check_finite_vector(values, "y")
    return np.ascontiguousarray(values)


def check_Y(Y: Any, n_samples: int) -> Floats:
    """One or several responses as the columns of a float64 matrix."""
    values = as_float64(Y, "Y")
    if values.ndim == 1:
        values = values[:, np.newaxis]
    if values.ndim != 2:
        raise ValueError(f"Y must have 1 or 2 dimensions, got shape {values.shape}")
    if values.shape[1] == 0:
        raise ValueError(f"Y must have at least one column, got shape {values.shape}")
    check_rows(values, "Y", n_samples)
    for target in range(values.shape[1]):
        name = "Y" if values.shape[1] == 1 else f"Y[:, {target}]"
        _check_finite_vector(values[:, target], name)
    return np.asfortranarray(values)


def check_sample_weight(sample_weight: Any, n_samples: int) -> Floats | None:
    """Weights as a float64 vector, or None for equal ones."""
    if sample_weight is None:
        return None
    weight = as_float64(sample_weight, "sample_weight")
    if weight.shape != (n_samples,):
        raise ValueError(
            f"sample_weight has shape {weight.shape} but X has {n_samples} rows: "
            "expected one weight per row"
        )
    _check_finite_vector(weight, "sample_weight")
    if np.any(weight < 0.0):
        i = int(np.argmax(weight < 0.0))
        raise ValueError(f"sample_weight must be >= 0, got {weight[i]:g} at row {i}")
    if not weight.any():
        raise ValueError("sample_weight is zero for every row: nothing is left to fit")
    return np.ascontiguousarray(weight)


def check_offset(
    offset: Any,
    n_samples: int,
    n_outputs: int | None = None,
    outputs: str = "classes",
) -> Floats:
    """A known part of the prediction as a float64 vector, or (n, K) for K outputs."""
    values = as_float64(offset, "offset")
    if n_outputs is not None:
        return _check_output_offset(values, n_samples, n_outputs, outputs)
    if values.shape != (n_samples,):
        raise ValueError(
            f"offset has shape {values.shape} but X has {n_samples} rows: "
            "expected one entry per row"
        )
    _check_finite_vector(values, "offset")
    return values


def _check_output_offset(
    values: Floats, n_samples: int, n_outputs: int, outputs: str
) -> Floats:
    if values.shape != (n_samples, n_outputs):
        raise ValueError(
            f"offset has shape {values.shape} but X has {n_samples} rows and y has "
            f"{n_outputs} {outputs}: expected shape ({n_samples}, {n_outputs})"
        )
    for k in range(n_outputs):
        _check_finite_vector(values[:, k], f"offset[:, {k}]")
    return values


def check_alpha(alpha: Any) -> float:
    """One strength."""
    return check_real(alpha, "alpha", low=0.0)


def check_l1_ratio(l1_ratio: Any) -> float:
    """The mix of the two penalties."""
    return check_real(l1_ratio, "l1_ratio", low=0.0, high=1.0)


def check_alphas(alphas: Any) -> int | Floats:
    """How many strengths, or the strengths themselves in decreasing order."""
    if isinstance(alphas, Integral) and not isinstance(alphas, (bool, np.bool_)):
        return check_count(alphas, "alphas")
    if isinstance(alphas, (Real, str, bytes)) or alphas is None:
        raise TypeError(
            "alphas must be an int (how many) or a sequence of alphas, "
            f"got {alphas!r}; one alpha is written [alpha]"
        )
    values = as_float64(alphas, "alphas")
    if values.ndim != 1 or values.size == 0:
        raise ValueError(
            "alphas must be a non-empty sequence of numbers, "
            f"got an array of shape {values.shape}"
        )
    _check_finite_vector(values, "alphas")
    if np.any(values < 0.0):
        raise ValueError(f"alphas must be >= 0, got {values.min():g}")
    return np.ascontiguousarray(np.sort(values)[::-1])


def check_eps(eps: Any, n_samples: int, n_features: int) -> float:
    """The smallest alpha of an automatic grid relative to the largest."""
    if isinstance(eps, str):
        if eps != "auto":
            raise ValueError(f"eps must be 'auto' or a number in (0, 1), got {eps!r}")
        return 1e-4 if n_samples >= n_features else 1e-2
    value = check_real(eps, "eps")
    if not 0.0 < value < 1.0:
        raise ValueError(f"eps must lie strictly between 0 and 1, got {value:g}")
    return value


def check_count(value: Any, name: str) -> int:
    """An integer of at least 1."""
    if not isinstance(value, Integral) or isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an int, got {value!r}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
    return int(value)


def check_real(
    value: Any, name: str, *, low: float = -np.inf, high: float = np.inf
) -> float:
    """A finite number within [low, high]."""
    if type(value) is not float and (
        not isinstance(value, Real) or isinstance(value, (bool, np.bool_))
    ):
        raise TypeError(f"{name} must be a number, got {value!r}")
    number = float(value)
    if not math.isfinite(number):
        wanted = f"a finite number {_describe_range(low, high)}".rstrip()
        raise ValueError(f"{name} must be {wanted}, got {number:g}")
    if number < low or number > high:
        within = _describe_range(low, high)
        raise ValueError(f"{name} must be {within}, got {number:g}")
    return number


def is_flag(value: Any) -> bool:
    """Whether `value` is True or False; 0, 1 and "no" are neither."""
    return isinstance(value, (bool, np.bool_))


def check_flag(value: Any, name: str) -> bool:
    """True or False."""
    if not is_flag(value):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def check_coef_init(
    coef_init: Any,
    n_features: int,
    n_outputs: int | None = None,
    outputs: str = "classes",
) -> Floats | None:
    """Coefficients to start from, of several outputs one after the other, or None."""
    if coef_init is None:
        return None
    coef = as_float64(coef_init, "coef_init")
    wanted = (n_features,) if n_outputs is None else (n_outputs, n_features)
    if coef.shape != wanted:
        rows = "" if n_outputs is None else f" and y has {n_outputs} {outputs}"
        raise ValueError(
            f"coef_init has shape {coef.shape} but X has {n_features} columns{rows}"
        )
    coef = np.ascontiguousarray(coef).reshape(-1)
    _check_finite_vector(coef, "coef_init")
    return coef


def as_float64(values: Any, name: str) -> Floats:
    """An array of real numbers as float64."""
    return np.asarray(as_real(values, name), dtype=np.float64)


def as_real(values: Any, name: str, names: Sequence[str] | None = None) -> NDArray[Any]:
    """An array of real numbers; other kinds are refused, not guessed at."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(f"{name} has masked entries; fill or drop them first")
    if hasattr(values, "toarray"):
        raise TypeError(f"{name} must be dense, got {type(values).__name__}")
    try:
        array = np.asarray(values)
    except ValueError as error:  # NumPy's way to say that rows differ in length
        raise ValueError(f"{name} must be a regular array: {error}") from error
    if array.dtype.kind in REAL_KINDS:
        return array
    if array.dtype.kind == "O":
        return _object_to_float64(array, name, names)
    raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")


def _object_to_float64(
    array: NDArray[Any], name: str, names: Sequence[str] | None
) -> Floats:
    """Objects that are all real numbers; missing values become NaN."""
    for index, value in np.ndenumerate(array):
        missing = value is None or type(value).__name__ == "NAType"
        if isinstance(value, Real) or missing:
            continue
        where = ", ".join(str(i) for i in index)
        if array.ndim == 2:
            where = f"row {index[0]}, {name_column(index[1], names)}"
        raise TypeError(f"{name} must hold real numbers, got {value!r} at {where}")
    plain = [np.nan if not isinstance(v, Real) else float(v) for v in array.ravel()]
    return np.array(plain, dtype=np.float64).reshape(array.shape)


def check_rows(values: NDArray[Any], name: str, n_samples: int) -> None:
    """One entry, or row, for each row of X."""
    if values.shape[0] != n_samples:
        raise ValueError(
            f"{name} has {values.shape[0]} entries but X has {n_samples} rows"
        )


def _check_finite_vector(values: Floats, name: str) -> None:
    finite = np.isfinite(values)
    if not finite.all():
        i = int(np.argmin(finite))
        raise ValueError(f"{name} has {describe(values[i])} at position {i}")


def _describe_range(low: float, high: float) -> str:
    """How a message speaks of [low, high]; nothing where any number will do."""
    if high < np.inf:
        return f"in [{low:g}, {high:g}]"
    return f">= {low:g}" if low > -np.inf else ""
