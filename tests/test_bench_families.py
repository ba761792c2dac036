"""``bench families`` judges paths by the reference's gap, and counts what meets it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from bench import data
from bench.families import SOLVERS, judge, problems, report
from bench.problems import Problem
from bench.report import Row, cells, read_runs
from benches import bench, fresh_data, posix
from fastreg import reference

__all__ = ["fresh_data"]


def stated(problem: Problem, alpha: float) -> reference.Problem:
    """The same for `fastreg.reference`."""
    return reference.Problem(
        problem.X.toarray() if problem.sparse else problem.X,
        problem.y,
        alpha=alpha,
        l1_ratio=problem.l1_ratio,
        fit_intercept=problem.intercept,
        standardize=False,
        family=problem.family,
    )


def sparse_guess(problem: Problem) -> np.ndarray:
    """Coefficients, some of them not 0, that are far from the solution."""
    rng = np.random.default_rng(0)
    shape = (problem.n_classes * problem.X.shape[1], len(problem.alphas))
    return rng.standard_normal(shape) * (rng.random(shape) < 0.2) / 5


# --- accuracy ---------------------------------------------------------------------


@pytest.mark.parametrize("name", problems.SMALL)
def test_gap_is_that_of_the_reference(name: str) -> None:
    problem = problems.load(name)
    problem = replace(problem, alphas=problem.alphas[10::15])
    coefs = sparse_guess(problem)
    coefs[:, 1] = 0.0
    gap = judge.relative_gaps(problem, sp.csc_array(coefs))
    for i, alpha in enumerate(problem.alphas):
        model = stated(problem, float(alpha))
        coef = coefs[:, i]
        if problem.n_classes > 1:
            coef = coef.reshape(problem.n_classes, -1)
        best = reference.best_intercept(model, coef)
        expected = reference.relative_gap(model, coef, best)
        np.testing.assert_allclose(gap[i], expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("name", [n for n in problems.SMALL if "l2" not in n])
def test_paths_start_where_the_first_coefficient_enters(name: str) -> None:
    problem = problems.load(name)
    nothing = np.zeros((problem.n_classes * problem.X.shape[1], 2))
    both = replace(problem, alphas=problem.alphas[0] * np.array([1.0, 0.99]))
    at, below = judge.relative_gaps(both, nothing)
    assert at <= 1e-14
    assert below > 1e-8


def test_an_intercept_is_found_from_afar() -> None:
    rng = np.random.default_rng(1)
    for family, y in (
        ("binomial", (rng.random((300, 1)) < 0.02).astype(float)),
        ("poisson", rng.poisson(30.0, (300, 1)).astype(float)),
        ("multinomial", np.eye(3)[rng.choice(3, 300, p=[0.01, 0.09, 0.9])]),
    ):
        eta = 3.0 * rng.standard_normal(y.shape) + 20.0 * np.arange(y.shape[1])
        b = judge.best_intercept(family, y, eta)
        residual = y - judge.mean(family, eta + b)
        assert np.abs(residual.mean(axis=0)).max() <= 1e-14 * max(1.0, y.max())


def test_a_cut_path_and_nan_are_no_accuracy() -> None:
    problem = problems.load("small-softmax")
    coefs = np.zeros((3 * 50, 50))
    with pytest.raises(ValueError, match=r"shape \(50, 50\), not \(150, 50\)"):
        judge.relative_gaps(problem, coefs[:50])
    coefs[3, 7] = np.nan
    gap = judge.relative_gaps(problem, coefs)
    assert np.flatnonzero(np.isinf(gap)).tolist() == [7]


# --- data -------------------------------------------------------------------------


def test_responses_are_what_their_family_says() -> None:
    _, labels = data.load("small-logit")
    assert set(labels) == {0.0, 1.0}
    assert 0.3 < labels.mean() < 0.7
    X, labels = data.load("small-logit-sparse")
    assert X.indices.dtype == np.int32
    assert set(labels) == {0.0, 1.0}
    _, classes = data.load("small-softmax")
    assert set(classes) == {0.0, 1.0, 2.0}
    _, counts = data.load("small-poisson")
    assert counts.min() == 0.0
    assert np.array_equal(counts, counts.round())
    assert 0.8 < counts.mean() < 1.5


@pytest.mark.parametrize("name", problems.SMALL)
def test_the_first_fit_is_of_the_same_kind(name: str) -> None:
    problem = problems.load(name)
    tiny = problems.warm_up(problem)
    assert tiny.X.shape == (60, 40)
    assert (tiny.family, tiny.l1_ratio, tiny.intercept, tiny.sparse) == (
        problem.family,
        problem.l1_ratio,
        problem.intercept,
        problem.sparse,
    )
    assert tiny.n_classes == problem.n_classes


# --- solvers ----------------------------------------------------------------------


@pytest.mark.parametrize("name", problems.SMALL)
@pytest.mark.parametrize("name_of_solver", SOLVERS)
def test_every_solver_finds_the_path(name_of_solver: str, name: str) -> None:
    solver, problem = SOLVERS[name_of_solver], problems.load(name)
    if not solver.suits(problem) or name_of_solver.startswith("glmnet-r"):
        return
    problem = replace(problem, alphas=problem.alphas[::10])
    try:
        run = solver.make(problem, 1)
    except ImportError:
        pytest.skip(f"{solver.package} is not installed")
    setting = next((s for s in solver.ladder if s <= 1e-7), solver.ladder[-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tolerances near rounding
        fit = run(setting)
    said = judge.judge(fit, problem)
    assert said["gap_median"] <= said["gap"] <= 1e-4
    assert said["nonzero"] > 0
    if name_of_solver == "fastreg":
        assert said["gap"] <= 1e-7 * (1 + 1e-6)
        assert fit.n_passes > 0


def test_solvers_take_what_they_can() -> None:
    def competing(name: str) -> set[str]:
        problem = problems.load(name)
        return {name for name, s in SOLVERS.items() if s.suits(problem)}

    everywhere = {"fastreg", "glmnet-r-newton"}
    lasso = competing("small-logit-sparse")
    assert lasso >= everywhere | {"celer", "blitzl1", "sklearn-liblinear"}
    assert "sklearn-lbfgs" not in lasso
    ridge = competing("small-logit-l2")
    assert ridge >= everywhere | {"sklearn-lbfgs", "sklearn-newton-cholesky", "glum"}
    assert not ridge & {"celer", "blitzl1", "sklearn-liblinear"}
    assert competing("small-poisson") == everywhere | {"adelie", "skglm-newton", "glum"}
    assert competing("small-softmax") == everywhere | {
        "glmnet-r-modified",
        "python-glmnet",
        "sklearn-saga",
    }


# --- the table --------------------------------------------------------------------


def row(problem: str, solver: str, seconds: float, gap: float, **more: object) -> Row:
    values: Row = {
        "problem": problem,
        "solver": solver,
        "setting": 1e-4,
        "version": "1",
        "phase": "repeat",
        "status": "ok",
        "seconds": seconds,
        "cpu_seconds": seconds,
        "gap": gap,
        "peak_mb": 3.0,
        "x_mb": 160.0,
        "n_passes": 7,
        "nonzero": 9,
    }
    return {**values, **more}


def test_a_target_is_a_line() -> None:
    runs = [
        row("softmax", "fastreg", 1.0, 9e-5),
        row("softmax", "fastreg", 2.0, 9e-9, setting=1e-8),
        row("softmax", "glmnet-r-newton", 1.0, 2e-4, setting=1e-9),
        row("softmax", "glmnet-r-newton", 6.0, 2e-5, setting=1e-10),
        row("softmax", "sklearn-saga", 5.0, 1e-3, status="capped"),
    ]
    text = report.table(cells(runs), [1e-4, 1e-8], "seconds")
    loose, tight = text.splitlines()[2:]
    assert "| 1e-04 | glmnet-r-newton 1e-10 | 6 | 2.0e-05 | 1 | 9.0e-05 |" in loose
    assert "| 6 × | ≥ 3 | 7 | 9 | 3 (160) |" in loose
    assert "| 1e-08 | none met it |  |  | 2 | 9.0e-09 |  | ≥ 5 |" in tight


# --- the command line -------------------------------------------------------------


@posix
def test_a_small_table_from_end_to_end(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = bench(
        *("families", "--only", "small-logit-l2,small-softmax", "--reps", "1"),
        *("--targets", "1e-4", "1e-5", "--out", str(out)),
        *("--solvers", "fastreg,sklearn-newton-cholesky"),
    )
    assert run.returncode == 0, run.stdout + run.stderr
    runs = [r for r in read_runs(out) if r["status"] == "ok"]
    assert {(r["problem"], r["solver"]) for r in runs} == {
        ("small-logit-l2", "fastreg"),
        ("small-logit-l2", "sklearn-newton-cholesky"),
        ("small-softmax", "fastreg"),
    }
    ours = [r for r in runs if r["solver"] == "fastreg"]
    assert all(r["gap"] <= r["setting"] * (1 + 1e-6) for r in ours)
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "| logistic L2, n=1000 p=20 | 1e-05 | sklearn-newton-cholesky" in text
    assert "| multinomial L1, 3 classes, n=200 p=50 | 1e-04 | none was run" in text
    again = bench("families", "--read", str(out), "--targets", "1e-4")
    assert again.returncode == 0
    assert (
        "| logistic L2, n=1000 p=20 | 1e-04 | sklearn-newton-cholesky" in again.stdout
    )


def test_rows_are_checked() -> None:
    run = bench("families", "--only", "softmax,magic")
    assert run.returncode == 2
    assert "bench: There is no row 'magic'; there are: logit-square" in run.stderr
    assert not data.path_of("softmax", "y").exists()
