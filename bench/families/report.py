"""The table of ``python -m bench families``."""

from __future__ import annotations

from pathlib import Path

from bench import machine, suites
from bench.families import problems
from bench.report import TIE, Row, best, ladders, ratio_words, versions, write_cells

HEAD = (
    "| problem | gap ≤ | best peer | s | reached | fastreg s | reached | ratio | "
    "wanted | passes | non-zeros | peak MB (X) |\n" + "|---" * 12 + "|"
)

# The targets that ratios are wanted for.
TARGETS = (1e-4, 1e-8)

SHOWN = {"gap": "worst gap", "gap_median": "median gap"}


def table(rows: list[Row], targets: list[float], clock: str) -> str:
    """Markdown: the fastest peer and fastreg, for each row and target a line."""
    names = dict.fromkeys(row["problem"] for row in rows)
    lines = [_line(rows, name, goal, clock) for name in names for goal in targets]
    return "\n".join([HEAD, *lines])


def _line(rows: list[Row], name: str, target: float, clock: str) -> str:
    time = f"{clock}_median"
    here = [row for row in rows if row["problem"] == name]
    peers = dict.fromkeys(r["solver"] for r in here if not suites.ours(r["solver"]))
    found = [best(here, peer, "gap", target, clock) for peer in peers]
    peer = min(filter(None, found), key=lambda row: float(row[time]), default=None)
    ours = best(here, "fastreg", "gap", target, clock)
    row = problems.find(name)
    cells = [row.words, f"{target:.0e}"]
    if peer is None:
        cells += ["none met it" if peers else "none was run", "", ""]
    else:
        cells += [f"{peer['solver']} {peer['setting']:.0e}", f"{peer[time]:.3g}"]
        cells += [f"{peer['gap']:.1e}"]
    if ours is None:
        cells += ["not met", "", ""]
    else:
        cells += [f"{ours[time]:.3g}", f"{ours['gap']:.1e}"]
        cells += [ratio_words(peer[time] / ours[time]) if peer else ""]
    wanted = dict(zip(TARGETS, row.wanted, strict=True)).get(target, 0.0)
    cells += [f"≥ {wanted:g}" if wanted else ""]
    if ours is None:
        cells += ["", "", ""]
    else:
        peak = "" if ours["peak_mb"] is None else f"{ours['peak_mb']:.0f}"
        cells += [f"{ours['n_passes']}", f"{ours['nonzero']}"]
        cells += [f"{peak} ({ours['x_mb']:.3g})"]
    return f"| {' | '.join(cells)} |"


def write(folder: Path, runs: list[Row], targets: list[float], clock: str) -> None:
    """cells.csv and report.md."""
    rows = write_cells(folder, runs)
    kind = "CPU" if clock == "cpu_seconds" else "wall-clock"
    method = (
        f"One thread, medians of {kind} seconds. Only settings count whose worst "
        "duality gap over the path, recomputed from the coefficients and relative to "
        "the null deviance by 2n, meets the target. Ratio: the best peer's time over "
        f"fastreg's; less than {TIE:g} in either direction is a tie. Peak MB: memory "
        "beyond the inputs, beside the size of X."
    )
    parts = ["# Paths of families with a link at matched accuracy", method]
    parts += [f"Machine: {machine.sentence()}.", versions(rows)]
    parts += [table(rows, targets, clock)]
    parts += ladders(rows, clock, SHOWN)
    text = "\n\n".join(parts) + "\n"
    (folder / "report.md").write_text(text, encoding="utf-8")
    print("\n" + text.split("## All settings")[0])
