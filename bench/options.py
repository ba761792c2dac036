"""Command-line options that several subcommands share."""

from __future__ import annotations

import argparse


def words(text: str) -> list[str]:
    """Names separated by commas."""
    return [word.strip() for word in text.split(",")]


def numbers(text: str) -> list[float]:
    """Numbers separated by commas."""
    return [float(word) for word in text.split(",")]


def add_timing(parser: argparse.ArgumentParser, *, reps: int) -> None:
    """How often, how long at most, and which clock."""
    parser.add_argument("--reps", type=int, default=reps, help=f"runs, {reps}")
    parser.add_argument("--cap", type=float, default=120.0, help="seconds for a run")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: others work here",
    )


def clock_column(options: argparse.Namespace) -> str:
    """The column of the results that counts."""
    return "seconds" if options.clock == "wall" else "cpu_seconds"
