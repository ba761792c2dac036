"""`RelaxedCVResult`: scores of relaxed fits, and the models that rules choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._cv_chosen import StandsForBest
from fastreg._cv_result import CVResult
from fastreg._cv_rules import RULES, TOLERATED, is_null, rule_name
from fastreg._relaxed_result import RelaxedPath
from fastreg._result import STOPPED
from fastreg._ridge_scores import ROUNDING

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RelaxedSelected:
    """The relaxed fit that a rule chose, fitted to all rows.

    Attributes
    ----------
    rule : str
        The rule's name.
    alpha, gamma : float
        The strength, and the weight of the penalised solution: 1 is the solution of
        the path, 0 the refit.
    index, gamma_index : int
        Their positions.
    score, std_error : float
        Mean score of the folds, and its standard error.
    is_null : bool
        Whether no penalised feature has a coefficient: nothing was learned from X.
    coef : ndarray of shape (p,), or (K, p) for multinomial
    intercept : float, or ndarray of shape (K,)
    relaxed : RelaxedPath
        The path of all rows and its refits.
    """

    rule: str
    alpha: float
    gamma: float
    index: int
    gamma_index: int
    score: float
    std_error: float
    is_null: bool
    coef: Floats
    intercept: float | Floats
    relaxed: RelaxedPath

    def predict(self, X: Any, offset: Any = None) -> NDArray[Any]:
        """Predictions for new rows, as `RelaxedPath.predict` at the choice."""
        if self.gamma == 1.0:  # there may be no refit
            return self.relaxed.path.predict(X, self.alpha, offset)
        return self.relaxed.predict(X, self.alpha, self.gamma, offset)

    def predict_proba(self, X: Any, offset: Any = None) -> Floats:
        """Probabilities of the classes, as `RelaxedPath.predict_proba`."""
        if self.gamma == 1.0:
            return self.relaxed.path.predict_proba(X, self.alpha, offset)
        return self.relaxed.predict_proba(X, self.alpha, self.gamma, offset)

    def decision_function(self, X: Any, offset: Any = None) -> Floats:
        """The linear predictor, as `RelaxedPath.decision_function`."""
        if self.gamma == 1.0:
            return self.relaxed.path.decision_function(X, self.alpha, offset)
        return self.relaxed.decision_function(X, self.alpha, self.gamma, offset)

    def __repr__(self) -> str:
        nonzero = int(np.count_nonzero(np.any(np.atleast_2d(self.coef), axis=0)))
        null = " (the null model: no feature is used)" if self.is_null else ""
        return (
            f"RelaxedSelected(rule={self.rule!r}, alpha={self.alpha:.4g}, "
            f"gamma={self.gamma:g}, score={self.score:.4g} ± "
            f"{self.std_error:.2g}, {nonzero} features){null}"
        )


@dataclass(frozen=True, eq=False, repr=False)
class RelaxedCVResult(StandsForBest):
    """Scores of many strengths and gammas on rows left out: ``cv(..., relax=True)``.

    Its arrays are read-only. Below, g is the number of gammas, F that of folds and k
    that of alphas.

    Attributes
    ----------
    cv : CVResult
        The same without refits, which is gamma = 1: scores, paths, folds, pictures and
        the diagnosis.
    gammas : ndarray of shape (g,)
        Weights of the penalised solution, in ascending order.
    fold_scores : ndarray of shape (g, F, k)
        Score of each fold's rows by the mixture, of linear predictors, of the fit
        without them and its refit without them. NaN where gamma < 1 and the fold's
        refits had ended: its support was too large or had no fit.
    mean_score, std_error : ndarray of shape (g, k)
        Their mean and its standard error, as in `CVResult`. NaN where a fold that
        counts, or all rows, have no refit.
    relaxed : RelaxedPath
        The path of all rows and its refits.
    rule : str or callable
        What `alpha`, `gamma`, `coef` and `predict` go by.
    seconds : float
        Time of everything: the plain cross-validation, refits and scores.
    """

    cv: CVResult
    gammas: Floats
    fold_scores: Floats
    mean_score: Floats
    std_error: Floats
    relaxed: RelaxedPath
    rule: str | Callable[[RelaxedCVResult], Any]
    seconds: float

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def alphas(self) -> Floats:
        """Strengths, in decreasing order, (k,)."""
        return self.cv.alphas

    @property
    def scoring(self) -> str:
        """What was judged."""
        return self.cv.scoring

    @property
    def greater_is_better(self) -> bool:
        """Whether a larger score is a better one."""
        return self.cv.greater_is_better

    @property
    def best(self) -> RelaxedSelected:
        """The model that ``rule`` chose."""
        return self.select()

    @property
    def gamma(self) -> float:
        """The chosen weight of the penalised solution."""
        return self.best.gamma

    @property
    def classes(self) -> NDArray[Any] | None:
        """The labels of y, if it has labels."""
        return self.cv.classes

    def select(
        self, rule: str | Callable[[RelaxedCVResult], Any] | None = None
    ) -> RelaxedSelected:
        """The model that a rule chooses; nothing is fitted again.

        Parameters
        ----------
        rule : {"min", "1se", "2pct"} or callable
            - "min": the best mean score of all gammas and alphas. Of those that are as
              good (but for rounding) the largest alpha, then the largest gamma.
            - "1se": of all whose mean score is within one standard error of the best
              the largest alpha, which has the sparsest model, then the largest gamma.
            - "2pct": the same within 2 % of the best score.
            - a function of the result that gives (position of gamma, position of
              alpha).

            Default: the result's own.

        Returns
        -------
        RelaxedSelected

        Raises
        ------
        ValueError
            If there is no such rule, or a function gives a position off the grid or
            one that has no refit.
        """
        rule = self.rule if rule is None else check_relaxed_rule(rule)
        row, index = self._chosen(rule)
        gamma, alpha = float(self.gammas[row]), float(self.alphas[index])
        path = self.cv.paths[0]
        coef, intercept = path.coef_at(alpha), path.intercept_at(alpha)
        if gamma < 1.0:
            coef = self.relaxed.coef_at(alpha, gamma)
            intercept = self.relaxed.intercept_at(alpha, gamma)
        return RelaxedSelected(
            rule=rule_name(rule),
            alpha=alpha,
            gamma=gamma,
            index=index,
            gamma_index=row,
            score=float(self.mean_score[row, index]),
            std_error=float(self.std_error[row, index]),
            is_null=is_null(path, coef),
            coef=coef,
            intercept=intercept,
            relaxed=self.relaxed,
        )

    def _chosen(self, rule: str | Callable[[RelaxedCVResult], Any]) -> tuple[int, int]:
        if callable(rule):
            return self._position(rule(self))
        losses = -self.mean_score if self.greater_is_better else self.mean_score
        losses = np.where(np.isfinite(losses), losses, np.inf)
        least = float(losses.min())
        best = _sparsest(losses, least + ROUNDING * abs(least))
        if rule == "min":
            return best
        slack = self.std_error[best] if rule == "1se" else TOLERATED * abs(least)
        return _sparsest(losses, max(least + float(slack), losses[best]))

    def _position(self, where: Any) -> tuple[int, int]:
        position = np.asarray(where)
        if position.shape != (2,) or position.dtype.kind not in "iu":
            raise ValueError(
                "a rule must give (position of gamma, position of alpha), "
                f"got {where!r}"
            )
        row, index = (int(one) for one in position)
        if not (0 <= row < len(self.gammas) and 0 <= index < len(self.alphas)):
            raise ValueError(f"a rule gave {where!r}, which is not on the grid")
        if self.gammas[row] < 1.0 and index >= len(self.relaxed.alphas):
            raise ValueError(
                f"a rule gave {where!r}, but alpha={self.alphas[index]:g} was not "
                f"refitted: the refits end at {self.relaxed.alphas[-1]:g}"
            )
        return row, index

    def __repr__(self) -> str:
        plain = repr(self.cv).splitlines()
        gammas = ", ".join(f"{gamma:g}" for gamma in self.gammas)
        refits = f"{len(self.relaxed.alphas)} of {len(self.alphas)} alphas"
        if self.relaxed.stopped is not None:
            refits += f", because {STOPPED[self.relaxed.stopped]}"
        lines = [
            plain[0].replace("Cross-validation", "Relaxed cross-validation", 1),
            *plain[1:3],
            f"  gammas    {gammas}",
            f"  refits    {refits}",
        ]
        chosen = [self.select("min"), self.select("1se")]
        if self.rule not in ("min", "1se"):
            chosen.append(self.select())
        lines += [f"  {one.rule:<9} {_describe(one)}" for one in chosen]
        gap = float(self.relaxed.refit.dual_gaps.max())
        return "\n".join([*lines, f"{plain[-1]}, of refits of all rows {gap:.1e}"])


def check_relaxed_rule(rule: Any) -> str | Callable[[Any], Any]:
    """The name of a rule that looks at scores, or a function."""
    if callable(rule) or (isinstance(rule, str) and rule in RULES):
        return rule  # type: ignore[no-any-return]
    names = ", ".join(repr(name) for name in RULES)
    raise ValueError(
        f"rule for relax=True must be one of {names} or a function, got {rule!r}"
    )


def _sparsest(losses: Floats, allowed: float) -> tuple[int, int]:
    """Of those allowed the largest alpha, then the largest gamma. There is one."""
    within = losses <= allowed
    index = int(np.argmax(within.any(axis=0)))
    return int(np.flatnonzero(within[:, index])[-1]), index


def _describe(chosen: RelaxedSelected) -> str:
    size = int(np.count_nonzero(np.any(np.atleast_2d(chosen.coef), axis=0)))
    what = "the null model" if chosen.is_null else f"{size} nonzero"
    return (
        f"alpha={chosen.alpha:.4g}, gamma={chosen.gamma:g}: {chosen.score:.4g} ± "
        f"{chosen.std_error:.2g}, {what}"
    )
