"""The strength that predicts new rows best: cross-validation of a path, in print."""

from __future__ import annotations

import textwrap
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

import fastreg
from fastreg._cv_curves import rough
from fastreg._cv_rules import RULES
from fastreg.cli import render, summary
from fastreg.cli.errors import CliError, blame_input

if TYPE_CHECKING:
    from fastreg import CVResult, Selected
    from fastreg import Path as FittedPath

FOLDS, SEED = 10, 0
# Without --cv smaller tables are not cross-validated: folds would have a row or none.
LEAST_ROWS = 2 * FOLDS
_WIDTH = 96


@dataclass(frozen=True)
class Choice:
    """How alpha is to be chosen: folds (None for the default, 0 for not) and rule."""

    folds: int | None = None
    rule: str | None = None

    def check(self, *, is_path: bool) -> None:
        """Find mistakes in the options before the data are read."""
        if self.rule is not None and self.rule not in RULES:
            raise CliError(f"--rule must be min, 1se or 2pct, got {self.rule}")
        if self.folds is not None and (self.folds < 0 or self.folds == 1):
            raise CliError(f"--cv must be at least 2 folds, or 0, got {self.folds}")
        if self.folds == 0 and self.rule is not None:
            raise CliError("--rule chooses by cross-validation: leave out --cv 0")
        if not is_path and (self.folds or self.rule is not None):
            raise CliError(
                "--cv and --rule choose among the strengths of a path: leave out "
                "--alpha to fit one"
            )

    def folds_for(self, n_rows: int) -> int:
        """How many folds there are to be; 0 if there is to be no choice."""
        if self.folds is None and self.rule is None and n_rows < LEAST_ROWS:
            return 0
        folds = FOLDS if self.folds is None else self.folds
        if folds > n_rows:
            raise CliError(f"--cv {folds} needs {folds} rows or more, got {n_rows}")
        return folds


def cross_validate(
    path: FittedPath,
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    folds: int,
    rule: str | None,
) -> CVResult:
    """Cross-validate a path at its own alphas."""
    with blame_input(), summary.warnings_on_stderr(), warnings.catch_warnings():
        # The diagnosis says it, too.
        warnings.simplefilter("ignore", fastreg.GridWarning)
        return fastreg.cv(
            X,
            y,
            l1_ratio=path.l1_ratio,
            alphas=path.alphas,
            cv=folds,
            rule=rule or "min",
            fit_intercept=path.fit_intercept,
            standardize=path.standardize,
            tol=path.tol,
            random_state=SEED,
        )


def picture_beside(picture: Path) -> Path:
    """Where the picture of the cross-validation goes: path.png has path-cv.png."""
    return picture.with_name(f"{picture.stem}-cv{picture.suffix}")


def rules_of(result: CVResult) -> list[Selected]:
    """What "min", "1se" and the result's own rule chose."""
    names = dict.fromkeys(["min", "1se", str(result.rule)])
    return [result.select(name) for name in names]


def columns_of(result: CVResult | None) -> dict[int, str]:
    """Positions on the path that rules chose, with their names."""
    columns: dict[int, str] = {}
    for chosen in [] if result is None else rules_of(result):
        before = columns.get(chosen.index)
        columns[chosen.index] = f"{before}, {chosen.rule}" if before else chosen.rule
    return columns


def print_choice(out: Console, result: CVResult) -> None:
    """Print what the rules chose, with scores, and what that says."""
    found = result.diagnose()
    folds = len(result.folds)
    render.heading(
        out,
        f"Strength by cross-validation: {folds} folds of shuffled rows, seed {SEED}",
    )
    grid = render.table(
        ["\nrule", "\nalpha", "mean squared\nerror", "standard\nerror", "\nfeatures"]
    )
    for chosen in rules_of(result):
        used = " *" if chosen.rule == result.rule else ""
        size = str(chosen.path.n_nonzero[chosen.index])
        scores = (f"{chosen.score:.4g}", rough(chosen.std_error))
        grid.add_row(chosen.rule + used, f"{chosen.alpha:.4g}", *scores, size)
    if np.isfinite(found.null_score):
        grid.add_section()
        grid.add_row("null model", "", f"{found.null_score:.4g}", "", "0")
    out.print(grid)
    render.line(out, "  min: the best mean; 1se: the largest alpha within its standard")
    render.line(out, f"  error; *: in use. It took {render.duration(result.seconds)}.")
    render.heading(out, "What that says")
    for sentence in found.sentences:
        render.line(
            out,
            textwrap.fill(
                sentence.replace("±", "+/-"),
                _WIDTH,
                initial_indent="  ",
                subsequent_indent="    ",
            ),
        )


def for_model_file(result: CVResult | None) -> dict[str, Any] | None:
    """The choice as a model file holds it."""
    if result is None:
        return None
    rules = {
        chosen.rule: {
            "alpha": chosen.alpha,
            "score": chosen.score,
            "std_error": chosen.std_error,
        }
        for chosen in rules_of(result)
    }
    return {
        "alpha": result.alpha,
        "rule": str(result.rule),
        "rules": rules,
        "scoring": result.scoring,
        "folds": len(result.folds),
        "seed": SEED,
    }
