"""Starts cells: which interpreter, how long at most, and what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from bench import cell, suites
from bench.cell import Request
from bench.suites import SUITES

ROOT = Path(__file__).parent.parent

# Loading, compiling and checking are outside the cap, but not without end either.
ALLOWANCE = 300.0


@dataclass
class Interpreters:
    """The Python that runs each solver; the one that runs this by default."""

    by_solver: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, options: list[str], more: Iterable[str] = ()) -> Interpreters:
        """From "solver=path" words, also in $BENCH_PYTHON, separated by commas.

        "peers" stands for all solvers but ours; a name goes before it. `more` are
        names beside those of the suites.
        """
        words = [*os.environ.get("BENCH_PYTHON", "").split(","), *options]
        solvers = chain(*(suite.solvers for suite in SUITES.values()))
        known = {"peers", *more, *solvers}
        pairs = {}
        for word in filter(None, words):
            name, found, path = word.partition("=")
            if not found or name not in known:
                raise ValueError(
                    f"--python takes SOLVER=PATH or peers=PATH, got {word}."
                )
            pairs[name] = path
        return cls(pairs)

    def of(self, solver: str) -> str:
        """Interpreter of a solver."""
        if solver in self.by_solver:
            return self.by_solver[solver]
        if suites.ours(solver):
            return sys.executable
        return self.by_solver.get("peers", sys.executable)


def facts(solver: str, python: str) -> dict[str, str]:
    """Version (empty if absent) and instruction set, asked of the interpreter."""
    try:
        return answer(python, "bench.cell", "--facts", solver)
    except ValueError:
        return {"version": ""}


def answer(python: str, name: str, *words: str) -> dict[str, Any]:
    """What ``python -m name words`` says in its last line, as JSON; with one thread.

    Raises
    ------
    ValueError
        If it fails.
    """
    done = subprocess.run(
        [python, "-m", name, *words],
        cwd=ROOT,
        env=cell.environment(threads=1),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[-1:]
        raise ValueError(f"python -m {name} failed: {''.join(reason)}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def run(request: Request, python: str) -> dict[str, Any]:
    """The answer of a cell, with "capped", "failed: ..." as status if it has none."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [python, "-m", "bench.cell", request.to_json()],
        cwd=ROOT,
        env=cell.environment(request.threads),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=3 * request.cap + ALLOWANCE)
    except subprocess.TimeoutExpired:
        _end(process)
        return {"status": "capped", "elapsed": time.perf_counter() - start}
    except BaseException:  # also Ctrl-C: leave nothing running
        _end(process)
        raise
    elapsed = time.perf_counter() - start
    if -process.returncode in (signal.SIGALRM, signal.SIGPROF):
        _end(process)
        return {"status": "capped", "elapsed": elapsed}
    if process.returncode != 0 or not output.strip():
        reason = errors.strip().splitlines()[-1:] or [f"exit {process.returncode}"]
        return {"status": f"failed: {reason[0][:200]}", "elapsed": elapsed}
    return {**json.loads(output.splitlines()[-1]), "elapsed": elapsed}


def _end(process: subprocess.Popen[str]) -> None:
    """End the cell and what it started, such as R."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def module(name: str, words: list[str], environment: dict[str, str]) -> int:
    """Run ``python -m name words`` with an environment of its own; the exit code."""
    command = [sys.executable, "-m", name, *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    return done.returncode
