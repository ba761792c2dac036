"""How large the duality gap of a path is, recomputed from its coefficients in NumPy.

The formulas are those of `fastreg.reference` (a test compares them). With the loss
A(eta) - y eta of a family, its mean mu = A'(eta) at the best intercept for the given
coefficients and u = X'(y - mu) / n, the dual point is s (y - mu), and the gap of it is

    mean KL(m | mu) + sum_j ( h(b_j) + h*(s u_j) - s u_j b_j ),   m = (1-s) y + s mu
    h(b)  = l1 |b| + l2/2 b²
    h*(u) = max(|u| - l1, 0)² / (2 l2), or for l2 = 0: infinite where |u| > l1

where all terms are >= 0. If l2 = 0, s is the largest that is feasible; else it is 1 or
what makes |s (u_j - l2 b_j)| <= l1. The gap is relative to the null model's loss less
that of a saturated one, the null deviance by 2n: the mean KL(y | mu) for b = 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.special import expit, log_softmax, xlog1py

from bench.data import Floats
from bench.problems import Problem
from bench.solvers import Fit

COLUMNS = 25  # of X B at once: bounds the memory
STEPS = 100  # of Newton's method for an intercept


def judge(fit: Fit, problem: Problem) -> dict[str, Any]:
    """Worst and median relative gap over the path; non-zeros of its end."""
    gap = relative_gaps(problem, fit.coefs)
    return {
        "gap": float(gap.max()),
        "gap_median": float(np.median(gap)),
        "nonzero": int((fit.coefs[:, [-1]] != 0).sum()),
    }


def relative_gaps(problem: Problem, coefs: Any) -> Floats:
    """Relative duality gap at every alpha, infinite where something isn't finite.

    Parameters
    ----------
    problem : Problem
        k alphas, p features, K classes (1 if not multinomial).
    coefs : array or sparse matrix of shape (K p, k)
        What a solver returned, one class below the other.

    Raises
    ------
    ValueError
        If coefs have another shape: a solver cut the path.
    """
    K, p = problem.n_classes, problem.X.shape[1]
    expected = (K * p, len(problem.alphas))
    if coefs.shape != expected:
        raise ValueError(f"Coefficients have the shape {coefs.shape}, not {expected}.")
    null = _null_objective(problem)
    gaps = []
    step = max(1, COLUMNS // K)
    for start in range(0, len(problem.alphas), step):
        block = coefs[:, start : start + step]
        B = np.asarray(block.toarray() if sp.issparse(block) else block, dtype=float)
        B = B.reshape(K, p, -1).transpose(1, 0, 2)
        gaps += _gaps(problem, B, problem.alphas[start : start + step])
    gap = np.array(gaps) / null
    gap[~np.isfinite(gap)] = np.inf
    return gap


def _gaps(problem: Problem, B: Floats, alphas: Floats) -> list[float]:
    """Absolute gaps; B is of shape (p, K, a)."""
    n, y = len(problem.y), responses(problem)
    p, K, a = B.shape
    X = problem.X
    if problem.sparse:
        eta = X @ B.reshape(p, K * a)
    else:
        used = np.flatnonzero(B.any(axis=(1, 2)))
        eta = X[:, used] @ B[used].reshape(len(used), K * a)
    eta = np.asarray(eta).reshape(n, K, a)
    with np.errstate(all="ignore"):
        for i in range(a):
            if problem.intercept:
                eta[:, :, i] += best_intercept(problem.family, y, eta[:, :, i])
        residual = y[:, :, np.newaxis] - mean(problem.family, eta)
        U = np.asarray(X.T @ residual.reshape(n, K * a)).reshape(p, K, a) / n
        return [
            min(
                float(divergence(problem.family, y, eta[:, :, i], 1.0 - s).mean())
                + _penalty_gap(problem, float(alpha), B[:, :, i], s * U[:, :, i])
                for s in _scales(problem, float(alpha), B[:, :, i], U[:, :, i])
            )
            for i, alpha in enumerate(alphas)
        ]


def _scales(problem: Problem, alpha: float, b: Floats, u: Floats) -> list[float]:
    l1, l2 = alpha * problem.l1_ratio, alpha * (1 - problem.l1_ratio)
    largest = max(float(np.abs(u - l2 * b).max()), np.finfo(float).tiny)
    feasible = min(1.0, l1 / largest)
    return [feasible] if l2 == 0.0 else [feasible, 1.0]


def _penalty_gap(problem: Problem, alpha: float, b: Floats, u: Floats) -> float:
    l1, l2 = alpha * problem.l1_ratio, alpha * (1 - problem.l1_ratio)
    terms = l1 * np.abs(b) + l2 / 2 * b**2 - u * b
    if l2 > 0.0:
        terms += np.maximum(np.abs(u) - l1, 0.0) ** 2 / (2 * l2)
    return float(terms.sum())


def _null_objective(problem: Problem) -> float:
    y = responses(problem)
    eta = np.zeros_like(y)
    if problem.intercept:
        eta += best_intercept(problem.family, y, eta)
    return float(np.mean(divergence(problem.family, y, eta, 1.0)))


# --- families ---------------------------------------------------------------------


def responses(problem: Problem) -> Floats:
    """Y of shape (n, K): an indicator of each class if multinomial."""
    y = problem.y[:, np.newaxis]
    if problem.family != "multinomial":
        return y
    return np.asarray(y == np.arange(problem.n_classes), dtype=float)


def mean(family: str, eta: Floats) -> Floats:
    """The mean mu of the linear predictor eta, of shape (n, K) or (n, K, a)."""
    if family == "multinomial":
        return np.asarray(np.exp(log_softmax(eta, axis=1)))
    return np.asarray(expit(eta) if family == "binomial" else np.exp(eta))


def divergence(family: str, y: Floats, eta: Floats, t: float) -> Floats:
    """The relative entropy of m = mu + t (y - mu) and mu, of shape (n,)."""
    mu = mean(family, eta)
    change = t * (y - mu)
    parts = mu * _entropy(change / mu)
    if family == "binomial":
        rest = expit(-eta)
        parts += rest * _entropy(-change / rest)
    return np.asarray(parts.sum(axis=1))


def _entropy(d: Floats) -> Floats:
    """(1 + d) log(1 + d) - d; d is -1 where m is 0, but for rounding."""
    d = np.maximum(d, -1.0)
    return np.asarray(xlog1py(1.0 + d, d) - d)


def best_intercept(family: str, y: Floats, eta: Floats) -> Floats:
    """The intercepts of shape (K,) that make the mean residual 0, by Newton's method.

    Steps are at most 1, less than the distance over which a mean of softmax functions
    changes its slope.
    """
    b = np.zeros(eta.shape[1])
    least = np.inf
    for _ in range(STEPS):
        mu = mean(family, eta + b)
        gradient = np.mean(y - mu, axis=0)
        size = float(np.abs(gradient).max())
        if size < 1e-15 or (size >= least and least < 1e-12):
            break
        least = min(size, least)
        if not np.isfinite(size):
            return np.full_like(b, np.nan)
        step = np.linalg.lstsq(_curvature(family, mu), gradient, rcond=1e-12)[0]
        b += step / max(1.0, float(np.abs(step).max()))
    return b


def _curvature(family: str, mu: Floats) -> Floats:
    """The mean Hessian of A, of shape (K, K)."""
    if family == "poisson":
        return np.diag(mu.mean(axis=0))
    if family == "binomial":
        return np.diag(np.mean(mu * (1.0 - mu), axis=0))
    return np.asarray(np.diag(mu.mean(axis=0)) - mu.T @ mu / len(mu))
