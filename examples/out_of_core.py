"""Fit a Lasso path to a file that is never loaded.

    python examples/out_of_core.py --rows 500 --features 20000

Makes a file of random numbers (rows x features x 8 bytes), whose response depends on
100 of the features, fits 100 alphas through a memory map, and prints how often the file
was read and how much memory the process needed. The file is deleted afterwards.
With --rows 500 --features 1000000 it has 4 GB.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

import fastreg
from fastreg.design import ChunkedDesign

N_RELEVANT = 100
SIGNAL_TO_NOISE = 3.0


def write_data(file: Path, rows: int, features: int) -> np.ndarray:
    """Write X row by row; return y."""
    rng = np.random.default_rng(0)
    relevant = rng.choice(features, min(N_RELEVANT, features), replace=False)
    coef = rng.choice([-1.0, 1.0], len(relevant))
    signal = np.empty(rows)
    with file.open("wb") as out:
        for i in range(rows):
            row = rng.standard_normal(features)
            signal[i] = row[relevant] @ coef
            row.tofile(out)
    noise = rng.standard_normal(rows) * signal.std() / np.sqrt(SIGNAL_TO_NOISE)
    return signal + noise


def peak_memory() -> str:
    """The most that the process ever had in memory."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return "unknown"
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return f"{int(line.split()[1]) / 1000:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--features", type=int, default=20_000)
    parser.add_argument("--memory", type=int, default=64, help="MiB for blocks")
    parser.add_argument("--directory", default=None, help="where the file is made")
    options = parser.parse_args()

    shape = (options.rows, options.features)
    with tempfile.TemporaryDirectory(dir=options.directory) as folder:
        file = Path(folder) / "X.float64"
        y = write_data(file, *shape)
        print(f"{file.stat().st_size / 1e9:.3g} GB in {file.name}")
        X = np.memmap(file, dtype=np.float64, mode="r", shape=shape)
        design = ChunkedDesign(X, memory=options.memory * 2**20)
        path = fastreg.path(design, y, eps=1e-2, early_stop=False)
        print(path)
        print(f"  passes    {design.n_passes} over the file")
        print(f"  memory    {peak_memory()} at most, of the whole process")
        del X, design  # an open file can't be deleted everywhere


if __name__ == "__main__":
    main()
