"""The picture of a cross-validation: scores against alpha, and what the rules chose.

As in `fastreg._plot`, matplotlib is imported when the picture is asked for, and without
an axes pyplot supplies the figure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg._cv_curves import Curves, count
from fastreg._cv_scores import Scoring
from fastreg._plot import COLOURS, LABEL_SIZE, QUIET, End, count_axis, dress, label_ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fastreg._cv_chosen import Selected
    from fastreg._cv_result import CVResult

VALIDATION, TRAINING, CHOICE = "#0072B2", "#6b6b6b", "#D55E00"
DOTS = (0, (1.5, 1.2))
# Width and height of the label of a choice, in points.
LABEL, ROOM = 82.0, 42.0


def plot_cv(
    result: CVResult,
    scoring: Scoring,
    ax: Axes | None = None,
    *,
    train: bool | None = None,
    title: str | None = None,
) -> Axes:
    """Draw scores against alpha, strong penalty first; see `CVResult.plot`."""
    curves = _drawable(result, scoring, train)
    if ax is None:
        import matplotlib.pyplot as plt

        return _fill_figure(plt.figure(figsize=(9.0, 5.4)), curves, train, title)
    _draw(ax, curves, train)
    ax.set_title(_title(result) if title is None else title, loc="left")
    return ax


def cv_figure(
    result: CVResult,
    scoring: Scoring,
    *,
    train: bool | None = None,
    title: str | None = None,
) -> Figure:
    """Return the figure of a cross-validation, which belongs to no window."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 5.4), dpi=150)
    _fill_figure(figure, _drawable(result, scoring, train), train, title)
    return figure


def _drawable(result: CVResult, scoring: Scoring, train: bool | None) -> Curves:
    curves = Curves(result, scoring)
    n_alphas = int(np.count_nonzero(curves.alphas[0] > 0.0))
    if n_alphas < 2:
        raise ValueError(
            f"a picture needs at least two alphas above zero, got {n_alphas}"
        )
    if train and curves.train is None:
        raise ValueError(
            "train=True, but scores of the rows trained on are known for mean squared "
            f"error, R² and deviances only, not for {scoring.name!r}"
        )
    return curves


def _fill_figure(
    figure: Figure, curves: Curves, train: bool | None, title: str | None
) -> Axes:
    """One panel with margins in inches, so that text always fits."""
    width, height = figure.get_size_inches()
    result = curves.result
    left, right = 0.95, 1.1 if len(result.l1_ratios) == 1 else 1.25
    top = 1.12
    ax = figure.add_axes(
        (
            left / width,
            0.6 / height,
            1.0 - (left + right) / width,
            1.0 - (0.6 + top) / height,
        )
    )
    _draw(ax, curves, train)
    place = {"x": left / width, "ha": "left", "va": "top"}
    figure.suptitle(
        _title(result) if title is None else title,
        y=1.0 - 0.16 / height,
        fontsize=13,
        fontweight="bold",
        **place,
    )
    figure.text(y=1.0 - 0.45 / height, s=_subtitle(curves), color=QUIET, **place)
    return ax


def _title(result: CVResult) -> str:
    best, simple = result.select("min"), result.select("1se")
    if best.is_null:
        return "No alpha predicts better than the null model"
    mix = f" with l1_ratio {best.l1_ratio:g}" * (len(result.l1_ratios) > 1)
    text = f"Alpha {best.alpha:.3g}{mix} predicts best"
    if simple.is_null:
        return f"{text}, hardly better than the null model"
    if mix or simple.index == best.index:
        return text
    return f"{text}; {simple.alpha:.3g} is within one standard error"


def _subtitle(curves: Curves) -> str:
    folds = len(curves.result.folds)
    return (
        f"Mean of {folds} folds and its standard error; "
        '"1se" is the largest alpha within one of the best'
    )


def _draw(ax: Axes, curves: Curves, train: bool | None) -> None:
    result = curves.result
    best = result.select()
    mix = int(np.flatnonzero(result.l1_ratios == best.l1_ratio)[0])
    shown = curves.alphas > 0.0  # the axis is logarithmic
    dress(ax, np.array([curves.alphas.max(), curves.alphas[shown].min()]))
    ends: list[End] = []
    for other in range(len(result.l1_ratios)):
        if other != mix:
            ends.append(_draw_other(ax, curves, other, len(ends)))
    drawn = shown[mix] & np.isfinite(curves.mean[mix])
    alphas = curves.alphas[mix, drawn]
    mean, error = curves.mean[mix, drawn], curves.error[mix, drawn]
    ax.fill_between(
        alphas, mean - error, mean + error, color=VALIDATION, alpha=0.14, linewidth=0
    )
    ax.plot(alphas, mean, color=VALIDATION, linewidth=1.9, zorder=3)
    name = "validation" if len(result.l1_ratios) == 1 else _mix(best.l1_ratio)
    ends.append(End(alphas[-1], mean[-1], name, VALIDATION, "bold"))
    if curves.mean_train is not None and train is not False:
        trained = curves.mean_train[mix, drawn]
        ax.plot(alphas, trained, color=TRAINING, linewidth=1.4, linestyle=(0, (5, 1.5)))
        ends.append(End(alphas[-1], trained[-1], "training", TRAINING))
    if curves.null is not None:
        null = float(curves.average(curves.null))
        ax.axhline(null, color=QUIET, linewidth=0.9, linestyle=DOTS, zorder=1)
        ends.append(End(alphas[-1], null, "null model", QUIET))
    ax.set_xlabel("alpha     (left: strong regularisation,  right: weak)")
    label = curves.scoring.label
    ax.set_ylabel(
        f"{label}  (more is better)" * curves.scoring.greater_is_better or label
    )
    marks = _marks(ax, result)
    _set_limits(ax, curves, mix, drawn, 1 + max(mark.row for mark in marks))
    for mark in marks:
        _draw_mark(ax, curves, mark)
    label_ends(ax, sorted(ends, key=lambda end: -end.value))
    counts = result.paths[mix].n_nonzero
    if counts.min() < counts.max():
        count_axis(ax, curves.alphas[mix, shown[mix]], counts[shown[mix]])


def _mix(l1_ratio: float) -> str:
    return f"l1_ratio {l1_ratio:g}"


def _draw_other(ax: Axes, curves: Curves, mix: int, place: int) -> End:
    """The line of a mix that was not chosen."""
    drawn = (curves.alphas[mix] > 0.0) & np.isfinite(curves.mean[mix])
    colours = [colour for colour in COLOURS if colour not in (VALIDATION, CHOICE)]
    colour = colours[place % len(colours)]
    alphas, mean = curves.alphas[mix, drawn], curves.mean[mix, drawn]
    ax.plot(alphas, mean, color=colour, linewidth=1.1, alpha=0.85)
    return End(alphas[-1], mean[-1], _mix(float(curves.result.l1_ratios[mix])), colour)


def _set_limits(
    ax: Axes, curves: Curves, mix: int, drawn: NDArray[np.bool_], rows: int
) -> None:
    """Leave the labels of the choices room, above or below.

    And a line that runs away at one end must not hide what happens elsewhere.
    """
    low, high = ax.get_ylim()
    mean, error = curves.mean[mix, drawn], curves.error[mix, drawn]
    at = int(np.argmin(curves.loss(mean)))
    best, span = mean[at], 3.0 * abs(mean[0] - mean[at])
    reach = max(span, 8.0 * error[at], 1e-12)
    share = min(_share(ax, ROOM * rows, "height"), 0.5)
    room = share / (1.0 - share)
    if curves.scoring.greater_is_better:
        low = max(low, best - reach)
        ax.set_ylim(low - room * (high - low), high)
    else:
        high = min(high, best + reach)
        ax.set_ylim(low, high + room * (high - low))


def _share(ax: Axes, points: float, side: str) -> float:
    """Points as a share of the width or the height of the axes."""
    extent = getattr(ax.get_window_extent(), side)
    return points / float(extent * 72.0 / ax.figure.dpi)


class Mark(NamedTuple):
    """A choice: its label goes right or left of its line, in a row of labels."""

    chosen: Selected
    rules: list[str]
    side: str
    row: int


def _marks(ax: Axes, result: CVResult) -> list[Mark]:
    """The choices of "1se", "min" and the result's own rule, strong penalty first."""
    choices = {rule: result.select(rule) for rule in ("1se", "min")}
    used = result.select()
    choices.setdefault(used.rule, used)
    at: dict[tuple[float, float], list[str]] = {}
    for rule, chosen in choices.items():
        if chosen.alpha > 0.0:
            at.setdefault((chosen.l1_ratio, chosen.alpha), []).append(rule)
    left, right = np.log(ax.get_xlim())
    width = _share(ax, LABEL, "width")
    marks: list[Mark] = []
    filled: list[float] = []  # how far each row is filled
    for number, place in enumerate(sorted(at, key=lambda place: -place[1])):
        rules = at[place]
        across = float((left - np.log(place[1])) / (left - right))
        to_left = across > 1.0 - width or (number == 0 and len(at) > 1)
        side = "right" if to_left and across > width else "left"
        start = across - width if side == "right" else across
        free = [row for row, end in enumerate(filled) if start >= end]
        row = free[0] if free else len(filled)
        filled[row : row + 1] = [start + width]
        marks.append(Mark(choices[rules[0]], rules, side, row))
    return marks


def _draw_mark(ax: Axes, curves: Curves, mark: Mark) -> None:
    chosen, used = mark.chosen, curves.result.select()
    is_used = (chosen.alpha, chosen.l1_ratio) == (used.alpha, used.l1_ratio)
    colour = CHOICE if is_used else QUIET
    ax.axvline(chosen.alpha, color=colour, linewidth=1.0, linestyle=DOTS, zorder=2)
    ax.plot(
        [chosen.alpha],
        [chosen.score],
        "o",
        color=colour,
        markerfacecolor=colour if is_used else "white",
        markersize=6,
        zorder=4,
        clip_on=False,
    )
    size = int(chosen.path.n_nonzero[chosen.index])
    names = " = ".join("rule" if "<" in rule else f'"{rule}"' for rule in mark.rules)
    height = _share(ax, 4.0 + ROOM * mark.row, "height")
    above = not curves.scoring.greater_is_better
    ax.annotate(
        f"{names}\nalpha {chosen.alpha:.3g}\n{count(size, 'feature')}",
        (chosen.alpha, 1.0 - height if above else height),
        xycoords=("data", "axes fraction"),
        xytext=(-5 if mark.side == "right" else 5, 0),
        textcoords="offset points",
        color=colour,
        fontsize=LABEL_SIZE,
        fontweight="bold" if is_used else "normal",
        ha=mark.side,
        va="top" if above else "bottom",
        linespacing=1.25,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        zorder=5,
    )
