"""Refits without a penalty on the supports along a path.

Cross-validation calls `relax` for every fold: rows that are left out have the weight 0.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg._coefs import SparseCoefs
from fastreg._refit_gram import GramRefits
from fastreg._refit_newton import NewtonRefits
from fastreg._separation import find_separation
from fastreg._solve import Data, Settings, Solution, solve
from fastreg._watch import Watch

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Degrees of freedom that the largest support leaves by default, as in glmnet.
LEAST_LEFT = 3
# Entries of the columns in use that are made dense for Newton steps.
MOST_ENTRIES = 1 << 25


def relax(
    solution: Solution,
    data: Data,
    settings: Settings,
    max_nonzero: int | None = None,
    watch: Watch | None = None,
) -> Solution:
    """Refit the supports of a path, in its order, as long as there is a fit.

    Parameters
    ----------
    solution : the path, fitted to this data with these settings
    max_nonzero : the largest support that is refitted; by default it leaves
        3 degrees of freedom
    watch : threads and the limit of time

    Returns
    -------
    One entry an alpha. Gaps are those of the problem without a penalty that has no
    other features than the support, relative to the null model's objective. It ends
    before the first alpha whose support is too large ("max_nonzero"), whose likelihood
    has no maximum ("separated") or doesn't seem to ("unsolved"), and `stop` says so.
    """
    if max_nonzero is None:
        max_nonzero = max(0, data.n_rows - LEAST_LEFT)
    watch = watch or Watch()
    refits = _Refits(solution, data, settings, replace(watch, callback=None))
    began = time.perf_counter() - watch.began
    found: list[_Refit] = []
    stop = None
    for features in supports(solution, settings):
        if found and np.array_equal(features, found[-1].features):
            found.append(found[-1])
            continue
        if len(features) > max_nonzero:
            stop = "max_nonzero"
        elif time.perf_counter() - began > watch.max_time:
            stop = "max_time"
        if stop is not None:
            break
        refit = refits.fit(features, found[-1] if found else None)
        if isinstance(refit, str):
            stop = refit
            break
        found.append(refit)
    seconds = time.perf_counter() - began - watch.began
    return _assembled(found, solution, data, stop, seconds)


def supports(solution: Solution, settings: Settings) -> list[Integers]:
    """Features that any class uses, and those without a penalty, at every alpha."""
    coefs, p = solution.coefs, len(solution.scale)
    free = np.zeros(0, np.int64)
    if settings.penalty_factor is not None:
        free = np.flatnonzero((settings.penalty_factor == 0.0) & (solution.scale > 0.0))
    parts = np.split(coefs.indices % p, coefs.indptr[1:-1])
    return [np.unique(np.concatenate((part, free))).astype(np.int64) for part in parts]


def centre_classes(coef: Floats, lower: Floats | None, upper: Floats | None) -> Floats:
    """Of coefficients (K, p) that mean the same those with the least squares.

    Any number may be added to all K of a feature, within its bounds.
    """
    low = -np.inf if lower is None else lower - coef.min(axis=0)
    high = np.inf if upper is None else upper - coef.max(axis=0)
    return np.asarray(coef + np.clip(-coef.mean(axis=0), low, high))


class _Refit(NamedTuple):
    """A fit on a support. `coef` is (outputs, features)."""

    features: Integers
    coef: Floats
    intercept: Floats
    gap: float
    deviance_ratio: float
    n_iter: int
    status: int


class _Refits:
    """How supports are refitted, and the columns of all of them."""

    def __init__(
        self, solution: Solution, data: Data, settings: Settings, watch: Watch
    ) -> None:
        self.watch = replace(watch, partial=False, early_stop=False, max_time=np.inf)
        self.n_outputs = data.y.shape[1] if data.y.ndim == 2 else 1
        # Columns are copied once; where nothing is in use, there still must be one.
        used = [np.zeros(1, np.int64), *supports(solution, settings)]
        self.columns = np.unique(np.concatenate(used))
        self.data = data._replace(X=data.X.take(self.columns))
        self.settings = replace(
            settings, l1_ratio=1.0, grouped=False, penalty_factor=None
        )
        self.gram, self.newton = None, None
        if self.settings.has_closed_form(penalised=False):
            self.gram = GramRefits(
                self.data.X,
                data.y,
                data.sample_weight,
                fit_intercept=settings.fit_intercept,
            )
        elif self._suits_newton():
            self.newton = NewtonRefits(
                self.data.X.dense(),
                data.y,
                data.sample_weight,
                data.offset,
                family=settings.family,
                fit_intercept=settings.fit_intercept,
                tol=settings.tol,
                null_objective=solution.null_objective,
            )

    def _suits_newton(self) -> bool:
        n_rows, n_columns = self.data.X.shape
        link = self.settings.family != "gaussian" and not self.settings.is_bounded
        return link and n_rows * n_columns <= MOST_ENTRIES

    def fit(self, features: Integers, last: _Refit | None) -> _Refit | str:
        """The fit on these features, or why there is none."""
        if self.gram is not None:
            found = self.gram.fit(np.searchsorted(self.columns, features))
            if found is not None and found.relative_gap <= self.settings.tol:
                coef, intercept = found.coef[np.newaxis], np.array([found.intercept])
                quality = found.relative_gap, found.deviance_ratio
                return _Refit(features, coef, intercept, *quality, 1, 0)
        if self.newton is not None and len(features) > 0:
            fitted = self.newton.fit(np.searchsorted(self.columns, features))
            if isinstance(fitted, str):
                return fitted
            if fitted is not None and fitted.relative_gap <= self.settings.tol:
                return _Refit(features, *fitted, 0)
        return self._solve(features, last)

    def _solve(self, features: Integers, last: _Refit | None) -> _Refit | str:
        """By the kernels, from the last fit."""
        data, settings = self._part(features)
        start = self._start(features, last)
        found = solve(data, np.zeros(1), settings, start, self.watch)
        if self._has_no_maximum(features, data, settings, found):
            return "separated"
        if settings.family != "gaussian" and found.status[0]:
            return "unsolved"
        coef = found.coefs.column(0).reshape(self.n_outputs, -1)
        if self.n_outputs > 1:
            coef = centre_classes(coef, settings.lower_bounds, settings.upper_bounds)
        return _Refit(
            features,
            coef[:, : len(features)],
            np.reshape(found.intercepts[..., 0], -1),
            float(found.dual_gaps[0]),
            float(found.deviance_ratio[0]),
            int(found.n_iter[0]),
            int(found.status[0]),
        )

    def _has_no_maximum(
        self, features: Integers, data: Data, settings: Settings, found: Solution
    ) -> bool:
        labels = settings.family in ("binomial", "multinomial")
        classes = np.arange(2) if labels else None
        if len(features) == 0:
            return False
        return find_separation(data, settings, found, classes) is not None

    def _part(self, features: Integers) -> tuple[Data, Settings]:
        """The problem of a support."""
        if len(features) == 0:  # one column, which is excluded
            data = self.data._replace(X=self.data.X.take(np.zeros(1, np.int64)))
            return data, replace(
                self.settings,
                penalty_factor=np.array([np.inf]),
                lower_bounds=None,
                upper_bounds=None,
            )
        position = np.searchsorted(self.columns, features)
        data = self.data._replace(X=self.data.X.take(position))
        lo, hi = self.settings.lower_bounds, self.settings.upper_bounds
        return data, replace(
            self.settings,
            lower_bounds=None if lo is None else lo[features],
            upper_bounds=None if hi is None else hi[features],
        )

    def _start(self, features: Integers, last: _Refit | None) -> Floats | None:
        """The last coefficients of features that stay, one class after the other."""
        if last is None or len(features) == 0:
            return None
        start = np.zeros((self.n_outputs, len(features)))
        _, here, there = np.intersect1d(features, last.features, return_indices=True)
        start[:, here] = last.coef[:, there]
        return start.ravel()


def _assembled(
    found: list[_Refit],
    solution: Solution,
    data: Data,
    stop: str | None,
    seconds: float,
) -> Solution:
    """All fits as one solution."""
    p, several = len(solution.scale), data.y.ndim == 2
    size = p * (data.y.shape[1] if several else 1)
    where = [np.nonzero(one.coef) for one in found]
    indices = [
        of_class * p + one.features[j]
        for one, (of_class, j) in zip(found, where, strict=True)
    ]
    values = [one.coef[entry] for one, entry in zip(found, where, strict=True)]
    counts = [len(part) for part in indices]
    nothing = np.zeros(0)
    n_outputs = size // p
    intercepts = np.array([one.intercept for one in found]).reshape(-1, n_outputs).T
    return Solution(
        alphas=solution.alphas[: len(found)],
        coefs=SparseCoefs(
            np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            np.concatenate((nothing, *indices)).astype(np.int64),
            np.concatenate((nothing, *values)),
            size,
        ),
        intercepts=intercepts if several else intercepts.reshape(-1),
        dual_gaps=np.array([one.gap for one in found]),
        deviance_ratio=np.array([one.deviance_ratio for one in found]),
        n_iter=np.array([one.n_iter for one in found], dtype=np.int64),
        status=np.array([one.status for one in found], dtype=np.int8),
        n_passes=0,
        seconds=seconds,
        null_objective=solution.null_objective,
        scale=solution.scale,
        stop=stop,
    )
