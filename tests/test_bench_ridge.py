"""``bench ridge`` compares with right solutions, and counts what meets them."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from bench import data
from bench.problems import Problem
from bench.report import Row, cells, read_runs
from bench.ridge import SOLVERS, problems, references, report
from bench.ridge.judge import judge
from bench.solvers import Fit
from benches import bench, fresh_data, posix

__all__ = ["fresh_data"]


def dense(problem: Problem) -> np.ndarray:
    return problem.X.toarray() if sp.issparse(problem.X) else problem.X


def stacked(X: np.ndarray, Y: np.ndarray, penalty: float) -> np.ndarray:
    """Least squares on X above sqrt(penalty) I."""
    p = X.shape[1]
    A = np.vstack([X, np.sqrt(penalty) * np.eye(p)])
    return np.linalg.lstsq(A, np.vstack([Y, np.zeros((p, Y.shape[1]))]), rcond=None)[0]


# --- solutions --------------------------------------------------------------------


@pytest.mark.parametrize("name", problems.SMALL)
def test_solutions_are_least_squares_on_stacked_data(name: str) -> None:
    bound = references.ensure(name)
    assert 0.0 < bound <= references.TRUSTED
    problem = problems.load(name)
    coefs = references.load(name).coefs
    Y = problem.y.reshape(len(problem.y), -1)
    for i, alpha in enumerate(problem.alphas[::24]):
        columns = slice(None) if Y.shape[1] > 1 else slice(24 * i, 24 * i + 1)
        expected = stacked(dense(problem), Y, len(Y) * alpha)
        distance = np.linalg.norm(coefs[:, columns] - expected)
        assert distance <= 1e-11 * np.linalg.norm(expected)


@pytest.mark.parametrize("name", ["small-loo", "small-wide-loo"])
def test_scores_are_those_of_fits_without_a_row(name: str) -> None:
    references.ensure(name)
    problem = problems.load(name)
    X, y = problem.X, problem.y
    for index in (0, 24, 49):
        penalty = len(y) * problem.alphas[index]  # kept when a row is left out
        errors = []
        for i in range(len(y)):
            rest, known = np.delete(X, i, axis=0), np.delete(y, i)
            centre, mean = rest.mean(axis=0), known.mean()
            rest -= centre
            kernel = rest @ rest.T + penalty * np.eye(len(known))
            coef = rest.T @ np.linalg.solve(kernel, known - mean)
            errors.append(y[i] - mean - (X[i] - centre) @ coef)
        scores = references.load(name).scores
        assert scores[index] == pytest.approx(np.mean(np.square(errors)), rel=1e-10)


def test_the_bound_is_one() -> None:
    problem = problems.load("small-wide")
    form = references.Spectral.of(problem)
    coefs = form.coefs(problem)
    rng = np.random.default_rng(0)
    wrong = coefs + 1e-6 * form.right @ rng.standard_normal((form.right.shape[1], 1))
    bound = references.error_bound(problem, wrong, form.values[-1] ** 2)
    error = np.linalg.norm(wrong - coefs) / np.linalg.norm(wrong)
    assert error <= bound <= 1e3 * error


def test_a_solution_that_is_not_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "ROUNDS", 1)
    monkeypatch.setattr(references, "TRUSTED", 1e-30)
    with pytest.raises(RuntimeError, match=r"small-sparse may be wrong by .*e-"):
        references.ensure("small-sparse")


# --- ways -------------------------------------------------------------------------


@pytest.mark.parametrize("name", problems.SMALL)
@pytest.mark.parametrize("way", SOLVERS)
def test_every_way_finds_the_solution(way: str, name: str) -> None:
    solver, problem = SOLVERS[way], problems.load(name)
    if not solver.suits(problem):
        return
    references.ensure(name)
    try:
        run = solver.make(problem, 1)
    except ImportError:
        pytest.skip(f"{solver.package} is not installed")
    setting = next((s for s in solver.ladder if s <= 1e-12), solver.ladder[-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tolerances near rounding
        said = judge(run(setting), problem)
    assert said["error"] <= report.TARGET
    if problem.choose:
        best = int(np.argmin(references.load(name).scores))
        assert said["chosen"] == pytest.approx(problem.alphas[best], rel=1e-14)
        assert said["score_error"] <= report.TARGET


def test_another_choice_and_nan_are_errors() -> None:
    references.ensure("small-loo")
    problem = problems.load("small-loo")
    best = references.load("small-loo")
    index = int(np.argmin(best.scores))
    right = Fit(
        best.coefs[:, [index]],
        alpha=float(problem.alphas[index]),
        scores=best.scores[index],
    )
    assert judge(right, problem) == {
        "chosen": problem.alphas[index],
        "score_error": 0.0,
        "error": 0.0,
    }
    other = replace(right, coefs=best.coefs[:, [index + 1]], scores=best.scores + 1e-6)
    said = judge(other, problem)
    assert said["error"] > 1e-4
    assert said["score_error"] == pytest.approx(1e-6 / best.scores.min())
    nothing = replace(right, coefs=np.full_like(right.coefs, np.nan))
    assert judge(nothing, problem)["error"] == np.inf
    with pytest.raises(ValueError, match=r"shape \(50, 50\), not \(50, 1\)"):
        judge(replace(right, coefs=best.coefs), problem)


# --- the table --------------------------------------------------------------------


def row(problem: str, solver: str, seconds: float, **more: object) -> Row:
    values: Row = {
        "problem": problem,
        "solver": solver,
        "setting": 1.0,
        "version": "1",
        "phase": "repeat",
        "status": "ok",
        "seconds": seconds,
        "cpu_seconds": seconds,
        "error": 1e-12,
        "peak_mb": 3.0,
        "x_mb": 160.0,
    }
    return {**values, **more}


CALLS = {"fastreg": 9.9, "sklearn": 250.0, "error": 1e-15}


def test_only_what_meets_the_accuracy_counts() -> None:
    runs = [
        row("tall", "fastreg", 1.0, setting=1e-8, error=1e-9),
        row("tall", "fastreg", 2.0, setting=1e-9, method="cholesky"),
        row("tall", "sklearn-lsqr", 3.0, setting=1e-8, error=2e-10),
        row("tall", "sklearn-lsqr", 8.0, setting=1e-12),
        row("tall", "numpy-cholesky", 9.0),
        row("tall", "glum", 1.0, status="capped"),
        row("tall-loo", "fastreg", 1.0),
        row("tall-loo", "sklearn-ridgecv", 50.0),
        row("tall-loo", "numpy-eigh", 3.0),
    ]
    text = report.table(cells(runs), "seconds", CALLS)
    tall, loo, hand, calls = text.splitlines()[2:]
    assert "| sklearn-lsqr 1e-12 | 8 | 1.0e-12 | 2 | 1.0e-12 | cholesky | 4 ×" in tall
    assert "| ≥ 1.7 | 3 (160) |" in tall
    assert "| sklearn-ridgecv | 50 |" in loo
    assert "| 50 × | ≥ 30 |" in loo
    assert "by hand | numpy-eigh | 3 |" in hand
    assert "| 3 × |  |" in hand
    near = [row("wide", "fastreg", 1.0), row("wide", "numpy-cholesky", 1.2)]
    text = report.table(cells(near), "seconds", None)
    assert "| 1.2 × (tie) | ≥ 1.5 |" in text
    assert "| 250 µs | | 9.9 µs | 1.0e-15 | | 25.3 × | ≥ 20 |" in calls


# --- the command line -------------------------------------------------------------


@posix
def test_a_small_table_from_end_to_end(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = bench(
        *("ridge", "--small", "--reps", "1", "--out", str(out)),
        *("--only", "small-loo,small-sparse,calls"),
        *("--solvers", "fastreg,sklearn-ridgecv,sklearn-cholesky"),
    )
    assert run.returncode == 0, run.stdout + run.stderr
    runs = [r for r in read_runs(out) if r["status"] == "ok"]
    assert {(r["problem"], r["solver"]) for r in runs} == {
        ("small-loo", "fastreg"),
        ("small-loo", "sklearn-ridgecv"),
        ("small-sparse", "fastreg"),
        ("small-sparse", "sklearn-cholesky"),
    }
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "| n=200 p=50, leave-one-out | sklearn-ridgecv |" in text
    assert "| n=100 p=10, one call | sklearn-cholesky |" in text
    assert json.loads((out / "calls.json").read_text("utf-8"))["error"] <= 1e-12
    assert (out / "cells.csv").exists()


def test_rows_are_checked() -> None:
    run = bench("ridge", "--only", "tall,magic")
    assert run.returncode == 2
    assert "bench: There is no row 'magic'; there are: tall, tall-path" in run.stderr
    assert not data.path_of("ridge-tall", "y").exists()
