"""Writing the pictures of a path and of its cross-validation to files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fastreg.cli.errors import CliError, blame_file, blame_input
from fastreg.cli.outputs import check_directory

if TYPE_CHECKING:
    from fastreg import CVResult
    from fastreg import Path as FittedPath


def check_target(file: Path) -> None:
    """Refuse, before the work, a picture that could not be written."""
    from matplotlib.backend_bases import FigureCanvasBase

    kinds = FigureCanvasBase.get_supported_filetypes()
    if file.suffix.lstrip(".").lower() not in kinds:
        raise CliError(
            f"cannot write a picture to {file}: its name must end in .png, .svg, .pdf "
            "or another ending that matplotlib knows"
        )
    check_directory(file)


def save(
    path: FittedPath,
    file: Path,
    *,
    names: Sequence[str],
    scale: NDArray[np.float64],
    title: str | None = None,
) -> None:
    """Draw coefficients per standard deviation and the explained variance."""
    from fastreg._plot import path_figure

    with blame_input():
        figure = path_figure(path, names=names, scale=scale, title=title)
    with blame_file("write", file):
        figure.savefig(file)


def save_cv(result: CVResult, file: Path) -> None:
    """Draw the scores of a cross-validation."""
    from fastreg._cv_scores import check_scoring
    from fastreg._plot_cv import cv_figure

    with blame_input():
        figure = cv_figure(result, check_scoring(result.scoring, result.family))
    with blame_file("write", file):
        figure.savefig(file)
