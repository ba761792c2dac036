"""``fastreg predict``: apply a model file to a table."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console

from fastreg.cli import render
from fastreg.cli.errors import CliError, blame_file
from fastreg.cli.model_file import Model, load_model
from fastreg.cli.outputs import check_outputs
from fastreg.cli.tables import FOR_PREDICTION, numeric, read_table, require_columns


def run(
    notes: Console, model_file: Path, file: Path, alpha: float | None, out: Path | None
) -> None:
    """Write the predictions as CSV text with the one column ``prediction``.

    Columns are found by name, in any order; only those with a nonzero coefficient
    are needed. If the table also has the target, the fit to it is noted.
    """
    check_outputs([model_file, file], {"--out": out})
    model = load_model(model_file)
    table = read_table(file)
    predictions = predict(model, table, file, alpha)
    _write(pl.DataFrame({"prediction": predictions}).write_csv(), out)
    if alpha is None and model.choice is not None and len(model.alphas) > 1:
        chosen, rule = model.choice["alpha"], model.choice["rule"]
        render.line(notes, f"alpha {chosen:.6g}, chosen by cross-validation ({rule})")
    _note_fit(notes, model, table, file, predictions)


def predict(
    model: Model, table: pl.DataFrame, file: Path, alpha: float | None
) -> NDArray[np.float64]:
    """Return X b + b0 for the rows of a table."""
    coef, intercept = model.at(alpha)
    names = [model.feature_names[j] for j in coef.indices]
    require_columns(table, names, file)
    X = numeric(table, names, file, FOR_PREDICTION)
    return np.asarray(X @ np.asarray(coef.values, dtype=np.float64) + intercept)


def _write(text: str, out: Path | None) -> None:
    """Write the predictions to a file, or to stdout without one."""
    if out is None:
        sys.stdout.write(text)
        return
    with blame_file("write", out):
        out.write_text(text, encoding="utf-8", newline="\n")


def _note_fit(
    notes: Console,
    model: Model,
    table: pl.DataFrame,
    file: Path,
    predictions: NDArray[np.float64],
) -> None:
    """Tell how well the predictions meet the target, where the table has it."""
    if model.target not in table.columns:
        return
    try:
        y = numeric(table, [model.target], file)[:, 0]
    except CliError:  # a target that is not complete is no mistake here
        return
    rmse = float(np.sqrt(np.mean((y - predictions) ** 2)))
    text = f"{file} has the target {model.target!r}: root mean squared error {rmse:.4g}"
    if (variance := float(y.var())) > 0.0:
        text += f", variance explained {render.percent(1.0 - rmse**2 / variance)}"
    render.line(notes, text)
