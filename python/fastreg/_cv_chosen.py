"""Models that rules choose, and results that stand for the one chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fastreg._result import Path

Floats = NDArray[np.float64]


class Model(Protocol):
    """What both kinds of chosen models have."""

    @property
    def alpha(self) -> float: ...
    @property
    def coef(self) -> Floats: ...
    @property
    def intercept(self) -> float | Floats: ...
    def predict(self, X: Any, offset: Any = None) -> NDArray[Any]: ...
    def predict_proba(self, X: Any, offset: Any = None) -> Floats: ...
    def decision_function(self, X: Any, offset: Any = None) -> Floats: ...


class StandsForBest:
    """A result whose attributes and predictions are those of its ``best`` model."""

    @property
    def best(self) -> Model:
        """The model that ``rule`` chose."""
        raise NotImplementedError

    @property
    def alpha(self) -> float:
        """The chosen strength."""
        return self.best.alpha

    @property
    def coef(self) -> Floats:
        """Coefficients of the chosen model, (p,) or (K, p)."""
        return self.best.coef

    @property
    def intercept(self) -> float | Floats:
        """Intercept of the chosen model."""
        return self.best.intercept

    def predict(self, X: Any, offset: Any = None) -> NDArray[Any]:
        """Predictions of the chosen model for new rows."""
        return self.best.predict(X, offset)

    def predict_proba(self, X: Any, offset: Any = None) -> Floats:
        """Probabilities of the classes by the chosen model."""
        return self.best.predict_proba(X, offset)

    def decision_function(self, X: Any, offset: Any = None) -> Floats:
        """Linear predictors of the chosen model."""
        return self.best.decision_function(X, offset)


@dataclass(frozen=True, eq=False)
class Selected:
    """The model that a rule chose, fitted to all rows.

    Attributes
    ----------
    rule : str
        The rule's name.
    alpha, l1_ratio : float
        The strength and the mix.
    index : int
        Position of alpha on ``path``.
    score, std_error : float
        Mean score of the folds, and its standard error.
    margin : float
        By how much the mean score is better than that of the best other mix or
        neighbouring alpha, in units of the score; negative where the rule gave a score
        away for a simpler model. NaN if there is no other.
    is_null : bool
        Whether no penalised feature has a coefficient: nothing was learned from X.
    coef : ndarray of shape (p,), or (K, p) for multinomial and mgaussian
    intercept : float, or ndarray of shape (K,)
    path : Path
        The path of all rows with that mix.
    """

    rule: str
    alpha: float
    l1_ratio: float
    index: int
    score: float
    std_error: float
    margin: float
    is_null: bool
    coef: Floats
    intercept: float | Floats
    path: Path

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
        nonzero = int(np.count_nonzero(np.any(np.atleast_2d(self.coef), axis=0)))
        null = " (the null model: no feature is used)" if self.is_null else ""
        return (
            f"Selected(rule={self.rule!r}, alpha={self.alpha:.4g}, "
            f"l1_ratio={self.l1_ratio:g}, score={self.score:.4g} ± "
            f"{self.std_error:.2g}, {nonzero} features){null}"
        )
