"""``fastreg fit``: from a table to a path, a summary, a model file, a picture."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

import fastreg
from fastreg.cli import pictures, render, summary
from fastreg.cli.choice import (
    Choice,
    columns_of,
    cross_validate,
    for_model_file,
    picture_beside,
    print_choice,
)
from fastreg.cli.errors import CliError, blame_input
from fastreg.cli.model_file import Model, Objective, save_model, sparse_coef
from fastreg.cli.outputs import check_outputs
from fastreg.cli.tables import FOR_TARGET, numeric, read_table, require_columns

if TYPE_CHECKING:
    from fastreg import CVResult
    from fastreg import Path as FittedPath

DEFAULT_ALPHAS = 100


@dataclass(frozen=True)
class FitOptions:
    """What to minimise, at which alphas, and where to put the results."""

    l1_ratio: float = 1.0
    alpha: float | None = None
    n_alphas: int | None = None
    standardize: bool = True
    fit_intercept: bool = True
    tol: float = 1e-6
    choice: Choice = field(default_factory=Choice)
    out: Path | None = None
    plot: Path | None = None

    @property
    def is_path(self) -> bool:
        """Whether more than one strength is fitted."""
        return self.alpha is None and self.n_alphas != 1

    @property
    def plot_cv(self) -> Path | None:
        """Where the picture of a cross-validation goes."""
        return None if self.plot is None else picture_beside(self.plot)


@dataclass(frozen=True)
class Training:
    """The data of a fit: a table split into features and target."""

    file: Path
    target: str
    names: list[str]
    X: NDArray[np.float64]
    y: NDArray[np.float64]


def run(
    out: Console, file: Path, target: str, dropped: list[str], options: FitOptions
) -> None:
    """Read, fit, summarise and write what was asked for."""
    _check(options)
    outputs = {
        "--out": options.out,
        "--plot": options.plot,
        "the picture of the cross-validation": options.plot_cv,
    }
    check_outputs([file], outputs)
    if target in dropped:
        raise CliError(f"--drop {target} names the target, which cannot be left out")
    data = _load(file, target, dropped)
    started = time.perf_counter()
    path = _fit(data, options)
    elapsed = time.perf_counter() - started
    result = _choose(path, data, options)
    scale = summary.column_deviation(data.X)
    # Files first: a reader such as head may close the pipe before the end.
    if options.out is not None:
        save_model(_model(path, data, elapsed, result), options.out)
    if options.plot is not None:
        pictures.save(path, options.plot, names=data.names, scale=scale)
    if options.plot_cv is not None and result is not None:
        pictures.save_cv(result, options.plot_cv)
    _summarise(out, path, data, scale, result)
    if options.out is not None:
        render.line(out, f"  model written to {options.out}")
    if options.plot is not None:
        render.line(out, f"  picture written to {options.plot}")
    if options.plot_cv is not None and result is not None:
        render.line(out, f"  cross-validation drawn in {options.plot_cv}")


def _check(options: FitOptions) -> None:
    """Find mistakes in the options before the data are read."""
    if not 0.0 <= options.l1_ratio <= 1.0:
        raise CliError(f"--l1-ratio must lie in [0, 1], got {options.l1_ratio:g}")
    if options.alpha is not None and not 0.0 <= options.alpha < np.inf:
        raise CliError(f"--alpha must be a finite number >= 0, got {options.alpha:g}")
    if options.alpha is not None and options.n_alphas is not None:
        raise CliError("--alpha fits one model and --alphas a path: use one of them")
    if options.n_alphas is not None and options.n_alphas < 1:
        raise CliError(f"--alphas must be at least 1, got {options.n_alphas}")
    if not 0.0 < options.tol < np.inf:
        raise CliError(f"--tol must be a finite number > 0, got {options.tol:g}")
    options.choice.check(is_path=options.is_path)
    if options.plot is not None:
        if not options.is_path:
            raise CliError("--plot draws a path: leave out --alpha to fit one")
        pictures.check_target(options.plot)


def _load(file: Path, target: str, dropped: list[str]) -> Training:
    table = read_table(file)
    require_columns(table, [target], file)
    require_columns(table, dropped, file)
    names = [c for c in table.columns if c != target and c not in dropped]
    if not names:
        raise CliError(f"{file} has no feature columns besides the target {target!r}")
    y = numeric(table, [target], file, FOR_TARGET)[:, 0]
    return Training(file, target, names, numeric(table, names, file), y)


def _fit(data: Training, options: FitOptions) -> FittedPath:
    n_alphas = DEFAULT_ALPHAS if options.n_alphas is None else options.n_alphas
    alphas = n_alphas if options.alpha is None else [options.alpha]
    with blame_input(), summary.warnings_on_stderr():
        return fastreg.path(
            data.X,
            data.y,
            l1_ratio=options.l1_ratio,
            alphas=alphas,
            fit_intercept=options.fit_intercept,
            standardize=options.standardize,
            tol=options.tol,
            early_stop=False,
        )


def _choose(path: FittedPath, data: Training, options: FitOptions) -> CVResult | None:
    """The cross-validation of the path; None where there is nothing to choose."""
    if not options.is_path or _nothing_to_learn(data, path.fit_intercept):
        return None
    folds = options.choice.folds_for(len(data.y))
    if folds == 0:
        return None
    return cross_validate(path, data.X, data.y, folds, options.choice.rule)


def _summarise(
    out: Console,
    path: FittedPath,
    data: Training,
    scale: NDArray[np.float64],
    result: CVResult | None,
) -> None:
    n_samples, n_features = data.X.shape
    rows = "1 row" if n_samples == 1 else f"{n_samples} rows"
    features = "1 feature" if n_features == 1 else f"{n_features} features"
    render.line(out, f"{data.file}: {rows}, {features}, target {data.target!r}")
    render.objective(
        out,
        path.l1_ratio,
        fit_intercept=path.fit_intercept,
        standardize=path.standardize,
    )
    constant = [name for name, s in zip(data.names, scale, strict=True) if s == 0.0]
    if constant:
        listed = ", ".join(repr(name) for name in constant[:8])
        more = f" and {len(constant) - 8} more" if len(constant) > 8 else ""
        render.line(out, f"  constant columns: {listed}{more}")
    if reason := _nothing_to_learn(data, path.fit_intercept):
        render.line(out, f"  nothing can be learned: {reason}; every model is null")
    if result is not None:
        print_choice(out, result)
    if len(path.alphas) == 1:
        summary.print_coefs(out, path, data.names, scale)
    else:
        summary.print_path(out, path, data.names, scale, columns_of(result))
    summary.print_certificate(out, path, data.X, data.y)
    summary.print_time(out, path)


def _nothing_to_learn(data: Training, fit_intercept: bool) -> str:
    """Return why the null model is already exact, or nothing if it is not."""
    if data.y.min() != data.y.max() or not (fit_intercept or data.y[0] == 0.0):
        return ""
    if len(data.y) == 1:
        return "the table has only one row"
    return f"the target is {data.y[0]:g} in all rows"


def _model(
    path: FittedPath, data: Training, elapsed: float, result: CVResult | None
) -> Model:
    coefs = np.asarray(path.coefs)
    return Model(
        target=data.target,
        feature_names=data.names,
        objective=Objective(
            formula=render.formula(
                path.l1_ratio,
                fit_intercept=path.fit_intercept,
                standardize=path.standardize,
            ),
            loss="gaussian",
            l1_ratio=float(path.l1_ratio),
            fit_intercept=bool(path.fit_intercept),
            standardize=bool(path.standardize),
            tol=float(path.tol),
        ),
        alphas=[float(alpha) for alpha in path.alphas],
        intercepts=[float(intercept) for intercept in path.intercepts],
        coefs=[sparse_coef(coefs[:, k]) for k in range(coefs.shape[1])],
        dual_gaps=[float(gap) for gap in path.dual_gaps],
        deviance_ratio=[float(ratio) for ratio in path.deviance_ratio],
        status=[str(word) for word in path.status],
        choice=for_model_file(result),
        training={
            "file": data.file.name,
            "n_samples": int(data.X.shape[0]),
            "n_features": int(data.X.shape[1]),
            "target_mean": float(data.y.mean()),
            "target_std": float(data.y.std()),
            "null_objective": float(path.null_objective),
            "seconds": round(elapsed, 6),
        },
        fastreg_version=fastreg.__version__,
    )
