"""How far mean scores are from those of solutions, and whether the choice is theirs."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.cv import references
from bench.solvers import Fit

SAME = 1e-9  # relative difference of alphas that are the same


def judge(fit: Fit, problem: Any) -> dict[str, Any]:
    """Worst relative error of the mean scores over all alphas and mixes.

    It is infinite if another alpha or mix was chosen than by the scores of solutions.
    `gap` is that of the coefficients fitted to all rows at the choice, where a package
    fits them at the alpha of the folds.

    Raises
    ------
    ValueError
        If the scores have another shape: a solver cut the path.
    """
    right = references.load(problem.name)
    scores = np.atleast_2d(fit.scores)
    if scores.shape != right.shape:
        raise ValueError(f"Scores have the shape {scores.shape}, not {right.shape}.")
    error = float(np.max(np.abs(scores / right - 1.0)))
    mix, index = np.unravel_index(int(np.argmin(right)), right.shape)
    alpha, l1_ratio = float(problem.grids[mix, index]), problem.mixes[mix]
    chosen = float(fit.alpha or np.nan)
    same = abs(chosen / alpha - 1.0) <= SAME and abs(fit.l1_ratio - l1_ratio) <= SAME
    out = {
        "error": error if same and np.isfinite(error) else np.inf,
        "chosen": chosen,
        "chosen_mix": float(fit.l1_ratio),
    }
    if fit.coefs is not None:
        coefs = np.asarray(fit.coefs, dtype=float).reshape(-1, 1)
        alphas = np.array([chosen])
        out["gap"] = float(
            references.gaps(problem, problem.X, problem.y, fit.l1_ratio, alphas, coefs)[
                0
            ]
        )
    return out
