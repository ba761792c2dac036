"""What the commands print: ASCII text and rich tables, plain when piped."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

_PIPED_WIDTH = 100


def console(*, stderr: bool = False) -> Console:
    """Return a console: coloured in a terminal, plain and 100 wide elsewhere."""
    probe = Console(stderr=stderr)
    if probe.is_terminal:
        return Console(stderr=stderr, highlight=False)
    return Console(
        stderr=stderr,
        highlight=False,
        color_system=None,
        width=max(_PIPED_WIDTH, shutil.get_terminal_size((_PIPED_WIDTH, 24)).columns),
    )


def heading(out: Console, text: str) -> None:
    """Print a section's heading with a blank line before it."""
    out.print()
    out.print(text, style="bold", markup=False, soft_wrap=True)


def line(out: Console, text: str) -> None:
    """Print a line of text; what looks like markup stays, and nothing is wrapped."""
    out.print(text, markup=False, soft_wrap=True)


def formula(l1_ratio: float, *, fit_intercept: bool, standardize: bool) -> str:
    """Return the objective in one line of ASCII."""
    inner = "y_i - b0 - x_i.b" if fit_intercept else "y_i - x_i.b"
    size = "|s_j b_j|" if standardize else "|b_j|"
    square = "(s_j b_j)^2" if standardize else "b_j^2"
    if l1_ratio == 1.0:
        penalty = size
    elif l1_ratio == 0.0:
        penalty = f"{square}/2"
    else:
        penalty = f"({l1_ratio:g} {size} + {1.0 - l1_ratio:g}/2 {square})"
    return f"1/(2n) sum_i ({inner})^2 + alpha sum_j {penalty}"


def objective(
    out: Console, l1_ratio: float, *, fit_intercept: bool, standardize: bool
) -> None:
    """Print the objective that was minimised and what its letters mean."""
    heading(out, "Objective, minimised at every alpha")
    text = formula(l1_ratio, fit_intercept=fit_intercept, standardize=standardize)
    line(out, f"  {text}")
    if standardize:
        line(out, "  s_j: standard deviation of feature j")


def table(columns: Sequence[str], *, left: int = 1) -> Table:
    """Return an empty table: the first `left` columns left-aligned, others right."""
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, title in enumerate(columns):
        if place < left:
            grid.add_column(title, no_wrap=True, overflow="ellipsis")
        else:
            grid.add_column(title, justify="right", no_wrap=True)
    return grid


def coef_cells(values: NDArray[np.float64], decimals: int) -> list[str]:
    """Write coefficients with fixed decimals; a point where a feature is out."""
    return ["." if v == 0.0 else f"{v:.{decimals}f}" for v in values]


def decimals_for(values: NDArray[np.float64]) -> int:
    """Return how many decimals show about four digits of the largest value."""
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0.0 or not np.isfinite(largest):
        return 2
    return int(np.clip(3 - np.floor(np.log10(largest)), 0, 12))


def percent(ratio: float) -> str:
    """Write a share with one decimal; what rounds to zero has no sign."""
    return f"{round(100.0 * ratio, 1) + 0.0:.1f} %"


def duration(seconds: float) -> str:
    """Write a time in the unit that suits it."""
    return f"{1e3 * seconds:.1f} ms" if seconds < 1.0 else f"{seconds:.2f} s"
