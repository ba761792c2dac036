"""``bench parity``: what is compared, and which side is further from the optimum."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import fastreg
from bench import cell
from bench.parity import command, judge, problems, report
from bench.parity.judge import Path
from bench.parity.problems import Row
from bench.solvers import Fit, glmnet_r
from benches import bench, fresh_data

__all__ = ["fresh_data"]

WINE = Row("wine", 0.5, True)


def test_data_is_that_of_scikit_learn() -> None:
    shapes = {
        "breast-cancer": (569, 30, 1),
        "digits-3-8": (357, 64, 1),
        "wine": (178, 13, 3),
        "digits-10": (1797, 64, 10),
    }
    assert list(shapes) == list(problems.FAMILIES)
    assert len(problems.rows(list(shapes))) == 24
    for row in problems.rows(list(shapes))[::6]:
        problem = problems.load(row, 5)
        assert (*problem.X.shape, problem.n_classes) == shapes[row.data]
        assert set(problem.y) == set(range(max(2, problem.n_classes)))
        assert len(problem.alphas) == 5


@pytest.mark.parametrize("row", problems.rows(["wine", "digits-3-8"]), ids=str)
def test_paths_begin_where_coefficients_do(row: Row) -> None:
    problem = problems.load(row, 2)
    fits = command.fastreg_path(problem, row, 1e-12)
    assert fits.coefs.any(axis=(0, 1)).all()
    if row.l1_ratio:
        alone = replace(problem, alphas=problem.alphas[:1] / 0.95 * 1.0001)
        assert not command.fastreg_path(alone, row, 1e-12).coefs.any()


def test_evidence_tells_the_worse_side() -> None:
    problem = problems.load(WINE, 4)
    exact = command.fastreg_path(problem, WINE, 1e-15)
    rough = command.fastreg_path(problem, WINE, 1e-5)
    differences = judge.differences(exact, rough)
    gaps, violations = judge.evidence(exact, problem, standardize=True)
    assert gaps.max() <= 2e-15
    assert violations.max() <= 1e-6
    ours = report.Side(gaps, violations)
    theirs = report.Side(*judge.evidence(rough, problem, standardize=True))
    assert 1e-15 < theirs.gaps.max() <= 1.01e-5
    both = (differences, judge.intercept_differences(exact, rough))
    line = report.line(WINE, 1e-14, problem.alphas, both, (ours, theirs))
    assert line.startswith("| wine | 0.5 | yes | 1e-14 | ")
    assert line.endswith("| glmnet |")
    line = report.line(WINE, 1e-14, problem.alphas, both, (theirs, ours))
    assert line.endswith("| fastreg |")
    none = (0.0 * differences, 0.0 * differences)
    line = report.line(WINE, 1e-14, problem.alphas, none, (ours, theirs))
    assert line.endswith("|  |")
    assert line.count("|") == report.HEAD.splitlines()[0].count("|")
    failed = report.failed(WINE, 1e-14, "not solved in 9 s")
    assert failed.count("|") == line.count("|")


def test_differences_are_relative_to_the_alpha() -> None:
    one = Path(np.array([[[2.0, 8.0], [0.0, 1.0]]]), np.array([[0.5, 10.0]]))
    change = np.array([[[0.0, 0.0], [0.1, -0.4]]])
    other = Path(one.coefs + change, one.intercepts + 0.1)
    assert_allclose(judge.differences(one, other), [0.05, 0.05])
    assert_allclose(judge.intercept_differences(one, other), [0.1, 0.01])


def test_classes_are_one_below_the_other() -> None:
    problem = problems.load(WINE, 2)
    coefs, intercepts = np.arange(78.0).reshape(39, 2), np.arange(6.0).reshape(3, 2)
    path = judge.shaped(Fit(coefs, intercepts), problem)
    assert_allclose(path.coefs[1, :, 0], coefs[13:26, 0])
    assert_allclose(path.intercepts[2], [4.0, 5.0])
    with pytest.raises(ValueError, match=r"shape \(39, 1\), not \(39, 2\)"):
        judge.shaped(Fit(coefs[:, :1], intercepts), problem)


def test_names_are_checked() -> None:
    run = bench("parity", "--data", "wine,iris")
    assert run.returncode == 2
    assert "There is no data set 'iris'; there are: breast-cancer," in run.stderr


def test_says_that_glmnet_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_RSCRIPT", "no-such-program")
    run = bench("parity", "--data", "wine")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("R's glmnet is not installed here")
    assert "BENCH_RSCRIPT" in run.stdout


@pytest.mark.skipif(not cell.probe("glmnet-r-newton"), reason="needs R's glmnet")
@pytest.mark.parametrize("row", problems.rows(["wine", "breast-cancer"]), ids=str)
def test_glmnet_has_the_same_coefficients(row: Row) -> None:
    problem = problems.load(row, 6)
    ours = command.fastreg_path(problem, row, 1e-15)
    run = glmnet_r.script(
        problem, row.data, command.METHOD, standardize=row.standardize, timeout=60.0
    )
    theirs = judge.shaped(run(1e-18), problem)
    assert judge.differences(ours, theirs).max() <= report.AGREE
    assert judge.intercept_differences(ours, theirs).max() <= report.AGREE


def test_a_gap_above_tol_stands_in_the_table() -> None:
    row = Row("wine", 1.0, True)
    problem = problems.load(row, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error", fastreg.ConvergenceWarning)
        assert np.isfinite(command.fastreg_path(problem, row, 1e-300).coefs).all()
