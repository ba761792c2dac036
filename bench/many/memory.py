"""Memory of a row: ``python -m bench.many.memory '[row, scale, threads]'``."""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Any

from bench import cell
from bench.many.rows import ROWS


def beyond_results(name: str, scale: float, n_threads: int) -> float | None:
    """MB that the process grew by at most, less what the result takes."""
    row = ROWS[name]
    row.ours(row.problems(0.0), n_threads)  # loads what there is to load
    made = row.problems(scale)
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)  # free memory that is still here hides more
    before = cell.reset_peak()
    found = row.ours(made, n_threads)
    if before is None:
        return None
    peak = 1024 * (cell.memory("VmHWM") - before)
    return (peak - _size(found)) / 1e6


def _size(found: Any) -> int:
    if isinstance(found, list):
        return sum(one.coef.nbytes for one in found)
    coefs = found.coefs if isinstance(found.coefs, list) else [found.coefs]
    parts = [part for one in coefs for part in (one.data, one.indices, one.indptr)]
    arrays = (found.alphas, found.intercepts, found.dual_gaps, found.deviance_ratio)
    return sum(array.nbytes for array in (*parts, *arrays))


if __name__ == "__main__":
    print(json.dumps({"mb": beyond_results(*json.loads(sys.argv[1]))}))
