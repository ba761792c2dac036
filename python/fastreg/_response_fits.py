"""Many responses on one X: blocks for the kernels, and patterns of what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._fold_selection import FoldPlan, Selection
from fastreg._many import Found, ManyOptions, Strengths
from fastreg._many_frame import frame_library
from fastreg._many_progress import Told, beyond
from fastreg._many_result import ManyFit
from fastreg._matrix import KernelMatrix, describe
from fastreg._responses import check_response_where, missing_labels
from fastreg._tables import column_names
from fastreg._threads import n_threads_for

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

NO_VALUE = "the response has no value"
# Responses that are solved together: their products with X are as large as p × this.
LEAST_BLOCK = 1024


@dataclass(frozen=True)
class Responses:
    """Responses as columns, 0 where they are missing, and where that is.

    Those that failed, with the reason by their position, have no column here. `classes`
    are the labels that 0 and 1 stand for, None where it failed.
    """

    values: Floats
    missing: Booleans
    keys: NDArray[Any] | None
    failed: dict[int, str] = field(default_factory=dict)
    classes: tuple[NDArray[Any] | None, ...] | None = None
    library: str | None = None

    @classmethod
    def check(
        cls,
        Y: Any,
        n_samples: int,
        family: str,
        weight: Floats | None,
        *,
        fit_intercept: bool,
    ) -> Responses:
        """From an array or a data frame, whose names become keys."""
        if family == "gaussian":
            return cls._numbers(Y, n_samples)
        return cls._each(Y, n_samples, family, weight, fit_intercept=fit_intercept)

    @classmethod
    def _numbers(cls, Y: Any, n_samples: int) -> Responses:
        values = _validation.as_float64(Y, "Y")
        _check_shape(values, n_samples)
        if np.isinf(values).any():
            i, j = np.argwhere(np.isinf(values))[0]
            raise ValueError(
                f"Y has {describe(values[i, j])} at row {i} of response {j}"
            )
        missing = np.isnan(values)
        if not missing.any():
            return cls(values, missing, _keys(Y))
        values = np.where(missing, 0.0, values)
        failed = dict.fromkeys(np.flatnonzero(missing.all(axis=0)).tolist(), NO_VALUE)
        return cls(values, missing, _keys(Y)).without(failed)

    @classmethod
    def _each(
        cls,
        Y: Any,
        n_samples: int,
        family: str,
        weight: Floats | None,
        *,
        fit_intercept: bool,
    ) -> Responses:
        """What is wrong with a response is why it failed."""
        given = np.asarray(Y)
        _check_shape(given, n_samples)
        values, missing = np.zeros(given.shape, order="F"), np.zeros(given.shape, bool)
        failed: dict[int, str] = {}
        classes: list[NDArray[Any] | None] = [None] * given.shape[1]
        for t in range(given.shape[1]):
            here = ~missing_labels(given[:, t])
            try:
                if not here.any():
                    raise ValueError(NO_VALUE)
                found = check_response_where(
                    given[:, t], here, family, weight, fit_intercept
                )
            except (TypeError, ValueError) as error:
                failed[t] = str(error)
                continue
            values[here, t], missing[:, t] = found.values[here], ~here
            classes[t] = found.classes
        labels = tuple(classes) if family == "binomial" else None
        return cls(values, missing, _keys(Y), classes=labels).without(failed)

    def without(self, failed: dict[int, str]) -> Responses:
        """Without the columns of some that failed, and with the reasons."""
        if not failed:
            return self
        kept = np.setdiff1d(np.arange(self.values.shape[1]), list(failed))
        return replace(
            self,
            values=np.asfortranarray(self.values[:, kept]),
            missing=self.missing[:, kept],
            failed=failed,
        )

    def require_any(self) -> None:
        """Raise if every one failed."""
        if self.count == 0:
            raise ValueError(f"no response can be fitted: response 0: {self.failed[0]}")

    @property
    def count(self) -> int:
        """How many have a column."""
        return int(self.values.shape[1])

    @property
    def places(self) -> Integers:
        """Their positions among all."""
        every = np.arange(self.count + len(self.failed))
        return np.setdiff1d(every, list(self.failed))


@dataclass(frozen=True)
class ResponseFits:
    """X and what is asked for every response, checked. With a plan alpha is chosen."""

    X: KernelMatrix
    weight: Floats | None
    options: ManyOptions
    strengths: Strengths
    single: bool
    plan: FoldPlan | None = None
    n_threads: int | None = None  # as it was asked for
    library: str | None = None  # of a frame that X was

    def check(self, Y: Any, first_key: int = 0) -> Responses:
        """Responses of the family, called by numbers from the first key or names."""
        responses = Responses.check(
            Y,
            self.X.shape[0],
            self.options.family,
            self.weight,
            fit_intercept=self.options.fit_intercept,
        )
        if responses.keys is None and first_key:
            n_all = responses.count + len(responses.failed)
            keys = np.arange(first_key, first_key + n_all)
            responses = replace(responses, keys=keys)
        return replace(responses, library=frame_library(Y))

    def fit(self, responses: Responses, told: Told | None = None) -> ManyFit:
        """Models of these responses. Blocks keep what is shared small."""
        if self.plan is not None:
            self.plan.warn_sorted(responses.values, stacklevel=3)
        n, m = responses.values.shape
        p = self.X.shape[1]
        length = max(LEAST_BLOCK, p)
        options = self.options._replace(
            n_threads=n_threads_for(self.n_threads, n * p + n * m)
        )
        chosen: list[Selection] = []

        def block(first: int) -> Found:
            here = slice(first, first + length)
            own = self.strengths.of(responses.places[here])
            weights, pattern = patterns(responses.missing[:, here], self.weight)
            raw = self._call(
                responses.values[:, here],
                weights,
                pattern,
                options=options._replace(progress=beyond(told, first)).as_dict(own),
                n_alphas=own.n_alphas,
            )
            if self.plan is not None:
                chosen.append(Selection.of(raw["choices"], self.plan))
            return Found.of(raw, p)

        found = Found.nothing(p)
        if m:
            found = Found.collected(map(block, range(0, m, length)), m)
        selection = Selection.joined(chosen) if chosen else None
        if selection is not None:
            selection.warn(self.options.tol, stacklevel=3)
            places = responses.places[: len(selection.index)]
            n_all = responses.count + len(responses.failed)
            selection = selection.placed(places, n_all)
        return ManyFit.of(
            found.with_failed(responses.failed),
            single=self.single,
            n_alphas=1 if self.single else self.strengths.n_alphas,
            keys=responses.keys,
            feature_names=self.X.names,
            family=self.options.family,
            l1_ratio=self.options.l1_ratio,
            tol=self.options.tol,
            selection=selection,
            classes=responses.classes,
            library=responses.library or self.library,
        )

    def _call(
        self,
        Y: Floats,
        weights: Floats,
        pattern: Integers,
        *,
        options: dict[str, Any],
        n_alphas: int,
    ) -> dict[str, Any]:
        kernel: Callable[..., Any] = _core.many_responses
        plan = {}
        if self.plan is not None:
            kernel = _core.responses_cv
            plan = {"plan": self.plan.as_dict(n_alphas)}
        found: dict[str, Any] = self.X.given_to(
            kernel, Y, weights=weights, pattern=pattern, options=options, **plan
        )
        return found


def _check_shape(values: NDArray[Any], n_samples: int) -> None:
    if values.ndim != 2:
        raise ValueError(
            "Y must have 2 dimensions, a response in each column, got "
            f"{values.ndim} (shape {values.shape})"
        )
    _validation.check_rows(values, "Y", n_samples)
    if values.shape[1] == 0:
        raise ValueError(f"Y must have at least one column, got shape {values.shape}")


def _keys(Y: Any) -> NDArray[Any] | None:
    names = column_names(Y)
    return None if names is None else np.array(names, object)


def patterns(missing: Booleans, weight: Floats | None) -> tuple[Floats, Integers]:
    """Weights of each pattern of missing values, (n, g), and that of each response."""
    n, m = missing.shape
    base = np.ones(n) if weight is None else weight
    if not missing.any():
        return np.asfortranarray(base[:, np.newaxis]), np.zeros(m, dtype=np.int64)
    packed = np.packbits(missing, axis=0)
    _, first, pattern = np.unique(
        packed, axis=1, return_index=True, return_inverse=True
    )
    weights = np.where(missing[:, first], 0.0, base[:, np.newaxis])
    return np.asfortranarray(weights), pattern.reshape(-1).astype(np.int64)
