"""`RelaxedPath`: a path and its refits, mixed as one likes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _link, _validation
from fastreg._result import STOPPED, Path

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class RelaxedPath:
    """Penalised solutions, and the same features without a penalty.

    Its methods take a gamma in [0, 1]: the weight of the penalised solution. 1 is the
    path, 0 (the default) the refit.

    Attributes
    ----------
    path : Path
        The penalised solutions.
    refit : Path
        The refits, for the first r of the alphas of `path`. A refit's gap is that of
        the problem without a penalty (alpha is 0) and without the features that are
        not in the support; its `seconds` are those of the refits alone. Its
        ``l1_ratio`` is 1, so that criteria count the support.
    alphas : ndarray of shape (r,)
        Strengths of the penalised solutions that were refitted, in decreasing order.
    stopped : str or None
        Why the refits end before the path, if they do: "max_nonzero" (the next support
        is too large), "separated" (its likelihood has no maximum), "unsolved" (the
        refit did not reach ``tol``: as a rule there is no maximum either) or
        "max_time".
    """

    path: Path
    refit: Path

    @property
    def alphas(self) -> Floats:
        """Strengths that were refitted."""
        return self.refit.alphas

    @property
    def stopped(self) -> str | None:
        """Why the refits end before the path."""
        return self.refit.stopped

    def coefs(self, gamma: float = 0.0) -> Floats:
        """Coefficients of the raw columns, (p, r) or (K, p, r)."""
        penalised = self.path.coefs[..., : len(self.alphas)]
        return self._mix(penalised, self.refit.coefs, gamma)

    def intercepts(self, gamma: float = 0.0) -> Floats:
        """Intercepts, (r,) or (K, r)."""
        penalised = self.path.intercepts[..., : len(self.alphas)]
        return self._mix(penalised, self.refit.intercepts, gamma)

    def coef_at(self, alpha: float, gamma: float = 0.0) -> Floats:
        """Coefficients at one alpha, (p,) or (K, p).

        Between two alphas both parts are interpolated linearly, as in `Path.coef_at`.
        """
        alpha = self._check_alpha(alpha)
        return self._mix(self.path.coef_at(alpha), self.refit.coef_at(alpha), gamma)

    def intercept_at(self, alpha: float, gamma: float = 0.0) -> float | Floats:
        """Intercept at one alpha."""
        alpha = self._check_alpha(alpha)
        one, other = self.path.intercept_at(alpha), self.refit.intercept_at(alpha)
        mixed = self._mix(np.asarray(one), np.asarray(other), gamma)
        return mixed if mixed.ndim else float(mixed)

    def predict(
        self, X: Any, alpha: Any = None, gamma: float = 0.0, offset: Any = None
    ) -> NDArray[Any]:
        """Predictions at every alpha that was refitted, at one, or at some.

        Parameters
        ----------
        X, alpha, offset
            As in `Path.predict`.
        gamma : float in [0, 1], default 0
            Weight of the penalised solution in the coefficients.

        Returns
        -------
        ndarray
            As `Path.predict` gives it, with r alphas.

        Raises
        ------
        ValueError
            As in `Path.predict`; if gamma is outside [0, 1] or alpha wasn't refitted.
        """
        eta = self.decision_function(X, alpha, gamma, offset)
        if self.path.classes is not None:
            return _link.labels(self.path.family, eta, self.path.classes)
        return _link.mean(self.path.family, eta)

    def predict_proba(
        self, X: Any, alpha: Any = None, gamma: float = 0.0, offset: Any = None
    ) -> Floats:
        """Probabilities of the classes, as `Path.predict_proba` gives them."""
        if self.path.classes is None:
            raise AttributeError(
                "predict_proba is for paths of classes (family='binomial' or "
                f"'multinomial'), this one is {self.path.family}"
            )
        eta = self.decision_function(X, alpha, gamma, offset)
        return _link.probabilities(self.path.family, eta)

    def decision_function(
        self, X: Any, alpha: Any = None, gamma: float = 0.0, offset: Any = None
    ) -> Floats:
        """The linear predictor, as `Path.decision_function` gives it."""
        if np.ndim(alpha) == 1:
            alpha = [self._check_alpha(one) for one in alpha]
        elif alpha is not None:
            alpha = self._check_alpha(alpha)
        penalised = self.path.decision_function(X, alpha, offset)
        if alpha is None:
            penalised = penalised[..., : len(self.alphas)]
        refit = self.refit.decision_function(X, alpha, offset)
        return self._mix(penalised, refit, gamma)

    def _check_alpha(self, alpha: Any) -> float:
        strength = _validation.check_alpha(alpha)
        if self.stopped is not None and strength < self.alphas[-1]:
            raise ValueError(
                f"alpha={strength:g} was not refitted: the refits end at "
                f"{self.alphas[-1]:g}, because {STOPPED[self.stopped]}; "
                "`path` has the penalised solution"
            )
        return strength

    def _mix(self, penalised: Floats, refit: Floats, gamma: Any) -> Floats:
        gamma = _validation.check_real(gamma, "gamma", low=0.0, high=1.0)
        return np.asarray(gamma * penalised + (1.0 - gamma) * refit)

    def __repr__(self) -> str:
        share = 100 * self.refit.deviance_ratio
        explained = f"{share[0]:.1f} % to {share[-1]:.1f} % explained"
        refits = f"{len(self.alphas)} of {len(self.path.alphas)} alphas"
        text = repr(self.path)
        lines = [
            f"Relaxed {text[0].lower()}{text[1:]}",
            f"  refits    {refits}, {explained}, {self.refit.seconds:.3g} s",
        ]
        if self.stopped is not None:
            lines.append(f"  stopped   early: {STOPPED[self.stopped]}")
        return "\n".join(lines)
