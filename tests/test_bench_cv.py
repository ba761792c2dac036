"""``bench cv`` knows right scores, and counts what meets them and chooses the same."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import data
from bench.cv import SOLVERS, judge, problems, references, report, turns
from bench.cv.problems import Choice
from bench.report import Row, cells, read_runs
from bench.solvers import Fit
from benches import bench, fresh_data, posix
from fastreg import reference

__all__ = ["fresh_data"]


def right(name: str) -> tuple[Choice, Fit]:
    """A row, and what a solver without an error gives."""
    references.ensure(name)
    problem, scores = problems.load(name), references.load(name)
    mix, index = np.unravel_index(scores.argmin(), scores.shape)
    found = Fit(
        None,
        alpha=float(problem.grids[mix, index]),
        l1_ratio=problem.mixes[mix],
        scores=scores,
    )
    return problem, found


# --- rows and right scores ----------------------------------------------------------


@pytest.mark.parametrize("name", problems.SMALL)
def test_folds_test_every_row_once_and_grids_start_at_the_null_model(name: str) -> None:
    problem = problems.load(name)
    n = len(problem.y)
    assert np.concatenate([test for _, test in problem.folds]).tolist() == list(
        range(n)
    )
    for train, test in problem.folds:
        assert sorted([*train, *test]) == list(range(n))
    for _, l1_ratio, alphas in problem.paths():
        assert np.all(np.diff(alphas) < 0.0)
        nothing = np.zeros((problem.X.shape[1], 2))
        both = alphas[0] * np.array([1.0, 0.99])
        at, below = references.gaps(
            problem, problem.X, problem.y, l1_ratio, both, nothing
        )
        assert at <= 1e-14
        assert below > 1e-8


@pytest.mark.parametrize("name", ["small-enet", "small-logit"])
def test_scores_are_those_of_the_reference_solver(name: str) -> None:
    worst = references.ensure(name)
    assert 0.0 < worst <= references.TRUSTED
    problem, scores = problems.load(name), references.load(name)
    index = problem.grids.shape[1] // 2
    for mix, l1_ratio, alphas in problem.paths():
        expected = []
        for train, test in problem.folds:
            stated = reference.Problem(
                problem.X[train],
                problem.y[train],
                alpha=float(alphas[index]),
                l1_ratio=l1_ratio,
                fit_intercept=problem.intercept,
                standardize=False,
                family=problem.family,
            )
            coef, intercept = reference.coordinate_descent(stated, tol=1e-12)
            eta = problem.X[test] @ coef + intercept
            if problem.family == "binomial":
                p = 1.0 / (1.0 + np.exp(-eta))
                expected.append(
                    -np.log(np.where(problem.y[test] > 0.0, p, 1.0 - p)).mean()
                )
            else:
                expected.append(((problem.y[test] - eta) ** 2).mean())
        assert scores[mix, index] == pytest.approx(np.mean(expected), rel=1e-7)


def test_unequal_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="103 rows can't be dealt to 5 equal folds"):
        problems._folds(103, 5)


# --- the judge ----------------------------------------------------------------------


def test_the_error_is_that_of_the_worst_score() -> None:
    problem, found = right("small-enet")
    assert judge.judge(found, problem)["error"] == 0.0
    scores = found.scores.copy()
    scores[1, 3] *= 1.0 + 2e-4
    scores[0, 5] *= 1.0 - 1e-4
    said = judge.judge(replace(found, scores=scores), problem)
    assert said["error"] == pytest.approx(2e-4)
    assert said["chosen"] == found.alpha


def test_another_choice_and_nan_are_errors_and_a_cut_path_is_refused() -> None:
    problem, found = right("small-enet")
    other = replace(found, alpha=float(found.alpha or 0.0) * 1.001)
    assert judge.judge(other, problem)["error"] == np.inf
    mixed = replace(found, l1_ratio=0.75)
    assert judge.judge(mixed, problem)["error"] == np.inf
    nothing = replace(found, scores=np.full_like(found.scores, np.nan))
    assert judge.judge(nothing, problem)["error"] == np.inf
    with pytest.raises(ValueError, match=r"shape \(2, 7\), not \(2, 20\)"):
        judge.judge(replace(found, scores=found.scores[:, :7]), problem)


def test_coefficients_of_the_choice_are_judged_by_their_gap() -> None:
    problem, found = right("small")
    coef = np.linspace(-0.1, 0.1, problem.X.shape[1])
    said = judge.judge(replace(found, coefs=coef), problem)
    stated = reference.Problem(
        problem.X, problem.y, alpha=float(found.alpha or 0.0), standardize=False
    )
    intercept = float(np.mean(problem.y - problem.X @ coef))
    expected = reference.relative_gap(stated, coef, intercept)
    assert said["gap"] == pytest.approx(expected, rel=1e-9)


# --- solvers ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name_of_solver", "name"),
    [
        (solver, row)
        for solver, row in itertools.product(SOLVERS, problems.SMALL)
        if solver not in ("glmnet-r-cv", "sklearn-cv-saga")  # slow
    ],
)
def test_every_solver_finds_the_scores(name_of_solver: str, name: str) -> None:
    solver = SOLVERS[name_of_solver]
    if not solver.suits(problems.load(name)):
        return
    problem, _ = right(name)
    threads = problems.threads(name)
    try:
        run = solver.make(problem, threads)
    except ImportError:
        pytest.skip(f"{solver.package} is not installed")
    ours = name_of_solver == "fastreg"
    setting = 1e-11 if ours else solver.ladder[solver.start(1e-8)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tolerances near rounding
        said = judge.judge(run(setting), problem)
    assert said["error"] <= (1e-6 if ours else 1e-4)
    assert said.get("gap", 0.0) <= 1e-4


def test_solvers_take_what_they_can() -> None:
    def competing(name: str) -> set[str]:
        problem = problems.load(name)
        return {name for name, s in SOLVERS.items() if s.suits(problem)}

    by_hand = {"celer-by-hand", "adelie-by-hand"}
    lasso = {"fastreg", "sklearn-cv", "glmnet-r-cv", "celer-cv", "adelie-cv"}
    assert competing("small") == lasso | by_hand
    assert competing("small-two") == lasso | {"adelie-by-hand"}
    assert competing("small-enet") == (lasso | by_hand) - {"adelie-cv"}
    logistic = {"sklearn-cv-liblinear", "sklearn-cv-saga", "glmnet-r-cv"}
    assert competing("small-logit") == {"fastreg"} | logistic | by_hand
    assert competing("small-wide") == {"fastreg"}


def test_the_first_fit_is_of_the_same_kind() -> None:
    for name in problems.SMALL:
        problem = problems.load(name)
        tiny = problems.warm_up(problem)
        assert tiny.X.shape == (60, 40)
        assert (tiny.family, tiny.mixes) == (problem.family, problem.mixes)
        assert len(tiny.folds) == len(problem.folds)


# --- the tables ---------------------------------------------------------------------


def row(problem: str, solver: str, seconds: float, **more: object) -> Row:
    values: Row = {
        "problem": problem,
        "solver": solver,
        "setting": 1e-4,
        "version": "1",
        "phase": "repeat",
        "status": "ok",
        "seconds": seconds,
        "cpu_seconds": seconds,
        "error": 1e-5,
        "peak_mb": 40.0,
        "x_mb": 160.0,
    }
    return {**values, **more}


def test_a_target_is_a_line() -> None:
    runs = [
        row("tall", "fastreg", 2.0),
        row("tall", "sklearn-cv", 1.0, error=2e-3, setting=1e-2),
        row("tall", "sklearn-cv", 9.0, error=5e-4),
        row("tall", "glmnet-r-cv", 11.0, error=5e-5),
    ]
    text = report.table(cells(runs), [1e-3, 1e-6], "seconds")
    loose, tight = text.splitlines()[2:]
    assert "| 1e-03 | sklearn-cv 1e-04 | 9 | 5.0e-04 | 2 | 1.0e-05 | 4.5 ×" in loose
    assert loose.endswith("| 40 (160) | 0.25 | < 0.5 |")
    assert "| 1e-06 | none met it |  |  | not met |" in tight


def test_rows_of_two_threads_count_by_the_wall_clock() -> None:
    runs = [
        row("lasso-two", "fastreg", 2.0, cpu_seconds=4.0),
        row("lasso-two", "sklearn-cv", 30.0, cpu_seconds=36.0),
    ]
    line = report.table(cells(runs), [1e-3], "cpu_seconds").splitlines()[-1]
    assert "| 30 |" in line
    assert "| 15 × | ≥ 8 |" in line


def test_what_was_taken_in_turns_is_told() -> None:
    text = report.turns(
        {
            "lasso": {
                "one": 3.0,
                "two": 1.5,
                "cost": 1.02,
                "same": True,
                "grid": 3.0,
                "early": 2.0,
                "same_choice": True,
                "fitted": 60,
            },
            "tall": {"cv": 2.0, "shuffled": 2.5, "fastreg": 1.0, "numpy": 0.5},
        }
    )
    threads, early, ours, numpy, *shuffled = text.splitlines()[2:]
    assert "two threads (equal to the bit, 1.02 × the processor time)" in threads
    assert threads.endswith("| 1.5 | 2.00 × | ≥ 1.7 |")
    assert "| stopped where scores turned (60 alphas, the same choice) | 2 |" in early
    assert ours.endswith("| 2 | GramStats | 1 | 2.00 × | < 3 |")
    assert numpy.endswith("| NumPy's X.T @ X | 0.5 | 4.00 × | < 3 |")
    assert [line.split("|")[5].strip() for line in shuffled] == ["2.50 ×", "5.00 ×"]


def test_turns_alternate_and_the_first_round_does_not_count() -> None:
    called = []
    clock = itertools.count()
    spent = turns.in_turns(
        {"a": lambda: called.append("a"), "b": lambda: called.append("b")},
        2,
        lambda: float(next(clock)),
    )
    assert called == ["a", "b"] * 3
    assert spent == {"a": 1.0, "b": 1.0}


def test_threads_and_gram_matrices_are_measured() -> None:
    found = turns.threads("small", 1e-6, 1, "cpu")
    assert found["same"]
    assert found["same_choice"]
    assert 0 < found["fitted"] <= 20
    assert min(found["one"], found["two"], found["cost"]) > 0.0
    took = turns.gram("small", 1e-6, 1, "wall")
    assert set(took) == {"cv", "shuffled", "fastreg", "numpy"}


# --- the command line ---------------------------------------------------------------


@posix
def test_a_small_table_from_end_to_end(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = bench(
        *("cv", "--only", "small-two,small-logit", "--reps", "1", "--clock", "cpu"),
        *("--targets", "1e-3", "--budget", "0", "--out", str(out)),
        *("--solvers", "fastreg,sklearn-cv,sklearn-cv-liblinear"),
    )
    assert run.returncode == 0, run.stdout + run.stderr
    runs = [r for r in read_runs(out) if r["status"] == "ok"]
    assert {(r["problem"], r["solver"]) for r in runs} == {
        ("small-two", "fastreg"),
        ("small-two", "sklearn-cv"),
        ("small-logit", "fastreg"),
        ("small-logit", "sklearn-cv-liblinear"),
    }
    assert all(r["error"] <= 1e-3 for r in runs)
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "| Lasso, n=200 p=50, two threads | 1e-03 | sklearn-cv" in text
    again = bench("cv", "--read", str(out), "--targets", "1e-3")
    assert again.returncode == 0
    assert "| logistic L1, n=200 p=100 | 1e-03 | sklearn-cv-liblinear" in again.stdout


def test_rows_are_checked() -> None:
    run = bench("cv", "--only", "tall,magic")
    assert run.returncode == 2
    assert "bench: There is no row 'magic'; there are: lasso" in run.stderr
    assert not data.path_of("cv-tall", "y").exists()
