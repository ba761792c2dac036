"""How to choose the strength: three cross-validations and a learning curve.

    python examples/choosing_strength.py --out docs/pictures

prints what `CVResult.diagnose` says about each and draws ``choosing-scores.png`` and
``choosing-learning-curve.png``, the pictures of ``docs/choosing.md``. It needs
matplotlib: ``pip install 'fastreg[plot]'``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import fastreg
from fastreg.datasets import load_diabetes


def cases() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Rows that are enough, rows that are too few, and rows that say nothing."""
    data = load_diabetes()
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 300))
    noise = rng.standard_normal(100)
    return {
        "442 rows, 10 features": (data.X, data.y),
        "100 rows, 300 features": (X, X[:, :5].sum(axis=1) + 2.0 * noise),
        "100 rows of noise, 300 features": (X, noise),
    }


def draw_scores(results: dict[str, fastreg.CVResult]) -> Figure:
    figure = Figure(figsize=(15.0, 4.8))
    margins = {"left": 0.05, "right": 0.935, "bottom": 0.11, "top": 0.82}
    axes = figure.subplots(1, len(results), gridspec_kw={"wspace": 0.42, **margins})
    for ax, (name, result) in zip(axes, results.items(), strict=True):
        verdict = result.diagnose().verdict
        title = f"{verdict.capitalize()}\n{name}"
        result.plot(ax).set_title(title, loc="left", fontsize=11, weight="bold")
    return figure


def draw_learning_curve(curve: fastreg.LearningCurve) -> Figure:
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    curve.plot(figure.add_subplot())
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder for pictures; none without")
    folder = parser.parse_args().out

    data = cases()
    results = {name: fastreg.cv(X, y) for name, (X, y) in data.items()}
    for name, result in results.items():
        print(f"{name}\n{result.diagnose()}\n")

    name, result = next(iter(results.items()))
    curve = fastreg.learning_curve(*data[name], result=result)
    print(f"{name}\n{curve}")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        draw_scores(results).savefig(folder / "choosing-scores.png", dpi=100)
        picture = draw_learning_curve(curve)
        picture.savefig(folder / "choosing-learning-curve.png", dpi=100)
        print(f"\npictures: {folder.resolve()}")


if __name__ == "__main__":
    main()
