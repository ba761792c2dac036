# The kernels of one instruction-set level; _core_v3 and _core_v4 have the same.
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

isa: str
version: str
compiler: str
eigen_version: str

# An array of any real type and strides, or (values, indices, indptr, rows) of CSC.
_Matrix: TypeAlias = Any
# Called with the fields of a PathStep; True ends the path.
_OnPoint: TypeAlias = Callable[[int, int, float, float, int, float, int, float], bool]

def calls_in_progress(*, reset: bool = False) -> int: ...
def elastic_net_path(
    X: _Matrix,
    y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    alphas: NDArray[np.float64] | None,
    n_alphas: int,
    eps: float,
    l1_ratio: float,
    fit_intercept: bool,
    standardize: bool,
    penalty_factor: NDArray[np.float64] | None,
    lower_bounds: NDArray[np.float64] | None,
    upper_bounds: NDArray[np.float64] | None,
    coef_init: NDArray[np.float64] | None,
    tol: float,
    max_iter: int,
    n_threads: int = 1,
    max_time: float = ...,
    early_stop: bool = False,
    on_point: _OnPoint | None = None,
    family: str = "gaussian",
    offset: NDArray[np.float64] | None = None,
    grouped: bool = False,
) -> dict[str, Any]: ...
def fold_paths(
    X: _Matrix,
    y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    train: list[NDArray[np.int64]],
    test: list[NDArray[np.int64]],
    tasks: list[tuple[int, float, NDArray[np.float64], NDArray[np.float64] | None]],
    squares: bool,
    on_path: Callable[[int, dict[str, Any], NDArray[np.float64] | None], Any],
    fit_intercept: bool,
    standardize: bool,
    penalty_factor: NDArray[np.float64] | None,
    lower_bounds: NDArray[np.float64] | None,
    upper_bounds: NDArray[np.float64] | None,
    tol: float,
    max_iter: int,
    n_threads: int = 1,
    family: str = "gaussian",
    offset: NDArray[np.float64] | None = None,
    grouped: bool = False,
) -> None: ...
def gram_stats(
    X: NDArray[np.float64],
    Y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
) -> dict[str, Any]: ...
def gram_path(
    stats: tuple[Any, ...],
    *,
    alphas: NDArray[np.float64] | None,
    n_alphas: int,
    eps: float,
    l1_ratio: float,
    fit_intercept: bool,
    standardize: bool,
    penalty_factor: NDArray[np.float64] | None,
    lower_bounds: NDArray[np.float64] | None,
    upper_bounds: NDArray[np.float64] | None,
    coef_init: NDArray[np.float64] | None,
    tol: float,
    max_iter: int,
    early_stop: bool,
) -> dict[str, Any]: ...
def ridge_path(
    X: _Matrix,
    Y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    alphas: NDArray[np.float64],
    fit_intercept: bool,
    standardize: bool,
    penalty_factor: NDArray[np.float64] | None = None,
    solver: str = "auto",
    tol: float = 1e-11,
    max_iter: int = 0,
    inference: bool = False,
    n_threads: int = 1,
    max_time: float = ...,
    early_stop: bool = False,
    on_point: _OnPoint | None = None,
) -> dict[str, Any]: ...
def ridge_cv(
    X: _Matrix,
    Y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    alphas: NDArray[np.float64] | None,
    fit_intercept: bool,
    standardize: bool,
    penalty_factor: NDArray[np.float64] | None = None,
    choose: Callable[[dict[str, Any]], Any],
    predictions: bool = False,
    n_threads: int = 1,
) -> dict[str, Any]: ...
def ridge_folds(
    X: _Matrix,
    Y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    alphas: NDArray[np.float64] | None,
    train: list[NDArray[np.int64]],
    test: list[NDArray[np.int64]],
    fit_intercept: bool,
    standardize: bool,
    penalty_factor: NDArray[np.float64] | None = None,
    on_fold: Callable[[int, NDArray[np.float64]], Any],
    keep_mean: bool = False,
    n_threads: int = 1,
) -> None: ...
def alpha_max(
    X: _Matrix,
    y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    l1_ratio: float,
    fit_intercept: bool,
    standardize: bool,
    penalty_factor: NDArray[np.float64] | None,
    lower_bounds: NDArray[np.float64] | None,
    upper_bounds: NDArray[np.float64] | None,
    family: str = "gaussian",
    offset: NDArray[np.float64] | None = None,
    grouped: bool = False,
) -> float: ...
def product(
    X: _Matrix, features: NDArray[np.int64], B: NDArray[np.float64]
) -> NDArray[np.float64]: ...
def standardization(
    X: _Matrix,
    *,
    sample_weight: NDArray[np.float64] | None,
    fit_intercept: bool,
    standardize: bool,
) -> dict[str, NDArray[np.float64]]: ...
def has_duplicates(
    indices: NDArray[np.int32] | NDArray[np.int64],
    indptr: NDArray[np.int32] | NDArray[np.int64],
    rows: int,
) -> bool: ...

# Problems in one call; options are those of ManyOptions.as_dict.
_Options: TypeAlias = dict[str, Any]

def many_responses(
    X: _Matrix,
    Y: NDArray[np.float64],
    *,
    weights: NDArray[np.float64],
    pattern: NDArray[np.int64],
    options: _Options,
) -> dict[str, Any]: ...
def responses_cv(
    X: _Matrix,
    Y: NDArray[np.float64],
    *,
    weights: NDArray[np.float64],
    pattern: NDArray[np.int64],
    plan: dict[str, Any],
    options: _Options,
) -> dict[str, Any]: ...
def many_problems(
    Xs: list[NDArray[Any]],
    ys: list[NDArray[np.float64]],
    *,
    weights: list[NDArray[np.float64]] | None,
    options: _Options,
) -> dict[str, Any]: ...
def many_arrays(
    X: NDArray[Any],
    Y: NDArray[np.float64],
    *,
    weights: NDArray[np.float64] | None,
    options: _Options,
) -> dict[str, Any]: ...
def solve_small(
    X: NDArray[Any],
    y: NDArray[Any],
    alpha: float,
    l1_ratio: float,
    fit_intercept: bool,
    standardize: bool,
    tol: float,
    max_iter: int,
    /,
) -> tuple[NDArray[np.float64], float, float] | None: ...
def many_groups(
    X: NDArray[Any],
    y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    options: _Options,
) -> dict[str, Any]: ...
def rolling_paths(
    X: NDArray[Any],
    y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    options: _Options,
) -> dict[str, Any]: ...
def many_weights(
    X: _Matrix,
    y: NDArray[np.float64],
    *,
    weights: NDArray[np.float64],
    offset: NDArray[np.float64] | None,
    options: _Options,
) -> dict[str, Any]: ...

# Single kernels, for measuring them.
def transpose_matvec(
    X: NDArray[np.float64], R: NDArray[np.float64]
) -> NDArray[np.float64]: ...
def gram(X: NDArray[np.float64]) -> NDArray[np.float64]: ...
def tile_gram(X: NDArray[np.float64], parts: int = 1) -> NDArray[np.float32]: ...
def has_tiles() -> bool: ...
def cholesky_solve(
    H: NDArray[np.float64], b: NDArray[np.float64] | None
) -> NDArray[np.float64]: ...
