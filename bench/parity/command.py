"""``python -m bench parity``: the subcommand."""

from __future__ import annotations

import argparse
import subprocess
import warnings

import numpy as np

from bench import cell
from bench.data import Floats
from bench.options import numbers, words
from bench.parity import judge, problems, report
from bench.parity.judge import Path
from bench.parity.problems import Row
from bench.parity.report import Side
from bench.problems import Problem
from bench.solvers import glmnet_r

METHOD = "Newton"  # not glmnet's default, an upper bound of the Hessian


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    names = ", ".join(problems.FAMILIES)
    parser.add_argument(
        "--data",
        type=words,
        default=list(problems.FAMILIES),
        metavar="NAMES",
        help=f"some of {names}",
    )
    parser.add_argument(
        "--thresh",
        type=numbers,
        default=[1e-14, 1e-18],
        help="glmnet's tolerances, 1e-14,1e-18",
    )
    parser.add_argument("--tol", type=float, default=1e-15, help="fastreg's, 1e-15")
    parser.add_argument("--alphas", type=int, default=20, help="of a path, 20")
    parser.add_argument("--cap", type=float, default=120.0, help="seconds of a glmnet")


def main(options: argparse.Namespace) -> int:
    """Print the table; 1 if fastreg is further off anywhere."""
    rows = problems.rows(options.data)
    version = cell.probe("glmnet-r-newton")
    if not version:
        print(
            "R's glmnet is not installed here, so there is nothing to compare with "
            "(Debian: r-cran-glmnet; $BENCH_RSCRIPT names another Rscript)."
        )
        return 0
    facts = cell.facts("fastreg")
    print(f"fastreg {facts['version']} ({facts['isa']}), glmnet {version}.\n")
    print(f"{report.METHOD}\n\n{report.HEAD}")
    found: dict[float, list[Floats]] = {thresh: [] for thresh in options.thresh}
    ours_is_worse = False
    for row in rows:
        problem = problems.load(row, options.alphas)
        ours = fastreg_path(problem, row, options.tol)
        for thresh in options.thresh:
            line, differences = compare(problem, row, ours, thresh, options.cap)
            print(line, flush=True)
            if differences is not None:
                found[thresh].append(differences)
            ours_is_worse |= line.endswith("| fastreg |")
    print(f"\n{report.summary(found)}")
    return 1 if ours_is_worse else 0


def compare(
    problem: Problem, row: Row, ours: Path, thresh: float, cap: float
) -> tuple[str, Floats | None]:
    """A line of the table, and the differences of the coefficients at each alpha."""
    run = glmnet_r.script(
        problem, row.data, METHOD, standardize=row.standardize, timeout=cap
    )
    try:
        theirs = judge.shaped(run(thresh), problem)
    except subprocess.TimeoutExpired:
        return report.failed(row, thresh, f"not solved in {cap:g} s"), None
    except ValueError:
        return report.failed(row, thresh, "glmnet cut the path"), None
    differences = (
        judge.differences(ours, theirs),
        judge.intercept_differences(ours, theirs),
    )
    sides = tuple(
        Side(*judge.evidence(path, problem, standardize=row.standardize))
        for path in (ours, theirs)
    )
    line = report.line(row, thresh, problem.alphas, differences, (sides[0], sides[1]))
    return line, differences[0]


def fastreg_path(problem: Problem, row: Row, tol: float) -> Path:
    """By the public function; a gap above tol stands in the table."""
    import fastreg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.ConvergenceWarning)
        path = fastreg.path(
            problem.X,
            problem.y,
            family=problem.family,
            alphas=problem.alphas,
            l1_ratio=problem.l1_ratio,
            standardize=row.standardize,
            tol=tol,
        )
    k = len(problem.alphas)
    shape = (problem.n_classes, problem.X.shape[1], k)
    return Path(np.reshape(path.coefs, shape), np.reshape(path.intercepts, (-1, k)))
