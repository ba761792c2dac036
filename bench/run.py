"""``python -m bench run``: every solver on every problem, at matched accuracy.

For each problem, the ladder of each solver is searched for the loosest settings that
meet the targets. Then the contenders, fastreg and the peers that were nearly as fast as
the fastest, are run again in turns, so that a drift of the machine meets all of them.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bench import data, launch, machine, problems, references, report, solvers
from bench.cell import Request
from bench.options import add_timing, clock_column, numbers, words
from bench.search import SUBOPT_FACTOR, Search

# Peers that took up to this many times as long as the fastest are run again.
CONTENDER = 1.5

FIELDS = (
    *("problem", "solver", "version", "isa", "setting", "phase", "status"),
    *("seconds", "cpu_seconds", "gap", "gap_median", "subopt", "n_passes"),
    *("nonzero", "peak_mb", "x_mb", "elapsed"),
)


@dataclass
class Campaign:
    """What was asked for, what is known, and the file that results go to."""

    options: argparse.Namespace
    interpreters: launch.Interpreters
    folder: Path
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def clock(self) -> str:
        """The column that counts: seconds, or cpu_seconds on a busy machine."""
        return clock_column(self.options)

    def cell(
        self, problem: str, solver: str, phase: str, setting: float
    ) -> dict[str, Any]:
        """Run one cell, keep it and write it down at once."""
        request = Request(
            problem=problem,
            solver=solver,
            setting=setting,
            cap=self.options.cap,
            clock=self.options.clock,
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
        with (self.folder / "runs.csv").open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, FIELDS, extrasaction="ignore")
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
        print(report.line(row, self.clock), flush=True)
        return answer


def targets(options: argparse.Namespace) -> Iterator[tuple[str, float]]:
    """Measures and what they must reach, the loosest first."""
    for target in sorted(options.targets, reverse=True):
        yield "gap", target
        yield "subopt", target * SUBOPT_FACTOR


def solve_problem(campaign: Campaign, name: str) -> None:
    """Search all ladders of one problem, then repeat the contenders in turns."""
    data.ensure(problems.find(name).data)
    worst = references.ensure(name)
    print(f"{name}: reference with a gap of {worst:.0e}" if worst else name, flush=True)
    searches = {}
    for solver in campaign.facts:
        search = Search(
            solvers.find(solver),
            partial(campaign.cell, name, solver, "search"),
            campaign.options.budget,
        )
        for measure, target in targets(campaign.options):
            search.find(measure, target)
        searches[solver] = search
    again = contenders(campaign, searches)
    for _ in range(campaign.options.reps):
        for solver, setting in again:
            campaign.cell(name, solver, "repeat", setting)


def contenders(
    campaign: Campaign, searches: dict[str, Search]
) -> list[tuple[str, float]]:
    """Settings that decide: fastreg's and the fastest peers', for each target."""
    chosen: dict[tuple[str, float], None] = {}
    for measure, target in targets(campaign.options):
        fastest = {}
        for solver, search in searches.items():
            met = [search.tried[i] for i in search.meeting(measure, target)]
            best = min(met, key=lambda t: t[campaign.clock], default=None)
            if best is not None:
                index = next(i for i, t in search.tried.items() if t is best)
                setting = search.solver.ladder[index]
                fastest[solver] = (float(best[campaign.clock]), setting)
        peers = [t for s, (t, _) in fastest.items() if s not in solvers.OURS]
        for solver, (seconds, setting) in fastest.items():
            ours = solver == "fastreg"
            near = not ours and seconds <= CONTENDER * min(peers, default=0.0)
            if (ours or near) and seconds <= campaign.options.long:
                chosen[solver, setting] = None
    return list(chosen)


def present(names: list[str], interpreters: launch.Interpreters) -> dict[str, Any]:
    """Facts of the solvers that are installed; the others are named."""
    found = {}
    for name in names:
        solvers.find(name)
        facts = launch.facts(name, interpreters.of(name))
        if facts["version"]:
            found[name] = facts
        else:
            print(f"{name} is skipped: {solvers.find(name).package} is not installed.")
    if not found:
        raise ValueError(f"None of the solvers is installed: {', '.join(names)}.")
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument("--problems", default=list("AKBCDE"), type=words)
    parser.add_argument("--solvers", default=list(solvers.SOLVERS), type=words)
    parser.add_argument("--small", action="store_true", help="problems of a second")
    parser.add_argument(
        "--targets",
        type=numbers,
        default=[1e-4, 1e-8],
        help="relative gaps; suboptimality must be 100 times smaller",
    )
    add_timing(parser, reps=3)
    parser.add_argument("--budget", type=float, default=600.0, help="for a search")
    parser.add_argument(
        "--long", type=float, default=60.0, help="seconds; slower runs aren't repeated"
    )
    parser.add_argument("--python", action="append", default=[], metavar="SOLVER=PATH")
    parser.add_argument("--out", type=Path, default=Path("bench/results"))


def main(options: argparse.Namespace) -> int:
    """Run, and write the results to the folder."""
    if options.small:
        options.problems = list(problems.SMALL)
    for name in options.problems:
        problems.find(name)
    interpreters = launch.Interpreters.parse(options.python)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "runs.csv").unlink(missing_ok=True)
    machine.write(options.out / "machine.json")
    campaign = Campaign(options, interpreters, options.out)
    campaign.facts = present(options.solvers, interpreters)
    try:
        for name in options.problems:
            solve_problem(campaign, name)
    finally:
        if campaign.runs:
            report.write(options.out, campaign.runs, options.targets, campaign.clock)
    missed = [r for r in campaign.runs if r["status"].startswith("failed")]
    return 1 if any(r["solver"] == "fastreg" for r in missed) else 0


if __name__ == "__main__":
    sys.exit("Use python -m bench run.")
