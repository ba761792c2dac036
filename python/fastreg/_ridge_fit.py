"""`RidgeFit`: what `fastreg.ridge` gives back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._features import check_same_columns

Floats = NDArray[np.float64]

ITERATIVE = ("cg", "lsqr", "working_set")
UNKNOWN = {
    "df": "degrees of freedom",
    "sigma": "the residual standard deviation",
    "standard_errors": "standard errors",
}


class RidgeFit:
    """Ridge regression at one alpha, or one for each target, with its certificate.

    Below, p is the number of features and m that of targets. Where Y had one axis,
    arrays have no axis of targets and numbers are floats.

    Attributes
    ----------
    coef : ndarray of shape (p,) or (m, p)
        Coefficients of the raw columns of X.
    intercept : float or ndarray of shape (m,)
        0 without ``fit_intercept``.
    alpha : float or ndarray of shape (m,)
        As it was given.
    residual : float or ndarray of shape (m,)
        Norm of the residual of the normal equations, Z'(y - Zb)/n - alpha b, relative
        to that of Z'y/n, for columns Z as they are penalised: centred, scaled, and
        divided by the roots of their factors. NaN with ``solver="working_set"``,
        whose certificate is `dual_gap`.
    dual_gap : float or ndarray of shape (m,)
        Duality gap relative to the objective of the model with nothing but the
        intercept: no coefficients have an objective that is lower by more than that.
    deviance_ratio : float or ndarray of shape (m,)
        Share of the (weighted) variance of y that is explained, R².
    solver : str
        What solved it: one of the names that `fastreg.ridge` takes, not "auto".
        "cholesky", "dual" and "spectral" keep their name where their matrix turned out
        to be singular and they went on with the singular values of X.
    n_iter : int or ndarray of shape (m,)
        Iterations; 1 for a direct solution.
    n_passes : int
        How often all of X was read.
    seconds : float
        Time spent in the solver.
    status : str or tuple of str
        "converged", or why `residual` is above ``tol``: "stalled" (rounding errors)
        or "max_iter".
    df : float or ndarray of shape (m,)
        Degrees of freedom, the trace of the hat matrix: the intercept and features
        without a penalty count 1 each, others less. Needs ``inference=True``.
    sigma : float or ndarray of shape (m,)
        Root of the weighted sum of squared residuals by n - df, where weights sum to
        n, the number of rows with a weight. Needs ``inference=True``.
    standard_errors : ndarray of shape (p,) or (m, p)
        Spread of `coef` over new samples of y at the same X and the same alpha, if the
        variance of y_i is sigma² / w_i. They are not about the distance from the truth:
        a ridge estimate is biased, and neither the bias nor the choice of alpha is in
        them. Needs ``inference=True``.
    feature_names : tuple of str or None
        Column names of X, if it was a data frame.
    n_samples, n_features : int
        Shape of X.
    tol : float
        What was asked for.
    has_offset : bool
        Whether there was an offset.
    """

    __slots__ = (
        "_found",
        "_single",
        "alpha",
        "feature_names",
        "has_offset",
        "max_iter",
        "n_features",
        "n_samples",
        "tol",
    )

    def __init__(
        self,
        found: dict[str, Any],
        alpha: float | Floats,
        shape: tuple[int, int],
        tol: float,
        *,
        single: bool = True,
        feature_names: tuple[str, ...] | None = None,
        has_offset: bool = False,
        max_iter: int = 0,
    ) -> None:
        # Tiny fits are to be cheap: what the kernel found is looked at when asked for.
        self._found = found
        self._single = single
        self.alpha = alpha
        self.n_samples, self.n_features = shape
        self.tol = tol
        self.feature_names = feature_names
        self.has_offset = has_offset
        self.max_iter = max_iter

    def _per_target(self, name: str) -> Any:
        """One number a target, of the one alpha that each has."""
        values = self._found[name][:, 0]
        return values.item() if self._single else values

    @property
    def coef(self) -> Floats:
        """Coefficients of the raw columns, (p,) or (m, p)."""
        coefs: Floats = self._found["coefs"][..., 0]
        return coefs[0] if self._single else coefs

    @property
    def intercept(self) -> float | Floats:
        """Intercepts."""
        return self._per_target("intercepts")  # type: ignore[no-any-return]

    @property
    def residual(self) -> float | Floats:
        """Relative residual of the normal equations."""
        return self._per_target("residuals")  # type: ignore[no-any-return]

    @property
    def dual_gap(self) -> float | Floats:
        """Relative duality gap."""
        return self._per_target("dual_gaps")  # type: ignore[no-any-return]

    @property
    def deviance_ratio(self) -> float | Floats:
        """Share of the variance that is explained."""
        return self._per_target("deviance_ratio")  # type: ignore[no-any-return]

    @property
    def n_iter(self) -> int | NDArray[np.int64]:
        """Iterations."""
        return self._per_target("n_iter")  # type: ignore[no-any-return]

    @property
    def solver(self) -> str:
        """What solved it."""
        return self._found["solver"]  # type: ignore[no-any-return]

    @property
    def n_passes(self) -> int:
        """How often all of X was read."""
        return self._found["n_passes"]  # type: ignore[no-any-return]

    @property
    def seconds(self) -> float:
        """Time spent in the solver."""
        return self._found["seconds"]  # type: ignore[no-any-return]

    @property
    def error(self) -> Floats:
        """What `tol` bounds, (m,): the residuals, or the gaps of a working set."""
        name = "dual_gaps" if self.solver == "working_set" else "residuals"
        return self._found[name][:, 0]  # type: ignore[no-any-return]

    @property
    def status(self) -> str | tuple[str, ...]:
        """Whether `tol` was reached, and if not, why."""
        n_iter = self._found["n_iter"][:, 0]
        iterates = self.solver in ITERATIVE and self.max_iter > 0
        limited = iterates & (n_iter >= self.max_iter)
        unmet = np.where(limited, "max_iter", "stalled")
        status = np.where(self.error <= self.tol, "converged", unmet).tolist()
        return status[0] if self._single else tuple(status)

    # --- given alpha -------------------------------------------------------------

    @property
    def has_df(self) -> bool:
        """Whether degrees of freedom are known."""
        return self._found.get("df") is not None

    @property
    def df(self) -> float | Floats:
        """Degrees of freedom."""
        return self._inferred("df")

    @property
    def sigma(self) -> float | Floats:
        """Residual standard deviation."""
        return self._inferred("sigma")

    @property
    def standard_errors(self) -> Floats:
        """Standard errors given alpha, (p,) or (m, p)."""
        errors: Floats = self._inferred("standard_errors")  # type: ignore[assignment]
        return errors

    def _inferred(self, name: str) -> float | Floats:
        values = self._found.get(name)
        if values is None:
            raise AttributeError(
                f"{UNKNOWN[name]} were not asked for: call ridge(..., inference=True)"
            )
        values = values[..., 0]
        if not self._single:
            return values  # type: ignore[no-any-return]
        return values[0] if values.ndim == 2 else values.item()  # type: ignore[no-any-return]

    # --- use ---------------------------------------------------------------------

    def predict(self, X: Any, offset: Any = None) -> Floats:
        """Predictions for new rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            In any storage that `fastreg.path` takes, its columns in the order of those
            fitted; a data frame must have the same column names.
        offset : array-like of shape (n,), optional
            Added to the predictions. Required if there was one in the fit.

        Returns
        -------
        ndarray of shape (n,) or (n, m)

        Raises
        ------
        ValueError
            If X has other columns than the fit, a value is not finite, or an offset
            is missing.
        """
        if self.has_offset and offset is None:
            raise ValueError(
                "the model was fitted with an offset: predict needs one, too (zeros "
                "for predictions without it)"
            )
        X = _validation.check_X(X)
        check_same_columns(X, self.n_features, self.feature_names, "the model")
        X.check_finite()
        fitted = X.times(self.coef.T) + self.intercept
        if offset is None:
            return np.asarray(fitted)
        shift = _validation.check_offset(offset, X.shape[0])
        return np.asarray(fitted + (shift if self._single else shift[:, np.newaxis]))

    def __repr__(self) -> str:
        targets = "" if self._single else f", {len(self.coef)} targets"
        alpha = f"{np.max(self.alpha):.4g}"
        if np.ndim(self.alpha):
            alpha = f"{np.min(self.alpha):.4g} to {alpha}"
        explained = f"{100.0 * np.min(self.deviance_ratio):.1f} % of the variance"
        if not self._single:
            explained = f"at least {explained}"
        steps = int(np.max(self.n_iter))
        cost = f"{self.n_passes} passes over X, {self.seconds:.3g} s"
        lines = [
            f"Ridge fit: alpha={alpha}",
            f"  data      {self.n_samples} rows, {self.n_features} features{targets}",
            f"  explained {explained}{self._shown_df()}",
            f"  certified {self.certificate()} (tol {self.tol:.0e})",
            f"  solved by {self.solver}, {steps} iteration{'s' * (steps != 1)}, {cost}",
        ]
        if np.any(self.error > self.tol):
            lines.insert(4, "  WARNING   tol was not reached")
        return "\n".join(lines)

    def certificate(self) -> str:
        """The worst residual and gap in words."""
        gap = f"relative duality gap {np.max(self.dual_gap):.1e}"
        if self.solver == "working_set":
            return gap
        return f"relative residual {np.max(self.residual):.1e}, {gap}"

    def _shown_df(self) -> str:
        return f", {np.max(self.df):.4g} degrees of freedom" if self.has_df else ""


def unmet_sentence(fit: RidgeFit) -> str:
    """What a `ConvergenceWarning` says of a fit whose error is above tol."""
    error, alpha = fit.error, np.broadcast_to(fit.alpha, fit.error.shape)
    worst = int(np.argmax(error))
    status = fit.status if isinstance(fit.status, str) else fit.status[worst]
    measure = "relative residual of the normal equations"
    if fit.solver == "working_set":
        measure = "relative duality gap"
    where = "" if len(error) == 1 else f" of target {worst}"
    why = "rounding errors keep it from shrinking further"
    advice = (
        "use a larger alpha or tol, bring features to similar units, or leave out "
        "those that others nearly determine"
    )
    if status == "stalled" and np.max(fit.n_iter) > 1:
        why = f"its {np.max(fit.n_iter)} iterations got no further"
    if status == "max_iter":
        why = f"the limit max_iter={fit.max_iter} was reached"
        advice = "increase max_iter, or use solver='auto'"
    return (
        f"the {measure}{where} is {error[worst]:.2e} at alpha={alpha[worst]:g}, above "
        f"tol={fit.tol:g}, because {why}; {advice}"
    )
