"""The benchmarks stay alive, and the accuracy that they claim is the reference's."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from bench import accuracy, compare, data, launch, problems, report, threads
from bench.search import Search
from bench.solvers import SOLVERS, Fit, Solver
from benches import bench, fresh_data, posix
from fastreg import reference

__all__ = ["fresh_data"]

# --- accuracy ---------------------------------------------------------------------


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("storage", ["F", "float32", "sparse"])
def test_gap_is_that_of_the_reference(l1_ratio: float, storage: str) -> None:
    problem = problems.load("sparse" if storage == "sparse" else "wide")
    if storage == "float32":
        problem = replace(problem, X=problem.X.astype(np.float32))
    problem = replace(problem, alphas=problem.alphas[10:60:10], l1_ratio=l1_ratio)
    rng = np.random.default_rng(0)
    shape = (problem.X.shape[1], len(problem.alphas))
    coefs = rng.standard_normal(shape) * (rng.random(shape) < 0.05) / 10
    coefs[:, 1] = 0.0

    primal, gap = accuracy.primal_and_gap(problem, sp.csc_array(coefs))
    dense = problem.X.toarray() if problem.sparse else problem.X.astype(float)
    for i, alpha in enumerate(problem.alphas):
        stated = reference.Problem(
            dense,
            problem.y,
            alpha=float(alpha),
            l1_ratio=l1_ratio,
            fit_intercept=False,
            standardize=False,
        )
        null = reference.null_objective(stated)
        expected = reference.primal(stated, coefs[:, i], 0.0) / null
        np.testing.assert_allclose(primal[i], expected, rtol=1e-12)
        expected = reference.relative_gap(stated, coefs[:, i], 0.0)
        np.testing.assert_allclose(gap[i], expected, rtol=1e-10, atol=1e-13)


def test_a_cut_path_and_nan_are_no_accuracy() -> None:
    problem = problems.load("small")
    coefs = np.zeros((problem.X.shape[1], len(problem.alphas)))
    with pytest.raises(ValueError, match=r"shape \(50, 60\), not \(50, 100\)"):
        accuracy.primal_and_gap(problem, coefs[:, :60])
    coefs[3, 7] = np.nan
    _, gap = accuracy.primal_and_gap(problem, coefs)
    assert np.flatnonzero(np.isinf(gap)).tolist() == [7]
    assert gap[0] == pytest.approx(0.0, abs=1e-15)  # zero is optimal at alpha_max


# --- problems ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["small", "wide", "diabetes", "digits"])
def test_dense_columns_are_standardised(name: str) -> None:
    X, y = data.load(name)
    assert X.flags.f_contiguous
    np.testing.assert_allclose(X.mean(axis=0), 0.0, atol=1e-12)
    size = (X**2).mean(axis=0)
    np.testing.assert_allclose(size[size > 0], 1.0)
    np.testing.assert_allclose([y.mean(), (y**2).mean()], [0.0, 1.0], atol=1e-12)


def test_sparse_counts_follow_a_power_law() -> None:
    X, _ = data.load("sparse")
    counts = np.sort(np.diff(X.indptr))[::-1]
    assert X.indices.dtype == X.indptr.dtype == np.int32
    assert 5000 < X.nnz <= 6100
    assert counts[0] > 7 * np.median(counts)


def test_data_is_the_same_from_disk_and_storage_variants() -> None:
    first = data.make("wide")[0]
    np.testing.assert_array_equal(data.load("wide")[0], first)
    np.testing.assert_array_equal(data.load("wide", mmap=True)[0], first)
    assert problems.stored(first, "C").flags.c_contiguous
    assert problems.stored(first, "float32").dtype == np.float32


def test_names_are_checked() -> None:
    with pytest.raises(ValueError, match="no problem 'Z'; there are: A, B"):
        problems.find("Z")
    run = bench("run", "--solvers", "magic")
    assert run.returncode == 2
    assert "bench: There is no solver 'magic'" in run.stderr


# --- the search for settings ------------------------------------------------------


@pytest.mark.parametrize("loss", [0.2, 1.0, 1.5])
@pytest.mark.parametrize("guess", [1e-1, 1e-5, 1e-9])
def test_search_finds_the_loosest_setting_that_meets_the_target(
    loss: float, guess: float
) -> None:
    ladder = tuple(10.0**-k for k in range(1, 16))

    def trial(setting: float) -> dict[str, object]:
        return {"status": "ok", "gap": setting**loss, "elapsed": 1.0}

    solver = Solver("s", "s", ladder, (guess, guess), lambda *_: lambda _: Fit(None))
    search = Search(solver, trial, budget=100.0)
    for target in (1e-3, 1e-8):
        met = [i for i, setting in enumerate(ladder) if setting**loss <= target]
        assert search.find("gap", target) == (met[0] if met else None)
    assert len(search.tried) <= 12


def test_search_stops_at_the_cap_and_at_the_budget() -> None:
    ladder = tuple(10.0**-k for k in range(1, 11))
    solver = Solver("s", "s", ladder, (1e-4, 1e-4), lambda *_: lambda _: Fit(None))

    def capped(setting: float) -> dict[str, object]:
        if setting < 1e-6:
            return {"status": "capped", "elapsed": 1.0}
        return {"status": "ok", "gap": setting, "elapsed": 1.0}

    search = Search(solver, capped, budget=100.0)
    assert search.find("gap", 1e-9) is None
    assert {search.tried[i]["status"] for i in search.tried} == {"ok", "capped"}
    assert search.find("gap", 1e-3) is not None
    tight = Search(solver, capped, budget=2.5)
    tight.find("gap", 1e-9)
    assert tight.spent <= 3.0


# --- reports ----------------------------------------------------------------------


def row(solver: str, setting: float, seconds: float, **more: object) -> report.Row:
    values: report.Row = {
        "problem": "small",
        "solver": solver,
        "setting": setting,
        "version": "1",
        "phase": "repeat",
        "status": "ok",
        "seconds": seconds,
        "cpu_seconds": seconds,
        "gap": setting,
        "subopt": setting / 100,
        "peak_mb": 1.0,
        "x_mb": 0.08,
        "n_passes": 5,
    }
    return {**values, **more}


def test_table_takes_the_fastest_setting_that_meets_the_target() -> None:
    runs = [
        row("fastreg", 1e-4, 1.0),
        row("fastreg", 1e-4, 3.0),
        row("fastreg", 1e-4, 2.0),
        row("fastreg", 1e-6, 1.5),
        row("fastreg", 1e-5, 0.5, phase="search"),
        row("celer", 1e-3, 0.1),
        row("celer", 1e-4, 9.0, phase="search"),
        row("celer", 1e-4, 6.0),
        row("skglm", 1e-4, 1.6),
        row("glum", 1e-5, 0.0, status="capped"),
    ]
    text = report.table(report.cells(runs), "gap", 1e-4, "seconds")
    (line,) = [line for line in text.splitlines() if line.startswith("| small")]
    expected = "skglm 1e-04 | 1.6 | 1.0e-04 | 1.5 | 1.0e-06 | tie | 5 | 1 (0.08) |"
    assert line == f"| small | {expected}"
    assert report.verdict(1.3) == "1.3 ×"
    assert report.verdict(0.5) == "0.5 ×"


def test_compare_takes_medians_of_repetitions() -> None:
    key = ("small", "fastreg", 1e-4)
    text = compare.table({key: [4.0, 1.0, 2.0]}, {key: [1.0, 1.0, 9.0]})
    assert "| small | fastreg | 1e-04 | 2 | 1 | 2 × |" in text


def test_different_bits_are_seen() -> None:
    one = sp.csc_array(np.array([[1.0, 0.0], [0.0, 2.0]]))
    other = one.copy()
    assert threads.identical(one, other)
    other.data[0] += 1e-15
    assert not threads.identical(one, other)


def test_interpreters_are_chosen_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_PYTHON", "peers=one,celer=two")
    chosen = launch.Interpreters.parse(["skglm=three"])
    found = [chosen.of(name) for name in ("fastreg", "adelie", "celer", "skglm")]
    assert found == [sys.executable, "one", "two", "three"]
    with pytest.raises(ValueError, match="SOLVER=PATH"):
        launch.Interpreters.parse(["magic=four"])


# --- the command line -------------------------------------------------------------


@posix
def test_a_small_run_from_end_to_end(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = bench(
        *("run", "--problems", "sparse", "--solvers", "fastreg,sklearn"),
        *("--targets", "1e-4", "--reps", "1", "--out", str(out)),
    )
    assert run.returncode == 0, run.stdout + run.stderr
    runs = [r for r in report.read_runs(out) if r["status"] == "ok"]
    assert {r["solver"] for r in runs} == {"fastreg", "sklearn"}
    for solver in ("fastreg", "sklearn"):
        here = [r for r in runs if r["solver"] == solver]
        assert min(r["gap"] for r in here) <= 1e-4
        assert min(r["subopt"] for r in here) <= 1e-6
    ours = [r for r in runs if r["solver"] == "fastreg"]
    assert all(r["gap"] <= r["setting"] * (1 + 1e-6) + 1e-14 for r in ours)
    assert all(r["n_passes"] > 0 for r in ours)
    assert "| sparse | sklearn" in (out / "report.md").read_text(encoding="utf-8")
    assert (out / "gap.png").stat().st_size > 10_000
    again = bench("compare", str(out), str(out))
    assert "| sparse | fastreg |" in again.stdout
    assert again.stdout.count("tie") == again.stdout.count("\n") - 2


@posix
def test_the_cap_ends_a_run() -> None:
    from bench.cell import Request

    answer = launch.run(
        Request("diabetes", "reference", 1e-13, cap=0.05), sys.executable
    )
    assert answer["status"] == "capped"


def test_kernels_agree_with_numpy() -> None:
    from fastreg import _core

    kernels = _core.kernels(_core.isa)
    rng = np.random.default_rng(0)
    X, R = rng.standard_normal((30, 12)), rng.standard_normal((30, 3))
    np.testing.assert_allclose(kernels.transpose_matvec(X, R), X.T @ R, atol=1e-12)
    np.testing.assert_allclose(kernels.gram(X), X.T @ X, atol=1e-12)
    H, b = X.T @ X, rng.standard_normal(12)
    np.testing.assert_allclose(kernels.cholesky_solve(H, b), np.linalg.solve(H, b))
    with pytest.raises(ValueError, match="not positive definite"):
        kernels.cholesky_solve(np.ones((2, 2)), np.ones(2))


@pytest.mark.parametrize("parts", [1, 2])
def test_tile_products_agree_with_numpy(parts: int) -> None:
    from fastreg import _core

    kernels = _core.kernels(_core.isa)
    X = np.random.default_rng(0).standard_normal((1000, 70))
    gram = kernels.tile_gram(X, parts)
    assert gram.dtype == np.float32
    np.testing.assert_array_equal(gram, gram.T)
    bound = {1: 2.0**-7, 2: 2.0**-14}[parts] * (np.abs(X).T @ np.abs(X))
    assert (np.abs(gram - X.T @ X) <= bound).all()
    # Rounding errors have either sign.
    assert np.abs(gram - X.T @ X).mean() < 0.05 * bound.mean()
    with pytest.raises(ValueError, match="parts must be 1 or 2, got 3"):
        kernels.tile_gram(X, 3)


def test_micro_prints_shares_of_the_limits() -> None:
    from fastreg import _core

    kernels = _core.kernels(_core.isa)
    run = bench("micro", "--scale", "0.02")
    assert run.returncode == 0, run.stderr
    rows = [line for line in run.stdout.splitlines() if line.endswith("% |")]
    assert len(rows) == 13 + 6 * kernels.has_tiles()


@posix
def test_scaling_fits_an_exponent(tmp_path: Path) -> None:
    words = ("--small", "--reps", "1", "--axes", "p", "--out", str(tmp_path))
    run = bench("scaling", *words)
    assert run.returncode == 0, run.stderr
    assert "time grows as p^" in run.stdout
    assert (tmp_path / "scaling.png").stat().st_size > 10_000


def test_adapters_are_read_without_their_packages() -> None:
    assert {"celer", "skglm", "adelie", "glum", "blitzl1"} < set(SOLVERS)
    for solver in SOLVERS.values():
        assert list(solver.ladder) == sorted(solver.ladder, reverse=True)
        assert solver.start(1e-4) <= solver.start(1e-8)
