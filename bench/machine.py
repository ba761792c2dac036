"""What the numbers were measured on, without names and dates."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path


def facts() -> dict[str, str]:
    """Processor, cores that may be used, system, Python and NumPy."""
    import numpy as np

    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if _linux() else os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _linux() -> bool:
    return hasattr(os, "sched_getaffinity")


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown"
    names = [line for line in text.splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else "unknown"


def write(file: Path) -> None:
    """The facts as JSON."""
    file.write_text(json.dumps(facts(), indent=2) + "\n", encoding="utf-8")


def sentence() -> str:
    """The facts in one line."""
    found = facts()
    return (
        f"{found['processor']}, {found['cores']} cores, {found['system']}, "
        f"Python {found['python']}, NumPy {found['numpy']}"
    )
