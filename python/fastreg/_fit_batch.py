"""`fit_batch`: a model for each of many small data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._fit_groups import FAMILIES, check_dense
from fastreg._gram_fits import Columns
from fastreg._many import Found, ManyOptions
from fastreg._many_frame import frame_library
from fastreg._many_progress import shown
from fastreg._many_result import ManyFit
from fastreg._many_setup import check_strengths
from fastreg._matrix import DenseMatrix, as_kernel_type, describe

Floats = NDArray[np.float64]


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
