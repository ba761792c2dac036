"""Cross-validation needs less than half of X beside it: folds are no copies of rows.

A thread more needs what one path more needs.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

# The resident memory at its peak, less that before, as a share of X.
CODE = """
import re, sys
import numpy as np
import fastreg

def status(name):
    with open("/proc/self/status") as file:
        return 1024 * int(re.search(name + r":\\s+(\\d+)", file.read())[1])

def dense(n, p, order="F"):
    X = np.empty((n, p), order=order)
    for j in range(p):
        X[:, j] = rng.standard_normal(n)
    return X, X.nbytes

def sparse(n, p, each):
    from scipy.sparse import csc_array
    rows = rng.integers(0, n // each, (p, each)) + n // each * np.arange(each)
    values = rng.standard_normal(p * each)
    ends = np.arange(0, p * each + 1, each)
    X = csc_array((values, rows.ravel(), ends), shape=(n, p))
    return X, X.data.nbytes + X.indices.nbytes + X.indptr.nbytes

rng = np.random.default_rng(0)
small = rng.standard_normal((60, 3))
fastreg.cv(small, small.sum(axis=1) + small[:, 0] ** 2, cv=3, alphas=[1.0, 0.1])
X, size = {X}
y = X[:, :8] @ np.ones(8) + rng.standard_normal(X.shape[0])
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
before = status("VmRSS")
fastreg.cv(X, y, cv=10, **{options})
print((status("VmHWM") - before) / size)
"""

FEW = {"alphas": 30, "eps": 0.1, "early_stop": False}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("X", "options"),
    [
        pytest.param("dense(400, 30_000)", FEW, marks=pytest.mark.slow),
        pytest.param("dense(400, 30_000, 'C')", FEW, marks=pytest.mark.slow),
        ("dense(60_000, 150)", {}),
        ("dense(60_000, 150, 'C')", {"n_threads": 2}),
        ("dense(20_000, 300)", {}),  # as few rows as the Gram matrices of folds take
        pytest.param("sparse(20_000, 10_000, 400)", FEW, marks=pytest.mark.slow),
    ],
)
def test_peak(X: str, options: dict[str, float]) -> None:
    code = CODE.replace("{X}", X)
    code = code.replace("{options}", repr({"n_threads": 1, **options}))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    share = float(done.stdout)
    assert 0.0 < share < 0.5
