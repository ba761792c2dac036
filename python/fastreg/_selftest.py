"""A check of a few seconds that an installed fastreg computes the right answers.

Small problems are solved at every instruction-set level that can run here, each
level in a process of its own, and compared with `fastreg.reference`, which
shares no code with the kernels. Only NumPy and scikit-learn are needed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["selftest"]

GAP_TOLERANCE = 1e-9
ERROR_TOLERANCE = 1e-8

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One small problem. Shapes are (n_samples, n_features)."""

    name: str
    shape: tuple[int, int]
    l1_ratio: float = 1.0
    fit_intercept: bool = True
    standardize: bool = True
    weighted: bool = False
    family: str = "gaussian"

    def data(self) -> tuple[Floats, Floats, Floats | None]:
        """X with neighbours correlated, y from four of its columns, weights."""
        n, p = self.shape
        rng = np.random.default_rng(n + p)
        X = rng.standard_normal((n, p + 1))
        X = 0.6 * X[:, 1:] + 0.8 * X[:, :-1] + rng.uniform(-3, 3, p)
        y = X[:, :5] @ np.array([3.0, -2.0, 1.5, 0.0, 1.0]) + rng.standard_normal(n)
        weight = rng.uniform(0.5, 2.0, n) if self.weighted else None
        if self.family == "gaussian":
            return X, y, weight
        z = (y - y.mean()) / y.std() + rng.standard_normal(n)
        counts = z > 0.0 if self.family == "binomial" else np.round(np.exp(z))
        return X, counts.astype(np.float64), weight


PATH_CASES = (
    Case("lasso, tall", (80, 12)),
    Case("lasso, wide", (40, 100)),
    Case("lasso, weights, raw columns", (60, 30), standardize=False, weighted=True),
    Case("elastic net, tall", (80, 12), l1_ratio=0.5),
    Case("elastic net, wide, no intercept", (40, 100), 0.3, fit_intercept=False),
    Case("logistic lasso, tall", (80, 12), family="binomial"),
    Case(
        "logistic ridge, wide, weights", (40, 60), 0.0, weighted=True, family="binomial"
    ),
    Case("poisson elastic net, tall", (80, 12), 0.5, family="poisson"),
)
RIDGE_CASES = (
    Case("ridge, primal", (80, 12), l1_ratio=0.0),
    Case("ridge, dual", (40, 100), l1_ratio=0.0, weighted=True),
)


def largest_gap(case: Case) -> float:
    """Largest relative gap of a path, recomputed by the reference."""
    import fastreg
    from fastreg._problem import Problem
    from fastreg.reference import relative_gap

    X, y, weight = case.data()
    options: dict[str, Any] = {
        "fit_intercept": case.fit_intercept,
        "standardize": case.standardize,
        "family": case.family,
    }
    path = fastreg.path(
        X,
        y,
        l1_ratio=case.l1_ratio,
        alphas=20,
        tol=GAP_TOLERANCE / 10,
        sample_weight=weight,
        **options,
    )
    gaps = []
    for k, alpha in enumerate(path.alphas):
        problem = Problem(
            X, y, alpha, l1_ratio=case.l1_ratio, sample_weight=weight, **options
        )
        gaps.append(relative_gap(problem, path.coefs[:, k], path.intercepts[k]))
    return float(np.max(gaps))


def ridge_error(case: Case) -> float:
    """Largest relative error of ridge coefficients against normal equations."""
    import fastreg
    from fastreg._problem import Problem
    from fastreg.reference import ridge

    X, y, weight = case.data()
    path = fastreg.ridge_path(X, y, alphas=[1.0, 0.1, 0.01], sample_weight=weight)
    errors = []
    for k, alpha in enumerate(path.alphas):
        problem = Problem(X, y, alpha, l1_ratio=0.0, sample_weight=weight)
        coef, _ = ridge(problem)
        errors.append(np.linalg.norm(path.coefs[:, k] - coef) / np.linalg.norm(coef))
    return float(np.max(errors))


def drop_in_error() -> float:
    """Largest difference of the coefficients of `Lasso` from scikit-learn's."""
    from sklearn.linear_model import Lasso

    import fastreg

    X, y, _ = PATH_CASES[0].data()
    ours = fastreg.Lasso(alpha=0.1, tol=1e-12).fit(X, y)
    theirs = Lasso(alpha=0.1, tol=1e-12, max_iter=100_000).fit(X, y)
    return float(np.max(np.abs(ours.coef_ - theirs.coef_)))


def _report(level: str, name: str, measure: str, value: float, tolerance: float) -> int:
    good = value <= tolerance  # False for NaN
    verdict = "" if good else f"  FAILED, at most {tolerance:.0e} was expected"
    print(f"{level:9}{name:33}{measure} {value:.1e}{verdict}")
    return 0 if good else 1


def check_level(level: str) -> int:
    """Run the cases on the kernels of this process; the number that failed."""
    failed = 0
    for case in PATH_CASES:
        gap = largest_gap(case)
        failed += _report(level, case.name, "largest gap", gap, GAP_TOLERANCE)
    for case in RIDGE_CASES:
        error = ridge_error(case)
        failed += _report(level, case.name, "largest error", error, ERROR_TOLERANCE)
    return failed


def _check_in_subprocess(level: str) -> bool:
    # A wrong level would kill the process, not raise.
    run = subprocess.run(
        [sys.executable, "-m", "fastreg._selftest", level],
        env={**os.environ, "FASTREG_ISA": level},
        capture_output=True,
        text=True,
        check=False,
    )
    print(run.stdout, end="")
    if run.returncode not in (0, 1) or run.stderr:
        print(f"{level:9}FAILED with exit code {run.returncode}\n{run.stderr}")
    return run.returncode == 0


def selftest() -> int:
    """Check this installation at every instruction-set level that can run here.

    Returns
    -------
    int
        0 if all checks passed, else 1; what was checked is printed.
    """
    from fastreg import _core

    print(f"fastreg uses {_core.isa}; checking {', '.join(_core.available_isas())}")
    passed = [_check_in_subprocess(level) for level in _core.available_isas()]
    error = drop_in_error()
    name = "Lasso, as in scikit-learn"
    failed = _report(_core.isa, name, "largest error", error, ERROR_TOLERANCE)
    passed.append(failed == 0)
    print("selftest passed" if all(passed) else "selftest FAILED")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(min(check_level(sys.argv[1]), 1))
