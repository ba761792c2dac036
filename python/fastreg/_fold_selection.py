"""Strengths of many responses by cross-validation: what is asked, what folds said."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._cv_rules import RULES, TOLERATED
from fastreg._cv_scores import OF_FAMILY
from fastreg._cv_search import (
    EXPLAINED,
    LEAST_PART,
    MOST_EXTENSIONS,
    PARTS,
    TURNED_LEAST,
    TURNED_SHARE,
)
from fastreg._folds import (
    Folds,
    Plan,
    check_folds,
    check_seed,
    groups_for,
    tests_neighbours,
)
from fastreg._ridge_scores import ROUNDING
from fastreg._warnings import ConvergenceWarning, FoldWarning, GridWarning

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# What a response has that was not chosen for.
EMPTY: dict[str, float] = {
    "index": -1,
    "scores": np.nan,
    "std_errors": np.nan,
    "fold_gaps": 0.0,
    "at_edge": False,
}
# By rule, how much worse than the best a score may be: standard errors, and a share.
ALLOWED = {"min": (0.0, 0.0), "1se": (1.0, 0.0), "2pct": (0.0, TOLERATED)}


@dataclass(frozen=True)
class FoldPlan:
    """Folds of all responses, and how strengths are chosen from their scores.

    With `adapt` grids end early, or go on, where scores say so.
    """

    folds: Folds
    scoring: str
    rule: str
    adapt: bool
    keep_curves: bool

    @classmethod
    def check(
        cls,
        cv: Any,
        X: Any,
        Y: Any,
        sample_weight: Floats | None,
        *,
        family: str,
        groups: Any,
        scoring: Any,
        rule: Any,
        early_stop: Any,
        keep_curves: Any,
        random_state: Any,
    ) -> FoldPlan:
        """Check what is asked; X and Y are what the user passed."""
        labels = groups_for(cv, groups, len(Y))
        known = OF_FAMILY[family]
        plan = Plan(groups=labels, seed=check_seed(random_state))
        return cls(
            folds=check_folds(cv, X, Y, sample_weight, plan, words=""),
            scoring=_one_of(
                known[0] if scoring is None else scoring,
                known,
                f"scoring for family {family!r}",
            ),
            rule=_one_of(rule, RULES, "rule"),
            adapt=_validation.check_flag(early_stop, "early_stop"),
            keep_curves=_validation.check_flag(keep_curves, "keep_curves"),
        )

    def of_grid(self, *, automatic: bool) -> FoldPlan:
        """The plan for strengths that are fastreg's choice, or are given."""
        return self if automatic else replace(self, adapt=False)

    def warn_sorted(self, Y: Floats, stacklevel: int) -> None:
        """Folds of neighbouring rows test what a sorted response didn't train on."""
        if len(Y) <= len(self.folds.test) or not tests_neighbours(self.folds):
            return
        up, down = Y[1:] >= Y[:-1], Y[1:] <= Y[:-1]
        sorted_ = (up.all(axis=0) | down.all(axis=0)) & (Y[0] != Y[-1])
        if sorted_.any():
            warnings.warn(
                f"{int(sorted_.sum())} of {Y.shape[1]} responses are sorted and every "
                "fold tests neighbouring rows, so that folds are trained on other "
                "values than they are tested on; shuffle the rows, or pass cv as a "
                "number of folds, which shuffles them",
                FoldWarning,
                stacklevel=stacklevel + 1,
            )

    def as_dict(self, n_alphas: int) -> dict[str, Any]:
        """As the kernel takes it."""
        errors, share = ALLOWED[self.rule]
        part = max(-(-n_alphas // PARTS), LEAST_PART) if self.adapt else n_alphas
        return {
            "train": self.folds.train,
            "test": self.folds.test,
            "scoring": self.scoring,
            "allowed_errors": errors,
            "allowed_share": share,
            "part": part,
            "behind": max(TURNED_LEAST, int(TURNED_SHARE * n_alphas)),
            "most_extensions": MOST_EXTENSIONS if self.adapt else 0,
            "explained": EXPLAINED,
            "rounding": ROUNDING,
        }


class ScoreCurves(NamedTuple):
    """Scores along the grid of each response, (m, k), NaN beyond where folds ended."""

    alphas: Floats
    scores: Floats
    std_errors: Floats


@dataclass(frozen=True)
class Selection:
    """The choice of each response, in the order of the problems."""

    plan: FoldPlan
    index: Integers
    scores: Floats
    std_errors: Floats
    fold_gaps: Floats
    at_edge: NDArray[np.bool_]
    curves: ScoreCurves | None

    @classmethod
    def of(cls, found: dict[str, Any], plan: FoldPlan) -> Selection:
        """From what the kernel returns."""
        index, lengths = found["index"], found["lengths"]
        chosen = index >= 0
        places = (np.cumsum(lengths) - lengths + index)[chosen]
        picked = np.full((2, len(index)), np.nan)
        for row, name in enumerate(("mean", "error")):
            picked[row, chosen] = found[name][places]
        curves = None
        if plan.keep_curves:
            names = ("alphas", "mean", "error")
            curves = ScoreCurves(*(_rows(found[name], lengths) for name in names))
        return cls(
            plan=plan,
            index=index,
            scores=picked[0],
            std_errors=picked[1],
            fold_gaps=found["fold_gaps"],
            at_edge=np.asarray(found["at_edge"], dtype=bool),
            curves=curves,
        )

    @classmethod
    def joined(cls, parts: list[Selection]) -> Selection:
        """Those of all blocks, one after the other."""
        curves = None
        kept = [part.curves for part in parts if part.curves is not None]
        if kept:
            width = max(one.alphas.shape[1] for one in kept)
            curves = ScoreCurves(
                *(
                    np.vstack([_widened(array, width) for array in arrays])
                    for arrays in zip(*kept, strict=True)
                )
            )
        arrays = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in EMPTY
        }
        return cls(plan=parts[0].plan, curves=curves, **arrays)

    def placed(self, places: Integers, count: int) -> Selection:
        """These at their places among so many, of which others have no choice."""
        if len(places) == count:
            return self

        def spread(values: NDArray[Any], fill: float) -> NDArray[Any]:
            out = np.full((count, *values.shape[1:]), fill, dtype=values.dtype)
            out[places] = values
            return out

        arrays: dict[str, Any] = {
            name: spread(getattr(self, name), fill) for name, fill in EMPTY.items()
        }
        curves = self.curves
        if curves is not None:
            curves = ScoreCurves(*(spread(array, np.nan) for array in curves))
        return replace(self, curves=curves, **arrays)

    def warn(self, tol: float, stacklevel: int) -> None:
        """About choices at the end of grids, and folds with gaps above tol."""
        count, edge = len(self.index), int(self.at_edge.sum())
        if edge:
            warnings.warn(
                f"the best scores of {edge} of {count} responses are those of their "
                "smallest alphas: less shrinkage may predict better still; pass "
                "smaller alphas or eps",
                GridWarning,
                stacklevel=stacklevel + 1,
            )
        unmet = int((self.fold_gaps > tol).sum())
        if unmet:
            warnings.warn(
                f"folds of {unmet} of {count} responses have solutions that did not "
                f"reach tol={tol:g}; the largest relative duality gap is "
                f"{self.fold_gaps.max():.2e}",
                ConvergenceWarning,
                stacklevel=stacklevel + 1,
            )


def _one_of(value: Any, known: tuple[str, ...], name: str) -> str:
    if not isinstance(value, str) or value not in known:
        names = ", ".join(repr(one) for one in known)
        raise ValueError(
            f"{name} of many responses must be one of {names}, got {value!r}"
        )
    return value


def _rows(values: Floats, lengths: Integers) -> Floats:
    """Runs of values as rows of one array."""
    width = int(lengths.max(initial=0))
    out = np.full((len(lengths), width), np.nan)
    out[np.arange(width) < lengths[:, np.newaxis]] = values
    return out


def _widened(array: Floats, width: int) -> Floats:
    missing = width - array.shape[1]
    return np.pad(array, ((0, 0), (0, missing)), constant_values=np.nan)
