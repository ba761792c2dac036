"""Ridge regression of `fastreg.reference`: solutions, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastreg._problem import Floats, Problem
from fastreg._reference_duality import best_intercept, centred_residual
from fastreg._reference_quadratic import SINGULAR

Folds = Iterable[tuple[ArrayLike, ArrayLike]]


class _Columns(NamedTuple):
    """Columns times sqrt(w_i) in the units in which they are penalised.

    A column counts by x_j / (s_j sqrt(v_j)), so that the penalty is alpha for each; one
    without a penalty by x_j / s_j. `unit` is what was divided by.
    """

    penalised: NDArray[np.bool_]
    free: NDArray[np.bool_]
    unit: Floats
    A: Floats
    U: Floats


def _columns(problem: Problem) -> _Columns:
    excluded = (problem.scale == 0.0) | (problem.bounds[0] == problem.bounds[1])
    penalised = ~excluded & (problem.factor > 0.0)
    free = ~excluded & (problem.factor == 0.0)
    root_v = np.where(penalised, np.sqrt(problem.factor), 1.0)
    unit = np.where(excluded, 1.0, problem.scale) * root_v
    x = np.sqrt(problem.weight)[:, np.newaxis] * problem.x / unit
    return _Columns(penalised, free, unit, x[:, penalised], x[:, free])


def _orthonormal(U: Floats) -> Floats:
    """A basis of the span of the columns."""
    Q, d, _ = np.linalg.svd(U, full_matrices=False)
    return np.asarray(Q[:, d > SINGULAR * d.max(initial=0.0)])


def _off(basis: Floats, A: Floats) -> Floats:
    """A less what the basis explains of it; a column that is all explained is 0."""
    rest = A - basis @ (basis.T @ A)
    rest = rest - basis @ (basis.T @ rest)  # the second round removes rounding
    gone = np.linalg.norm(rest, axis=0) <= SINGULAR * np.linalg.norm(A, axis=0)
    return np.asarray(np.where(gone, 0.0, rest))


def ridge(problem: Problem) -> tuple[Floats, float]:
    """Ridge as least squares with a row sqrt(alpha) added for every column.

    What unpenalised columns explain is taken off y and the other columns first. Where
    alpha = 0 and the solution isn't unique it is the limit for alpha -> 0, that of
    minimum norm in the units in which coefficients are penalised.

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 2.0])
    >>> coef, intercept = ridge(Problem(X, y, 1.0, l1_ratio=0.0, standardize=False))
    >>> coef.round(12).tolist(), round(intercept, 12)
    ([0.5], 0.0)
    """
    _refuse_other_penalties(problem)
    penalised, free, unit, A, U = _columns(problem)
    z = (np.sqrt(problem.weight) * problem.z)[:, np.newaxis]
    basis = _orthonormal(U)
    # Dividing l2 by the units leaves alpha for each column.
    rows = np.sqrt(problem.alpha) * np.eye(A.shape[1])
    stacked = np.vstack([_off(basis, A), rows])
    target = np.vstack([_off(basis, z), np.zeros((A.shape[1], 1))])
    coef = np.zeros(len(unit))
    coef[penalised] = np.linalg.lstsq(stacked, target, rcond=None)[0][:, 0]
    rest = z[:, 0] - A @ coef[penalised]
    coef[free] = np.linalg.lstsq(U, rest, rcond=None)[0]
    coef /= unit
    return coef, best_intercept(problem, coef)


def _refuse_other_penalties(problem: Problem) -> None:
    lo, hi = problem.bounds
    bounded = (lo != hi) & (np.isfinite(lo) | np.isfinite(hi))
    if problem.l1.any() or bounded.any() or np.any((lo == hi) & (lo != 0.0)):
        raise ValueError("ridge needs l1_ratio=0 and no bounds")


def normal_residual(problem: Problem, coef: Floats) -> float:
    """Relative residual of the normal equations at ``coef``, 0 at the optimum.

    |Z'(z - Z b) - alpha b| / |Z'z| in the units in which columns are penalised
    (unpenalised ones have no alpha), 1/n being in the weights.

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 2.0])
    >>> problem = Problem(X, y, 1.0, l1_ratio=0.0, standardize=False)
    >>> normal_residual(problem, np.array([0.5])), normal_residual(problem, np.zeros(1))
    (0.0, 1.0)
    """
    penalised, free, unit, _, _ = _columns(problem)
    some = penalised | free
    at_zero = problem.columns.correlation(problem.z) / unit
    gradient = problem.columns.correlation(centred_residual(problem, coef)) / unit
    gradient -= np.where(penalised, problem.alpha, 0.0) * coef * unit
    size = float(np.linalg.norm(at_zero[some]))
    return float(np.linalg.norm(gradient[some])) / (size or 1.0)


# --- ridge as a linear map of y --------------------------------------------------


def _n_rows(problem: Problem) -> int:
    """Rows that count."""
    return int(np.count_nonzero(problem.weight))


def _fitted(problem: Problem) -> Floats:
    """b0 + Xb, without the offset."""
    coef, intercept = ridge(problem)
    return np.asarray(np.asarray(problem.X, dtype=np.float64) @ coef + intercept)


def hat_matrix(problem: Problem) -> Floats:
    """H with H (y - o) = b0 + X b: its columns are the fits of unit vectors."""
    units = np.eye(len(problem.y))
    fits = [_fitted(replace(problem, y=unit, offset=None)) for unit in units]
    return np.column_stack(fits)


def degrees_of_freedom(problem: Problem) -> float:
    """Trace of the hat matrix: of the intercept 1, of a feature at most 1.

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 2.0])
    >>> problem = Problem(X, y, 1.0, l1_ratio=0.0, standardize=False)
    >>> round(degrees_of_freedom(problem), 12)
    1.5
    """
    return float(np.trace(hat_matrix(problem)))


def _mean_square(problem: Problem, residual: Floats) -> float:
    return float(problem.weight @ residual**2)


def residual_variance(problem: Problem) -> float:
    """sigma^2, the weighted sum of squared residuals by n - df; NaN if that is <= 0.

    n is the number of rows that count, and the weights are scaled to sum to it.
    """
    n, df = _n_rows(problem), degrees_of_freedom(problem)
    square = _mean_square(problem, problem.target - _fitted(problem))
    return n * square / (n - df) if n - df > 0.0 else np.nan


def standard_errors(problem: Problem) -> Floats:
    """Standard errors of the coefficients given alpha, shape (p,).

    With the linear map C from y to the coefficients and Var(y_i) = sigma^2 / w_i the
    covariance is C diag(sigma^2 / w) C', that is, with G = x'wx,
    sigma^2 (G + alpha V)^-1 G (G + alpha V)^-1 / n. It is the spread of a biased
    estimator: neither the bias nor how alpha was chosen is in it.
    """
    n = _n_rows(problem)
    rows = np.flatnonzero(problem.weight)
    units = np.eye(len(problem.y))[rows]
    C = [ridge(replace(problem, y=unit, offset=None))[0] for unit in units]
    square = np.sum(np.column_stack(C) ** 2 / (n * problem.weight[rows]), axis=1)
    return np.asarray(np.sqrt(residual_variance(problem) * square))


def gcv(problem: Problem) -> float:
    """Generalised cross-validation: the mean squared residual by (1 - df/n)^2."""
    share = degrees_of_freedom(problem) / _n_rows(problem)
    residual = problem.target - _fitted(problem)
    return _mean_square(problem, residual) / (1.0 - share) ** 2


# --- ridge without some of the rows ----------------------------------------------


def _without(problem: Problem, weight: Floats) -> Problem:
    """The problem with some weights set to 0: scales stay, and so does n alpha.

    The objective of the rows that are left is that of all rows less what those left
    out have in it, so alpha times the sum of the weights (scikit-learn's alpha) stays.
    """
    return replace(
        problem,
        alpha=problem.alpha / weight.sum(),
        sample_weight=weight,
        standardize=False,
        penalty_factor=np.where(
            problem.bounds[0] == problem.bounds[1],
            np.inf,
            problem.factor * problem.scale**2,
        ),
    )


def leave_one_out(problem: Problem) -> Floats:
    """Predictions of every row, offset included, by the fit without it, shape (n,).

    For row i its weight is set to 0; n alpha and the scales s_j are kept, the intercept
    is fitted anew.
    """
    x = np.asarray(problem.X, dtype=np.float64)
    offset = np.zeros(len(x)) if problem.offset is None else problem.offset
    predictions = np.empty(len(x))
    for i in range(len(x)):
        weight = problem.weight.copy()
        weight[i] = 0.0
        coef, intercept = ridge(_without(problem, weight))
        predictions[i] = offset[i] + intercept + x[i] @ coef
    return predictions


def fold_errors(
    problem: Problem, folds: Folds, *, keep_mean: bool = False
) -> list[float]:
    """Mean squared prediction error (weighted) of each fold, fitted without it.

    ``folds`` has pairs (train, test) of rows. Every fold is a fit of its own, scales
    included, with the alpha whose product with the sum of the weights is that of all
    rows, or with alpha itself if ``keep_mean``.
    """
    x = np.asarray(problem.X, dtype=np.float64)
    errors = []
    for fold in folds:
        train, test = np.asarray(fold[0]), np.asarray(fold[1])
        share = 1.0 if keep_mean else float(problem.weight[train].sum())
        part = replace(
            problem,
            X=x[train],
            y=problem.target[train],
            offset=None,
            sample_weight=problem.weight[train],
            alpha=problem.alpha / share,
        )
        coef, intercept = ridge(part)
        error = problem.target[test] - intercept - x[test] @ coef
        errors.append(float(np.average(error**2, weights=problem.weight[test])))
    return errors
