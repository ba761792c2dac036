"""A campaign: solvers compete on problems of a suite, and every run is written down.

For each problem, the ladder of each solver is searched for the loosest settings that
meet the goals. Then the contenders, fastreg and the peers that were nearly as fast as
the fastest, are run again in turns, so that a drift of the machine meets all of them.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench import launch, machine, report, suites
from bench.cell import Request
from bench.options import add_timing, clock_column, words
from bench.search import Search

# Peers that took up to this many times as long as the fastest are run again.
CONTENDER = 1.5

FIRST = ("problem", "solver", "version", "isa", "setting", "phase", "status")
LAST = ("n_passes", "peak_mb", "x_mb", "elapsed")


@dataclass
class Campaign:
    """What was asked for, what is known, and the file that results go to.

    Attributes
    ----------
    suite
        Name of the suite.
    goals
        Measures and what they must reach, the loosest first.
    """

    options: argparse.Namespace
    suite: str
    goals: list[tuple[str, float]]
    interpreters: launch.Interpreters
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begin(
        cls, options: argparse.Namespace, suite: str, goals: list[tuple[str, float]]
    ) -> Campaign:
        """Start a new file of results, and ask which of the solvers are installed."""
        interpreters = launch.Interpreters.parse(options.python)
        campaign = cls(options, suite, goals, interpreters)
        options.out.mkdir(parents=True, exist_ok=True)
        campaign._file.unlink(missing_ok=True)
        machine.write(options.out / "machine.json")
        campaign.facts = campaign._present(options.solvers)
        return campaign

    @property
    def clock(self) -> str:
        """The column that counts: seconds, or cpu_seconds on a busy machine."""
        return clock_column(self.options)

    def _threads(self, problem: str) -> int:
        return suites.SUITES[self.suite].threads(problem)

    def _clock(self, problem: str) -> str:
        """Processor time says nothing of threads."""
        return "seconds" if self._threads(problem) > 1 else self.clock

    @property
    def failed(self) -> bool:
        """Whether a run of fastreg came to nothing."""
        missed = [run for run in self.runs if run["status"].startswith("failed")]
        return any(run["solver"] == "fastreg" for run in missed)

    @property
    def _file(self) -> Path:
        return Path(self.options.out) / "runs.csv"

    def _present(self, names: list[str]) -> dict[str, dict[str, str]]:
        """Facts of the solvers that are installed; the others are named."""
        found = {}
        for name in names:
            package = suites.SUITES[self.suite].find(name).package
            facts = launch.facts(name, self.interpreters.of(name))
            if facts["version"]:
                found[name] = facts
            else:
                print(f"{name} is skipped: {package} is not installed.")
        if not found:
            raise ValueError(f"None of the solvers is installed: {', '.join(names)}.")
        return found

    def compete(self, problem: str) -> None:
        """Search all ladders of one problem, then repeat the contenders in turns."""
        searches = {}
        for solver in self.facts:
            search = Search(
                suites.SUITES[self.suite].find(solver),
                partial(self._cell, problem, solver, "search"),
                self.options.budget,
            )
            for measure, target in self.goals:
                search.find(measure, target)
            searches[solver] = search
        again = self._contenders(searches, self._clock(problem))
        for _ in range(self.options.reps):
            for solver, setting in again:
                self._cell(problem, solver, "repeat", setting)

    def _cell(
        self, problem: str, solver: str, phase: str, setting: float
    ) -> dict[str, Any]:
        """Run one cell, keep it and write it down at once."""
        request = Request(
            problem=problem,
            solver=solver,
            setting=setting,
            cap=self.options.cap,
            clock="wall" if self._threads(problem) > 1 else self.options.clock,
            threads=self._threads(problem),
            suite=self.suite,
        )
        answer = launch.run(request, self.interpreters.of(solver))
        row = {
            "problem": problem,
            "solver": solver,
            "setting": setting,
            "phase": phase,
            **self.facts[solver],
            **answer,
        }
        self.runs.append(row)
        measures = suites.SUITES[self.suite].measures
        fields = (*FIRST, "seconds", "cpu_seconds", *measures, *LAST)
        with self._file.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fields, extrasaction="ignore")
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
        print(report.line(row, self._clock(problem)), flush=True)
        return answer

    def _contenders(
        self, searches: dict[str, Search], clock: str
    ) -> list[tuple[str, float]]:
        """Settings that decide: fastreg's and the fastest peers', for each goal."""
        chosen: dict[tuple[str, float], None] = {}
        for measure, target in self.goals:
            fastest = {}
            for solver, search in searches.items():
                met = [search.tried[i] for i in search.meeting(measure, target)]
                best = min(met, key=lambda t: t[clock], default=None)
                if best is not None:
                    index = next(i for i, t in search.tried.items() if t is best)
                    setting = search.solver.ladder[index]
                    fastest[solver] = (float(best[clock]), setting)
            peers = [t for s, (t, _) in fastest.items() if not suites.ours(s)]
            for solver, (seconds, setting) in fastest.items():
                ours = solver == "fastreg"
                near = not suites.ours(solver) and seconds <= CONTENDER * min(
                    peers, default=0.0
                )
                if (ours or near) and seconds <= self.options.long:
                    chosen[solver, setting] = None
        return list(chosen)


def add_arguments(parser: argparse.ArgumentParser, names: list[str]) -> None:
    """Options of every campaign."""
    parser.add_argument("--solvers", default=names, type=words)
    add_timing(parser, reps=3)
    parser.add_argument("--budget", type=float, default=600.0, help="for a search")
    parser.add_argument(
        "--long", type=float, default=60.0, help="seconds; slower runs aren't repeated"
    )
    parser.add_argument("--python", action="append", default=[], metavar="SOLVER=PATH")
    parser.add_argument("--out", type=Path, default=Path("bench/results"))
