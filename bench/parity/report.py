"""The table of ``python -m bench parity``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.data import Floats
from bench.parity.problems import Row

AGREE = 1e-6  # what a difference has to be below

HEAD = (
    "| data | l1_ratio | standardised | thresh | coefficients differ by | at alpha | "
    "intercepts by | gap of fastreg | of glmnet | violation of fastreg | of glmnet | "
    "further off |\n" + "|---" * 12 + "|"
)

METHOD = (
    "Largest differences over the path: of coefficients relative to the largest of the "
    "alpha, of intercepts to the largest intercept or 1. Gaps are relative to the null "
    "deviance by 2n and violations of the optimality conditions to alpha; both are "
    "recomputed by `fastreg.reference`, and the worst alpha counts. Where coefficients "
    f"differ by more than {AGREE:.0e}, the last column says which side has the larger "
    "gap at the alpha where they differ most."
)


@dataclass(frozen=True)
class Side:
    """Evidence for one side at each alpha, (k,)."""

    gaps: Floats
    violations: Floats


def line(
    row: Row,
    thresh: float,
    alphas: Floats,
    differences: tuple[Floats, Floats],
    sides: tuple[Side, Side],
) -> str:
    """A row: differences of coefficients and of intercepts; fastreg, then glmnet."""
    coefs, intercepts = differences
    ours, theirs = sides
    worst = int(coefs.argmax())
    cells = _first(row, thresh)
    cells += [f"{coefs[worst]:.1e}", f"{alphas[worst]:.3g}", f"{intercepts.max():.1e}"]
    cells += [f"{values.max():.0e}" for values in (ours.gaps, theirs.gaps)]
    cells += [f"{values.max():.0e}" for values in (ours.violations, theirs.violations)]
    further = "glmnet" if theirs.gaps[worst] > ours.gaps[worst] else "fastreg"
    agree = max(coefs.max(), intercepts.max()) <= AGREE
    return _joined([*cells, "" if agree else further])


def failed(row: Row, thresh: float, words: str) -> str:
    """A row of which glmnet gave no path."""
    return _joined([*_first(row, thresh), words, *[""] * 7])


def summary(found: dict[float, list[Floats]]) -> str:
    """In how many rows coefficients agree, for each thresh."""
    lines = []
    for thresh, paths in found.items():
        agree = sum(bool(path.max() <= AGREE) for path in paths)
        worst = max((float(np.max(path)) for path in paths), default=np.nan)
        lines.append(
            f"thresh={thresh:.0e}: coefficients agree to {AGREE:.0e} in {agree} of "
            f"{len(paths)} paths; the largest difference is {worst:.1e}."
        )
    return "\n".join(lines)


def _first(row: Row, thresh: float) -> list[str]:
    yes = "yes" if row.standardize else "no"
    return [row.data, f"{row.l1_ratio:g}", yes, f"{thresh:.0e}"]


def _joined(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
