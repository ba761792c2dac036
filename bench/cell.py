"""One measurement in a process of its own: ``python -m bench.cell '{"problem": ...}'``.

Prints a line of JSON. The interpreter may be one that has a peer and no fastreg. A run
that takes longer than its cap is ended by a signal, which no library can catch late.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

THREAD_VARIABLES = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "BLIS")

# Runs that take less than this in total are repeated, and the median counts.
SHORT = 0.5


@dataclass(frozen=True)
class Request:
    """What is to be measured."""

    problem: str
    solver: str
    setting: float
    cap: float = 120.0  # seconds
    clock: str = "wall"  # or cpu: what the cap and `seconds` count
    threads: int = 1
    accuracy: bool = True
    keep: str = ""  # a file for the coefficients
    suite: str = "paths"

    def to_json(self) -> str:
        """One argument of the command line."""
        return json.dumps(asdict(self))


def environment(threads: int) -> dict[str, str]:
    """Variables that hold every library to the number of threads."""
    from bench import data

    numba = data.folder() / "numba"
    held = {f"{name}_NUM_THREADS": str(threads) for name in THREAD_VARIABLES}
    return {**os.environ, **held, "NUMBA_CACHE_DIR": str(numba)}


def measure(request: Request) -> dict[str, Any]:
    """Seconds, accuracy, passes and memory of one run."""
    from bench import suites

    suite = suites.SUITES[request.suite]
    solver = suite.find(request.solver)
    problem = suite.load(request.problem)
    if not solver.suits(problem):
        return {"status": "unsuited"}
    if solver.compiled:
        warm = solver.make(suite.warm_up(problem), request.threads)
        warm(solver.ladder[len(solver.ladder) // 3])
    run = solver.make(problem, request.threads)
    fit, spent = _timed(lambda: run(request.setting), problem, request)
    out: dict[str, Any] = {"status": "ok", **spent, "x_mb": problem.x_bytes / 1e6}
    for name in ("seconds", "cpu_seconds", "n_passes"):
        if getattr(fit, name) is not None:
            out[name] = getattr(fit, name)
    if fit.peak_bytes is not None:
        out["peak_mb"] = fit.peak_bytes / 1e6
    if request.accuracy:
        out.update(suite.judge(fit, problem))
    if request.keep:
        import scipy.sparse as sp

        sp.save_npz(request.keep, sp.csc_array(fit.coefs))
    return out


def _timed(
    run: Callable[[], Any], problem: Any, request: Request
) -> tuple[Any, dict[str, float | None]]:
    """Run once, or several times if it is short; memory is that of the first time."""
    import numpy as np

    if not problem.sparse:
        problem.X.sum()  # so that the pages of a memory map count as inputs
    # R's processor time is not this process's.
    cpu_clock = request.clock == "cpu" and not request.solver.startswith("glmnet-r")
    timer = signal.ITIMER_PROF if cpu_clock else signal.ITIMER_REAL
    signal.setitimer(timer, request.cap)
    before = reset_peak()
    walls: list[float] = []
    cpus: list[float] = []
    peak = None
    while not walls or (sum(walls) < SHORT and len(walls) < 15):
        wall, cpu = time.perf_counter(), _cpu_seconds()
        fit = run()
        walls.append(time.perf_counter() - wall)
        cpus.append(_cpu_seconds() - cpu)
        if peak is None and before is not None:
            peak = (memory("VmHWM") - before) / 1e3
    signal.setitimer(timer, 0.0)
    spent = {
        "seconds": float(np.median(walls)),
        "cpu_seconds": float(np.median(cpus)),
        "peak_mb": peak,
    }
    return fit, spent


def _cpu_seconds() -> float:
    """Processor time of this process. Armed timers make time.process_time() coarse."""
    import resource  # not on Windows, which imports this module in tests

    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def reset_peak() -> int | None:
    """Resident kB now, with the peak set back to it; None where that can't be done."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return memory("VmRSS")
    except OSError:
        return None


def memory(name: str) -> int:
    """An entry of /proc/self/status, in kB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{name}:")[1].split()[0])


def probe(solver: str) -> str:
    """Version of the solver's package in this interpreter, "" if it is absent."""
    from bench import suites

    package = suites.solver(solver).package
    if package.startswith("R:"):
        return _probe_r(package[2:])
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _probe_r(package: str) -> str:
    import subprocess

    from bench.solvers.glmnet_r import RSCRIPT

    code = f'cat(as.character(packageVersion("{package}")))'
    try:
        done = subprocess.run(
            [RSCRIPT, "-e", code], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def facts(solver: str) -> dict[str, str]:
    """What must stand beside a number: versions, and fastreg's instruction set."""
    out = {"version": probe(solver)}
    if solver.startswith("fastreg") and out["version"]:
        from fastreg import _core

        out["isa"] = _core.isa
    return out


def main() -> None:
    """Answer the request on the command line."""
    words = sys.argv[1:]
    warnings.simplefilter("ignore")
    if words[0] == "--facts":
        print(json.dumps(facts(words[1])))
        return
    try:
        out = measure(Request(**json.loads(words[0])))
    except Exception as error:
        out = {"status": f"failed: {type(error).__name__}: {error}"[:300]}
    print("\n" + json.dumps(out))


if __name__ == "__main__":
    main()
