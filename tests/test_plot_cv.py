"""The picture of a cross-validation: what is drawn, what is marked, where labels go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import fastreg
from fastreg._plot_cv import CHOICE, TRAINING, VALIDATION, cv_figure
from fastreg.datasets import load_diabetes

DATA = load_diabetes()


@pytest.fixture(scope="module")
def result() -> fastreg.CVResult:
    return fastreg.cv(DATA.X, DATA.y)


def figure_of(result: fastreg.CVResult, **options: Any) -> tuple[Figure, Axes]:
    figure = cv_figure(result, result._scoring, **options)
    figure.draw_without_rendering()
    return figure, figure.axes[0]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def lines_of(ax: Axes, colour: str) -> list[Line2D]:
    """Lines of a colour over a grid, not those that mark or lead to labels."""
    long = [line for line in ax.get_lines() if len(line.get_xdata()) > 5]
    return [line for line in long if to_hex(line.get_color()) == colour.lower()]


def test_mean_and_band(result: fastreg.CVResult) -> None:
    _, ax = figure_of(result)
    (line,) = lines_of(ax, VALIDATION)
    np.testing.assert_array_equal(line.get_xdata(), result.alphas)
    np.testing.assert_array_equal(line.get_ydata(), result.mean_score)
    band = ax.collections[0].get_paths()[0].vertices
    for alpha, sign in ((0, 1.0), (50, -1.0)):
        edge = result.mean_score[alpha] + sign * result.std_error[alpha]
        distance = np.abs(band - [result.alphas[alpha], edge]).sum(axis=1)
        assert distance.min() < 1e-9


def test_training_line_is_the_error_of_the_rows_trained_on(
    result: fastreg.CVResult,
) -> None:
    _, ax = figure_of(result)
    (line,) = lines_of(ax, TRAINING)
    errors = [
        np.mean((DATA.y[train, None] - path.predict(DATA.X[train])) ** 2, axis=0)
        for path, (train, _) in zip(result.fold_paths[0], result.folds, strict=True)
    ]
    expected = np.average(errors, axis=0, weights=result.fold_weights)
    np.testing.assert_allclose(line.get_ydata(), expected, rtol=1e-9)
    assert not lines_of(figure_of(result, train=False)[1], TRAINING)


def test_axes_go_from_strong_to_weak(result: fastreg.CVResult) -> None:
    _, ax = figure_of(result)
    assert ax.get_xscale() == "log"
    assert ax.get_xlim() == (result.alphas[0], result.alphas[-1])
    top = ax.child_axes[0]
    counts = dict(zip(result.alphas, result.path.n_nonzero, strict=True))
    for alpha, label in zip(top.get_xticks(), top.get_xticklabels(), strict=True):
        assert int(label.get_text()) == counts[alpha]


@pytest.mark.parametrize("rule", ["min", "1se", "2pct", lambda _: 70])
def test_choices_are_marked(rule: Any) -> None:
    result = fastreg.cv(DATA.X, DATA.y, rule=rule)
    _, ax = figure_of(result)
    marks = {
        (line.get_xdata()[0], line.get_ydata()[0]): to_hex(line.get_color())
        for line in ax.get_lines()
        if line.get_marker() == "o"
    }
    for name in ("min", "1se", rule):
        chosen = result.select(name)
        assert (chosen.alpha, chosen.score) in marks
    assert marks[result.best.alpha, result.best.score] == CHOICE.lower()
    assert list(marks.values()).count(CHOICE.lower()) == 1
    bold = [t.get_text() for t in ax.texts if t.get_fontweight() == "bold"]
    (label,) = [text for text in bold if "alpha" in text]
    assert f"alpha {result.best.alpha:.3g}" in label
    assert f"{result.path.n_nonzero[result.best.index]} feature" in label
    assert "lambda" not in label


def noise() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((100, 300)), rng.standard_normal(100)


@pytest.mark.parametrize("case", ["diabetes", "noise", "mixes", "auc", "close"])
def test_no_label_touches_another(case: str) -> None:
    X, y = noise() if case in ("noise", "auc", "close") else (DATA.X, DATA.y)
    options: dict[str, Any] = {
        "mixes": {"l1_ratio": [0.1, 0.3, 0.5, 0.9, 1.0]},
        "auc": {"family": "binomial", "scoring": "auc"},
        "close": {"rule": lambda result: result.select("min").index + 2},
    }.get(case, {})
    if case == "auc":
        y = y + X[:, 0] > 0
    result = fastreg.cv(X, y, **options)
    figure, ax = figure_of(result)
    named = [text for text in ax.texts if text.get_text()]
    boxes = [text.get_window_extent() for text in named]
    boxes += [text.get_window_extent() for text in figure.texts]
    boxes.append(ax.child_axes[0].xaxis.label.get_window_extent())
    for k, box in enumerate(boxes):
        assert box.x0 > 0
        assert box.x1 < figure.bbox.x1
        for other in boxes[k + 1 :]:
            assert not box.shrunk(0.98, 0.9).overlaps(other)


def test_mixes_are_lines_with_names() -> None:
    mixes = [0.2, 0.6, 1.0]
    result = fastreg.cv(DATA.X, DATA.y, l1_ratio=mixes)
    _, ax = figure_of(result)
    for mix in mixes:
        assert f"l1_ratio {mix:g}" in texts(ax)
    (best,) = lines_of(ax, VALIDATION)
    where = int(np.flatnonzero(result.l1_ratios == result.l1_ratio)[0])
    np.testing.assert_array_equal(best.get_ydata(), result.mean_score[where])
    bold = [t.get_text() for t in ax.texts if t.get_fontweight() == "bold"]
    assert f"l1_ratio {result.l1_ratio:g}" in bold
    assert ax.get_xlim() == (result.alphas.max(), result.alphas.min())
    long = [line for line in ax.get_lines() if len(line.get_xdata()) > 5]
    assert len(long) == len(mixes) + 1  # and training


def test_scores_that_deviances_do_not_give_have_no_training_line() -> None:
    result = fastreg.cv(
        DATA.X, DATA.y > 140, family="binomial", scoring="auc", alphas=20
    )
    _, ax = figure_of(result)
    assert not lines_of(ax, TRAINING)
    assert "training" not in texts(ax)
    assert "more is better" in ax.get_ylabel()
    with pytest.raises(ValueError, match="not for 'auc'"):
        result.plot(Figure().add_subplot(), train=True)


def test_labels_of_choices_are_where_the_best_is_not() -> None:
    for scoring, above in (("mse", True), ("r2", False)):
        result = fastreg.cv(DATA.X, DATA.y, scoring=scoring)
        _, ax = figure_of(result)
        heights = [t.xy[1] for t in ax.texts if t.get_text().startswith('"')]
        assert len(heights) == 2
        assert all((height > 0.5) == above for height in heights)


def test_null_model_has_a_line(result: fastreg.CVResult) -> None:
    _, ax = figure_of(result)
    assert "null model" in texts(ax)
    level = [line.get_ydata()[0] for line in ax.get_lines()]
    assert result.mean_score[0] in level
    figure, _ = figure_of(fastreg.cv(*noise()))
    assert "null model" in figure._suptitle.get_text()


def test_runaway_ends_do_not_hide_the_rest() -> None:
    X, y = noise()
    result = fastreg.cv(X[:, :88], y, alphas=[0.3, 0.1, 0.03, 0.01, 1e-6])
    assert result.mean_score.max() > 8.0 * result.mean_score.min()
    _, ax = figure_of(result)
    assert ax.get_ylim()[1] < 5.0 * result.mean_score.min()


def test_with_axes_pyplot_is_not_touched() -> None:
    code = (
        "import sys, fastreg; assert 'matplotlib' not in sys.modules;"
        "from matplotlib.figure import Figure;"
        "from fastreg.datasets import load_diabetes; d = load_diabetes();"
        "ax = Figure().add_subplot(); fastreg.cv(d.X, d.y).plot(ax);"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_plot_without_axes_makes_a_figure(
    result: fastreg.CVResult, tmp_path: Path
) -> None:
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    ax = result.plot(title="mine")
    assert plt.gcf() is ax.figure
    assert ax.figure._suptitle.get_text() == "mine"
    ax.figure.savefig(tmp_path / "cv.png")
    assert (tmp_path / "cv.png").stat().st_size > 10_000
    plt.close(ax.figure)


def test_alpha_zero_is_left_out() -> None:
    result = fastreg.cv(DATA.X, DATA.y, alphas=[10.0, 1.0, 0.0], rule=lambda _: 2)
    _, ax = figure_of(result)
    assert ax.get_xlim() == (10.0, 1.0)


def test_one_alpha_is_no_picture() -> None:
    result = fastreg.cv(DATA.X, DATA.y, alphas=[1.0])
    with pytest.raises(ValueError, match="at least two alphas above zero, got 1"):
        figure_of(result)
