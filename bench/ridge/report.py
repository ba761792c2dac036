"""The table of ``python -m bench ridge``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench import machine, suites
from bench.report import TIE, Row, best, ladders, ratio_words, versions, write_cells
from bench.ridge import problems

TARGET = 1e-10

# The choice by leave-one-out is compared with what others offer for it. What one can
# write by hand has a line of its own.
BY_HAND = "numpy-eigh"

# What stands beside every setting of every way.
SHOWN = {
    "error": "error",
    "score_error": "scores differ by",
    "chosen": "alpha chosen",
    "method": "way",
}

HEAD = (
    "| problem | fastest other way | s | error | fastreg s | error | way | ratio | "
    "wanted | peak MB (X) |\n|---|---|---|---|---|---|---|---|---|---|"
)


def table(rows: list[Row], clock: str, calls: dict[str, float] | None) -> str:
    """Markdown: the fastest other way and fastreg, one line for each row."""
    lines = [HEAD]
    for name in dict.fromkeys(row["problem"] for row in rows):
        here = [row for row in rows if row["problem"] == name]
        peers = [row for row in here if not suites.ours(row["solver"])]
        line = problems.find(name)
        hand = [row for row in peers if line.choose and row["solver"] == BY_HAND]
        others = [row for row in peers if row not in hand]
        ours = best(here, "fastreg", "error", TARGET, clock)
        wanted = f"≥ {line.wanted:g}" if line.wanted else ""
        lines.append(_line(line.words, _fastest(others, clock), ours, wanted, clock))
        if hand:
            words = f"{line.words}, against NumPy by hand"
            lines.append(_line(words, _fastest(hand, clock), ours, "", clock))
    if calls:
        lines.append(_calls(calls))
    return "\n".join(lines)


def _fastest(rows: list[Row], clock: str) -> Row | None:
    names = dict.fromkeys(row["solver"] for row in rows)
    found = [best(rows, name, "error", TARGET, clock) for name in names]
    return min(
        filter(None, found), key=lambda row: float(row[f"{clock}_median"]), default=None
    )


def _line(
    words: str, peer: Row | None, ours: Row | None, wanted: str, clock: str
) -> str:
    time = f"{clock}_median"
    cells = [words, "none met it", "", ""]
    if peer is not None:
        cells[1:] = [_setting(peer), f"{peer[time]:.3g}", f"{peer['error']:.1e}"]
    if ours is None:
        cells += ["not met", "", "", "", wanted, ""]
    else:
        cells += [f"{ours[time]:.3g}", f"{ours['error']:.1e}", ours.get("method", "")]
        cells += [ratio_words(peer[time] / ours[time]) if peer else "", wanted]
        peak = "" if ours["peak_mb"] is None else f"{ours['peak_mb']:.0f}"
        cells += [f"{peak} ({ours['x_mb']:.3g})"]
    return f"| {' | '.join(cells)} |"


def _setting(row: Row) -> str:
    """The name, with the tolerance where there is one."""
    exact = len(suites.solver(row["solver"]).ladder) == 1
    return row["solver"] if exact else f"{row['solver']} {row['setting']:.0e}"


def _calls(calls: dict[str, float]) -> str:
    ratio = ratio_words(calls["sklearn"] / calls["fastreg"])
    return (
        f"| n=100 p=10, one call | sklearn-cholesky | {calls['sklearn']:.0f} µs | | "
        f"{calls['fastreg']:.1f} µs | {calls['error']:.1e} | | {ratio} | ≥ 20 | |"
    )


def write(
    folder: Path, runs: list[Row], clock: str, calls: dict[str, Any] | None
) -> None:
    """cells.csv and report.md."""
    rows = write_cells(folder, runs) if runs else []
    kind = "CPU" if clock == "cpu_seconds" else "wall-clock"
    method = (
        f"One thread, medians of {kind} seconds. Only ways count whose coefficients "
        f"have a relative error of at most {TARGET:.0e} against a float64 solution by "
        "QR and singular values (sparse: one iterated in extended precision), at the "
        "worst alpha or target. Ratio: the fastest other way's time over fastreg's; "
        f"less than {TIE:g} in either direction is a tie. Peak MB: memory beyond the "
        "inputs, beside the size of X."
    )
    parts = ["# Ridge regression at equal accuracy", method]
    parts += [f"Machine: {machine.sentence()}.", versions(rows) if rows else ""]
    parts += [table(rows, clock, calls)]
    parts += ladders(rows, clock, SHOWN)
    text = "\n\n".join(filter(None, parts)) + "\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
    print("\n" + text.split("## All settings")[0])
