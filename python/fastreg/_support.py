"""How many parameters the solutions of a path have, by their supports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fastreg._coefs import SparseCoefs

if TYPE_CHECKING:
    from fastreg._result import Path

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Support:
    """Counts of coefficients, one entry an alpha, after an axis of targets if any.

    df : coefficients that are estimated, and the intercept. Those are the nonzero ones,
        and those without a penalty, but none that a bound holds. Of a feature that has
        K of them for K classes one is no parameter, because a number that is added to
        all K changes no probability; the same is true of the K intercepts.
    n_chosen : how many of the candidates are among them
    n_candidates : coefficients with a penalty that may be chosen; groups count once
    """

    df: Floats
    n_chosen: Integers
    n_candidates: int

    @classmethod
    def of(cls, path: Path, coefs: SparseCoefs | Floats) -> Support:
        """The counts of a path with these coefficients, as it keeps them."""
        kinds = _Kinds(path)
        tables = [_counts(path, kinds, one) for one in _per_target(path, coefs)]
        df, chosen = (np.array(column) for column in zip(*tables, strict=True))
        if path.intercepts.ndim == 1 or path.family == "multinomial":
            df, chosen = df[0], chosen[0]
        outputs = len(path.intercepts) if path.family == "multinomial" else 1
        intercepts = max(outputs - 1, 1) if path.fit_intercept else 0
        per_feature = 1 if path.grouped else outputs
        n_candidates = per_feature * int(np.count_nonzero(kinds.candidate))
        return cls(df + float(intercepts), chosen, n_candidates)


class _Kinds:
    """Which features are free and which are candidates, each of shape (p,)."""

    def __init__(self, path: Path) -> None:
        some = np.ones(path.n_features, dtype=bool)
        factor = path.penalty_factor
        lo, hi = path.lower_bounds, path.upper_bounds
        self.lower = np.full(len(some), -np.inf) if lo is None else lo
        self.upper = np.full(len(some), np.inf) if hi is None else hi
        movable = (path.scale > 0.0) & (self.lower < self.upper)
        self.free = np.zeros_like(some) if factor is None else factor == 0.0
        self.free &= movable
        penalised = some if factor is None else (factor > 0.0) & np.isfinite(factor)
        self.candidate = penalised & movable


def _per_target(path: Path, coefs: SparseCoefs | Floats) -> list[SparseCoefs]:
    if isinstance(coefs, SparseCoefs):
        return [coefs]
    if path.family == "multinomial":
        return [SparseCoefs.from_dense(coefs.reshape(-1, coefs.shape[-1]))]
    return [SparseCoefs.from_dense(one) for one in coefs.reshape(-1, *coefs.shape[-2:])]


def _counts(path: Path, kinds: _Kinds, coefs: SparseCoefs) -> tuple[Floats, Integers]:
    """Estimated coefficients and chosen candidates of every column."""
    k, p = coefs.n_columns, path.n_features
    column = np.repeat(np.arange(k), np.diff(coefs.indptr))
    feature = coefs.indices % p
    held = coefs.values <= kinds.lower[feature]
    held |= coefs.values >= kinds.upper[feature]
    moves = ~held & (coefs.values != 0.0)
    df = _tally(column[moves], k)
    # Features without a penalty whose coefficient happens to be 0.
    at_zero = kinds.free & (kinds.lower != 0.0) & (kinds.upper != 0.0)
    n_outputs = coefs.n_features // p
    df += n_outputs * np.count_nonzero(at_zero) - _tally(column[at_zero[feature]], k)
    chosen = moves & kinds.candidate[feature]
    if n_outputs > 1:
        pairs, size = np.unique((column * p + feature)[moves], return_counts=True)
        df -= _tally(pairs[size == n_outputs] // p, k)
    if path.grouped:
        pairs = np.unique((column * p + feature)[chosen])
        return df.astype(np.float64), _tally(pairs // p, k)
    return df.astype(np.float64), _tally(column[chosen], k)


def _tally(columns: Integers, k: int) -> Integers:
    return np.bincount(columns, minlength=k).astype(np.int64)
