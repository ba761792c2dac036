# The kernels of one instruction-set level; _core_v3 and _core_v4 have the same.
from typing import Any

import numpy as np
from numpy.typing import NDArray

isa: str
version: str
compiler: str
eigen_version: str

def elastic_net_path(
    X: NDArray[np.float64],
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
) -> dict[str, Any]: ...
def ridge_path(
    X: NDArray[np.float64],
    Y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    alphas: NDArray[np.float64],
    fit_intercept: bool,
    standardize: bool,
) -> dict[str, Any]: ...
def alpha_max(
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    *,
    sample_weight: NDArray[np.float64] | None,
    l1_ratio: float,
    fit_intercept: bool,
    standardize: bool,
    penalty_factor: NDArray[np.float64] | None,
    lower_bounds: NDArray[np.float64] | None,
    upper_bounds: NDArray[np.float64] | None,
) -> float: ...

# Single kernels, for measuring them.
def transpose_matvec(
    X: NDArray[np.float64], R: NDArray[np.float64]
) -> NDArray[np.float64]: ...
def gram(X: NDArray[np.float64]) -> NDArray[np.float64]: ...
def cholesky_solve(
    H: NDArray[np.float64], b: NDArray[np.float64] | None
) -> NDArray[np.float64]: ...
