"""What a path has to say: which features entered when, and what they weigh."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
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
_AUDITED_ENTRIES = 50_000_000  # a few seconds
_HOW_TO_READ = (
    "  Coefficients are per standard deviation of the feature, to be comparable;\n"
    "  a point means: not selected."
)


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


def print_path(
    out: Console,
    path: Path,
    names: Sequence[str],
    scale: NDArray[np.float64],
    chosen: Mapping[int, str] | None = None,
) -> None:
    """Print coefficients at a few alphas: features as they enter, or by size.

    `chosen` are positions on the path that get a column, too, and what it is called.
    """
    chosen = chosen or {}
    coefs = np.asarray(path.coefs) * scale[:, None]
    columns = sorted({*landmarks(path), *chosen})
    if path.l1_ratio == 0.0:
        order = np.argsort(-np.abs(coefs[:, -1]), kind="stable")
        entries = None
        render.heading(out, "Coefficients at a few strengths, largest first")
    else:
        order = entry_order(coefs)
        entries = path.alphas[(coefs[order] != 0.0).argmax(axis=1)]
        render.heading(out, "Features in the order in which they enter")
    titles = [
        "\nfeature",
        *(f"{chosen.get(k, 'alpha')}\n{path.alphas[k]:.3g}" for k in columns),
    ]
    if entries is not None:
        titles.insert(1, "in the model\nfrom alpha")
    grid = render.table(titles)
    decimals = render.decimals_for(coefs[:, columns])
    for place, j in enumerate(order[:_MAX_ROWS]):
        entry = [] if entries is None else [f"{entries[place]:.3g}"]
        cells = render.coef_cells(coefs[j, columns], decimals)
        grid.add_row(names[j], *entry, *cells)
    grid.add_section()
    for name, shares in _totals(path, columns):
        grid.add_row(name, *([] if entries is None else [""]), *shares)
    out.print(grid)
    if len(order) > _MAX_ROWS:
        render.line(out, f"  and {len(order) - _MAX_ROWS} more features")
    render.line(out, _HOW_TO_READ)
    if entries is not None and len(entries) > 0:
        render.line(
            out,
            f"  In the model from: the first of the {len(path.alphas)} alphas at which "
            "the coefficient is not zero.",
        )


def _totals(path: Path, columns: Sequence[int]) -> list[tuple[str, list[str]]]:
    counts = np.asarray(path.n_nonzero)[columns]
    explained = np.asarray(path.deviance_ratio)[columns]
    return [
        ("features selected", [str(count) for count in counts]),
        ("variance explained", [render.percent(share) for share in explained]),
    ]


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
    """Recompute duality gaps in NumPy and print the worst.

    NumPy reads X anew for every alpha. Where that would take longer than people wait,
    only the alphas with the largest gaps, as the solver reports them, are recomputed.
    """
    n_alphas = len(path.alphas)
    affordable = int(np.clip(_AUDITED_ENTRIES // X.size, 1, n_alphas))
    chosen = np.argsort(-path.dual_gaps, kind="stable")[:affordable]
    checks = [_audit(path, k, X, y) for k in chosen]
    gap = max(check.relative_gap for check in checks)
    kkt = max(check.kkt_violation for check in checks)
    audited = _count(n_alphas, "alpha")
    if affordable < n_alphas:
        audited = f"the {affordable} worst of {audited}"
    render.heading(out, "Certificate, recomputed in NumPy from the coefficients alone")
    render.line(
        out,
        f"  largest relative duality gap {gap:.1e} over {audited} "
        f"(asked for: {path.tol:.0e})",
    )
    render.line(out, f"  largest violation of the optimality conditions {kkt:.1e}")


def _audit(
    path: Path, k: int, X: NDArray[np.float64], y: NDArray[np.float64]
) -> fastreg.Certificate:
    alpha = float(path.alphas[k])
    return fastreg.certify(
        X,
        y,
        path.coef_at(alpha),
        float(path.intercept_at(alpha)),
        alpha=alpha,
        l1_ratio=path.l1_ratio,
        fit_intercept=path.fit_intercept,
        standardize=path.standardize,
    )


def print_time(out: Console, path: Path) -> None:
    """Print how long the solver took and how often it read all of X."""
    alphas, passes = _count(len(path.alphas), "alpha"), _count(path.n_passes, "pass")
    time = render.duration(path.seconds)
    render.line(out, f"  solved {alphas} in {time} with {passes} over the data")


def _count(number: int, thing: str) -> str:
    plural = "" if number == 1 else "es" if thing.endswith("s") else "s"
    return f"{number} {thing}{plural}"


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
