"""R's glmnet, naive and covariance updates, by a script that reads the data's files.

It needs fdev=0 and devmax near 1 or it cuts the path. With l1_ratio < 1 its alphas mean
the same as ours only because y has unit variance.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from bench import data, problems
from bench.data import Floats
from bench.problems import Problem
from bench.solvers._solver import Fit, Solver, decades

SCRIPT = Path(__file__).with_name("glmnet.R")
RSCRIPT = os.environ.get("BENCH_RSCRIPT", "Rscript")


def _make(
    problem: Problem,
    threads: int,  # noqa: ARG001
    *,
    method: str,
) -> Callable[[float], Fit]:
    return script(problem, problems.find(problem.name).data, method)


def script(
    problem: Problem,
    name: str,
    method: str,
    *,
    standardize: bool = False,
    timeout: float | None = None,
) -> Callable[[float], Fit]:
    """R's glmnet on the data of a name, by a type.gaussian or type.logistic.

    After `timeout` seconds a run raises `subprocess.TimeoutExpired`.
    """
    kind = "sparse" if problem.sparse else "dense"

    def run(tol: float) -> Fit:
        with tempfile.TemporaryDirectory() as folder:
            problem.alphas.tofile(f"{folder}/alphas")
            n, p = problem.X.shape
            arguments = (data.folder() / name, kind, n, p, folder)
            model = (problem.family, int(problem.intercept), int(standardize))
            settings = (problem.l1_ratio, repr(tol), method, *model)
            command = [RSCRIPT, str(SCRIPT), *map(str, (*arguments, *settings))]
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=timeout
            )
            if done.returncode != 0:
                raise RuntimeError(f"Rscript failed: {done.stderr[-300:]}")
            seconds, cpu, before, peak = map(float, done.stdout.split()[-4:])
            return Fit(
                _read(Path(folder), problem),
                intercepts=_intercepts(Path(folder), problem),
                seconds=seconds,
                cpu_seconds=cpu,
                peak_bytes=int(1024 * (peak - before)),
            )

    return run


def _read(folder: Path, problem: Problem) -> sp.csc_array:
    indices = np.fromfile(folder / "indices", np.int32)
    indptr = np.fromfile(folder / "indptr", np.int32)
    values = np.fromfile(folder / "values", np.float64)
    shape = (problem.n_classes * problem.X.shape[1], len(indptr) - 1)
    return sp.csc_array((values, indices, indptr), shape=shape)


def _intercepts(folder: Path, problem: Problem) -> Floats:
    values = np.fromfile(folder / "intercepts", np.float64)
    return values.reshape(problem.n_classes, -1, order="F")


def _suits(problem: Problem, *, method: str) -> bool:
    """The files hold float64 in Fortran order; covariance keeps p² numbers."""
    if problems.find(problem.name).storage != "F":
        return False
    n, p = problem.X.shape
    return method == "naive" or p <= n


SOLVERS = tuple(
    Solver(
        f"glmnet-r-{short}",
        "R:glmnet",
        decades(-5, -22),
        (1e-10, 1e-18),
        partial(_make, method=method),
        suits=partial(_suits, method=method),
        compiled=False,
    )
    for short, method in (("naive", "naive"), ("cov", "covariance"))
)
