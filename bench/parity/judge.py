"""How far two paths are from each other, and each from its optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from bench.data import Floats
from bench.parity.problems import stated
from bench.problems import Problem
from bench.solvers import Fit
from fastreg import reference


@dataclass(frozen=True)
class Path:
    """Coefficients (K, p, k) and intercepts (K, k) of K classes; 1 of binomial."""

    coefs: Floats
    intercepts: Floats


def shaped(fit: Fit, problem: Problem) -> Path:
    """What a solver returned, one class below the other, class by class.

    Raises
    ------
    ValueError
        If the solver cut the path.
    """
    K, p, k = problem.n_classes, problem.X.shape[1], len(problem.alphas)
    coefs = fit.coefs.toarray() if sp.issparse(fit.coefs) else np.asarray(fit.coefs)
    if coefs.shape != (K * p, k):
        raise ValueError(
            f"Coefficients have the shape {coefs.shape}, not {(K * p, k)}."
        )
    return Path(coefs.reshape(K, p, k), np.asarray(fit.intercepts).reshape(K, k))


def differences(one: Path, other: Path) -> Floats:
    """The largest difference at each alpha over its largest coefficient, (k,)."""
    size = np.abs(one.coefs).max(axis=(0, 1))
    return np.asarray(np.abs(one.coefs - other.coefs).max(axis=(0, 1)) / size)


def intercept_differences(one: Path, other: Path) -> Floats:
    """The same of the intercepts, relative to the largest, or 1 if that is more."""
    size = np.maximum(np.abs(one.intercepts).max(axis=0), 1.0)
    return np.asarray(np.abs(one.intercepts - other.intercepts).max(axis=0) / size)


def evidence(
    path: Path, problem: Problem, *, standardize: bool
) -> tuple[Floats, Floats]:
    """At each alpha the relative gap, and the violation of the optimality conditions.

    The gap is at the best intercept for the coefficients; the violation is relative to
    alpha, and a part of it is what the intercept leaves of the mean residual.
    """
    gaps, violations = [], []
    for i, alpha in enumerate(problem.alphas):
        at = stated(problem, float(alpha), standardize=standardize)
        coef: Any = path.coefs[:, :, i]
        intercept: Any = path.intercepts[:, i]
        if problem.n_classes == 1:
            coef, intercept = coef[0], float(intercept[0])
        best = reference.best_intercept(at, coef)
        gaps.append(reference.relative_gap(at, coef, best))
        violations.append(reference.kkt_violation(at, coef, intercept) / alpha)
    return np.array(gaps), np.array(violations)
