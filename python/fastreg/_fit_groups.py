"""`fit_groups`: a model for each group of rows; `fit_batch`: for each of many data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._folds import check_groups
from fastreg._gram_fits import Columns
from fastreg._many import Found, ManyOptions
from fastreg._many_frame import frame_library
from fastreg._many_progress import shown
from fastreg._many_result import ManyFit
from fastreg._many_setup import check_strengths
from fastreg._matrix import DenseMatrix, as_kernel_type, describe, name_column
from fastreg._responses import check_response, missing_labels

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FAMILIES = ("gaussian", "binomial")


def fit_groups(
    X: Any,
    y: Any,
    groups: Any,
    *,
    family: str = "gaussian",
    alpha: float | Any = None,
    alphas: int | Any = None,
    relative: bool = False,
    l1_ratio: float = 1.0,
    eps: float | str = "auto",
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    positive: bool = False,
    tol: float = 1e-6,
    max_iter: int = 100_000,
    n_threads: int | None = None,
    progress: bool = False,
) -> ManyFit:
    """Fit a model of its own to each group of rows.

    Parameters
    ----------
    X : array-like of shape (n, p), or data frame
        Dense.
    y : array-like of shape (n,)
        Numbers, or two labels for family "binomial".
    groups : array-like of shape (n,), or str
        The label of each row's group; or the name of the column of the data frame X
        that has it, which then is no feature.
    family : {"gaussian", "binomial"}, default "gaussian"
    alpha, alphas, relative, eps
        As in `fit_many`: one strength for every group, one for each (in the sorted
        order of their labels), or paths.
    l1_ratio, fit_intercept, standardize, sample_weight
        As in `path`. Each group has scales of its own.
    penalty_factor, lower_bounds, upper_bounds, positive, tol, max_iter, n_threads
        As in `fit_many`.
    progress : bool, default False
        Whether to show progress on stderr.

    Returns
    -------
    ManyFit
        ``keys`` are the sorted labels. A group that can't be fitted (one class, say)
        is reported in ``status`` and ``messages``, and the others finish.

    Raises
    ------
    ValueError
        If shapes disagree or a value is out of its range.
    TypeError
        If X is sparse or doesn't hold real numbers, or an option is of the wrong kind.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((300, 3))
    >>> store = rng.choice(["north", "south", "west"], 300)
    >>> y = np.where(store == "south", -1.0, 1.0) * X[:, 0]
    >>> fit = fastreg.fit_groups(X, y, store, alpha=0.1)
    >>> [(str(key), fit.coef(key).round(1).tolist()) for key in fit.keys]
    [('north', [0.9, 0.0, 0.0]), ('south', [-0.9, 0.0, 0.0]), ('west', [0.9, 0.0, 0.0])]
    >>> fit.predict_for(X[:2], store[:2]).shape
    (2,)
    """
    library = frame_library(X)
    X, groups = split_groups(X, groups)
    matrix = check_dense(X)
    n = matrix.shape[0]
    weight = _validation.check_sample_weight(sample_weight, n)
    labels = check_groups(groups, n)
    if labels is None:
        raise TypeError("groups must be labels, one for each row, got None")
    missing = missing_labels(labels)
    if missing.any():
        raise ValueError(
            f"groups has a missing label at row {int(missing.argmax())}; leave such "
            "rows out or give them a label"
        )
    keys, codes = np.unique(labels, return_inverse=True)
    values, classes, failed = _response(matrix, y, family, codes, len(keys))
    options = ManyOptions.check(
        matrix,
        n_entries=matrix.shape[0] * matrix.shape[1],
        family=family,
        families=FAMILIES,
        l1_ratio=l1_ratio,
        fit_intercept=fit_intercept,
        standardize=standardize,
        penalty_factor=penalty_factor,
        lower_bounds=lower_bounds,
        upper_bounds=upper_bounds,
        positive=positive,
        tol=tol,
        max_iter=max_iter,
        n_threads=n_threads,
    )
    counts = np.bincount(codes, minlength=len(keys))
    order = np.argsort(codes, kind="stable").astype(np.int64)
    if failed:
        order = order[~np.isin(codes[order], list(failed))]
    fitted = np.delete(np.arange(len(keys)), list(failed))
    strengths = check_strengths(
        alpha,
        alphas,
        relative,
        eps,
        n_problems=len(keys),
        n_samples=int(counts.min()),
        n_features=matrix.shape[1],
    )
    starts = np.concatenate(([0], np.cumsum(counts[fitted]))).astype(np.int64)
    with shown(progress, "fit_groups", len(fitted)) as told:
        found = _core.many_groups(
            matrix.kernel,
            values,
            sample_weight=weight,
            rows=order,
            starts=starts,
            options=options._replace(progress=told).as_dict(strengths.of(fitted)),
        )
    return ManyFit.of(
        Found.of(found, matrix.shape[1]).with_failed(failed),
        single=alpha is not None,
        n_alphas=strengths.n_alphas,
        keys=keys,
        feature_names=matrix.names,
        family=options.family,
        l1_ratio=options.l1_ratio,
        tol=options.tol,
        classes=None if classes is None else (classes,) * len(keys),
        library=library,
    )


def fit_batch(
    Xs: Any,
    ys: Any,
    *,
    family: str = "gaussian",
    alpha: float | Any = None,
    alphas: int | Any = None,
    relative: bool = False,
    l1_ratio: float = 1.0,
    eps: float | str = "auto",
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weights: Any = None,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    positive: bool = False,
    tol: float = 1e-6,
    max_iter: int = 100_000,
    n_threads: int | None = None,
    progress: bool = False,
) -> ManyFit:
    """Fit many small problems, each with data of its own.

    Parameters
    ----------
    Xs : array-like of shape (m, n, p), or sequence of m arrays of shape (n_i, p)
    ys : array-like of shape (m, n), or sequence of m arrays of shape (n_i,)
        Numbers; 0 and 1 for family "binomial".
    family : {"gaussian", "binomial"}, default "gaussian"
    alpha, alphas, relative, eps
        As in `fit_many`.
    l1_ratio, fit_intercept, standardize
        As in `path`.
    sample_weights : array-like of shape (m, n), or sequence of m arrays, optional
    penalty_factor, lower_bounds, upper_bounds, positive, tol, max_iter, n_threads
        As in `fit_many`; options of features are the same for all problems.
    progress : bool, default False
        Whether to show progress on stderr.

    Returns
    -------
    ManyFit
        ``keys`` are 0 to m - 1. A problem that can't be fitted (one with NaN, say) is
        reported in ``status`` and ``messages``, and the others finish.

    Raises
    ------
    ValueError
        If shapes disagree or a value is out of its range.
    TypeError
        If the data is no array of real numbers, or an option is of the wrong kind.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> Xs = rng.standard_normal((50, 30, 4))
    >>> ys = Xs[:, :, 2] + 0.1 * rng.standard_normal((50, 30))
    >>> fit = fastreg.fit_batch(Xs, ys, alpha=0.2)
    >>> fit.coefs.shape, set(fit.coefs.indices.tolist())
    ((50, 4), {2})
    """
    batch = _check_batch(Xs, ys, sample_weights)
    n_features = batch.shape[1]
    options = ManyOptions.check(
        Columns(batch.shape, batch.names),
        n_entries=batch.n_entries,
        family=family,
        families=FAMILIES,
        l1_ratio=l1_ratio,
        fit_intercept=fit_intercept,
        standardize=standardize,
        penalty_factor=penalty_factor,
        lower_bounds=lower_bounds,
        upper_bounds=upper_bounds,
        positive=positive,
        tol=tol,
        max_iter=max_iter,
        n_threads=n_threads,
    )
    if options.family == "binomial":
        batch.check_classes()
    strengths = check_strengths(
        alpha,
        alphas,
        relative,
        eps,
        n_problems=batch.count,
        n_samples=batch.shape[0],
        n_features=n_features,
    )
    with shown(progress, "fit_batch", batch.count) as told:
        options = options._replace(progress=told)
        found = Found.of(batch.solve(options.as_dict(strengths)), n_features)
    if any(found.errors):
        # The kernel fails on what is not finite; only then are values looked at.
        found = found.with_messages(batch.not_finite())
    return ManyFit.of(
        found,
        single=alpha is not None,
        n_alphas=strengths.n_alphas,
        feature_names=batch.names,
        family=options.family,
        l1_ratio=options.l1_ratio,
        tol=options.tol,
        library=batch.library,
    )


# --- data ------------------------------------------------------------------------


def check_dense(X: Any) -> DenseMatrix:
    """A dense X; NaN is left to the problems."""
    matrix = _validation.check_X(X)
    if not isinstance(matrix, DenseMatrix):
        raise TypeError(f"X must be dense, got {type(X).__name__}")
    return matrix


def _response(
    X: DenseMatrix, y: Any, family: str, codes: Integers, n_groups: int
) -> tuple[Floats, NDArray[Any] | None, dict[int, str]]:
    """Numbers for y, its classes, and the groups without finite data, with the reason.

    NaN stands for a label that is missing.
    """
    failed: dict[int, str] = {}
    classes = None
    if family == "binomial":
        values, classes = _labels(y, X.shape[0])
    else:
        values = np.ravel(_validation.as_float64(y, "y"))
        _validation.check_rows(values, "y", X.shape[0])
    for row in np.flatnonzero(~np.isfinite(values))[::-1]:
        failed[int(codes[row])] = f"y has {describe(values[row])} at row {row}"
    if X.first_not_finite() is not None:
        for row, column in np.argwhere(~np.isfinite(X.kernel))[::-1]:
            value = describe(X.kernel[row, column])
            where = name_column(int(column), X.names)
            failed[int(codes[row])] = f"X has {value} in {where} at row {row}"
    if len(failed) == n_groups:
        raise ValueError(f"no group has finite data: {failed[0]}")
    return values, classes, failed


def _labels(y: Any, n_rows: int) -> tuple[Floats, NDArray[Any] | None]:
    labels = np.asarray(y)
    missing = missing_labels(labels) if labels.ndim == 1 else np.zeros(1, dtype=bool)
    if not missing.any() or missing.all() or len(labels) != n_rows:
        found = check_response(y, n_rows, "binomial", None)
        return found.values, found.classes
    values = np.full(n_rows, np.nan)
    found = check_response(labels[~missing], int((~missing).sum()), "binomial", None)
    values[~missing] = found.values
    return values, found.classes


def split_groups(X: Any, groups: Any) -> tuple[Any, Any]:
    """X and labels, where `groups` may name a column of a data frame."""
    if not isinstance(groups, str):
        return X, groups
    names = list(getattr(X, "columns", []))
    if groups not in names:
        raise ValueError(
            f"groups={groups!r} names no column of X; pass labels, one for each row"
        )
    labels = np.asarray(X[groups])
    return X[[name for name in names if name != groups]], labels


class _Batch:
    """Problems as the kernels take them: one array, or lists."""

    def __init__(
        self,
        Xs: NDArray[Any] | list[NDArray[Any]],
        ys: Floats | list[Floats],
        weights: Floats | list[Floats] | None,
        names: tuple[str, ...] | None = None,
        library: str | None = None,
    ) -> None:
        self.Xs, self.ys, self.weights = Xs, ys, weights
        self.names, self.library = names, library
        self.count = len(Xs)
        if isinstance(Xs, np.ndarray):
            self.shape, self.n_entries = Xs.shape[1:], Xs.size
        else:
            self.shape = (min(len(X) for X in Xs), Xs[0].shape[1])
            self.n_entries = sum(X.size for X in Xs)

    def not_finite(self) -> dict[int, str]:
        """Problems whose data is not finite, by number, and why."""
        failed: dict[int, str] = {}
        # The sum is finite only where all entries are.
        for i, (X, y) in enumerate(zip(self.Xs, self.ys, strict=True)):
            if np.isfinite(X.sum()) and np.isfinite(y.sum()):
                continue
            for name, values in (("X", X), ("y", y)):
                if not np.isfinite(values).all():
                    bad = describe(values[~np.isfinite(values)][0])
                    failed[i] = f"{name} has {bad}"
                    break
        if len(failed) == self.count:
            raise ValueError(f"no problem has finite data: problem 0: {failed[0]}")
        return failed

    def check_classes(self) -> None:
        """Whether responses are 0 or 1."""
        for i, y in enumerate(self.ys):
            bad = np.isfinite(y) & (y != 0.0) & (y != 1.0)
            if bad.any():
                raise ValueError(
                    "ys must be 0 or 1 for family 'binomial', got "
                    f"{y[bad][0]:g} in problem {i}"
                )

    def solve(self, options: dict[str, Any]) -> dict[str, Any]:
        """Call the kernel."""
        if isinstance(self.Xs, np.ndarray) and isinstance(self.ys, np.ndarray):
            weights = None
            if isinstance(self.weights, np.ndarray):
                weights = np.asfortranarray(self.weights.T)
            return _core.many_arrays(
                self.Xs, np.asfortranarray(self.ys.T), weights=weights, options=options
            )
        return _core.many_problems(
            list(self.Xs),
            list(self.ys),
            weights=None if self.weights is None else list(self.weights),
            options=options,
        )


def _check_batch(Xs: Any, ys: Any, sample_weights: Any) -> _Batch:
    if isinstance(Xs, np.ndarray) and Xs.ndim == 3:
        values = _validation.as_real(Xs, "Xs")
        if 0 in values.shape:
            raise ValueError(f"Xs must not be empty, got shape {values.shape}")
        y = _stacked(ys, "ys", values.shape[:2])
        weights = None
        if sample_weights is not None:
            weights = _stacked(sample_weights, "sample_weights", values.shape[:2])
            _check_weights(list(weights))
        return _Batch(as_kernel_type(values), y, weights)
    if not isinstance(Xs, Sequence) or isinstance(Xs, (str, bytes)) or not Xs:
        raise TypeError(
            "Xs must be an array of shape (m, n, p) or a sequence of arrays, got "
            f"{type(Xs).__name__}"
        )
    matrices = [check_dense(X) for X in Xs]
    responses = _listed(ys, "ys", matrices)
    weights_list = None
    if sample_weights is not None:
        weights_list = _listed(sample_weights, "sample_weights", matrices)
        _check_weights(weights_list)
    _check_features(matrices)
    return _Batch(
        [matrix.kernel for matrix in matrices],
        responses,
        weights_list,
        matrices[0].names,
        frame_library(*Xs),
    )


def _check_features(matrices: list[DenseMatrix]) -> None:
    """Whether all problems have the same; without names those of the others."""
    first = matrices[0]
    for i, matrix in enumerate(matrices):
        if matrix.shape[1] != first.shape[1]:
            raise ValueError(
                f"Xs must have the same features: problem {i} has {matrix.shape[1]}, "
                f"problem 0 has {first.shape[1]}"
            )
        names = zip(matrix.names or (), first.names or (), strict=False)
        for j, (name, wanted) in enumerate(names):
            if name != wanted:
                raise ValueError(
                    f"column {j} of problem {i} is {name!r} but that of problem 0 is "
                    f"{wanted!r}"
                )


def _stacked(values: Any, name: str, shape: tuple[int, ...]) -> Floats:
    array = _validation.as_float64(values, name)
    if array.shape != shape:
        raise ValueError(
            f"{name} has shape {array.shape} but Xs has {shape[0]} problems of "
            f"{shape[1]} rows: expected {shape}"
        )
    return array


def _listed(values: Any, name: str, matrices: list[DenseMatrix]) -> list[Floats]:
    if not hasattr(values, "__len__"):
        raise TypeError(
            f"{name} must be an array or a sequence, got {type(values).__name__}"
        )
    if len(values) != len(matrices):
        raise ValueError(f"{name} has {len(values)} entries, but Xs {len(matrices)}")
    arrays = [_validation.as_float64(one, name) for one in values]
    for i, (array, matrix) in enumerate(zip(arrays, matrices, strict=True)):
        if array.shape != (matrix.shape[0],):
            raise ValueError(
                f"{name} of problem {i} has shape {array.shape} but its X has "
                f"{matrix.shape[0]} rows"
            )
    return arrays


def _check_weights(weights: list[Floats]) -> None:
    for i, weight in enumerate(weights):
        if not np.isfinite(weight).all() or (weight < 0.0).any():
            bad = weight[~(np.isfinite(weight) & (weight >= 0.0))][0]
            raise ValueError(
                f"sample_weights must be finite and >= 0, got {bad:g} in problem {i}"
            )
