"""From a solution of the kernels to the `Path` that the user gets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg._coefs import SparseCoefs
from fastreg._matrix import KernelMatrix
from fastreg._result import Path
from fastreg._solve import STATUSES, Data, Settings, Solution, warn_unconverged
from fastreg._warnings import PathInterrupted

Floats = NDArray[np.float64]


def refuse_hidden(data: Data) -> None:
    """Raise where an X that isn't finite could escape the kernels.

    They see it in the moments of the columns, in which rows of weight 0 don't count.
    """
    if data.sample_weight is not None and not data.sample_weight.all():
        data.X.check_finite()


def finish(
    solution: Solution,
    settings: Settings,
    X: KernelMatrix,
    n_alphas: int,
    *,
    has_offset: bool = False,
    classes: NDArray[Any] | None = None,
    n_rows: int = 0,
    is_separated: bool = False,
) -> Path:
    """Give the path back, raise PathInterrupted with it, or warn of gaps above tol.

    Where a warning has said that the last solution is no maximum, no other is about it.
    """
    path = make_path(
        settings,
        solution.coefs,
        solution.status,
        feature_names=X.names,
        shape=X.shape,
        alphas=solution.alphas,
        intercepts=solution.intercepts,
        dual_gaps=solution.dual_gaps,
        deviance_ratio=solution.deviance_ratio,
        n_iter=solution.n_iter,
        n_passes=solution.n_passes,
        seconds=solution.seconds,
        null_objective=solution.null_objective,
        scale=solution.scale,
        stopped=solution.stop,
        has_offset=has_offset,
        df=solution.df,
        classes=classes,
        n_rows=n_rows,
    )
    if solution.stop == "interrupted":
        raise PathInterrupted(path, n_alphas)
    told = slice(len(solution.alphas) - is_separated)
    warn_unconverged(
        solution.alphas[told],
        solution.dual_gaps[told],
        solution.status[told],
        settings,
        stacklevel=3,
    )
    return path


def make_path(
    settings: Settings,
    coefs: SparseCoefs | Floats,
    status: NDArray[np.int8],
    *,
    feature_names: tuple[str, ...] | None,
    shape: tuple[int, int],
    **found: Any,
) -> Path:
    """A path from what was asked for, about X of this shape, and what was found."""
    return Path(
        status=tuple(STATUSES[code] for code in status),
        l1_ratio=settings.l1_ratio,
        tol=settings.tol,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        feature_names=feature_names,
        n_samples=shape[0],
        n_features=shape[1],
        _coefs=coefs,
        penalty_factor=settings.penalty_factor,
        lower_bounds=settings.lower_bounds,
        upper_bounds=settings.upper_bounds,
        family=settings.family,
        grouped=settings.grouped,
        **found,
    )
