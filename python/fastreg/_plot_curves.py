"""The numbers and words behind a picture of a path; no drawing happens here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastreg._link import PREFIX

_MAX_LABEL_CHARS = 28


class PathLike(Protocol):
    """What a path must offer to be drawn."""

    @property
    def alphas(self) -> NDArray[np.float64]: ...
    @property
    def coefs(self) -> NDArray[np.float64]: ...
    @property
    def deviance_ratio(self) -> NDArray[np.float64]: ...
    @property
    def l1_ratio(self) -> float: ...
    @property
    def feature_names(self) -> tuple[str, ...] | None: ...
    @property
    def family(self) -> str: ...


class Curves:
    """The numbers behind the picture: alphas > 0, scaled coefficients, names."""

    def __init__(
        self,
        path: PathLike,
        names: Sequence[str] | None,
        scale: ArrayLike | None,
        target: int | None,
    ) -> None:
        coefs = np.asarray(path.coefs, dtype=np.float64)
        alphas = np.asarray(path.alphas, dtype=np.float64)
        deviance = np.asarray(path.deviance_ratio, dtype=np.float64)
        if coefs.ndim == 3:
            what = "classes" if path.family == "multinomial" else "targets"
            chosen = choose_target(target, coefs.shape[0], "path", what)
            coefs = coefs[chosen]
            deviance = deviance[chosen] if deviance.ndim == 2 else deviance
            alphas = alphas[chosen] if alphas.ndim == 2 else alphas
        drawable = alphas > 0.0  # alpha = 0 has no place on a log axis
        if np.count_nonzero(drawable) < 2:
            raise ValueError(
                "a path picture needs at least two alphas > 0, "
                f"got {np.count_nonzero(drawable)}"
            )
        self.alphas = alphas[drawable]
        self.deviance = deviance[drawable]
        self.scaled = scale is not None
        self.coefs = coefs[:, drawable] * _column_scale(scale, coefs.shape[0])
        self.names = _column_names(names or path.feature_names, coefs.shape[0])
        self.kind = PREFIX[path.family] + _kind(path.l1_ratio)
        self.is_ridge = path.l1_ratio == 0.0
        self.n_selected = np.count_nonzero(self.coefs, axis=0)
        self.selects = bool(self.n_selected.min() < self.n_selected.max())


def entry_order(coefs: NDArray[np.float64]) -> NDArray[np.intp]:
    """Order the features by when they first become nonzero along a path.

    Parameters
    ----------
    coefs : ndarray of shape (n_features, n_alphas)
        Coefficients, strong penalty first. Features that enter at the same alpha
        are ordered by size there, so give comparable (scaled) coefficients.

    Returns
    -------
    ndarray of int
        Indices of the features that are ever nonzero.
    """
    ever = np.flatnonzero(coefs.any(axis=1))
    first = (coefs[ever] != 0.0).argmax(axis=1)
    size = np.abs(coefs[ever, first])
    return ever[np.lexsort((-size, first))]


def spread(wanted: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Move decreasing positions in [0, 1] at least `gap` apart, as little as possible.

    With u_i = wanted_i + i·gap the condition is that u decreases, so the least
    squares answer is an isotonic regression: pool neighbours that are out of order.
    """
    shifted = wanted + gap * np.arange(wanted.size)
    pools: list[tuple[float, int]] = []
    for value in shifted:
        mean, count = float(value), 1
        while pools and pools[-1][0] < mean:
            before, number = pools.pop()
            mean = (before * number + mean * count) / (number + count)
            count += number
        pools.append((mean, count))
    flat = np.concatenate([np.full(c, m) for m, c in pools]) if pools else shifted
    placed = flat - gap * np.arange(wanted.size)
    if placed.size and placed[-1] < 0.0:  # the pool at the bottom hangs out
        placed = np.maximum(placed, gap * np.arange(wanted.size)[::-1])
    return np.asarray(placed, dtype=np.float64)


def hide_zeros(coef: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where a feature is out, so that lines start where their features enter."""
    out = coef == 0.0
    before = np.concatenate(([True], out[:-1]))
    after = np.concatenate((out[1:], [True]))
    return np.where(out & before & after, np.nan, coef)


def shorten(name: str) -> str:
    if len(name) <= _MAX_LABEL_CHARS:
        return name
    return name[: _MAX_LABEL_CHARS - 3] + "..."


def choose_target(
    target: int | None, n_targets: int, what: str, of: str = "targets"
) -> int:
    """The target or class to draw, which has to be said if there are several."""
    if target is None and n_targets > 1:
        raise ValueError(
            f"the {what} has {n_targets} {of}: say which one to draw, target=0 "
            f"to {n_targets - 1}"
        )
    chosen = 0 if target is None else target
    if not 0 <= chosen < n_targets:
        raise ValueError(f"target must be 0 to {n_targets - 1}, got {chosen}")
    return chosen


def _column_scale(scale: ArrayLike | None, n_features: int) -> NDArray[np.float64]:
    if scale is None:
        return np.ones((n_features, 1))
    factors = np.asarray(scale, dtype=np.float64)
    if factors.shape != (n_features,):
        raise ValueError(
            f"scale must have shape ({n_features},), one factor a feature, "
            f"got {factors.shape}"
        )
    return factors[:, None]


def _column_names(names: Sequence[str] | None, n_features: int) -> list[str]:
    if names is None:
        return [f"x{j}" for j in range(n_features)]
    if len(names) != n_features:
        raise ValueError(
            f"names has {len(names)} entries but the path has {n_features} features"
        )
    return [str(name) for name in names]


def _kind(l1_ratio: float) -> str:
    if l1_ratio == 1.0:
        return "Lasso"
    return "Ridge" if l1_ratio == 0.0 else f"Elastic net (l1_ratio {l1_ratio:g})"


def default_title(curves: Curves) -> str:
    if curves.is_ridge:
        return (
            f"{curves.kind} path: all {len(curves.names)} features stay at every alpha"
        )
    first = [curves.names[j] for j in entry_order(curves.coefs)[:3]]
    if not first:
        return f"{curves.kind} path: no feature is selected"
    while len(first) > 1 and len("".join(first)) > 40:  # keep to one line
        first.pop()
    if len(first) == 1:
        return f"{curves.kind} path: {shorten(first[0])} enters first"
    return f"{curves.kind} path: {', '.join(first[:-1])} and {first[-1]} enter first"


def subtitle(curves: Curves) -> str:
    text = (
        "Each line is the coefficient of one feature; to the right the penalty weakens"
    )
    return text if curves.is_ridge else f"{text} and features enter"
