"""``python -m bench many``: the subcommand."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import launch
from bench.many.judge import TARGET
from bench.many.peers import PACKAGES
from bench.many.rows import ROWS
from bench.many.timing import timed
from bench.options import words

# Coefficients of two ways differ by no more than this where both are right.
AGREE = 1e-2
# What rounding may leave of a gap above the target.
SLACK = 1e-9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument(
        "--only", type=words, metavar="ROWS", help=f"some of {', '.join(ROWS)}"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of the problems")
    parser.add_argument(
        "--threads", type=int, default=2, help="of fastreg, and joblib's processes"
    )
    parser.add_argument("--reps", type=int, default=3, help="turns of each way")
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PACKAGE=PATH",
        help=f"interpreters that have {', '.join(PACKAGES)}, or peers for all",
    )
    parser.add_argument("--out", type=Path, default=Path("bench/results/many"))


def main(options: argparse.Namespace) -> int:
    """Measure the rows, one process each, and write the table to the folder."""
    names = options.only or list(ROWS)
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        known = ", ".join(ROWS)
        raise ValueError(f"There is no row {unknown[0]!r}; there are: {known}")
    interpreters = launch.Interpreters.parse(options.python, PACKAGES)
    options.out.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    for name in names:
        asked = [name, options.scale, options.threads, options.reps]
        row = _child(sys.executable, "command", asked)
        for package in ROWS[name].peers:
            python = interpreters.by_solver.get(
                package, interpreters.by_solver.get("peers", sys.executable)
            )
            way = _child(python, "peers", [package, *asked])
            if "absent" in way:
                row["absent"].append(package)
            else:
                row["ways"].append(way)
        for n_threads in sorted({1, options.threads}):
            used = _child(sys.executable, "memory", [name, options.scale, n_threads])
            row["memory"][str(n_threads)] = used["mb"]
        found[name] = row
        print("\n".join(lines(name, row)), flush=True)
    (options.out / "many.json").write_text(json.dumps(found, indent=1) + "\n")
    text = table(found)
    (options.out / "many.md").write_text(text + "\n", encoding="utf-8")
    print("\n" + text)
    return 0 if all(agree(row) for row in found.values()) else 1


def _child(python: str, module: str, asked: list[Any]) -> dict[str, Any]:
    return launch.answer(python, f"bench.many.{module}", json.dumps(asked))


def agree(row: dict[str, Any]) -> bool:
    """Whether all ways are right."""
    return all(met(way) and way["difference"] <= AGREE for way in row["ways"])


def met(way: dict[str, Any]) -> bool:
    """Whether a way reaches the gap that all must."""
    return bool(way["gap"] <= TARGET + SLACK)


def table(found: dict[str, Any]) -> str:
    """Markdown: fastreg against the fastest other ways, and all ways."""
    columns = (
        "work | fastest other way | s | gap | fastreg s | gap | ratio | wanted | MB"
    )
    head = [f"| {columns} |", "|---|---|---|---|---|---|---|---|---|"]
    for name, row in found.items():
        head += lines(name, row)
    head += ["", "| work | way | s | runs | of the problems | gap |"]
    head += ["|---|---|---|---|---|---|"]
    for name, row in found.items():
        head += [
            f"| {name} | {way['name']} | {way['seconds']:.3g} | {len(way['times'])} | "
            f"{way['share']:.2g} | {_gap(way)} |"
            for way in row["ways"]
        ]
        head += [
            f"| {name} | {package}: not installed | | | | |"
            for package in row["absent"]
        ]
    return "\n".join(head)


def lines(name: str, row: dict[str, Any]) -> Iterator[str]:
    """A line for each ratio that is wanted, if there is a way to compare with."""
    ours, *others = row["ways"]
    used = " / ".join(
        f"{mb:.3g}" for _, mb in sorted(row["memory"].items()) if mb is not None
    )
    for begins, wanted in ROWS[name].wanted.items():
        ways = [
            way
            for way in others
            if way["name"].startswith(begins) and not way["name"].startswith("fastreg")
        ]
        if not any(map(met, ways)):
            continue
        best = min(filter(met, ways), key=lambda way: float(way["seconds"]))
        yield (
            f"| {ROWS[name].words} | {best['name']} | {best['seconds']:.3g} | "
            f"{_gap(best)} | {ours['seconds']:.3g} | {_gap(ours)} | "
            f"{best['seconds'] / ours['seconds']:.3g} | ≥ {wanted:g} | {used} |"
        )


def _gap(way: dict[str, Any]) -> str:
    return f"{way['gap']:.0e}" + ("" if met(way) else " (missed)")


def measure(name: str, scale: float, n_threads: int, reps: int) -> dict[str, Any]:
    """What the ways that this interpreter has take."""
    for way in ROWS[name].ways(0.0, n_threads)[1]:
        way.run()  # loads what there is to load, and starts processes
    made, ways = ROWS[name].ways(scale, n_threads)
    return {
        "ways": [timing.as_dict() for timing in timed(made, ways, reps)],
        "absent": [],
        "memory": {},
    }


if __name__ == "__main__":
    print(json.dumps(measure(*json.loads(sys.argv[1]))))
