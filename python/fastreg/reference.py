"""The specification of fastreg in slow, obvious NumPy.

What every fast kernel must compute is stated here once, in the words of the
documentation, for tests, benchmarks and readers; no kernel uses it. A `Problem`
holds the data and the terms of the objective. With weights w_i that sum to 1
(so the usual 1/n is inside them) it is

    P(b0, b) = 1/2 sum_i w_i r_i^2 + sum_j h_j(b_j),     r = y - o - b0 - X b
    h_j(b)   = l1_j |b| + l2_j / 2 b^2  for lo_j <= b <= hi_j, infinite outside
    l1_j     = alpha l1_ratio v_j s_j,      l2_j = alpha (1 - l1_ratio) v_j s_j^2

where o is the offset, v_j the penalty factor and s_j the scale of column j: its
weighted standard deviation if ``standardize``, else 1. Penalising b_j by s_j |b_j| is
the same as penalising the coefficient of the standardised column, so
coefficients are always those of the raw columns. The Fenchel dual is

    D(theta) = sum_i w_i ((y_i - o_i) theta_i - theta_i^2 / 2) - sum_j h_j*(u_j)
    u_j      = sum_i w_i x_ij theta_i,      sum_i w_i theta_i = 0 (intercept)

and P(b0, b) >= D(theta) for every pair, so P - D bounds the distance of P from
its minimum, whoever computed the coefficients.

References
----------
Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized
linear models via coordinate descent, J. Statistical Software 33(1).
Fercoq, Gramfort, Salmon (2015), Mind the duality gap: safer rules for the
Lasso, ICML (the dual point: a rescaled residual).
Hoerl, Kennard (1970), Ridge regression, Technometrics 12(1).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastreg._problem import CONSTANT, Floats, Problem

__all__ = [
    "Floats",
    "Problem",
    "alpha_max",
    "best_intercept",
    "conjugate",
    "coordinate_descent",
    "coordinate_descent_path",
    "dual",
    "dual_gap",
    "dual_point",
    "kkt_violation",
    "null_objective",
    "penalty",
    "primal",
    "relative_gap",
    "ridge",
]

# Curvature (of columns of unit length) that can't be told from rounding.
SINGULAR = 1e-13


def soft_threshold(value: Floats, threshold: ArrayLike) -> Floats:
    """sign(value) max(|value| - threshold, 0), the proximal map of |.|."""
    return np.asarray(np.sign(value) * np.maximum(np.abs(value) - threshold, 0.0))


# --- primal ---------------------------------------------------------------------


def best_intercept(problem: Problem, coef: Floats) -> float:
    """The b0 that minimises P for given coefficients; 0 without an intercept."""
    return float(problem.y_mean - problem.x_mean @ coef)


def penalty(problem: Problem, coef: Floats) -> float:
    """sum_j h_j(b_j), infinite outside the bounds (a few ulp are forgiven)."""
    lo, hi = problem.bounds
    slack = 4 * np.finfo(np.float64).eps * np.abs(coef)
    if np.any((coef < lo - slack) | (coef > hi + slack)):
        return np.inf
    return float(problem.l1 @ np.abs(coef) + problem.l2 @ coef**2 / 2)


def primal(problem: Problem, coef: Floats, intercept: float) -> float:
    """P(b0, b), from centred data: y - b0 - Xb = z - xb - (b0 - best b0).

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 2.0])
    >>> problem = Problem(X, y, alpha=0.5, standardize=False)
    >>> primal(problem, np.array([1.0]), -1.0)     # fits exactly: only |b| is left
    0.5
    """
    shift = intercept + problem.x_mean @ coef - problem.y_mean
    residual = problem.z - problem.columns.product(coef) - shift
    return float(problem.weight @ residual**2 / 2) + penalty(problem, coef)


def null_objective(problem: Problem) -> float:
    """P of the null model, b = 0 and the best b0; relative gaps divide by it."""
    return float(problem.weight @ problem.z**2 / 2)


# --- dual and certificate -------------------------------------------------------


def conjugate(problem: Problem, u: Floats) -> Floats:
    """h_j*(u_j) = max over b of u_j b - h_j(b); the maximiser is a clipped step."""
    lo, hi = problem.bounds
    step = soft_threshold(u, problem.l1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        b = np.where(step == 0.0, 0.0, step / problem.l2).clip(lo, hi)
        value = u * b - problem.l1 * np.abs(b) - problem.l2 * b**2 / 2
    return np.where(np.isinf(b), np.inf, value)


def dual(problem: Problem, theta: Floats, u: Floats | None = None) -> float:
    """D(theta), minus infinity where theta is not feasible.

    ``u`` may be given where it is known better than by rounding (as from
    `dual_point`, whose u lies exactly within the constraints).
    """
    if u is None:
        u = problem.columns.correlation(theta)
    fit = problem.weight @ (problem.z * theta - theta**2 / 2)
    return float(fit - conjugate(problem, u).sum())


def largest_step(problem: Problem, u: Floats, where: NDArray[np.bool_]) -> float:
    """Largest s <= 1 with -l1 <= s u <= l1 at ``where``, on sides without bounds."""
    lo, hi = problem.bounds
    over = where & (np.isinf(hi) & (u > problem.l1) | np.isinf(lo) & (-u > problem.l1))
    if not over.any():
        return 1.0
    # The last factor keeps s u within l1 after rounding.
    return float(np.min(problem.l1[over] / np.abs(u[over])) * (1 - CONSTANT))


def dual_point(problem: Problem, coef: Floats) -> tuple[Floats, Floats]:
    """A feasible (theta, u) built from the residual of ``coef``: theta = s r.

    s is the better of two: the largest feasible s <= 1, and the one that makes
    the residual of the Lasso with rows sqrt(l2_j) appended feasible. Features
    with neither penalty nor (active) bound need u_j = 0: r is first projected
    off their columns.
    """
    lo, hi = problem.bounds
    r = centred_residual(problem, coef)
    free = (problem.l1 == 0.0) & (problem.l2 == 0.0) & (problem.scale > 0.0)
    free &= (lo < coef) & (coef < hi) & (np.isinf(lo) | np.isinf(hi))
    r = project_off(r, problem.columns.take(free), problem.weight)
    u = problem.columns.correlation(r)
    # The same holds for columns that depend on those of the free features.
    norms = np.sqrt(problem.columns.mean_square() * (problem.weight @ problem.z**2))
    u[free | ((problem.l1 == 0.0) & (np.abs(u) <= SINGULAR * norms))] = 0.0

    feasible = largest_step(problem, u, problem.l2 == 0.0)
    everywhere = np.ones(len(u), dtype=bool)
    augmented = largest_step(problem, u - problem.l2 * coef, everywhere)
    steps = (feasible, min(feasible, augmented))
    best = max(steps, key=lambda s: dual(problem, s * r, s * u))
    return best * r, best * u


def centred_residual(problem: Problem, coef: Floats) -> Floats:
    """The residual at the best intercept, with weighted mean 0 if there is one."""
    r = problem.z - problem.columns.product(coef)
    return r - problem.weight @ r if problem.fit_intercept else r


def project_off(r: Floats, columns: Floats, weight: Floats) -> Floats:
    """The part of r that is orthogonal to the columns in the weighted product."""
    root = np.sqrt(weight)
    A = root[:, None] * columns
    size = np.sqrt((A**2).sum(axis=0))
    A = A[:, size > 0] / size[size > 0]
    for _ in range(2 if A.size else 0):  # the second round removes rounding
        fit = np.linalg.lstsq(A, root * r, rcond=None)[0]
        r = r - (columns[:, size > 0] / size[size > 0]) @ fit
    return r


def dual_gap(problem: Problem, coef: Floats, intercept: float) -> float:
    """P - D at the dual point of ``coef``: an upper bound of P - min P."""
    theta, u = dual_point(problem, coef)
    return primal(problem, coef, intercept) - dual(problem, theta, u)


def relative_gap(problem: Problem, coef: Floats, intercept: float) -> float:
    """The dual gap over the null objective (or the gap itself if that is 0)."""
    return dual_gap(problem, coef, intercept) / (null_objective(problem) or 1.0)


def kkt_violation(problem: Problem, coef: Floats, intercept: float) -> float:
    """How far the optimality conditions are from holding; 0 at the optimum.

    The largest distance of u_j - l2_j b_j from the interval in which it must
    lie (l1_j times the subdifferential of |b_j|, extended at active bounds), in
    units of the gradient for scaled columns; the intercept's is |sum w r|.
    """
    if np.isinf(penalty(problem, coef)):
        return np.inf
    lo, hi = problem.bounds
    u = problem.columns.correlation(centred_residual(problem, coef))
    gradient = u - problem.l2 * coef
    least = np.where(coef > 0.0, problem.l1, -problem.l1)
    most = np.where(coef < 0.0, -problem.l1, problem.l1)
    least = np.where(coef <= lo, -np.inf, least)
    most = np.where(coef >= hi, np.inf, most)
    distance = np.maximum(0.0, np.maximum(least - gradient, gradient - most))
    distance /= np.where(problem.scale > 0.0, problem.scale, 1.0)
    offset = abs(intercept + problem.x_mean @ coef - problem.y_mean)
    return float(max(offset, distance.max()))


def alpha_max(problem: Problem) -> float:
    """The smallest alpha at which every penalised coefficient is as good as 0.

    It then is the value c_j within its bounds that is closest to 0. With residual r of
    this null model (c, the intercept and the unpenalised features) alpha_max is the
    largest |u_j| / (v_j s_j (l1_ratio + (1 - l1_ratio) s_j |c_j|)) over the signs
    that the bounds allow. It is infinite for ridge, whose coefficients never vanish.

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 2.0])
    >>> alpha_max(Problem(X, y, alpha=1.0, standardize=False))
    1.0
    """
    lo, hi = problem.bounds
    penalised = (problem.factor > 0.0) & (problem.scale > 0.0)
    coef = np.zeros(len(lo)).clip(lo, hi)
    if not penalised.all():
        low, high = np.where(penalised, coef, lo), np.where(penalised, coef, hi)
        null = replace(problem, alpha=0.0, lower_bounds=low, upper_bounds=high)
        coef, _ = coordinate_descent(null)
    u = problem.columns.correlation(centred_residual(problem, coef))
    pull = np.maximum(np.where(coef < hi, u, 0.0), np.where(coef > lo, -u, 0.0))
    at_one = replace(problem, alpha=1.0)
    slope = at_one.l1 + at_one.l2 * np.abs(coef)
    pulled = penalised & (pull > 0.0)
    if np.any(slope[pulled] == 0.0):
        return np.inf
    return float(np.max(pull[pulled] / slope[pulled], initial=0.0))


# --- solvers --------------------------------------------------------------------


def coordinate_descent(
    problem: Problem,
    start: Floats | None = None,
    *,
    tol: float = 1e-13,
    max_iter: int = 10_000,
) -> tuple[Floats, float]:
    """Minimise P one coordinate at a time until the relative gap is <= ``tol``.

    Each round sweeps all features, then ten times those that are not 0, then
    takes Newton steps on these (with the signs fixed, P is quadratic), without
    which correlated columns would need thousands of sweeps.

    Returns
    -------
    coef : array of shape (p,)
    intercept : float

    Raises
    ------
    RuntimeError
        If the gap is not met in ``max_iter`` rounds: a reference does not guess.

    Examples
    --------
    >>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])
    >>> problem = Problem(X, y, alpha=0.1, standardize=False)
    >>> coef, intercept = coordinate_descent(problem)
    >>> np.round(coef, 12), round(intercept, 12)   # 2 - alpha / variance
    (array([1.85]), 1.15)
    """
    root = np.sqrt(problem.weight)
    A, z = np.asfortranarray(root[:, None] * problem.x), root * problem.z
    lo, hi = problem.bounds
    coef = (np.zeros(A.shape[1]) if start is None else np.array(start)).clip(lo, hi)
    for _ in range(max_iter):
        residual = z - A @ coef
        sweep(problem, A, residual, coef, range(len(coef)))
        for _ in range(10):
            sweep(problem, A, residual, coef, np.flatnonzero(coef).tolist())
        newton_steps(problem, A, z, coef)
        intercept = best_intercept(problem, coef)
        gap = relative_gap(problem, coef, intercept)
        if gap <= tol:
            return coef, intercept
    raise RuntimeError(f"relative gap {gap:.2e} > tol {tol:.2e} after {max_iter}")


def sweep(
    problem: Problem,
    A: Floats,
    residual: Floats,
    coef: Floats,
    features: range | list[int],
) -> None:
    """One pass of exact coordinate minimisations; updates residual and coef.

    For a_j = |A_j|^2:  b_j <- clip(soft(A_j'r + a_j b_j, l1_j) / (a_j + l2_j)).
    """
    lo, hi = problem.bounds
    curvature = (A**2).sum(axis=0)
    for j in features:
        total = curvature[j] + problem.l2[j]
        if total == 0.0:
            continue
        target = A[:, j] @ residual + curvature[j] * coef[j]
        size = max(abs(target) - problem.l1[j], 0.0) / total
        new = min(max(size if target > 0.0 else -size, lo[j]), hi[j])
        if new != coef[j]:
            residual -= A[:, j] * (new - coef[j])
            coef[j] = new


def newton_steps(problem: Problem, A: Floats, z: Floats, coef: Floats) -> None:
    """Minimise P over the features that are neither 0 nor at a bound; updates coef.

    A step stops where the first coefficient would change sign or leave its
    bounds; that one is left there and the others go on.
    """
    lo, hi = problem.bounds
    while True:
        J = np.flatnonzero((coef != 0.0) & (coef > lo) & (coef < hi))
        if len(J) == 0:
            return
        size = np.sqrt((A[:, J] ** 2).sum(axis=0) + problem.l2[J])
        size[size == 0.0] = 1.0
        B = A[:, J] / size
        # A little more curvature, so that dependent columns have long steps, not none.
        hessian = B.T @ B + np.diag(problem.l2[J] / size**2 + SINGULAR)
        sign = np.sign(coef[J])
        gradient = A[:, J].T @ (z - A @ coef) - problem.l2[J] * coef[J]
        gradient -= problem.l1[J] * sign
        move = np.linalg.solve(hessian, gradient / size) / size

        kink = np.where(problem.l1[J] > 0.0, 0.0, -sign * np.inf)
        end = np.where(move * sign < 0.0, kink, sign * np.inf)
        end = np.where(move > 0.0, np.minimum(end, hi[J]), np.maximum(end, lo[J]))
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(move == 0.0, np.inf, (end - coef[J]) / move)
        first = int(np.argmin(room))
        coef[J] += min(1.0, room[first]) * move
        if room[first] > 1.0:
            return
        coef[J[first]] = end[first]


def coordinate_descent_path(
    problem: Problem, alphas: ArrayLike, *, tol: float = 1e-13
) -> tuple[Floats, Floats]:
    """`coordinate_descent` at each alpha, started from the one before.

    Returns coefs of shape (p, k) and intercepts of shape (k,).
    """
    coefs, intercepts = [], []
    coef = None
    for alpha in np.asarray(alphas, dtype=np.float64):
        at_alpha = replace(problem, alpha=float(alpha))
        coef, intercept = coordinate_descent(at_alpha, coef, tol=tol)
        coefs.append(coef.copy())
        intercepts.append(intercept)
    return np.array(coefs).T, np.array(intercepts)


def ridge(problem: Problem) -> tuple[Floats, float]:
    """Ridge by the normal equations of the scaled columns x_j / s_j.

    (x'wx + alpha v) b = x'wz. Without penalty it is least squares, of minimum
    norm (in the scaled coefficients) if the solution is not unique.

    >>> X, y = np.array([[1.0], [3.0]]), np.array([0.0, 2.0])
    >>> ridge(Problem(X, y, alpha=1.0, l1_ratio=0.0, standardize=False))
    (array([0.5]), 0.0)
    """
    if problem.l1.any() or np.isfinite(problem.bounds).any():
        raise ValueError("ridge needs l1_ratio=0 and no bounds")
    keep = problem.scale > 0.0
    scale, coef = problem.scale[keep], np.zeros(len(keep))
    x, l2 = problem.x[:, keep] / scale, problem.l2[keep] / scale**2
    if l2.any():
        normal = x.T @ (problem.weight[:, None] * x) + np.diag(l2)
        fit = np.linalg.solve(normal, x.T @ (problem.weight * problem.z))
    else:
        root = np.sqrt(problem.weight)
        fit = np.linalg.lstsq(root[:, None] * x, root * problem.z, rcond=None)[0]
    coef[keep] = fit / scale
    return coef, best_intercept(problem, coef)
