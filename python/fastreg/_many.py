"""Many problems in one call: the options they share, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._coefs import SparseCoefs
from fastreg._features import HasColumns, check_bounds, check_penalty_factor
from fastreg._responses import check_family
from fastreg._solve import STATUSES
from fastreg._threads import n_threads_for

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FAILED, NOT_RUN = "failed", "not run"


class ManyOptions(NamedTuple):
    """What the kernels of many problems take, checked; `as_dict` is for them."""

    family: str
    l1_ratio: float
    fit_intercept: bool
    standardize: bool
    penalty_factor: Floats | None
    lower_bounds: Floats | None
    upper_bounds: Floats | None
    tol: float
    max_iter: int
    n_threads: int
    progress: Callable[[int], Any] | None = None  # told how many problems are done

    @classmethod
    def check(
        cls,
        X: HasColumns,
        *,
        n_entries: int,
        family: Any = "gaussian",
        families: tuple[str, ...] = ("gaussian",),
        l1_ratio: Any = 1.0,
        fit_intercept: Any = True,
        standardize: Any = True,
        penalty_factor: Any = None,
        lower_bounds: Any = None,
        upper_bounds: Any = None,
        positive: Any = False,
        tol: Any = 1e-6,
        max_iter: Any = 100_000,
        n_threads: Any = None,
    ) -> ManyOptions:
        """Check options of one value for all problems, with X's columns.

        `n_entries` is the size of all the data, by which threads are chosen.
        """
        lower, upper = check_bounds(lower_bounds, upper_bounds, positive, X)
        return cls(
            family=check_family(family, families),
            l1_ratio=_validation.check_l1_ratio(l1_ratio),
            fit_intercept=_validation.check_flag(fit_intercept, "fit_intercept"),
            standardize=_validation.check_flag(standardize, "standardize"),
            penalty_factor=check_penalty_factor(penalty_factor, X),
            lower_bounds=lower,
            upper_bounds=upper,
            tol=_validation.check_real(tol, "tol", low=0.0),
            max_iter=_validation.check_count(max_iter, "max_iter"),
            n_threads=n_threads_for(n_threads, n_entries),
        )

    def as_dict(self, strengths: Strengths) -> dict[str, Any]:
        """The options of a kernel call."""
        return {**self._asdict(), **strengths._asdict()}


class Strengths(NamedTuple):
    """Strengths of every problem, (k, m), or (k, 1) for all; None for grids.

    With `relative` they are shares of each problem's own alpha_max.
    """

    alphas: Floats | None
    relative: bool = False
    n_alphas: int = 100
    eps: float = 1e-3

    def of(self, problems: Integers) -> Strengths:
        """Those of some of the problems."""
        if self.alphas is None or self.alphas.shape[1] == 1:
            return self
        return self._replace(alphas=np.asfortranarray(self.alphas[:, problems]))


@dataclass(frozen=True)
class Found:
    """What a kernel of many problems found: paths one after the other.

    Problem i has the columns ``offsets[i]`` to ``offsets[i + 1] - 1`` of the
    coefficients and entries of the other arrays; none where ``errors[i]`` says why or
    where it was not run.
    """

    offsets: Integers
    coefs: SparseCoefs
    alphas: Floats
    intercepts: Floats
    dual_gaps: Floats
    deviance_ratio: Floats
    n_iter: Integers
    status: NDArray[np.int8]
    null_objective: Floats
    errors: list[str]
    done: NDArray[np.bool_]
    interrupted: bool
    seconds: float

    @classmethod
    def of(cls, found: dict[str, Any], n_features: int) -> Found:
        """From what a kernel returns."""
        return cls(
            offsets=found["offsets"],
            coefs=SparseCoefs(
                found["indptr"], found["indices"], found["values"], n_features
            ),
            alphas=found["alphas"],
            intercepts=found["intercepts"],
            dual_gaps=found["dual_gaps"],
            deviance_ratio=found["deviance_ratio"],
            n_iter=found["n_iter"],
            status=found["status"],
            null_objective=found["null_objective"],
            errors=list(found["errors"]),
            done=np.asarray(found["done"], dtype=bool),
            interrupted=bool(found["interrupted"]),
            seconds=float(found["seconds"]),
        )

    @classmethod
    def nothing(cls, n_features: int) -> Found:
        """Of no problem."""
        empty = np.empty(0)
        integers = np.empty(0, dtype=np.int64)
        return cls(
            offsets=np.zeros(1, dtype=np.int64),
            coefs=SparseCoefs(np.zeros(1, dtype=np.int64), integers, empty, n_features),
            alphas=empty,
            intercepts=empty,
            dual_gaps=empty,
            deviance_ratio=empty,
            n_iter=integers,
            status=np.empty(0, dtype=np.int8),
            null_objective=empty,
            errors=[],
            done=np.empty(0, dtype=bool),
            interrupted=False,
            seconds=0.0,
        )

    @property
    def n_problems(self) -> int:
        """How many problems there are."""
        return len(self.errors)

    def statuses(self) -> tuple[str, ...]:
        """Of each problem: that of its worst alpha, "failed", or "not run"."""
        counts = np.diff(self.offsets)
        worst = np.zeros(self.n_problems, dtype=np.int64)
        solved = counts > 0
        if solved.any():
            worst[solved] = np.maximum.reduceat(self.status, self.offsets[:-1][solved])
        if solved.all() and self.done.all() and not any(self.errors):
            return tuple(map(STATUSES.__getitem__, worst.tolist()))
        ran = (self.done & solved).tolist()
        return tuple(
            FAILED if error else STATUSES[code] if done else NOT_RUN
            for error, code, done in zip(self.errors, worst.tolist(), ran, strict=True)
        )

    def filled(self, values: NDArray[Any], k: int) -> Floats:
        """An array of a value an alpha as (m, k), NaN where there is none."""
        counts = np.diff(self.offsets)
        if np.all(counts == k):
            return np.asarray(values, dtype=np.float64).reshape(-1, k)
        out = np.full((self.n_problems, k), np.nan)
        out[np.arange(k) < counts[:, np.newaxis]] = values
        return out

    def with_failed(self, failed: dict[int, str]) -> Found:
        """With problems that no kernel was given, at their places, and why."""
        if not failed:
            return self
        places = np.array(sorted(failed))
        before = places - np.arange(len(places))  # of how many problems that were
        errors = iter(self.errors)
        total = self.n_problems + len(failed)
        return replace(
            self,
            offsets=np.insert(self.offsets, before, self.offsets[before]),
            null_objective=np.insert(self.null_objective, before, np.nan),
            done=np.insert(self.done, before, True),
            errors=[failed[i] if i in failed else next(errors) for i in range(total)],
        )

    def with_messages(self, messages: dict[int, str]) -> Found:
        """With other words for why problems failed."""
        return replace(
            self, errors=[messages.get(i, own) for i, own in enumerate(self.errors)]
        )

    @classmethod
    def collected(cls, parts: Iterable[Found], n_problems: int) -> Found:
        """Those of all parts, in their order.

        After Ctrl-C, also where it comes between two parts, what is there until then;
        the rest of the problems were not run.
        """
        found: list[Found] = []
        interrupted = False
        try:
            for part in parts:
                found.append(part)
                if part.interrupted:
                    break
        except KeyboardInterrupt:
            if not found:
                raise
            interrupted = True
        whole = found[0] if len(found) == 1 else cls._joined(found)
        rest = n_problems - whole.n_problems
        if rest == 0 and not interrupted:
            return whole
        return replace(
            whole,
            offsets=np.append(whole.offsets, np.full(rest, whole.offsets[-1])),
            null_objective=np.append(whole.null_objective, np.full(rest, np.nan)),
            done=np.append(whole.done, np.zeros(rest, dtype=bool)),
            errors=whole.errors + [""] * rest,
            interrupted=True,
        )

    @classmethod
    def _joined(cls, parts: list[Found]) -> Found:
        arrays = (
            "alphas",
            "intercepts",
            "dual_gaps",
            "deviance_ratio",
            "n_iter",
            "status",
            "null_objective",
            "done",
        )
        coefs = [part.coefs for part in parts]
        return cls(
            offsets=_end_to_end([part.offsets for part in parts]),
            coefs=SparseCoefs(
                _end_to_end([one.indptr for one in coefs]),
                np.concatenate([one.indices for one in coefs]),
                np.concatenate([one.values for one in coefs]),
                coefs[0].n_features,
            ),
            errors=[error for part in parts for error in part.errors],
            interrupted=parts[-1].interrupted,
            seconds=sum(part.seconds for part in parts),
            **{
                name: np.concatenate([getattr(part, name) for part in parts])
                for name in arrays
            },
        )


def _end_to_end(bounds: list[Integers]) -> Integers:
    """Bounds of runs that follow each other, each list from 0 on, as one list."""
    ends = np.cumsum([0] + [own[-1] for own in bounds[:-1]])
    moved = [own[1:] + end for own, end in zip(bounds, ends, strict=True)]
    return np.concatenate([bounds[0][:1], *moved])
