"""Options of `cv` for type checkers: `relax` decides what it gives back."""

from __future__ import annotations

from typing import Any, TypedDict


class CVOptions(TypedDict, total=False):
    """As in the signature of `cv`, without `relax`."""

    family: str
    grouped: bool
    l1_ratio: Any
    alphas: Any
    eps: float | str
    cv: Any
    groups: Any
    scoring: Any
    gammas: Any
    rule: Any
    fit_intercept: bool
    standardize: bool
    sample_weight: Any
    offset: Any
    penalty_factor: Any
    lower_bounds: Any
    upper_bounds: Any
    positive: bool
    tol: float
    max_iter: int
    early_stop: bool
    random_state: int
    n_threads: int | None
    progress: bool
