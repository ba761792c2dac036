"""The result of a path: coefficients at every alpha, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _link, _validation
from fastreg._coefs import SparseCoefs
from fastreg._features import check_same_columns
from fastreg._matrix import KernelMatrix
from fastreg._path_criteria import PathCriteria
from fastreg._responses import WITH_OUTPUTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

STOPPED = {
    "deviance_ratio": "smaller alphas explain no more",
    "max_time": "max_time was over",
    "callback": "the callback asked for it",
    "interrupted": "Ctrl-C",
    "max_nonzero": "the next support is larger than max_nonzero",
    "unsolved": "the next refit did not reach tol",
    "separated": "the likelihood of the next support has no maximum",
}


@dataclass(frozen=True, eq=False, repr=False)
class Path(PathCriteria):
    """Solutions for a decreasing sequence of alphas. Its arrays are read-only.

    Below, p is the number of features, k the number of alphas and m the number of
    targets of a path with several (`fastreg.ridge_path` with a matrix Y), where
    every array has the targets as its first axis. K is the number of classes of the
    family multinomial, or of targets of mgaussian, whose coefficients and intercepts
    have the classes or targets as theirs.

    Attributes
    ----------
    alphas : ndarray of shape (k,)
        Strengths, in decreasing order.
    coefs : ndarray of shape (p, k), (m, p, k) or (K, p, k)
        Coefficients of the raw columns of X. Made dense on demand.
    sparse_coefs : scipy.sparse.csc_array of shape (p, k)
        The same, as they are stored. Not for several targets or classes.
    intercepts : ndarray of shape (k,), (m, k) or (K, k)
        Intercepts, 0 without ``fit_intercept``. Those of classes have the sum 0.
    dual_gaps : ndarray of shape (k,) or (m, k)
        Duality gap of each solution relative to ``null_objective``: no
        coefficients have an objective that is lower by more than that.
    n_iter : ndarray of shape (k,)
        Sweeps of coordinate descent and Newton steps of the support; 1 for a closed
        form.
    n_nonzero : ndarray of shape (k,) or (m, k)
        Number of nonzero coefficients.
    deviance_ratio : ndarray of shape (k,) or (m, k)
        Share of the (weighted) deviance that is explained, 1 - deviance / null
        deviance: R² of the families gaussian and mgaussian, D² of others.
    df : ndarray of shape (k,) or None
        Degrees of freedom of each solution, the trace of its hat matrix, the intercept
        counted: the same for all targets. None where they aren't known: with an L1
        term or bounds, and from solvers that have no factor of the system.
    n_passes : int
        How often all of X was read.
    seconds : float
        Time spent in the solver.
    status : tuple of str, k of them
        "converged", or why the gap is above ``tol``: "max_iter", "stalled" or
        "interrupted".
    stopped : str or None
        Why alphas are missing at the end: "deviance_ratio" (smaller ones explain no
        more), "max_time", "callback" or "interrupted" (Ctrl-C). Refits have other
        reasons, see `fastreg.RelaxedPath`. None if all are there.
    null_objective : float or ndarray of shape (m,)
        Objective of the model with nothing but the intercept; of families other than
        gaussian the null deviance by 2n, with the offset counted.
    scale : ndarray of shape (p,)
        What the penalty multiplies the coefficients by: standard deviations of the
        columns if ``standardize``, else ones; 0 for columns that were left out
        because they are constant.
    l1_ratio, tol, fit_intercept, standardize
        What was asked for.
    penalty_factor, lower_bounds, upper_bounds : ndarray of shape (p,) or None
        What was asked for, by position; None for factors of 1 and for no bounds.
    has_offset : bool
        Whether there was an offset.
    family : str
        "gaussian", "binomial", "multinomial", "poisson" or "mgaussian".
    grouped : bool
        Whether the penalty was of norms over the classes, or targets.
    classes : ndarray of shape (2,) or (K,), or None
        The sorted labels of y, if it has labels. Coefficients of "binomial" are those
        of the log-odds of the second.
    feature_names : tuple of str or None
        Column names of X, if it was a data frame.
    n_samples, n_features : int
        Shape of X.
    n_rows : int
        Rows that count: those whose weight isn't 0.
    """

    alphas: Floats
    intercepts: Floats
    dual_gaps: Floats
    deviance_ratio: Floats
    n_iter: NDArray[np.int64]
    n_passes: int
    seconds: float
    status: tuple[str, ...]
    null_objective: float | Floats
    scale: Floats
    l1_ratio: float
    tol: float
    fit_intercept: bool
    standardize: bool
    feature_names: tuple[str, ...] | None
    n_samples: int
    n_features: int
    _coefs: SparseCoefs | Floats
    stopped: str | None = None
    has_offset: bool = False
    penalty_factor: Floats | None = None
    lower_bounds: Floats | None = None
    upper_bounds: Floats | None = None
    df: Floats | None = None
    family: str = "gaussian"
    classes: NDArray[Any] | None = None
    grouped: bool = False
    n_rows: int = 0  # made n_samples where it isn't given

    def __post_init__(self) -> None:
        if not self.n_rows:
            object.__setattr__(self, "n_rows", self.n_samples)
        for value in (*vars(self).values(), *self._arrays()):
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        if isinstance(self._coefs, SparseCoefs):
            return (self._coefs.indptr, self._coefs.indices, self._coefs.values)
        return ()

    @property
    def coefs(self) -> Floats:
        """Coefficients of the raw columns, dense: (p, k), (m, p, k) or (K, p, k)."""
        if not isinstance(self._coefs, SparseCoefs):
            return self._coefs
        coefs = self._shaped(self._coefs.dense())
        coefs.flags.writeable = False  # it is made anew: changing it would be lost
        return coefs

    @property
    def sparse_coefs(self) -> Any:
        """Coefficients as a ``scipy.sparse.csc_array`` of shape (p, k)."""
        self._need_single_target("sparse_coefs")
        if self._n_outputs:
            what = "classes" if self.family == "multinomial" else "targets"
            raise AttributeError(
                f"sparse_coefs is not defined for a {self.family} path; use coefs, of "
                f"shape ({what}, features, alphas)"
            )
        return self._sparse().to_scipy()

    @property
    def n_nonzero(self) -> NDArray[np.int64]:
        """Number of nonzero coefficients at every alpha."""
        if isinstance(self._coefs, SparseCoefs):
            return np.asarray(np.diff(self._coefs.indptr))
        return np.asarray(np.count_nonzero(self._coefs, axis=-2), dtype=np.int64)

    def coef_at(self, alpha: float) -> Floats:
        """Coefficients at one alpha.

        Between two alphas of the path they are interpolated linearly, which for the
        Lasso is exact as long as no feature enters or leaves in between. Above the
        first alpha they are zero if they are zero there.

        Parameters
        ----------
        alpha : float
            Within the range of ``alphas``, or above it if the path starts at the null
            model.

        Returns
        -------
        ndarray of shape (p,), (m, p) or (K, p)

        Raises
        ------
        ValueError
            If alpha is outside the range of the path.
        """
        lower, share = self._locate(alpha)
        if share == 0.0:
            return self._coef(lower)
        return (1.0 - share) * self._coef(lower) + share * self._coef(lower + 1)

    def intercept_at(self, alpha: float) -> float | Floats:
        """Intercept at one alpha, interpolated as in `coef_at`."""
        lower, share = self._locate(alpha)
        upper = lower + 1 if share else lower
        ends = self.intercepts[..., [lower, upper]]
        value = ends[..., 0] if not share else ends @ np.array([1.0 - share, share])
        return np.asarray(value) if self.intercepts.ndim == 2 else float(value)

    def predict(self, X: Any, alpha: Any = None, offset: Any = None) -> NDArray[Any]:
        """Predictions at every alpha, at one, or at some.

        They are means, for the families binomial and multinomial labels.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            In any storage that `fastreg.path` takes, its columns in the order of those
            fitted; a data frame must have the same column names.
        alpha : float or sequence of q floats, optional
            As in `coef_at`. Default: all of ``alphas``.
        offset : array-like of shape (n,), or (n, K) for classes or targets, optional
            Added to the linear predictor. Required if the path was fitted with one.

        Returns
        -------
        ndarray of shape (n, k), or (n,) for one alpha, or (n, q) for a sequence
            With several targets of `ridge_path` these follow a first axis of length m;
            for mgaussian K targets are the second: (n, K, k), (n, K) or (n, K, q).

        Raises
        ------
        ValueError
            If X has other columns than the path, alpha is outside its range, or an
            offset is missing.
        """
        eta = self.decision_function(X, alpha, offset)
        if self.classes is not None:
            return _link.labels(self.family, eta, self.classes)
        return _link.mean(self.family, eta)

    def predict_proba(self, X: Any, alpha: Any = None, offset: Any = None) -> Floats:
        """Probabilities of the classes, for the families binomial and multinomial.

        Parameters
        ----------
        X, alpha, offset
            As in `predict`.

        Returns
        -------
        ndarray of shape (n, K, k), or (n, K) for one alpha, or (n, K, q) for a sequence
            The K classes in the order of ``classes``.

        Raises
        ------
        AttributeError
            If the family has no classes.
        ValueError
            As in `predict`.
        """
        if self.classes is None:
            raise AttributeError(
                "predict_proba is for paths of classes (family='binomial' or "
                f"'multinomial'), this one is {self.family}"
            )
        eta = self.decision_function(X, alpha, offset)
        return _link.probabilities(self.family, eta)

    def decision_function(
        self, X: Any, alpha: Any = None, offset: Any = None
    ) -> Floats:
        """The linear predictor: ``intercept + X @ coef`` and the offset.

        That is the mean for gaussian and mgaussian, the log-odds of the second class
        for binomial, the logarithm of the mean for poisson, and for multinomial a
        number for every class, whose differences are log-odds.

        Parameters
        ----------
        X, alpha, offset
            As in `predict`.

        Returns
        -------
        ndarray
            Of the shape of `predict`, or of `predict_proba` for multinomial.

        Raises
        ------
        ValueError
            As in `predict`.
        """
        X = _validation.check_X(X)
        check_same_columns(X, self.n_features, self.feature_names, "the path")
        X.check_finite()
        if self._n_outputs:
            return self._of_outputs(X, alpha, offset)
        coefs, intercepts = self._at(alpha)
        shift = self._shift(offset, X.shape[0])
        if np.ndim(alpha) == 1 or alpha is None:
            shift = shift[:, np.newaxis]
        if isinstance(coefs, SparseCoefs):
            return np.asarray(coefs.multiplied_by(X) + (intercepts + shift))
        if not self._several_targets:
            return np.asarray(X.times(coefs) + (intercepts + shift))
        fitted = [
            X.times(coef) + (intercept + shift)
            for coef, intercept in zip(coefs, intercepts, strict=True)
        ]
        return np.stack(fitted)

    def _shift(self, offset: Any, n_samples: int) -> Floats:
        """What is added to linear predictors, one entry a row or one for all."""
        if offset is not None:
            what = "classes" if self.family == "multinomial" else "targets"
            size = self._n_outputs or None
            return _validation.check_offset(offset, n_samples, size, what)
        if self.has_offset:
            raise ValueError(
                "the path was fitted with an offset: predict needs one, too (zeros for "
                "predictions without it)"
            )
        return np.zeros((1, 1) if self._n_outputs else 1)

    def _of_outputs(self, X: KernelMatrix, alpha: Any, offset: Any) -> Floats:
        """The linear predictors of all outputs, (n, K), (n, K, k) or (n, K, q)."""
        shift = self._shift(offset, X.shape[0])
        if alpha is None and isinstance(self._coefs, SparseCoefs):
            used, block = self._coefs.by_class(self._n_outputs)
            intercepts: Any = self.intercepts
        else:
            coefs, intercepts = self._at(alpha)
            used = np.arange(self.n_features)
            block = np.moveaxis(np.asarray(coefs), 0, 1)
        n_columns = int(np.prod(block.shape[1:]))
        eta = X.product(used, block.reshape(len(used), n_columns))
        eta = eta.reshape(X.shape[0], *block.shape[1:])
        if eta.ndim == 3:
            shift = shift[:, :, np.newaxis]
        return np.asarray(eta + (intercepts + shift))

    def _at(self, alpha: Any) -> tuple[SparseCoefs | Floats, Any]:
        """Coefficients and intercepts at all alphas, at one, or at some."""
        if alpha is None:
            return self._coefs, self.intercepts
        if np.ndim(alpha) != 1:
            return self.coef_at(alpha), self.intercept_at(alpha)
        coefs = [self.coef_at(one) for one in alpha]
        intercepts = [np.asarray(self.intercept_at(one)) for one in alpha]
        return np.stack(coefs, axis=-1), np.stack(intercepts, axis=-1)

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the coefficients against alpha (needs matplotlib).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure.
        **options
            ``names`` (sequence of str, labels of the features), ``scale`` (array of
            shape (p,), factors of the coefficients; default ``path.scale``, so that
            lines of standardised features can be compared), ``max_labels`` (int,
            default 12), ``title`` (str), ``target`` (int, which of several targets or
            classes).

        Returns
        -------
        matplotlib.axes.Axes
            The axes that holds the coefficients.
        """
        from fastreg._plot import plot_path

        if self.standardize:
            options.setdefault("scale", self.scale)
        return plot_path(self, ax, **options)

    def __repr__(self) -> str:
        kind = {1.0: "Lasso", 0.0: "Ridge"}.get(self.l1_ratio, "Elastic-net")
        kind = _link.PREFIX[self.family] + kind
        if self.grouped and self.family == "multinomial":
            kind = f"Grouped {kind[0].lower()}{kind[1:]}"
        about_y = ""
        if self._several_targets or self.family == "mgaussian":
            m = len(self.intercepts)
            about_y = f", {m} target{'s' * (m != 1)}"
        if self.classes is not None:
            about_y = _name_classes(self.classes.tolist())
        k = len(self.alphas)
        squares = self.family in ("gaussian", "mgaussian")
        what = "variance" if squares else "deviance"
        explained = f"{_span(self.deviance_ratio)} of the {what} explained"
        alphas = f"{k} alpha{'s' * (k != 1)} from {self.alphas[0]:.4g}"
        alphas += f" to {self.alphas[-1]:.4g}"
        gap = f"{self.dual_gaps.max():.1e} (tol {self.tol:.0e})"
        lines = [
            f"{kind} path: {alphas}, l1_ratio={self.l1_ratio:g}",
            f"  data      {self.n_samples} rows, {self.n_features} features{about_y}",
            f"  solutions {_span(self.n_nonzero)} nonzero, {explained}",
            f"  certified largest relative duality gap {gap}",
            f"  cost      {self.n_passes} passes over X, {self.seconds:.3g} s",
        ]
        if self.stopped is not None:
            lines.append(f"  stopped   early: {STOPPED[self.stopped]}")
        unmet = sum(status != "converged" for status in self.status)
        if unmet:
            lines.insert(4, f"  WARNING   {unmet} alphas did not reach tol")
        return "\n".join(lines)

    @property
    def _n_outputs(self) -> int:
        """How many classes, or targets of one model, have coefficients, or 0."""
        return len(self.intercepts) if self.family in WITH_OUTPUTS else 0

    @property
    def _several_targets(self) -> bool:
        return self.intercepts.ndim == 2 and not self._n_outputs

    def _shaped(self, coefs: Floats) -> Floats:
        """Coefficients of outputs, one after the other on the first axis, on two."""
        if not self._n_outputs:
            return coefs
        return coefs.reshape(self._n_outputs, self.n_features, *coefs.shape[1:])

    def _need_single_target(self, name: str) -> None:
        if self._several_targets:
            raise AttributeError(f"{name} is not defined for a path of several targets")

    def _sparse(self) -> SparseCoefs:
        if isinstance(self._coefs, SparseCoefs):
            return self._coefs
        return SparseCoefs.from_dense(self._coefs)

    def _coef(self, k: int) -> Floats:
        if isinstance(self._coefs, SparseCoefs):
            return self._shaped(self._coefs.column(k))
        return np.array(self._coefs[..., k])

    def _locate(self, alpha: Any) -> tuple[int, float]:
        """Index of the alpha at or above, and the share of the way to the next."""
        alpha = _validation.check_alpha(alpha)
        largest, smallest = self.alphas[0], self.alphas[-1]
        if alpha > largest and self._starts_at_null():
            return 0, 0.0  # the null model stays the solution
        if not smallest <= alpha <= largest:
            raise ValueError(
                f"alpha={alpha:g} is outside the path, which covers "
                f"[{smallest:g}, {largest:g}]"
            )
        k = int(np.searchsorted(-self.alphas, -alpha, side="right")) - 1
        if self.alphas[k] == alpha:
            return k, 0.0
        step = self.alphas[k] - self.alphas[k + 1]
        return k, float((self.alphas[k] - alpha) / step)

    def _starts_at_null(self) -> bool:
        """Whether the first solution is also that of every larger alpha."""
        if self.l1_ratio == 0.0:
            return False
        null = np.zeros(self.n_features)
        if self.lower_bounds is not None:
            null = np.maximum(null, self.lower_bounds)
        if self.upper_bounds is not None:
            null = np.minimum(null, self.upper_bounds)
        first = self._coef(0)
        # Features that are not penalised don't depend on alpha, excluded ones are 0.
        if self.penalty_factor is not None:
            v = self.penalty_factor
            first, null = (
                first[..., (v > 0.0) & (v < np.inf)],
                null[(v > 0.0) & (v < np.inf)],
            )
        return bool(np.all(first == null))


def _name_classes(classes: list[Any]) -> str:
    if len(classes) > 5:
        return f", {len(classes)} classes"
    names = [repr(label) for label in classes]
    return f", classes {', '.join(names[:-1])} and {names[-1]}"


def _span(values: NDArray[Any]) -> str:
    """How a quantity changes along the path."""
    first, last = values[..., 0], values[..., -1]
    if np.ndim(first):
        first, last = np.min(first), np.max(last)
    if np.issubdtype(values.dtype, np.integer):
        return f"{first} to {last}"
    return f"{100 * first:.1f} % to {100 * last:.1f} %"
