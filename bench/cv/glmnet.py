"""R's cv.glmnet, by a script that reads the data's files.

It scales y of each fold to unit variance and then divides the L2 part by the standard
deviation, so that with l1_ratio < 1 folds would solve other problems than ours. There,
and for two threads, folds are fitted by hand with the penalty that undoes it.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench import data
from bench.cv import problems
from bench.cv.problems import takes
from bench.solvers._solver import Fit, Solver, decades
from bench.solvers.glmnet_r import RSCRIPT

SCRIPT = Path(__file__).with_name("cv_glmnet.R")


def _script(problem: Any, threads: int) -> Callable[[float], Fit]:
    stem = data.folder() / problems.find(problem.name).data
    n, p = problem.X.shape
    numbers = np.zeros(n)
    for number, (_, test) in enumerate(problem.folds):
        numbers[test] = number + 1

    def run(tol: float) -> Fit:
        with tempfile.TemporaryDirectory() as folder:
            problem.grids.tofile(f"{folder}/alphas")
            np.array(problem.mixes).tofile(f"{folder}/mixes")
            numbers.tofile(f"{folder}/folds")
            words = (stem, folder, n, p, problem.family, repr(tol), threads)
            command = [RSCRIPT, str(SCRIPT), *map(str, words)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"Rscript failed: {done.stderr[-300:]}")
            seconds, cpu, before, peak = map(float, done.stdout.split()[-4:])
            found = np.fromfile(f"{folder}/found")
        scores = found[: problem.grids.size].reshape(problem.grids.shape)
        l1_ratio, alpha, *coef = found[problem.grids.size :]
        return Fit(
            np.array(coef) if problem.family == "gaussian" else None,
            alpha=alpha,
            l1_ratio=l1_ratio,
            scores=scores,
            seconds=seconds,
            cpu_seconds=cpu,
            peak_bytes=int(1024 * (peak - before)),
        )

    return run


SOLVERS = (
    Solver(
        *("glmnet-r-cv", "R:glmnet", decades(-5, -22), (1e-10, 1e-17)),
        _script,
        takes("gaussian", "binomial"),
        compiled=False,
    ),
)
