"""How far a fit is from the solution of its row."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from bench.problems import Problem
from bench.ridge import references
from bench.solvers import Fit


def judge(fit: Fit, problem: Problem) -> dict[str, Any]:
    """Relative errors of the coefficients, the worst alpha or target, and of scores.

    Where an alpha was chosen, the coefficients are compared with those at the best one,
    so that another choice is an error, too.

    Raises
    ------
    ValueError
        If the coefficients have another shape than the solution.
    """
    best = references.load(problem.name)
    expected = best.coefs
    out: dict[str, Any] = {}
    if problem.choose:
        index = int(np.argmin(best.scores))
        expected = expected[:, [index]]
        out["chosen"] = float(fit.alpha or np.nan)
        scores = np.atleast_1d(fit.scores)
        right = best.scores if len(scores) > 1 else best.scores[[index]]
        out["score_error"] = float(np.max(np.abs(scores / right - 1)))
    coefs = fit.coefs.toarray() if sp.issparse(fit.coefs) else np.asarray(fit.coefs)
    if coefs.shape != expected.shape:
        raise ValueError(
            f"Coefficients have the shape {coefs.shape}, not {expected.shape}."
        )
    distance = np.linalg.norm(coefs - expected, axis=0)
    error = float(np.max(distance / np.linalg.norm(expected, axis=0)))
    out["error"] = error if np.isfinite(error) else np.inf
    if fit.method:
        out["method"] = fit.method
    return out
