"""What a path has to say: which features entered when, and what they weigh."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

import fastreg
from fastreg._plot_curves import entry_order
from fastreg.cli import render

if TYPE_CHECKING:
    from fastreg import Path

_MAX_ROWS = 20


def landmarks(path: Path, count: int = 4) -> list[int]:
    """Choose positions on a path that are worth a column in a table.

    The last is the weakest penalty. The others are the last alphas at which no more
    than a quarter, a half, ... of the features that are ever selected were in; where
    all features are always in (ridge), they are evenly spaced.
    """
    n_alphas, counts = len(path.alphas), np.asarray(path.n_nonzero)
    largest = int(counts.max())
    shares = np.arange(1, count) / count
    if counts.min() == largest:
        places = np.round(shares * (n_alphas - 1)).astype(int)
    else:
        above = [counts > limit for limit in np.ceil(shares * largest)]
        places = np.array([np.argmax(more) - 1 for more in above if more.any()])
    return sorted({int(k) for k in places if k > 0} | {n_alphas - 1})


def print_entries(
    out: Console, path: Path, names: Sequence[str], scale: NDArray[np.float64]
) -> None:
    """Print the features in order of entry with coefficients at a few alphas."""
    coefs = np.asarray(path.coefs) * scale[:, None]
    order, columns = entry_order(coefs), landmarks(path)
    shown = coefs[:, columns]
    decimals = render.decimals_for(shown)
    title = ["\nfeature", "enters at\nalpha", *_alpha_titles(path, columns)]
    grid = render.table(title)
    for j in order[:_MAX_ROWS]:
        entry = float(path.alphas[np.argmax(coefs[j] != 0.0)])
        grid.add_row(names[j], f"{entry:.3g}", *render.coef_cells(shown[j], decimals))
    grid.add_section()
    counts = np.asarray(path.n_nonzero)[columns]
    grid.add_row("features selected", "", *(str(n) for n in counts))
    explained = np.asarray(path.deviance_ratio)[columns]
    grid.add_row("variance explained", "", *(render.percent(d) for d in explained))
    render.heading(out, "Features in the order in which they enter")
    out.print(grid)
    if len(order) > _MAX_ROWS:
        render.line(out, f"  and {len(order) - _MAX_ROWS} more features")
    render.line(
        out,
        "  Coefficients are per standard deviation of the feature, to be comparable;\n"
        "  a point means: not selected.",
    )


def _alpha_titles(path: Path, columns: Sequence[int]) -> list[str]:
    return [f"alpha\n{path.alphas[k]:.3g}" for k in columns]


def print_coefs(
    out: Console, path: Path, names: Sequence[str], scale: NDArray[np.float64]
) -> None:
    """Print the coefficients at the only alpha of a path, largest first."""
    coef = np.asarray(path.coefs)[:, 0]
    order = np.argsort(-np.abs(coef * scale), kind="stable")[: path.n_nonzero[0]]
    grid = render.table(["feature", "coefficient", "per standard deviation"])
    decimals = render.decimals_for(coef * scale)
    for j in order[:_MAX_ROWS]:
        grid.add_row(names[j], f"{coef[j]:.6g}", f"{coef[j] * scale[j]:.{decimals}f}")
    render.heading(
        out,
        f"{path.n_nonzero[0]} of {path.n_features} features selected at alpha "
        f"{path.alphas[0]:.6g}, {render.percent(path.deviance_ratio[0])} of the "
        "variance explained",
    )
    out.print(grid)
    if len(order) > _MAX_ROWS:
        render.line(out, f"  and {len(order) - _MAX_ROWS} smaller ones")
    render.line(out, f"  intercept {path.intercepts[0]:.6g}")


def print_certificate(
    out: Console, path: Path, X: NDArray[np.float64], y: NDArray[np.float64]
) -> None:
    """Recompute every duality gap in NumPy and print the worst."""
    checks = [
        fastreg.certify(
            X,
            y,
            np.asarray(path.coef_at(alpha)),
            float(path.intercept_at(alpha)),
            alpha=float(alpha),
            l1_ratio=path.l1_ratio,
            fit_intercept=path.fit_intercept,
            standardize=path.standardize,
        )
        for alpha in path.alphas
    ]
    gap = max(check.relative_gap for check in checks)
    kkt = max(check.kkt_violation for check in checks)
    render.heading(out, "Certificate, recomputed in NumPy from the coefficients alone")
    render.line(
        out,
        f"  largest relative duality gap {gap:.1e} (asked for: {path.tol:.0e}), "
        f"alphas: {len(checks)}",
    )
    render.line(out, f"  largest violation of the optimality conditions {kkt:.1e}")


def print_time(out: Console, path: Path) -> None:
    """Print how long the solver took and how often it read all of X."""
    many = "1 alpha" if len(path.alphas) == 1 else f"{len(path.alphas)} alphas"
    passes = "1 pass" if path.n_passes == 1 else f"{path.n_passes} passes"
    time = render.duration(path.seconds)
    render.line(out, f"  solved {many} in {time} with {passes} over the data")


@contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """Show the library's warnings as plain sentences on stderr."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", fastreg.ConvergenceWarning)
        try:
            yield
        finally:
            out = render.console(stderr=True)
            for warning in caught:
                render.line(out, f"Warning: {warning.message}")


def column_deviation(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation of each column, 0 for a constant one."""
    return np.asarray(X.std(axis=0), dtype=np.float64)
