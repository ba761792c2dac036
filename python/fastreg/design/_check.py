"""What a design must say before its first verb is called."""

from __future__ import annotations

import numpy as np

from fastreg.design._base import Design

SEVERAL_PASSES = ("transpose_matvec_and_columns", "column_moments")


def check_design(X: Design) -> tuple[str, ...] | None:
    """The names of the columns, if there are any."""
    name, shape = type(X).__name__, getattr(X, "shape", None)
    if not _is_shape(shape):
        raise ValueError(
            f"shape of {name} must be a tuple of two ints of at least 1, got {shape!r}"
        )
    memory: object = X.memory
    if not isinstance(X.sequential, (bool, np.bool_)):
        raise TypeError(
            f"sequential of {name} must be True or False, got {X.sequential!r}"
        )
    if not isinstance(memory, (int, np.integer)) or memory < 1:
        raise ValueError(
            f"memory of {name} must be an int of at least 1, got {memory!r}"
        )
    for verb in SEVERAL_PASSES if X.sequential else ():
        if getattr(type(X), verb) is getattr(Design, verb):
            raise TypeError(
                f"{name} is sequential, so it must override {verb}, whose default "
                "reads the data several times"
            )
    names = X.feature_names
    if names is None:
        return None
    if len(names) != X.shape[1]:
        raise ValueError(
            f"{name} has {X.shape[1]} columns but {len(names)} feature_names"
        )
    return tuple(names)


def _is_shape(shape: object) -> bool:
    return (
        isinstance(shape, tuple)
        and len(shape) == 2
        and all(isinstance(size, (int, np.integer)) and size >= 1 for size in shape)
    )
