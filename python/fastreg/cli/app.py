"""The commands and their options; the work is done by the modules named alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import fastreg
from fastreg.cli import render
from fastreg.cli.errors import reports_errors

app = typer.Typer(
    name="fastreg",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

_FIT_EXAMPLES = """Examples:

\b
  fastreg fit houses.csv --target price
  fastreg fit houses.csv --target price --out model.json --plot path.png
  fastreg fit houses.csv --target price --rule 1se --cv 5
  fastreg fit genes.parquet --target response --l1-ratio 0.5 --alpha 0.1
  fastreg fit houses.csv --target price --drop id --drop address
"""

_PREDICT_EXAMPLES = """Examples:

\b
  fastreg predict model.json new.csv --out predictions.csv
  fastreg predict model.json new.parquet --alpha 2.5 | head
"""

_MAIN_EXAMPLES = """Examples:

\b
  fastreg demo
  fastreg fit houses.csv --target price --out model.json --plot path.png
  fastreg predict model.json new.csv --out predictions.csv

"fastreg COMMAND --help" tells more about a command.
"""


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fastreg {fastreg.__version__}")
        raise typer.Exit


@app.callback(epilog=_MAIN_EXAMPLES)
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Lasso, Elastic Net and Ridge paths with a certificate for every number."""


@app.command()
@reports_errors
def demo(
    out: Annotated[
        Path, typer.Option(metavar="PICTURE", help="Where to write the picture.")
    ] = Path("fastreg-demo.png"),
) -> None:
    """Fit, cross-validate, explain and draw the Lasso path of real data.

    The data are the 442 diabetes patients of Efron et al. (2004), which ship with
    fastreg.
    """
    from fastreg.cli import demo as command

    command.run(render.console(), out)


@app.command(epilog=_FIT_EXAMPLES)
@reports_errors
def fit(
    file: Annotated[Path, typer.Argument(help="Table: CSV or Parquet.")],
    *,
    target: Annotated[
        str, typer.Option(metavar="COLUMN", help="The column to be explained.")
    ],
    l1_ratio: Annotated[
        float, typer.Option(help="Mix of the penalty: 1 is Lasso, 0 is Ridge.")
    ] = 1.0,
    alpha: Annotated[
        float | None,
        typer.Option(help="Fit at this strength only. [default: the whole path]"),
    ] = None,
    alphas: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Number of strengths on the path. [default: 100]"
        ),
    ] = None,
    standardize: Annotated[
        bool,
        typer.Option(
            "--standardize/--no-standardize",
            help="Penalise coefficients per standard deviation of their feature.",
        ),
    ] = True,
    intercept: Annotated[
        bool, typer.Option("--intercept/--no-intercept", help="Fit an intercept.")
    ] = True,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Leave a column out; may be repeated."),
    ] = None,
    tol: Annotated[
        float, typer.Option(help="Largest relative duality gap to accept.")
    ] = 1e-6,
    cv: Annotated[
        int | None,
        typer.Option(
            metavar="FOLDS",
            help="Folds of the cross-validation that chooses a strength; 0: none. "
            "[default: 10]",
        ),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(help="How it chooses: min, 1se or 2pct. [default: min]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="MODEL", help="Write the model to this JSON file."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="PICTURE", help="Draw the path into this file."),
    ] = None,
) -> None:
    """Fit a path, or one model, of a column of a table.

    The target column is explained by all others.
    Without --alpha the whole path is fitted, from the strength at which the first
    feature enters down to almost none; the model file then holds all of it, and the
    strength that cross-validation chose. Beside the picture path.png of a path there
    is path-cv.png of the scores.
    """
    from fastreg.cli import fit as command
    from fastreg.cli.choice import Choice

    options = command.FitOptions(
        l1_ratio=l1_ratio,
        alpha=alpha,
        n_alphas=alphas,
        standardize=standardize,
        fit_intercept=intercept,
        tol=tol,
        choice=Choice(cv, rule),
        out=out,
        plot=plot,
    )
    command.run(render.console(), file, target, drop or [], options)


@app.command(epilog=_PREDICT_EXAMPLES)
@reports_errors
def predict(
    model: Annotated[Path, typer.Argument(help="Model file written by fit --out.")],
    file: Annotated[Path, typer.Argument(help="Table: CSV or Parquet.")],
    alpha: Annotated[
        float | None,
        typer.Option(
            help="Strength to predict at. [default: what cross-validation chose]"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV", help="Write predictions here. [default: standard output]"
        ),
    ] = None,
) -> None:
    """Predict the rows of a table with a model file.

    Columns are found by name, in any order; columns that the model does not use at
    this alpha may be absent.
    """
    from fastreg.cli import predict as command

    command.run(render.console(stderr=True), model, file, alpha, out)
    if out is not None:
        typer.echo(f"predictions written to {out}")


@app.command()
@reports_errors
def info() -> None:
    """Show versions, instruction set and platform."""
    fastreg.show_versions()


@app.command()
@reports_errors
def selftest() -> None:
    """Check this installation with a few certified fits."""
    from fastreg import _selftest

    raise typer.Exit(_selftest.selftest())
