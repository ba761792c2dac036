"""Many problems at once take little memory, and no thread a copy of the data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import many_memory

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="reads the peak from /proc"
)
MB = 1e6
THREADS = (1, 4)
X_BYTES = 8 * MB
# Responses are solved in blocks, with X'y of each and two of the Gram matrix.
FIXED = {"fit_many": 100 * MB}
# Samples of a block have a weight for each of 500 rows.
PER_PROBLEM = {
    "fit_many": 60e3,
    "fit_many, missing": 60e3,
    "bootstrap": 8e3,
    "stability_selection": 8e3,
}


@pytest.fixture(scope="module")
def grown():
    """For each function: what it grew by with 1 thread and with 4."""
    children = [
        subprocess.Popen(
            [sys.executable, "many_memory.py", str(n_threads)],
            cwd=Path(__file__).parent,
            env={**os.environ, "MALLOC_ARENA_MAX": "1"},  # or what is free varies
            stdout=subprocess.PIPE,
            text=True,
        )
        for n_threads in THREADS
    ]
    found = {}
    for child in children:
        output, _ = child.communicate(timeout=300)
        assert child.returncode == 0
        for name, few, many in map(json.loads, output.splitlines()):
            found.setdefault(name, []).append((few, many))
    return found


@pytest.mark.parametrize("name", many_memory.NAMES)
def test_memory_is_bounded(grown, name):
    for n_threads, (few, many) in zip(THREADS, grown[name], strict=True):
        fixed = FIXED.get(name, X_BYTES)
        results = 3 * many[2]
        each = PER_PROBLEM.get(name, 4e3)
        assert few[1] <= fixed + few[0] * each + results
        # A thread that came too late for one of the few has scratch space of a MB, and
        # memory comes in pieces of as much.
        late = (n_threads + 1) * MB
        assert many[1] - few[1] <= (many[0] - few[0]) * each + results + late


@pytest.mark.parametrize("name", many_memory.NAMES)
def test_no_thread_has_data_of_its_own(grown, name):
    one, four = (max(few[1], many[1]) for few, many in grown[name])
    assert four <= one + 3 * X_BYTES / 2
