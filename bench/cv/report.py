"""The tables of ``python -m bench cv``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench import machine, suites
from bench.cv import problems
from bench.report import TIE, Row, best, ladders, ratio_words, versions, write_cells

HEAD = (
    "| problem | error ≤ | fastest peer | s | error | fastreg s | error | ratio | "
    "wanted | peak MB (X) | of X | wanted |\n" + "|---" * 12 + "|"
)

SHOWN = {"error": "error", "gap": "gap of the choice", "chosen": "alpha chosen"}

# What two threads shall gain, and how many Gram matrices cross-validation may take.
GAIN, GRAMS = 1.7, 3.0


def table(rows: list[Row], targets: list[float], clock: str) -> str:
    """Markdown: the fastest peer and fastreg, for each row and target a line."""
    names = dict.fromkeys(row["problem"] for row in rows)
    lines = [_line(rows, name, goal, clock) for name in names for goal in targets]
    return "\n".join([HEAD, *lines])


def _line(rows: list[Row], name: str, target: float, clock: str) -> str:
    row = problems.find(name)
    clock = "seconds" if row.threads > 1 else clock
    time = f"{clock}_median"
    here = [one for one in rows if one["problem"] == name]
    peers = dict.fromkeys(r["solver"] for r in here if not suites.ours(r["solver"]))
    found = [best(here, peer, "error", target, clock) for peer in peers]
    peer = min(filter(None, found), key=lambda one: float(one[time]), default=None)
    ours = best(here, "fastreg", "error", target, clock)
    cells = [row.words, f"{target:.0e}"]
    if peer is None:
        cells += ["none met it" if peers else "none was run", "", ""]
    else:
        cells += [f"{peer['solver']} {peer['setting']:.0e}", f"{peer[time]:.3g}"]
        cells += [f"{peer['error']:.1e}"]
    if ours is None:
        cells += ["not met", "", ""]
    else:
        cells += [f"{ours[time]:.3g}", f"{ours['error']:.1e}"]
        cells += [ratio_words(peer[time] / ours[time]) if peer else ""]
    cells += [f"≥ {row.wanted:g}" if row.wanted else ""]
    if ours is None or ours["peak_mb"] is None:
        cells += ["", ""]
    else:
        cells += [f"{ours['peak_mb']:.0f} ({ours['x_mb']:.3g})"]
        cells += [f"{ours['peak_mb'] / ours['x_mb']:.2f}"]
    cells += [f"< {row.memory:g}" if row.memory else ""]
    return f"| {' | '.join(cells)} |"


def turns(found: dict[str, dict[str, Any]]) -> str:
    """Markdown: two threads, an early end, and Gram matrices."""
    lines = ["| in turns | s | the other | s | ratio | wanted |\n" + "|---" * 6 + "|"]
    for name, took in found.items():
        words = problems.find(name).words
        if "two" in took:
            same = "equal to the bit" if took["same"] else "DIFFERENT"
            other = f"two threads ({same}, {took['cost']:.2f} × the processor time)"
            times = (took["one"], took["two"])
            lines.append(_turn(f"{words}, one thread", other, *times, f"≥ {GAIN:g}"))
            choice = "the same choice" if took["same_choice"] else "ANOTHER CHOICE"
            other = f"stopped where scores turned ({took['fitted']} alphas, {choice})"
            lines.append(_turn(words, other, took["grid"], took["early"], ""))
        else:
            lines += _grams(words, took)
    return "\n".join(lines)


def _grams(words: str, took: dict[str, Any]) -> list[str]:
    wanted = f"< {GRAMS:g}"
    return [
        _turn(f"{words}{dealt}", what, took[ours], took[gram], wanted)
        for ours, dealt in (("cv", ""), ("shuffled", ", shuffled"))
        for gram, what in (("fastreg", "GramStats"), ("numpy", "NumPy's X.T @ X"))
    ]


def _turn(words: str, other: str, ours: float, theirs: float, wanted: str) -> str:
    numbers = f"{ours:.3g} | {other} | {theirs:.3g} | {ours / theirs:.2f} × | {wanted}"
    return f"| {words} | {numbers} |"


def write(
    folder: Path,
    runs: list[Row],
    targets: list[float],
    clock: str,
    turned: dict[str, dict[str, Any]],
) -> None:
    """cells.csv and report.md."""
    rows = write_cells(folder, runs) if runs else []
    kind = "CPU" if clock == "cpu_seconds" else "wall-clock"
    method = (
        f"One thread unless said, medians of {kind} seconds (two threads: wall-clock). "
        "Error: of the mean scores of the folds, relative to those of solutions to "
        "1e-13, the worst alpha and mix; only settings count that meet it and choose "
        f"the same alpha. Ratio: the fastest peer's time over fastreg's; less than "
        f"{TIE:g} in either direction is a tie. Peak MB: memory beyond the inputs, "
        "beside the size of X."
    )
    parts = ["# Cross-validation at matched accuracy", method]
    parts += [f"Machine: {machine.sentence()}."]
    if rows:
        parts += [versions(rows), table(rows, targets, clock)]
    if turned:
        parts += [turns(turned)]
    parts += ladders(rows, clock, SHOWN)
    text = "\n\n".join(parts) + "\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
    print("\n" + text.split("## All settings")[0])
