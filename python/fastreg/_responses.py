"""What each family takes as y: numbers, counts, or labels of any type."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg._validation import check_rows, check_Y, check_y

Floats = NDArray[np.float64]

FAMILIES = ("gaussian", "binomial", "multinomial", "poisson", "mgaussian")
# Those whose coefficients are of several outputs, classes or targets, on a first axis.
WITH_OUTPUTS = ("multinomial", "mgaussian")


class Response(NamedTuple):
    """Numbers for y, and the classes that they stand for.

    values : float64 array of shape (n,): y itself, or the index of its class;
        for mgaussian of shape (n, m)
    classes : the labels in sorted order, or None if y has no classes
    """

    values: Floats
    classes: NDArray[Any] | None


def check_family(family: Any, known: tuple[str, ...] = FAMILIES) -> str:
    """The name of a family."""
    if not isinstance(family, str) or family not in known:
        names = ", ".join(repr(name) for name in known)
        raise ValueError(f"family must be one of {names}, got {family!r}")
    return family


def check_response(
    y: Any,
    n_samples: int,
    family: str,
    sample_weight: Floats | None,
    fit_intercept: bool = True,
) -> Response:
    """The response of a family, from numbers or labels."""
    if family in ("binomial", "multinomial"):
        return _check_labels(y, n_samples, family, sample_weight)
    try:
        if family == "mgaussian":
            return Response(check_Y(y, n_samples), None)
        values = check_y(y, n_samples)
    except TypeError as error:
        if not _is_text(y):
            raise
        raise TypeError(
            f"{error}; labels are for family 'binomial' or 'multinomial', not "
            f"{family!r}"
        ) from error
    if family == "poisson":
        _check_counts(values, sample_weight, fit_intercept)
    return Response(values, None)


def check_response_where(
    y: NDArray[Any],
    here: NDArray[np.bool_],
    family: str,
    sample_weight: Floats | None,
    fit_intercept: bool = True,
) -> Response:
    """The response of the rows that are `here`, and NaN elsewhere."""
    weight = None if sample_weight is None else sample_weight[here]
    found = check_response(y[here], int(here.sum()), family, weight, fit_intercept)
    values = np.full(len(y), np.nan)
    values[here] = found.values
    return found._replace(values=values)


def one_hot(classes: Floats) -> Floats:
    """1 where a row is of the class of a column, else 0: shape (n, K)."""
    codes = classes.astype(np.intp)
    out = np.zeros((len(codes), int(codes.max()) + 1), order="F")
    out[np.arange(len(codes)), codes] = 1.0
    return out


def _check_counts(y: Floats, sample_weight: Floats | None, fit_intercept: bool) -> None:
    if np.any(y < 0.0):
        i = int(np.argmax(y < 0.0))
        raise ValueError(
            f"y must be >= 0 for family 'poisson', got {y[i]:g} at position {i}"
        )
    if not fit_intercept:
        return
    if not y.any():
        raise ValueError(
            "y is 0 everywhere: family 'poisson' has no fit, its intercept is -inf"
        )
    if sample_weight is not None and not y[sample_weight > 0.0].any():
        raise ValueError(
            "y is 0 in every row with a weight: family 'poisson' has no fit, its "
            "intercept is -inf"
        )


def _check_labels(
    y: Any, n_samples: int, family: str, sample_weight: Floats | None
) -> Response:
    labels = _as_labels(y)
    check_rows(labels, "y", n_samples)
    try:
        classes, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:  # no order between, say, text and numbers
        raise TypeError(f"y has labels that can't be sorted: {error}") from error
    if len(classes) == 1:
        raise ValueError(
            f"y has one class, {classes.tolist()[0]!r}: family {family!r} needs two"
        )
    if family == "binomial" and len(classes) > 2:
        raise ValueError(
            f"y has {len(classes)} classes, {_some(classes)}, but family 'binomial' "
            "takes two; use family='multinomial'"
        )
    if sample_weight is not None:
        total = np.bincount(codes, sample_weight, minlength=len(classes))
        if np.any(total == 0.0):
            empty = classes[total == 0.0].tolist()[0]
            raise ValueError(
                f"class {empty!r} of y has no weight; leave its rows out to fit the "
                "others"
            )
    return Response(codes.astype(np.float64), classes)


def _is_text(y: Any) -> bool:
    """Whether there are labels of text where numbers are needed."""
    return any(isinstance(value, str) for value in np.asarray(y, dtype=object).flat)


def _as_labels(y: Any) -> NDArray[Any]:
    """Labels as an array of shape (n,), none of them missing."""
    if isinstance(y, np.ma.MaskedArray) and np.ma.is_masked(y):
        raise ValueError("y has masked entries; fill or drop them first")
    if hasattr(y, "toarray"):
        raise TypeError(f"y must be dense, got {type(y).__name__}")
    labels = np.asarray(y)
    if isinstance(y, (list, tuple)) and labels.dtype.kind == "U":
        labels = np.asarray(y, dtype=object)  # NumPy makes text of numbers beside text
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise ValueError(
            f"y must have 1 dimension, a label for each row, got shape {labels.shape}"
        )
    if labels.dtype.kind == "c":
        raise TypeError("y must hold class labels, got complex numbers")
    missing = missing_labels(labels)
    if missing.any():
        i = int(np.argmax(missing))
        raise ValueError(f"y has a missing label, {labels[i]}, at position {i}")
    if labels.dtype.kind == "f":
        whole = np.isfinite(labels) & (labels == np.round(labels))
        if not whole.all():
            i = int(np.argmin(whole))
            raise ValueError(
                f"y must hold class labels: {labels[i]:g} at position {i} is not a "
                "whole number"
            )
    return labels


def missing_labels(labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Where there is NaN, NaT, None or pandas' NA."""
    if labels.dtype.kind in "fmM":
        return np.asarray(np.isnan(labels))
    if labels.dtype.kind != "O":
        return np.zeros(len(labels), dtype=bool)
    return np.array([_is_missing(label) for label in labels], dtype=bool)


def _is_missing(label: Any) -> bool:
    if label is None or type(label).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(label, (float, np.floating)) and bool(np.isnan(label))


def _some(classes: NDArray[Any]) -> str:
    """The first few labels, for a message."""
    names = [repr(label) for label in classes[:3].tolist()]
    return ", ".join(names) + (", ..." if len(classes) > 3 else "")
