"""``python -m bench run``: every solver on every problem, at matched accuracy."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bench import campaign, data, problems, references, report, solvers
from bench.campaign import Campaign
from bench.options import numbers, words
from bench.search import SUBOPT_FACTOR


def goals(targets: list[float]) -> Iterator[tuple[str, float]]:
    """Measures and what they must reach, the loosest first."""
    for target in sorted(targets, reverse=True):
        yield "gap", target
        yield "subopt", target * SUBOPT_FACTOR


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument("--problems", default=list("AKBCDE"), type=words)
    parser.add_argument("--small", action="store_true", help="problems of a second")
    parser.add_argument(
        "--targets",
        type=numbers,
        default=[1e-4, 1e-8],
        help="relative gaps; suboptimality must be 100 times smaller",
    )
    campaign.add_arguments(parser, list(solvers.SOLVERS))


def main(options: argparse.Namespace) -> int:
    """Run, and write the results to the folder."""
    if options.small:
        options.problems = list(problems.SMALL)
    for name in options.problems:
        problems.find(name)
    running = Campaign.begin(options, "paths", list(goals(options.targets)))
    try:
        for name in options.problems:
            data.ensure(problems.find(name).data)
            worst = references.ensure(name)
            known = f": reference with a gap of {worst:.0e}" if worst else ""
            print(f"{name}{known}", flush=True)
            running.compete(name)
    finally:
        if running.runs:
            report.write(options.out, running.runs, options.targets, running.clock)
    return 1 if running.failed else 0
