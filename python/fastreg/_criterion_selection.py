"""`CriterionSelection`: the solution of a path that a criterion chose."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastreg._criteria import (
    check_criterion,
    criterion,
    degrees_of_freedom,
    refuse_joint_targets,
)
from fastreg._support import Support
from fastreg._warnings import GridWarning

if TYPE_CHECKING:
    from fastreg._result import Path

Floats = NDArray[np.float64]

OPTIONS = ("df", "gamma", "noise_variance")
NAMES = {"aic": "AIC", "aicc": "AICc", "bic": "BIC", "ebic": "EBIC"}


@dataclass(frozen=True, eq=False, repr=False)
class CriterionSelection:
    """The alpha of a path at which an information criterion is least.

    Attributes
    ----------
    path : Path
        What was chosen from.
    criterion : str
        "aic", "aicc", "bic" or "ebic".
    values : ndarray of shape (k,)
        The criterion at every alpha.
    index : int
        Which alpha was chosen.
    df : float
        Degrees of freedom of the choice.
    margin : float
        By how much the criterion is larger at the best alpha with other nonzero
        coefficients; infinite if there is none. Differences below 2 say little.
    at_edge : bool
        Whether it is the smallest of several alphas whose value is finite, or the
        largest and not the null model. 0 is no edge, nor is the end of a path that
        ended because smaller alphas explain no more, if ``df < n_rows / 2``.
    alpha, value : float
        The chosen strength, and the criterion there.
    coef, intercept
        The solution, as `Path.coef_at` and `Path.intercept_at` give it.
    support : ndarray of int
        Features with a nonzero coefficient (of any class).
    is_null : bool
        Whether all coefficients with a penalty are 0.
    """

    path: Path
    criterion: str
    values: Floats
    index: int
    df: float
    margin: float
    at_edge: bool

    def __post_init__(self) -> None:
        self.values.flags.writeable = False

    @property
    def alpha(self) -> float:
        """The chosen strength."""
        return float(self.path.alphas[self.index])

    @property
    def value(self) -> float:
        """The criterion of the choice."""
        return float(self.values[self.index])

    @property
    def coef(self) -> Floats:
        """Coefficients of the choice, (p,) or (K, p)."""
        return self.path.coef_at(self.alpha)

    @property
    def intercept(self) -> float | Floats:
        """Intercept of the choice."""
        return self.path.intercept_at(self.alpha)

    @property
    def support(self) -> NDArray[np.int64]:
        """Features in use."""
        used = np.atleast_2d(self.coef != 0.0).any(axis=0)
        return np.flatnonzero(used).astype(np.int64)

    @property
    def is_null(self) -> bool:
        """Whether no feature with a penalty is in use."""
        return is_null(self.path, self.index)

    def predict(self, X: Any, offset: Any = None) -> NDArray[Any]:
        """Predictions for new rows, as `Path.predict` at the chosen alpha."""
        return self.path.predict(X, self.alpha, offset)

    def predict_proba(self, X: Any, offset: Any = None) -> Floats:
        """Probabilities of the classes, as `Path.predict_proba`."""
        return self.path.predict_proba(X, self.alpha, offset)

    def decision_function(self, X: Any, offset: Any = None) -> Floats:
        """The linear predictor, as `Path.decision_function`."""
        return self.path.decision_function(X, self.alpha, offset)

    def __repr__(self) -> str:
        path, n_used = self.path, len(self.support)
        edge = " (at the edge of the grid)" if self.at_edge else ""
        margin = f"{self.margin:.3g} below the next support"
        if self.margin == np.inf:
            margin = "no other support has a value"
        return "\n".join(
            [
                f"Selection by {NAMES[self.criterion]}: alpha={self.alpha:.4g}{edge}",
                f"  data      {path.n_samples} rows, {path.n_features} features",
                f"  solution  {n_used} features, {self.df:.4g} degrees of freedom",
                f"  value     {self.value:.6g}, {margin}",
            ]
        )


def select(
    path: Path, support: Support, name: Any, options: dict[str, Any]
) -> CriterionSelection:
    """The least value; see `Path.select`."""
    name = check_criterion(name)
    refuse_joint_targets(path)
    if path.intercepts.ndim == 2 and path.family != "multinomial":
        raise ValueError(
            f"the path has {len(path.intercepts)} targets: path.criterion({name!r}) "
            "has a row for each of them to choose by"
        )
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise TypeError(f"select takes {', '.join(OPTIONS)}, got {unknown[0]!r}")
    values = criterion(path, support, name, **options)
    if not np.any(values < np.inf):
        raise ValueError(
            f"{NAMES[name]} is infinite at all alphas: with {path.n_rows} rows no "
            "solution leaves degrees of freedom; add larger alphas or noise_variance"
        )
    index = int(np.argmin(values))
    df = degrees_of_freedom(path, options.get("df", "auto"), support)
    chosen = CriterionSelection(
        path=path,
        criterion=name,
        values=values,
        index=index,
        df=float(df[index]),
        margin=_margin(path, values, index),
        at_edge=_at_edge(path, values, index, float(df[index])),
    )
    if chosen.at_edge:
        warnings.warn(_edge_sentence(chosen), GridWarning, stacklevel=3)
    return chosen


def is_null(path: Path, index: int) -> bool:
    """Whether no feature with a penalty is in use there."""
    coef = path.coef_at(path.alphas[index])
    if path.penalty_factor is not None:
        coef = coef[..., path.penalty_factor > 0.0]
    return not coef.any()


def _margin(path: Path, values: Floats, index: int) -> float:
    """How far the best value of another support is above the least."""
    support = path.coef_at(path.alphas[index]) != 0.0
    for k in np.argsort(values, kind="stable"):
        if values[k] == np.inf:
            break
        if np.any((path.coef_at(path.alphas[k]) != 0.0) != support):
            return float(values[k] - values[index]) if values[k] > -np.inf else 0.0
    return float(np.inf)


def _at_edge(path: Path, values: Floats, index: int, df: float) -> bool:
    last = int(np.flatnonzero(values < np.inf)[-1])
    if len(path.alphas) == 1:
        return False
    if index == last:
        # Smaller alphas explain no more, unless it is so much that it means nothing.
        is_end = path.stopped == "deviance_ratio" and index == len(path.alphas) - 1
        return bool(path.alphas[last] > 0.0 and not (is_end and 2 * df < path.n_rows))
    return index == 0 and not (path.l1_ratio > 0.0 and is_null(path, 0))


def _edge_sentence(chosen: CriterionSelection) -> str:
    path, name = chosen.path, NAMES[chosen.criterion]
    n_finite = int(np.count_nonzero(chosen.values < np.inf))
    which = "largest" if chosen.index == 0 else "smallest"
    sentence = (
        f"{name} is least at the {which} of {n_finite} alphas, {chosen.alpha:.3g}"
    )
    if chosen.index == 0:
        return f"{sentence}; pass larger ones to see"
    if path.family == "gaussian" and path.n_features >= path.n_rows:
        return (
            f"{sentence}, where {chosen.df:.4g} degrees of freedom of {path.n_rows} "
            "rows leave little to estimate the variance from; 'aicc', 'ebic' and a "
            "noise_variance are for more features than rows"
        )
    return f"{sentence}; pass smaller ones to see"
