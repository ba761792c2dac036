"""`bench`, which is no part of the package, made importable and run as a command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

# Runs are ended by POSIX signals.
posix = pytest.mark.skipif(sys.platform == "win32", reason="bench needs POSIX")


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a subcommand."""
    return subprocess.run(
        [sys.executable, "-m", "bench", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(autouse=True)
def fresh_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data of its own for each test; imported, it holds for a module."""
    monkeypatch.setenv("BENCH_DATA", str(tmp_path / "data"))
