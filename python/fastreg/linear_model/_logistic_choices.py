"""Parameters of `LogisticRegressionCV`, with what deprecations make of them."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from fastreg._validation import is_flag
from fastreg.linear_model._base import Floats
from fastreg.linear_model._parameters import (
    InvalidParameterError,
    check_real,
    is_array_like,
)

PENALTIES = {"l1": 1.0, "l2": 0.0, "elasticnet": None}


class Choices(NamedTuple):
    """What there is to choose from, and how.

    `one_mix`: whether attributes have no axis of mixes, because l1_ratios is None.
    """

    l1_ratios: list[float]
    one_mix: bool
    scoring: Any
    legacy: bool


def choices_of(model: Any, stacklevel: int) -> Choices:
    """The choices of an estimator; a warning where scikit-learn's will change."""
    owner = type(model).__name__
    _warn_defaults(model, stacklevel + 1)
    given = None if is_warn(model.l1_ratios) else model.l1_ratios
    mixes = None if given is None else _check_mixes(owner, given)
    fixed = _penalised(owner, model.penalty, mixes, stacklevel + 1)
    legacy = model.use_legacy_attributes
    return Choices(
        l1_ratios=fixed or mixes or [0.0],
        one_mix=mixes is None or bool(fixed),
        scoring=None if is_warn(model.scoring) else model.scoring,
        legacy=True if is_warn(legacy) else bool(legacy),
    )


def strengths_of(owner: str, Cs: Any) -> Floats:
    """Values of C, in the order that was given."""
    if isinstance(Cs, Integral) and not is_flag(Cs) and int(Cs) >= 1:
        return np.logspace(-4.0, 4.0, int(Cs))
    values = list(Cs) if is_array_like(Cs) and np.ndim(Cs) == 1 else []
    if not values or not all(isinstance(C, Real) and float(C) > 0 for C in values):
        raise InvalidParameterError(
            f"Cs of {owner} must be numbers > 0, or an integer >= 1 that says how "
            f"many, got {Cs!r}"
        )
    return np.array(values, dtype=np.float64)


def is_warn(value: Any) -> bool:
    """Whether a parameter was left to a default that is going to change."""
    return isinstance(value, str) and value == "warn"


def _warn_defaults(model: Any, stacklevel: int) -> None:
    advice = {
        "l1_ratios": "l1_ratios=(0,)",
        "scoring": "scoring='accuracy' (it will be 'neg_log_loss')",
        "use_legacy_attributes": "use_legacy_attributes=True (it will be False)",
    }
    told = [text for name, text in advice.items() if is_warn(getattr(model, name))]
    if model.l1_ratios is None and model.penalty == "deprecated":
        told.append("l1_ratios=(0,) instead of None")
    if told:
        warnings.warn(
            f"defaults of {type(model).__name__} will change as those of scikit-learn "
            f"in 1.10 and 1.11; to keep what you have pass {', '.join(told)}",
            FutureWarning,
            stacklevel=stacklevel + 1,
        )


def _check_mixes(owner: str, mixes: Any) -> list[float]:
    if not is_array_like(mixes) or len(mixes) == 0:
        raise InvalidParameterError(
            f"l1_ratios of {owner} must be numbers in [0, 1], at least one, got "
            f"{mixes!r}"
        )
    for mix in mixes:
        check_real(owner, "l1_ratios", mix, high=1.0)
    return [float(mix) for mix in mixes]


def _penalised(
    owner: str, penalty: Any, mixes: list[float] | None, stacklevel: int
) -> list[float] | None:
    """The mix that a deprecated `penalty` is; None if it leaves them open."""
    if penalty == "deprecated":
        return None
    if not isinstance(penalty, str) or penalty not in PENALTIES:
        listed = ", ".join(map(repr, PENALTIES))
        raise InvalidParameterError(
            f"penalty of {owner} must be one of {listed}, got {penalty!r}"
        )
    warnings.warn(
        "penalty is deprecated; use l1_ratios=(0,) for 'l2' and l1_ratios=(1,) for "
        "'l1' (as in scikit-learn 1.8)",
        FutureWarning,
        stacklevel=stacklevel + 1,
    )
    mix = PENALTIES[penalty]
    if mix is None and mixes is None:
        raise ValueError(f"penalty='elasticnet' of {owner} needs l1_ratios")
    return None if mix is None else [mix]
