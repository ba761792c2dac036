"""Settings of the test suite: reproducible examples, shared data, acceptance."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Test modules share tests/problems.py; pytest's importlib mode adds no folder.
sys.path.insert(0, str(Path(__file__).parent))

# A shell that starts the suite in the background has it ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples on every machine and every day: a failure can be repeated.
settings.register_profile(
    "fastreg",
    derandomize=True,
    deadline=None,
    max_examples=40,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fastreg")


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Collect the acceptance scripts, which are also run by hand, as tests."""
    by_name = parent.session.isinitpath(file_path)
    if file_path.parent.name == "acceptance" and file_path.suffix == ".py":
        return None if by_name else pytest.Module.from_parent(parent, path=file_path)
    return None


def pytest_configure(config: pytest.Config) -> None:
    for marker in (
        "core: small and about the kernels; run at every instruction-set level",
        "slow: takes more than a few seconds (-m 'not slow' leaves it out)",
    ):
        config.addinivalue_line("markers", marker)
