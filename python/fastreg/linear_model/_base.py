"""What every estimator shares: validated data, prediction, the warning class.

Fitting thousands of tiny models is a use that fastreg is made for, so the checks are
plain comparisons and a plain float64 array takes a short way past scikit-learn's
general validation. Whatever isn't plain goes through `validate_data`, whose messages
users know.
"""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from sklearn import exceptions
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from fastreg import _validation, _warnings
from fastreg._fit import refuse_hidden
from fastreg._matrix import KERNEL_FLOATS, DenseMatrix, KernelMatrix
from fastreg._solve import Data
from fastreg._tables import read_sparse

Floats = npt.NDArray[np.float64]


class ConvergenceWarning(
    _warnings.ConvergenceWarning,
    exceptions.ConvergenceWarning,  # type: ignore[misc]  # scikit-learn is untyped
):
    """A solver stopped above its tolerance; filters for either parent apply."""


class FitData(NamedTuple):
    """Data as the kernels take them.

    y is float64 of shape (n_samples,) or (n_samples, n_targets), sample_weight float64
    or None. Results are given in `dtype`, as in scikit-learn: float32 if X is, else
    float64.
    """

    X: KernelMatrix
    y: Floats
    sample_weight: Floats | None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the results."""
        return self.X.dtype if self.X.dtype == np.float32 else np.dtype(np.float64)

    def target(self, column: Floats) -> Data:
        """What is solved for one target."""
        return Data(self.X, column, self.sample_weight)

    @property
    def targets(self) -> Floats:
        """The targets as (n_samples, n_targets)."""
        return self.y if self.y.ndim == 2 else self.y[:, np.newaxis]

    def target_columns(self) -> list[Floats]:
        """Each target as a contiguous vector."""
        if self.y.ndim == 1:
            return [self.y]
        return [np.ascontiguousarray(column) for column in self.y.T]


def all_finite(values: Floats) -> bool:
    """Whether there is no NaN or inf; the sum settles it without a temporary array."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum())) or bool(np.isfinite(values).all())


def is_plain(X: object) -> bool:
    """Whether X is an array that the kernels take without any conversion."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and X.size > 0
        and (X.dtype in KERNEL_FLOATS or X.dtype.kind in "iub")
        and X.dtype.isnative
        and X.flags.aligned
    )


def _is_contiguous(X: npt.NDArray[Any]) -> bool:
    flags = X.flags
    return flags.aligned and (flags.c_contiguous or flags.f_contiguous)


def check_target_finite(y: npt.NDArray[Any]) -> None:
    """Raise an error that names the first NaN or inf in targets of one or two axes.

    `None` in an array of objects passes scikit-learn's own check.
    """
    if all_finite(y):
        return
    index = tuple(np.argwhere(~np.isfinite(y))[0].tolist())
    kind = "NaN (missing)" if np.isnan(y[index]) else "inf"
    place = f"position {index[0]}"
    if len(index) == 2:
        place = f"row {index[0]} of target {index[1]}"
    raise ValueError(f"y has {kind} at {place}")


def reject_text(X: object, owner: str) -> None:
    """Raise for text, which scikit-learn would parse."""
    if getattr(getattr(X, "dtype", None), "kind", "f") in "US":
        raise ValueError(f"Input X of {owner} holds text, numbers are needed")


def as_kernel_matrix(X: Any, names: Any = None) -> KernelMatrix:
    """X, which scikit-learn has checked, as the kernels take it."""
    names = None if names is None else tuple(names)
    if not issparse(X):
        return DenseMatrix(np.asarray(X), names)
    matrix = read_sparse(X)
    matrix.names = names
    return matrix


def as_target(y: npt.NDArray[Any]) -> Floats:
    """Targets as the kernels take them; NaN, inf, text and complex are errors."""
    target = _convert_target(y)
    check_target_finite(target)
    return target


def _convert_target(y: npt.NDArray[Any]) -> Floats:
    if issparse(y):
        raise TypeError("Sparse y is not supported; pass a dense array (y.toarray())")
    if y.dtype.kind not in "biufO":
        raise ValueError(f"y must hold real numbers, got an array of dtype {y.dtype}")
    y = np.asarray(y, dtype=np.float64)
    if y.ndim > 2 or (y.ndim == 2 and y.shape[1] == 0):
        raise ValueError(
            f"y must have shape (n_samples,) or (n_samples, n_targets), got {y.shape}"
        )
    return y if _is_contiguous(y) else y.copy(order="F")


def as_sample_weight(sample_weight: Any, n_samples: int) -> Floats | None:
    """Weights as float64 of shape (n_samples,); a number is that of every row."""
    if isinstance(sample_weight, Real):
        sample_weight = np.full(n_samples, sample_weight)
    return _validation.check_sample_weight(sample_weight, n_samples)


def validate_fit(estimator: Any, X: Any, y: Any, sample_weight: Any) -> FitData:
    """Check what `fit` was given, once, and record the features that were seen.

    That X is finite is left to the kernels, which read it anyway.
    """
    target = _plain_target(y, len(X)) if is_plain(X) else None
    if target is not None:
        matrix = _note_plain(estimator, X)
    else:
        # scikit-learn adds up y to see whether it is finite.
        with np.errstate(invalid="ignore"):
            matrix, y = validate_X_y(estimator, X, y, y_numeric=True)
        target = as_target(y)
    return fit_data(matrix, target, as_sample_weight(sample_weight, matrix.shape[0]))


def fit_data(X: KernelMatrix, target: Floats, weights: Floats | None) -> FitData:
    """What is left to check once X, targets and weights are known."""
    data = FitData(X, target, weights)
    refuse_hidden(data.target(target))
    return data


def validate_X_y(
    estimator: Any, X: Any, y: Any, **options: Any
) -> tuple[KernelMatrix, npt.NDArray[Any]]:
    """X and y as scikit-learn validates them, and the features recorded."""
    if is_plain(X):
        y = validate_data(estimator, y=y, multi_output=True, **options)
        check_consistent_length(X, y)
        return _note_plain(estimator, X), y
    reject_text(X, type(estimator).__name__)
    X, y = validate_data(
        estimator,
        X,
        y,
        accept_sparse="csc",
        dtype=[np.float64, np.float32],
        ensure_all_finite=False,
        multi_output=True,
        **options,
    )
    return as_kernel_matrix(X, getattr(estimator, "feature_names_in_", None)), y


def _note_plain(estimator: Any, X: npt.NDArray[Any]) -> KernelMatrix:
    estimator.n_features_in_ = X.shape[1]
    estimator.__dict__.pop("feature_names_in_", None)
    return DenseMatrix(X)


def _plain_target(y: Any, n_samples: int) -> Floats | None:
    """A vector of numbers as the kernels take it; None for anything else."""
    if (
        type(y) is not np.ndarray
        or y.shape != (n_samples,)
        or y.dtype.kind not in "fiub"
    ):
        return None
    target = _convert_target(y)
    return target if all_finite(target) else None


class LinearModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """`X @ coef_.T + intercept_` of validated X, for one or several targets."""

    coef_: npt.NDArray[Any]
    intercept_: Any
    n_features_in_: int

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _decision(self, X: Any) -> npt.NDArray[Any]:
        """``X @ coef_.T + intercept_``, X having the features seen in `fit`."""
        state = self.__dict__
        if "coef_" not in state:
            check_is_fitted(self)
        plain = (
            is_plain(X)
            and X.shape[1] == self.n_features_in_
            and "feature_names_in_" not in state
        )
        if not plain:
            reject_text(X, type(self).__name__)
            # The dtypes of `fit`: "numeric" would leave a categorical as objects.
            X = validate_data(
                self,
                X,
                reset=False,
                accept_sparse="csc",
                dtype=[np.float64, np.float32],
                ensure_all_finite=False,
            )
        as_kernel_matrix(X, state.get("feature_names_in_")).check_finite()
        decision: npt.NDArray[Any] = X @ self._dense_coef().T + self.intercept_
        return decision

    def _dense_coef(self) -> npt.NDArray[Any]:
        """`coef_`, which a classifier may have made sparse."""
        coef: Any = self.coef_
        dense: npt.NDArray[Any] = coef.toarray() if issparse(coef) else coef
        return dense

    def _store(
        self, coef: Floats, intercept: Floats, data: FitData, *, fit_intercept: bool
    ) -> None:
        """Set `coef_` and `intercept_` in scikit-learn's shapes.

        `coef` is (n_targets, n_features), `intercept` (n_targets,).
        """
        if not (np.isfinite(coef).all() and np.isfinite(intercept).all()):
            raise ValueError(
                f"{type(self).__name__} found coefficients that are not finite: the "
                "values in X or y are too large, scale them"
            )
        one_target = coef.shape[0] == 1
        coef = coef.astype(data.dtype, copy=False)
        self.coef_ = coef[0] if one_target else coef
        if not fit_intercept:
            self.intercept_ = 0.0
            return
        intercept = intercept.astype(data.dtype, copy=False)
        self.intercept_ = intercept[0] if data.y.ndim == 1 else intercept


class LinearRegressor(
    MultiOutputMixin,  # type: ignore[misc]  # scikit-learn is untyped
    RegressorMixin,  # type: ignore[misc]
    LinearModel,
):
    """A linear model whose predictions are numbers."""

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Predict targets.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
            ``X @ coef_.T + intercept_``.
        """
        return self._decision(X)
