"""Anybody's coefficients and intercepts, checked before they are audited."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastreg._problem import Floats


def check_coef(
    coef: Any, n_features: int, n_outputs: int | None = None, outputs: str = "classes"
) -> Floats:
    """Coefficients as a float64 vector, from an array or a sparse vector.

    With ``n_outputs`` they are a matrix with a row for each.
    """
    dense = coef.toarray() if hasattr(coef, "toarray") else coef
    values = np.asarray(dense)
    if values.dtype.kind not in "fiub":
        raise TypeError(f"coef must hold real numbers, got dtype {values.dtype}")
    if n_outputs is not None:
        if values.shape != (n_outputs, n_features):
            raise ValueError(
                f"coef has shape {values.shape} but y has {n_outputs} {outputs} and X "
                f"has {n_features} columns: expected shape ({n_outputs}, {n_features})"
            )
    elif values.size != n_features or max(values.shape, default=0) != n_features:
        raise ValueError(
            f"coef has shape {values.shape} but X has {n_features} columns: "
            "expected one coefficient per column"
        )
    shape = values.shape if n_outputs is not None else n_features
    values = values.astype(np.float64).reshape(shape)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        where = ", ".join(str(i) for i in bad[0])
        value = values[tuple(bad[0])]
        raise ValueError(f"coef[{where}] is {value}, expected a finite value")
    return values


def check_intercept(
    intercept: Any,
    fit_intercept: bool,
    n_outputs: int | None = None,
    outputs: str = "classes",
) -> Any:
    """The intercept as a float, from a number or an array of one.

    With ``n_outputs`` it is a vector with an entry for each; 0 stands for zeros.
    """
    values = np.asarray(intercept)
    if values.dtype.kind not in "fiub" or (n_outputs is None and values.size != 1):
        raise TypeError(f"intercept must be one number, got {intercept!r}")
    if n_outputs is not None and values.shape not in ((), (n_outputs,)):
        raise ValueError(
            f"intercept has shape {values.shape} but y has {n_outputs} {outputs}: "
            "expected one for each"
        )
    values = values.astype(np.float64).reshape(-1)
    bad = values[~np.isfinite(values)]
    if len(bad):
        raise ValueError(f"intercept must be finite, got {bad[0]}")
    if not fit_intercept and values.any():
        raise ValueError(
            f"fit_intercept=False means an intercept of 0, got intercept={intercept}"
        )
    if n_outputs is None:
        return float(values[0])
    return np.broadcast_to(values, (n_outputs,))
