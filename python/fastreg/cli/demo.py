"""``fastreg demo``: the Lasso path of a real data set, from table to pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

import fastreg
from fastreg._plot_curves import entry_order
from fastreg.cli import pictures, render, summary
from fastreg.cli.choice import (
    FOLDS,
    columns_of,
    cross_validate,
    picture_beside,
    print_choice,
)
from fastreg.datasets import Dataset, load_diabetes

if TYPE_CHECKING:
    from fastreg import Path as FittedPath


def run(out: Console, picture: Path) -> None:
    """Fit, cross-validate, explain, certify and draw a path of the diabetes data.

    Data: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least Angle
    Regression", Annals of Statistics 32(2), 2004 (442 patients, 10 features).
    """
    pictures.check_target(picture)
    beside = picture_beside(picture)
    data = load_diabetes()
    lasso = fastreg.path(data.X, data.y, early_stop=False)
    result = cross_validate(lasso, data.X, data.y, FOLDS, "min")
    ridge = fastreg.ridge_path(data.X, data.y)
    names, scale = _names(data), summary.column_deviation(data.X)
    pictures.save(lasso, picture, names=names, scale=scale, title=_title(lasso, data))
    pictures.save_cv(result, beside)
    n_samples, n_features = data.X.shape
    render.line(out, f"fastreg {fastreg.__version__}: Lasso path of the diabetes data")
    render.line(
        out,
        f"{n_samples} patients, {n_features} features; target: progression of the "
        "disease after one year\n(Efron, Hastie, Johnstone and Tibshirani 2004)",
    )
    render.objective(out, 1.0, fit_intercept=True, standardize=True)
    print_choice(out, result)
    summary.print_path(out, lasso, names, scale, columns_of(result))
    _print_side_by_side(out, (lasso, ridge), names, scale)
    summary.print_certificate(out, lasso, data.X, data.y)
    summary.print_time(out, lasso)
    render.heading(out, f"Picture of the path: {picture.resolve()}")
    render.line(out, f"Cross-validation:    {beside.resolve()}")


def _names(data: Dataset) -> list[str]:
    meanings = [(name, data.labels[name]) for name in data.feature_names]
    return [n if n == meaning else f"{n}  {meaning}" for n, meaning in meanings]


def _title(lasso: FittedPath, data: Dataset) -> str:
    scale = summary.column_deviation(data.X)[:, None]
    order = entry_order(np.asarray(lasso.coefs) * scale)
    first, second, third = (data.feature_names[j] for j in order[:3])
    return (
        f"What predicts the progression of diabetes? {first} and {second} come "
        f"first, then {third}"
    )


def _print_side_by_side(
    out: Console,
    paths: tuple[FittedPath, FittedPath],
    names: list[str],
    scale: NDArray[np.float64],
) -> None:
    """Print Lasso and Ridge at alphas where both explain the same variance."""
    lasso, ridge = paths
    at = summary.landmarks(lasso)[1]
    beside = int(np.argmin(np.abs(ridge.deviance_ratio - lasso.deviance_ratio[at])))
    chosen = np.column_stack(
        (np.asarray(lasso.coefs)[:, at], np.asarray(ridge.coefs)[:, beside])
    )
    chosen *= scale[:, None]
    decimals = render.decimals_for(chosen)
    grid = render.table(
        [
            "\nfeature",
            f"Lasso\nalpha {lasso.alphas[at]:.3g}",
            f"Ridge\nalpha {ridge.alphas[beside]:.3g}",
        ]
    )
    for j in np.argsort(-np.abs(chosen).max(axis=1), kind="stable"):
        grid.add_row(names[j], *render.coef_cells(chosen[j], decimals))
    grid.add_section()
    counts = (str(lasso.n_nonzero[at]), str(ridge.n_nonzero[beside]))
    grid.add_row("features in the model", *counts)
    shares = (lasso.deviance_ratio[at], ridge.deviance_ratio[beside])
    grid.add_row("variance explained", *(render.percent(share) for share in shares))
    render.heading(out, "Lasso beside Ridge, at strengths that explain alike")
    out.print(grid)
    render.line(out, "  Lasso leaves features out; Ridge shrinks and spreads.")
