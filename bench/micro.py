"""``python -m bench micro``: kernels against the machine's limits.

A pass over X can't be faster than memory; the limit is what NumPy's sum reads a second,
of an array as large. A Gram matrix and a factor can't be faster than BLAS and LAPACK do
the same. Flops are counted as n p² for a Gram matrix and p³/3 for a factor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg import lapack

from bench import launch, machine
from bench.cell import environment


@dataclass(frozen=True)
class Rate:
    """How fast a kernel and its limit are, in GB/s or GFLOP/s."""

    kernel: str
    unit: str
    ours: float
    limit: float
    limited_by: str

    def row(self) -> str:
        """A row of the Markdown table."""
        share = f"{100 * self.ours / self.limit:.0f} %"
        cells = (self.kernel, f"{self.ours:.1f} {self.unit}", f"{self.limit:.1f}")
        return f"| {' | '.join((*cells, self.limited_by, share))} |"


def fastest(run: Callable[[], Any], seconds: float = 0.3) -> float:
    """The shortest time of a call, over about the seconds given."""
    times: list[float] = []
    while len(times) < 3 or (sum(times) < seconds and len(times) < 100):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def passes(kernels: Any, scale: float) -> list[Rate]:
    """X'r and X'R for every storage, in bytes of X a second."""
    rng = np.random.default_rng(0)
    n, p = 1000, int(20_000 * scale)
    X = np.asfortranarray(rng.standard_normal((n, p)))
    limit = X.nbytes / fastest(X.sum) / 1e9
    rates = []
    stored: dict[str, Any] = {"F": X, "C": np.ascontiguousarray(X)}
    stored["F float32"] = X.astype(np.float32)
    for name, array in stored.items():
        for count in (1, 8):
            R = np.asfortranarray(rng.standard_normal((n, count)))
            time_taken = fastest(partial(kernels.transpose_matvec, array, R))
            words = f"X'R, {name}, {count} residual{'s' * (count > 1)}"
            rate = array.nbytes / time_taken / 1e9
            rates.append(Rate(words, "GB/s", rate, limit, "sum"))
    return [*rates, sparse_pass(kernels, scale)]


def sparse_pass(kernels: Any, scale: float) -> Rate:
    """X'r of a CSC matrix; values and row numbers count as read."""
    rng = np.random.default_rng(1)
    n, p, entries = 20_000, int(200_000 * scale), int(4_000_000 * scale)
    rows = rng.integers(0, n, entries, dtype=np.int32)
    columns = rng.integers(0, p, entries, dtype=np.int32)
    X = sp.csc_array((np.ones(entries), (rows, columns)), shape=(n, p))
    parts = (X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32), n)
    r = rng.standard_normal((n, 1))
    size = parts[0].nbytes + parts[1].nbytes
    ours = size / fastest(partial(kernels.transpose_matvec, parts, r)) / 1e9
    limit = X.data.nbytes / fastest(X.data.sum) / 1e9
    return Rate("X'r, CSC int32", "GB/s", ours, limit, "sum")


def matrix_products(kernels: Any, scale: float) -> list[Rate]:
    """Gram matrices and Cholesky factors, in flops a second."""
    rng = np.random.default_rng(2)
    rates = []
    for n, p in ((500, 500), (5000, int(1000 * scale)), (20_000, int(500 * scale))):
        X = np.asfortranarray(rng.standard_normal((n, p)))
        flops = n * p**2 / 1e9
        ours = flops / fastest(partial(kernels.gram, X))
        limit = flops / fastest(partial(np.matmul, X.T, X))
        rates.append(Rate(f"X'X, {n} x {p}", "GFLOP/s", ours, limit, "X.T @ X"))
        rates.extend(tile_products(kernels, X))
    for p in (200, int(1000 * scale), int(2000 * scale)):
        A = rng.standard_normal((p + 50, p))
        H = np.asfortranarray(A.T @ A / p + np.eye(p))
        b = np.ones(p)
        flops = p**3 / 3e9
        ours = flops / fastest(partial(kernels.cholesky_solve, H, b))
        limit = flops / fastest(partial(lapack.dpotrf, H, lower=1))
        rates.append(Rate(f"Cholesky, {p}", "GFLOP/s", ours, limit, "dpotrf"))
    return rates


def tile_products(kernels: Any, X: NDArray[np.float64]) -> list[Rate]:
    """X'X from entries of 8 and 16 bits, where the processor has units for it."""
    if not kernels.has_tiles():
        return []
    n, p = X.shape
    single, flops = X.astype(np.float32), n * p**2 / 1e9
    limit = flops / fastest(partial(np.matmul, single.T, single))
    rates = []
    for parts in (1, 2):
        ours = flops / fastest(partial(kernels.tile_gram, X, parts))
        words = f"X'X, {n} x {p}, {8 * parts} bits"
        rates.append(Rate(words, "GFLOP/s", ours, limit, "X.T @ X, float32"))
    return rates


def measure(scale: float) -> list[Rate]:
    """All kernels of the instruction set that fastreg chose."""
    from fastreg import _core

    kernels = _core.kernels(_core.isa)
    return [*passes(kernels, scale), *matrix_products(kernels, scale)]


def table(rates: list[Rate]) -> str:
    """Markdown."""
    head = "| kernel | fastreg | limit | of | share |\n|---|---|---|---|---|"
    return "\n".join([head, *(rate.row() for rate in rates)])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    words = "size of the arrays relative to the usual ones"
    parser.add_argument("--scale", type=float, default=1.0, help=words)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)


def main(options: argparse.Namespace) -> int:
    """Print the table. BLAS takes its number of threads at import: a new process."""
    if not options.here:
        words = ["micro", "--here", "--scale", str(options.scale)]
        return launch.module("bench", words, environment(threads=1))
    from fastreg import _core

    print(f"{machine.sentence()}; fastreg kernels for {_core.isa}, one thread\n")
    print(table(measure(options.scale)))
    return 0
