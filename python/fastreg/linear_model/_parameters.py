"""Checks of parameters: plain comparisons, because small fits are dominated by them."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from fastreg._validation import is_flag


class InvalidParameterError(ValueError, TypeError):
    """A parameter has a wrong type or value.

    It is both errors, as in scikit-learn, so that code that catches either goes on
    working.
    """


def check_real(owner: str, name: str, value: Any, high: float = math.inf) -> None:
    """Raise unless `value` is a finite real number in [0, high]."""
    if isinstance(value, Real) and 0 <= float(value) <= high and value != math.inf:
        return
    within = ">= 0" if high == math.inf else f"in [0, {high:g}]"
    raise InvalidParameterError(
        f"{name} of {owner} must be a finite number {within}, got {value!r}"
    )


def check_count(owner: str, name: str, value: Any, *, optional: bool) -> None:
    """Raise unless `value` is an integer >= 1, or None where that is allowed."""
    if value is None and optional:
        return
    if isinstance(value, Integral) and int(value) >= 1:
        return
    wanted = "an integer >= 1 or None" if optional else "an integer >= 1"
    raise InvalidParameterError(f"{name} of {owner} must be {wanted}, got {value!r}")


def check_flag(owner: str, name: str, value: Any) -> None:
    """Raise unless `value` is True or False."""
    if is_flag(value):
        return
    raise InvalidParameterError(
        f"{name} of {owner} must be True or False, got {value!r}"
    )


def check_choice(owner: str, name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise unless `value` is one of `choices`."""
    if isinstance(value, str) and value in choices:
        return
    listed = ", ".join(map(repr, choices))
    raise InvalidParameterError(
        f"{name} of {owner} must be one of {listed}, got {value!r}"
    )


def check_seed(owner: str, value: Any) -> None:
    """Raise unless `value` can seed NumPy's RandomState (it is never used to)."""
    if value is None or isinstance(value, np.random.RandomState):
        return
    if isinstance(value, Integral) and 0 <= int(value) < 2**32:
        return
    raise InvalidParameterError(
        f"random_state of {owner} must be None, an integer in [0, 2**32 - 1] or a "
        f"numpy.random.RandomState, got {value!r}"
    )


def is_array_like(value: Any) -> bool:
    """Whether `value` is a sequence or an array rather than a scalar or a text."""
    if isinstance(value, (str, bytes)):
        return False
    return hasattr(value, "__array__") or hasattr(value, "__len__")


def check_precompute(owner: str, value: Any, *, choices: tuple[str, ...] = ()) -> None:
    """Raise unless `value` is a flag, one of `choices` or an array."""
    if is_flag(value):
        return
    if is_array_like(value) or (isinstance(value, str) and value in choices):
        return
    wanted = "".join(f"{choice!r}, " for choice in choices)
    raise InvalidParameterError(
        f"precompute of {owner} must be {wanted}True, False or an array, got {value!r}"
    )


def check_mixes(owner: str, l1_ratio: Any) -> list[float]:
    """The values of `l1_ratio`, a number in [0, 1] or some of them."""
    several = is_array_like(l1_ratio) and np.ndim(l1_ratio)
    mixes = list(l1_ratio) if several else [l1_ratio]
    if not mixes:
        raise InvalidParameterError(
            f"l1_ratio of {owner} must have at least one number, got none"
        )
    for mix in mixes:
        check_real(owner, "l1_ratio", mix, high=1.0)
    return [float(mix) for mix in mixes]
