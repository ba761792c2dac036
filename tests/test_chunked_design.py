"""Data that is read block by block: the same answers, in few counted reads."""

from __future__ import annotations

import builtins
import signal
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import fastreg
from designs import CountingSource, uneven_blocks
from fastreg.design import ChunkedDesign
from problems import PROBLEMS, ar1, recomputed_gaps, weights

TIGHT: dict[str, Any] = {"tol": 1e-13, "alphas": 20}
# Room for this many bytes: blocks of a row or so, and eight columns ahead.
TINY = 1000


def assert_same_path(path: fastreg.Path, other: fastreg.Path) -> None:
    assert_allclose(path.alphas, other.alphas, rtol=1e-10)
    scale = np.abs(other.coefs).max() or 1.0
    assert_allclose(path.coefs / scale, other.coefs / scale, atol=1e-10)
    assert_allclose(path.intercepts, other.intercepts, rtol=1e-7, atol=1e-7)


def on_disk(X: Any, folder: Path, order: str) -> Any:
    file = folder / "X.npy"
    np.save(file, np.asarray(X, order=order))
    return np.load(file, mmap_mode="r")


# --- the same as in memory ------------------------------------------------------


@pytest.mark.parametrize("name", ["tall", "wide", "constant_columns", "offset_scales"])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_equal_to_the_array(
    name: str, standardize: bool, fit_intercept: bool, weighted: bool, l1_ratio: float
) -> None:
    X, y = PROBLEMS[name]()
    options = {
        "standardize": standardize,
        "fit_intercept": fit_intercept,
        "sample_weight": weights(len(y)) if weighted else None,
        "l1_ratio": l1_ratio,
    }
    source = CountingSource(X)
    design = ChunkedDesign(source, memory=TINY)
    path = fastreg.path(design, y, **options, **TIGHT)
    assert_same_path(path, fastreg.path(X, y, **options, **TIGHT))
    assert recomputed_gaps(path, X, y, **options).max() <= 1e-9
    assert source.n_reads == design.n_passes
    placed = l1_ratio == 0.0  # the grid itself needs the moments
    assert path.n_passes == source.n_reads - placed


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("memory", [TINY, 2**20])
def test_every_problem_is_certified(name: str, memory: int) -> None:
    X, y = PROBLEMS[name]()
    path = fastreg.path(ChunkedDesign(CountingSource(X), memory=memory), y, tol=1e-9)
    assert recomputed_gaps(path, X, y).max() <= 1.1e-9


@pytest.mark.parametrize("seed", range(20))
def test_all_options_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, y = ar1(int(rng.integers(8, 40)), int(rng.integers(2, 60)), 0.6, seed=seed)
    p = X.shape[1]
    factor = rng.choice([0.5, 1.0, 2.0, np.inf], p, p=[0.3, 0.3, 0.3, 0.1])
    factor[: 2 * (seed % 2)] = 0.0
    options = {
        "l1_ratio": float(rng.choice([1.0, 0.5, 0.1])),
        "fit_intercept": bool(rng.integers(2)),
        "standardize": bool(rng.integers(2)),
        "penalty_factor": factor,
        "lower_bounds": np.where(rng.random(p) < 0.4, -rng.random(p), -np.inf),
        "upper_bounds": np.where(rng.random(p) < 0.4, rng.random(p), np.inf),
        "sample_weight": rng.random(len(y)) + 0.1,
        "offset": rng.standard_normal(len(y)),
    }
    design = ChunkedDesign(CountingSource(X), memory=TINY)
    path = fastreg.path(design, y, alphas=12, eps=1e-2, tol=1e-9, **options)
    assert recomputed_gaps(path, X, y, **options).max() <= 1.1e-9
    assert path.n_passes == design.n_passes


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f8", "f4", "i2", "?"])
def test_memory_maps(order: str, dtype: str, tmp_path: Path) -> None:
    X, y = ar1(50, 300, k=10)
    X = (8.0 * X).astype(dtype)
    design = ChunkedDesign(on_disk(X, tmp_path, order), memory=20_000)
    path = fastreg.path(design, y, **TIGHT)
    assert_same_path(path, fastreg.path(X.astype(float), y, **TIGHT))
    assert path.n_passes == design.n_passes <= 12


def test_a_map_that_was_written_to_keeps_its_changes(tmp_path: Path) -> None:
    X, y = ar1(40, 200)
    np.save(tmp_path / "X.npy", X)
    for mode in ("r+", "c"):
        changed = np.load(tmp_path / "X.npy", mmap_mode=mode)
        changed[3] = 0.0
        fastreg.path(ChunkedDesign(changed, memory=10_000), y, alphas=3)
        assert not changed[3].any()
        assert np.array_equal(changed[4:], X[4:])


SOURCES: dict[str, Any] = {
    "sliced": CountingSource,
    "C": np.ascontiguousarray,
    "F": np.asfortranarray,
    "every other": lambda X: np.repeat(X, 2, axis=0)[::2],
    "backwards": lambda X: np.ascontiguousarray(X[::-1])[::-1],
    "big-endian": lambda X: X.astype(">f8"),
    "list": lambda X: [X[:7], X[7:8], X[8:]],
    "tuple of lists": lambda X: tuple(block.tolist() for block in (X[:9], X[9:])),
    "function": lambda X: lambda: uneven_blocks(X),
    "one block": lambda X: [X],
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("memory", [TINY, 2**26])
def test_sources(kind: str, memory: int) -> None:
    X, y = PROBLEMS["offset_scales"]()
    design = ChunkedDesign(SOURCES[kind](X), memory=memory)
    assert design.shape == X.shape
    assert_same_path(fastreg.path(design, y, **TIGHT), fastreg.path(X, y, **TIGHT))


def test_one_row_and_one_column_at_a_time() -> None:
    X, y = ar1(30, 60)
    source = CountingSource(X)
    path = fastreg.path(ChunkedDesign(source, chunk_rows=1, memory=1), y, **TIGHT)
    assert source.most_rows == 1
    assert_same_path(path, fastreg.path(X, y, **TIGHT))


def test_coef_init() -> None:
    X, y = ar1(30, 60)
    start = fastreg.path(X, y, alphas=[0.1]).coefs[:, 0]
    design = ChunkedDesign(CountingSource(X), memory=TINY)
    path = fastreg.path(design, y, alphas=[0.05], coef_init=start, tol=1e-13)
    assert_same_path(path, fastreg.path(X, y, alphas=[0.05], tol=1e-13))
    assert path.n_passes == design.n_passes


@pytest.mark.parametrize("l1_ratio", [0.0, 1e-3])
def test_a_dense_solution_with_bounds(l1_ratio: float) -> None:
    """More features enter at once than there is room for."""
    X, y = ar1(40, 60)
    options: dict[str, Any] = {"positive": True, "l1_ratio": l1_ratio}
    design = ChunkedDesign(CountingSource(X), memory=TINY)
    path = fastreg.path(design, y, alphas=[1.0, 0.1, 0.01], tol=1e-9, **options)
    assert path.n_nonzero.max() > 8
    assert recomputed_gaps(path, X, y, **options).max() <= 1.1e-9


def test_a_far_alpha_at_once() -> None:
    X, y = ar1(150, 600, k=60)
    design = ChunkedDesign(CountingSource(X), memory=50_000)
    path = fastreg.path(design, y, alphas=[1e-3], tol=1e-10)
    assert recomputed_gaps(path, X, y).max() <= 1.1e-10


# --- few reads, little memory ---------------------------------------------------


@pytest.mark.parametrize("rho", [0.0, 0.9])
def test_few_passes(rho: float) -> None:
    X, y = ar1(100, 4000, rho, k=20)
    source = CountingSource(X)
    memory = X.nbytes // 50
    path = fastreg.path(ChunkedDesign(source, memory=memory), y, tol=1e-13)
    assert path.n_passes == source.n_reads <= 20
    assert_same_path(path, fastreg.path(X, y, tol=1e-13))


def test_blocks_fit_into_the_memory_for_them() -> None:
    """At most two exist, the one in use and the next, and both fit."""
    alive: list[int] = []
    blocks: list[weakref.ref[Any]] = []

    class Block(np.ndarray[Any, Any]):
        pass

    class Source(CountingSource):
        def __getitem__(self, rows: slice) -> Any:
            block = super().__getitem__(rows).view(Block)
            blocks.append(weakref.ref(block))
            here = [each() for each in blocks]
            alive.append(sum(each.nbytes for each in here if each is not None))
            return block

    X, y = ar1(60, 300)
    fastreg.path(ChunkedDesign(Source(X), memory=40_000), y)
    assert 0 < max(alive) <= 40_000


# --- verbs ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", SOURCES)
def test_verbs_are_those_of_the_array(kind: str) -> None:
    X, _ = PROBLEMS["offset_scales"]()
    design = ChunkedDesign(SOURCES[kind](X), memory=TINY)
    rng = np.random.default_rng(0)
    B, R = rng.standard_normal((X.shape[1], 3)), rng.standard_normal((len(X), 2))
    J, w = np.array([7, 0, 3]), weights(len(X))
    assert_allclose(design.matvec(B), X @ B)
    assert_allclose(design.transpose_matvec(R), X.T @ R)
    assert_allclose(design.columns(J), X[:, J])
    assert_allclose(design.sandwich(w, J), X[:, J].T * w @ X[:, J])
    products, gathered = design.transpose_matvec_and_columns(R, J)
    assert_allclose(products, X.T @ R)
    assert_allclose(gathered, X[:, J])
    mean, variance = design.column_moments(w)
    centre = np.average(X, axis=0, weights=w)
    assert_allclose(mean, centre)
    assert_allclose(variance, np.average((X - centre) ** 2, axis=0, weights=w))


def test_moments_of_data_far_from_zero() -> None:
    """Also if the rows before some weight nothing, and one is far from the others."""
    X = np.random.default_rng(0).standard_normal((500, 4)) + 1e6
    X[:, 2], X[:3], w = 0.1, 1e9, weights(500)
    w[:3] = 0.0
    mean, variance = ChunkedDesign(X, chunk_rows=2).column_moments(w)
    centre = np.average(X - X[5], axis=0, weights=w)
    squares = np.average((X - X[5] - centre) ** 2, axis=0, weights=w)
    assert_allclose(mean, centre + X[5], rtol=1e-14)
    assert_allclose(variance[[0, 1, 3]], squares[[0, 1, 3]], rtol=1e-9)
    assert variance[2] == 0.0


# --- faults ---------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("names", [None, [f"x{j}" for j in range(8)]])
def test_missing_values_are_located(value: float, names: Any) -> None:
    X, y = ar1(30, 8)
    X[[17, 20], 5] = value
    design = ChunkedDesign(X, chunk_rows=4, feature_names=names)
    name = r" \('x5'\)" if names else ""
    with pytest.raises(ValueError, match=f"in column 5{name}, first at row 17"):
        fastreg.path(design, y)


def test_entries_whose_squares_overflow() -> None:
    X, y = ar1(30, 8)
    with pytest.raises(ValueError, match="column_moments of ChunkedDesign"):
        fastreg.path(ChunkedDesign(1e200 * X), y)


class DiskError(OSError):
    """What only the source raises."""


@pytest.mark.parametrize("read", [1, 2, 3])
def test_exceptions_of_the_source_are_unchanged(read: int) -> None:
    error = DiskError("sector not found")

    class Failing(CountingSource):
        def __getitem__(self, rows: slice) -> Any:
            block = super().__getitem__(rows)
            if self.n_reads == read and rows.start > 0:
                raise error
            return block

    X, y = ar1(40, 200)
    with pytest.raises(DiskError) as caught:
        fastreg.path(ChunkedDesign(Failing(X), chunk_rows=10, memory=TINY), y)
    assert caught.value is error


@pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="no signals")
def test_ctrl_c_while_reading() -> None:
    class Interrupted(CountingSource):
        def __getitem__(self, rows: slice) -> Any:
            if self.n_reads == 2:
                signal.raise_signal(signal.SIGINT)
            return super().__getitem__(rows)

    X, y = ar1(40, 200)
    with pytest.raises(KeyboardInterrupt):
        fastreg.path(ChunkedDesign(Interrupted(X), memory=TINY), y)


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (iter([np.ones((3, 2))]), TypeError, "iterator, which can be read only once"),
        (3, TypeError, "sliced by rows and have a shape.*got int"),
        (np.ones(3), ValueError, r"2 dimensions, got shape \(3,\)"),
        (np.ones((0, 3)), ValueError, r"at least one row.*\(0, 3\)"),
        (np.ones((3, 0)), ValueError, r"at least one row.*\(3, 0\)"),
        ([], ValueError, r"at least one row.*\(0, 0\)"),
        ([np.ones((3, 2)), np.ones((3, 1))], ValueError, "block 1 has 1 columns, exp"),
        ([np.ones(3)], ValueError, r"block 0 must have 2 dimensions, got shape \(3,\)"),
    ],
)
def test_bad_sources(source: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        ChunkedDesign(source)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"memory": 0}, "memory must be an int of at least 1, got 0"),
        ({"memory": 1.5}, "memory must be an int"),
        ({"chunk_rows": 0}, "chunk_rows must be an int of at least 1, got 0"),
        ({"feature_names": ["a"]}, "X has 2 columns but 1 feature_names"),
    ],
)
def test_bad_options(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ChunkedDesign(np.ones((3, 2)), **options)


@pytest.mark.parametrize(("rows", "message"), [(31, "more rows"), (29, "29 rows, but")])
def test_a_source_that_changes(rows: int, message: str) -> None:
    X, y = ar1(31, 4)
    lengths = iter([30, rows])
    design = ChunkedDesign(lambda: [X[: next(lengths)]])
    with pytest.raises(ValueError, match=message):
        fastreg.path(design, y[:30])


def test_slices_of_another_shape() -> None:
    class Short(CountingSource):
        def __getitem__(self, rows: slice) -> Any:
            return super().__getitem__(rows)[:1]

    X, y = ar1(30, 4)
    with pytest.raises(ValueError, match=r"source\[0:5\] has shape \(1, 4\), expected"):
        fastreg.path(ChunkedDesign(Short(X), chunk_rows=5), y)


def test_text_is_refused() -> None:
    X, y = ar1(30, 4)
    with pytest.raises(TypeError, match="X must hold real numbers, got dtype <U"):
        fastreg.path(ChunkedDesign(X.astype(str)), y)


# --- Parquet --------------------------------------------------------------------


def test_parquet(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import polars as pl

    X, y = ar1(50, 6)
    frame = pl.DataFrame({f"x{j}": X[:, j] for j in range(6)}).with_columns(
        flag=pl.Series(y > 0), count=pl.Series(np.arange(50)), text=pl.lit("a")
    )
    file = tmp_path / "X.parquet"
    frame.write_parquet(file, row_group_size=16)
    used = ["x3", "x0", "flag", "count"]
    design = ChunkedDesign.from_parquet(file, columns=used, memory=TINY)
    values = frame.select(used).to_numpy().astype(float)
    path = fastreg.path(design, y, **TIGHT)
    assert path.feature_names == tuple(used)
    assert_same_path(path, fastreg.path(values, y, **TIGHT))
    assert path.n_passes == design.n_passes
    with pytest.raises(ValueError, match="no column 'x9'"):
        ChunkedDesign.from_parquet(file, columns=["x9"])
    with pytest.raises(TypeError, match=r"column 'text' .* real numbers, got .*string"):
        fastreg.path(ChunkedDesign.from_parquet(file), y)
    frame = frame.with_columns(
        x1=pl.when(pl.col("count") == 20).then(None).otherwise(1)
    )
    frame.write_parquet(file)
    with pytest.raises(ValueError, match=r"NaN in column 1 \('x1'\), first at row 20"):
        fastreg.path(ChunkedDesign.from_parquet(file, ["x0", "x1"]), y)


def test_parquet_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return plain(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="needs pyarrow: pip install pyarrow"):
        ChunkedDesign.from_parquet("X.parquet")


def test_hdf5(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    X, y = ar1(50, 120)
    with h5py.File(tmp_path / "X.h5", "w") as file:
        stored = file.create_dataset("X", data=X.astype("f4"), chunks=(16, 60))
        path = fastreg.path(ChunkedDesign(stored, memory=TINY), y, **TIGHT)
    assert_same_path(path, fastreg.path(X.astype("f4").astype(float), y, **TIGHT))
