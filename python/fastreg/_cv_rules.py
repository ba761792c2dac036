"""Rules that choose a model by the scores of folds, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._result import Path

Floats = NDArray[np.float64]

# Those that look at the scores of the folds; others look at the path of all rows.
RULES = ("min", "1se", "2pct")
CRITERIA = ("aic", "aicc", "bic", "ebic")
# The share by which "2pct" lets the score be worse than the best.
TOLERATED = 0.02


def check_rule(rule: Any, family: str = "gaussian") -> str | Callable[[Any], Any]:
    """The name of a rule that a family has, or a function."""
    if family == "mgaussian" and isinstance(rule, str) and rule in CRITERIA:
        raise ValueError(
            f"rule {rule!r} is not for family 'mgaussian': information criteria are "
            "for responses of one variance"
        )
    if callable(rule) or (isinstance(rule, str) and rule in RULES + CRITERIA):
        return rule  # type: ignore[no-any-return]
    names = ", ".join(repr(name) for name in RULES + CRITERIA)
    raise ValueError(f"rule must be one of {names} or a function, got {rule!r}")


def rule_name(rule: str | Callable[[Any], Any]) -> str:
    """The rule's name, for a result to carry."""
    return rule if isinstance(rule, str) else getattr(rule, "__name__", "callable")


def is_null(path: Path, coef: Floats) -> bool:
    """Whether no penalised feature has a coefficient."""
    if path.penalty_factor is not None:
        coef = coef[..., path.penalty_factor > 0.0]
    return not np.any(coef)
