"""`lasso_path` and `enet_path`: scikit-learn's functions over the path kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fastreg import _validation
from fastreg._solve import Data, Settings, Solution, solve
from fastreg.linear_model._base import FitData, Floats
from fastreg.linear_model._path_arguments import PathArguments
from fastreg.linear_model._solve import absolute_gaps, check_solution, solve_grid

PathResult = (
    tuple[Floats, npt.NDArray[Any], Floats]
    | tuple[Floats, npt.NDArray[Any], Floats, list[int]]
)


def lasso_path(
    X: Any,
    y: Any,
    *,
    eps: float = 1e-3,
    n_alphas: Any = "deprecated",
    alphas: Any = "warn",
    precompute: Any = "auto",
    Xy: Any = None,
    copy_X: bool = True,
    coef_init: Any = None,
    verbose: bool | int = False,
    return_n_iter: bool = False,
    positive: bool = False,
    **params: Any,
) -> PathResult:
    """Lasso path, as `sklearn.linear_model.lasso_path`.

    Minimises, at each alpha, ::

        1/(2 n_samples) ||y - X b||^2 + alpha ||b||_1

    There is no intercept and nothing is centred or scaled: `fastreg.path` does that.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Training data; a NumPy array of floats or a CSC matrix is not copied.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        Target, or several of them, whose coefficients share their features: the norm of
        a feature's coefficients takes the place of absolute values, as in
        `MultiTaskLasso`.
    eps : float, default=1e-3
        Smallest alpha of the automatic grid, relative to the largest; below 1.
    n_alphas : int, default="deprecated"
        Old name of an integer `alphas`; gives a FutureWarning.
    alphas : int or array-like, default=100
        Number of alphas of the automatic grid, from the smallest alpha that gives
        coefficients of zero down to `eps` times it, evenly spaced on the log scale; or
        the alphas themselves, in any order. None means 100 with a FutureWarning.
    precompute : "auto", bool or array-like of shape (n_features, n_features), \
default="auto"
        Accepted and checked, without effect: the solver decides by itself which part
        of the Gram matrix it forms.
    Xy : array-like of shape (n_features,), default=None
        Accepted and checked, without effect.
    copy_X : bool, default=True
        Without effect: X is never written to.
    coef_init : array-like of shape (n_features,) or (n_targets, n_features), \
default=None
        Where to start at the largest of the `alphas` given. An automatic grid starts
        at zero, the solution there. No solution depends on it.
    verbose : bool or int, default=False
        Without effect.
    return_n_iter : bool, default=False
        Whether to return the numbers of iterations too.
    positive : bool, default=False
        Whether coefficients must be >= 0.
    **params
        tol (1e-4), max_iter (1000), selection and random_state, as in `Lasso`, and
        sample_weight of shape (n_samples,), normalised to sum to n_samples
        (scikit-learn ignores weights here when X is dense).

    Returns
    -------
    alphas : ndarray of shape (n_alphas,)
        Decreasing.
    coefs : ndarray of shape (n_features, n_alphas) or (n_targets, n_features, n_alphas)
        Coefficients; three-dimensional if y is two-dimensional.
    dual_gaps : ndarray of shape (n_alphas,)
        Duality gaps, in units of the objective.
    n_iters : list of int
        Sweeps and Newton steps, only if `return_n_iter`.

    Raises
    ------
    ValueError
        If X or y hold NaN or inf, shapes disagree, a parameter is out of range, or
        `positive` is asked for with several targets.

    Warns
    -----
    ConvergenceWarning
        For each alpha whose duality gap ends above tol * ||y||^2 / n_samples.

    See Also
    --------
    fastreg.path : With intercept, standardisation and the certified path object.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import lasso_path
    >>> X = np.array([[1.0, 2.3], [2.0, 5.4], [3.1, 4.3]])
    >>> y = np.array([1.0, 2.0, 3.1])
    >>> alphas, coefs, dual_gaps = lasso_path(X, y, alphas=[5.0, 1.0, 0.5], tol=1e-10)
    >>> coefs.round(4)
    array([[0.    , 0.    , 0.4692],
           [0.2159, 0.4426, 0.2367]])
    """
    given = PathArguments(
        function="lasso_path",
        l1_ratio=1.0,
        eps=eps,
        n_alphas=n_alphas,
        alphas=alphas,
        precompute=precompute,
        Xy=Xy,
        copy_X=copy_X,
        coef_init=coef_init,
        verbose=verbose,
        return_n_iter=return_n_iter,
        positive=positive,
        check_input=True,
        params=params,
    )
    return _fit_path(X, y, given)


def enet_path(
    X: Any,
    y: Any,
    *,
    l1_ratio: float = 0.5,
    eps: float = 1e-3,
    n_alphas: Any = "deprecated",
    alphas: Any = "warn",
    precompute: Any = "auto",
    Xy: Any = None,
    copy_X: bool = True,
    coef_init: Any = None,
    verbose: bool | int = False,
    return_n_iter: bool = False,
    positive: bool = False,
    check_input: bool = True,
    **params: Any,
) -> PathResult:
    """Elastic-net path, as `sklearn.linear_model.enet_path`.

    Minimises, at each alpha, ::

        1/(2 n_samples) ||y - X b||^2
            + alpha (l1_ratio ||b||_1 + (1 - l1_ratio)/2 ||b||^2)

    Parameters and returns are those of `lasso_path`, and these:

    Parameters
    ----------
    X, y, eps, n_alphas, alphas, precompute, Xy, copy_X, coef_init, verbose, \
return_n_iter, positive, **params
        As in `lasso_path`.
    l1_ratio : float in [0, 1], default=0.5
        Share of the L1 term. With 0, `alphas` must be given; the solutions are then
        those of ridge regression, in closed form.
    check_input : bool, default=True
        If False, X and y are taken to be float arrays without NaN or inf.

    Returns
    -------
    alphas, coefs, dual_gaps[, n_iters]
        As from `lasso_path`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import enet_path
    >>> X = np.eye(3)
    >>> alphas, coefs, dual_gaps = enet_path(X, [3.0, 2.0, 1.0], alphas=3, eps=0.01)
    >>> alphas
    array([2.  , 0.2 , 0.02])
    """
    given = PathArguments(
        function="enet_path",
        l1_ratio=l1_ratio,
        eps=eps,
        n_alphas=n_alphas,
        alphas=alphas,
        precompute=precompute,
        Xy=Xy,
        copy_X=copy_X,
        coef_init=coef_init,
        verbose=verbose,
        return_n_iter=return_n_iter,
        positive=positive,
        check_input=check_input,
        params=params,
    )
    return _fit_path(X, y, given)


def _fit_path(X: Any, y: Any, given: PathArguments) -> PathResult:
    given.check()
    alphas, data = given.grid(), given.data(X, y)
    settings = given.settings(data)
    n_targets = data.targets.shape[1]
    if n_targets > 1:
        target = data.target(np.asfortranarray(data.y))
    else:
        target = data.target(data.target_columns()[0])
    start = _validation.check_coef_init(
        given.coef_init,
        data.X.shape[1],
        n_targets if n_targets > 1 else None,
        "targets",
    )
    if isinstance(alphas, int):
        solution = _on_grid(target, settings, alphas, float(given.eps))
    else:
        solution = solve(target, alphas, settings, start)
    check_solution(given.function, solution, settings, stacklevel=3)
    return _as_tuple(solution, data, given.return_n_iter)


def _on_grid(data: Data, settings: Settings, n_alphas: int, eps: float) -> Solution:
    if settings.l1_ratio == 0:
        raise ValueError(
            "there is no automatic grid for l1_ratio=0: pass the alphas themselves"
        )
    return solve_grid(data, settings, n_alphas, eps)


def _as_tuple(solution: Solution, data: FitData, return_n_iter: bool) -> PathResult:
    coefs = solution.coefs.dense().astype(data.dtype, copy=False)
    if data.y.ndim == 2:
        coefs = coefs.reshape(data.y.shape[1], -1, coefs.shape[1])
    gaps = absolute_gaps(solution)
    if return_n_iter:
        return solution.alphas, coefs, gaps, solution.n_iter.tolist()
    return solution.alphas, coefs, gaps
