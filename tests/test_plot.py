"""The picture of a path: what is drawn, where labels go, and no global state."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import fastreg
from fastreg._plot import path_figure, plot_path
from fastreg._plot_curves import entry_order, hide_zeros, spread
from fastreg.datasets import load_diabetes

DATA = load_diabetes()


@pytest.fixture(scope="module")
def lasso() -> fastreg.Path:
    return fastreg.path(DATA.X, DATA.y)


def labels(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_labels_sit_at_the_line_ends_and_never_touch(lasso: fastreg.Path) -> None:
    figure = path_figure(lasso, names=DATA.feature_names, scale=DATA.X.std(axis=0))
    figure.draw_without_rendering()
    ax = figure.axes[0]
    boxes = [text.get_window_extent() for text in ax.texts]
    assert sorted(labels(figure)) == sorted(DATA.feature_names)
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[k + 1 :])
        assert box.x0 > ax.get_window_extent().x1
        assert box.x1 < figure.bbox.x1
    heights = [text.get_position()[1] for text in ax.texts]
    assert heights == sorted(heights, reverse=True)


def test_axes_go_from_strong_to_weak(lasso: fastreg.Path) -> None:
    figure = path_figure(lasso)
    coefs, deviance = figure.axes
    assert coefs.get_xscale() == "log"
    assert coefs.get_xlim() == (lasso.alphas[0], lasso.alphas[-1])
    assert deviance.get_xlim() == coefs.get_xlim()
    np.testing.assert_array_equal(
        deviance.get_lines()[0].get_ydata(), lasso.deviance_ratio
    )


def test_top_axis_counts_the_selected_features(lasso: fastreg.Path) -> None:
    figure = path_figure(lasso)
    figure.draw_without_rendering()
    top = figure.axes[0].child_axes[0]
    counts = dict(zip(lasso.alphas, lasso.n_nonzero, strict=True))
    for alpha, label in zip(top.get_xticks(), top.get_xticklabels(), strict=True):
        assert label.get_text() == str(counts[alpha])


def test_only_the_largest_are_labelled(lasso: fastreg.Path) -> None:
    figure = path_figure(lasso, names=DATA.feature_names, max_labels=3)
    largest = np.argsort(-np.abs(lasso.coefs[:, -1]))[:3]
    assert set(labels(figure)) == {DATA.feature_names[j] for j in largest}
    assert labels(path_figure(lasso, max_labels=0)) == []


def test_ridge_picture_has_no_counts() -> None:
    path = fastreg.ridge_path(DATA.X, DATA.y, alphas=20)
    figure = path_figure(path, names=DATA.feature_names)
    assert figure.axes[0].child_axes == []
    assert any("Ridge" in text.get_text() for text in figure.texts)


def test_given_axes_are_used_and_returned(lasso: fastreg.Path) -> None:
    ax = Figure().add_subplot()
    assert plot_path(lasso, ax, title="mine") is ax
    assert ax.get_title(loc="left") == "mine"


def test_drawing_on_axes_needs_no_pyplot() -> None:
    code = (
        "import sys, fastreg; from matplotlib.figure import Figure;"
        "from fastreg.datasets import load_diabetes; d = load_diabetes();"
        "ax = Figure().add_subplot(); fastreg.path(d.X, d.y, alphas=5).plot(ax);"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_plot_without_axes_makes_a_figure(lasso: fastreg.Path) -> None:
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    ax = lasso.plot(names=DATA.feature_names)
    assert plt.gcf() is ax.figure
    plt.close(ax.figure)


def test_alpha_zero_is_left_out() -> None:
    path = fastreg.path(DATA.X, DATA.y, alphas=[10.0, 1.0, 0.0])
    assert path_figure(path).axes[0].get_xlim() == (10.0, 1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": ["a", "b"]}, "names has 2 entries but the path has 10 features"),
        ({"scale": [1.0]}, r"scale must have shape \(10,\)"),
    ],
)
def test_wrong_lengths(
    lasso: fastreg.Path, options: dict[str, list[object]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        path_figure(lasso, **options)


def test_one_alpha_is_no_path() -> None:
    path = fastreg.path(DATA.X, DATA.y, alphas=[1.0])
    with pytest.raises(ValueError, match="at least two alphas > 0, got 1"):
        path_figure(path)


def test_several_targets_need_a_choice() -> None:
    path = fastreg.ridge_path(DATA.X, np.column_stack((DATA.y, -DATA.y)), alphas=9)
    with pytest.raises(ValueError, match="the path has 2 targets"):
        path_figure(path)
    first, second = (path_figure(path, target=t).axes[0] for t in (0, 1))
    np.testing.assert_allclose(first.get_ylim(), -np.array(second.get_ylim())[::-1])
    with pytest.raises(ValueError, match="target must be 0 to 1, got 2"):
        path_figure(path, target=2)


@given(st.lists(st.floats(0.0, 1.0), max_size=12), st.floats(0.01, 0.08))
def test_spread_keeps_order_and_distance(wanted: list[float], gap: float) -> None:
    positions = np.sort(np.array(wanted))[::-1]
    placed = spread(positions, gap)
    assert np.all(-np.diff(placed) >= gap * (1 - 1e-9))
    assert placed.min(initial=0.0) >= 0.0
    if positions.size and np.all(-np.diff(positions) >= gap):
        np.testing.assert_allclose(placed, positions, atol=1e-12)


def test_entry_order_breaks_ties_by_size() -> None:
    coefs = np.array([[0.0, 0.0, 1.0], [0.0, -1.0, 2.0], [0.0, 3.0, 0.0], [0.0] * 3])
    assert entry_order(coefs).tolist() == [2, 1, 0]


def test_lines_start_where_features_enter() -> None:
    shown = hide_zeros(np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.0]))
    np.testing.assert_array_equal(shown, [np.nan, 0.0, 1.0, 0.0, np.nan, np.nan])
