"""What paths of families with a link have of their own: a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastreg._solve import Data, Settings, alpha_max

Floats = NDArray[np.float64]

# The mix whose first alpha begins the grid of an L2 penalty alone, which has none.
RIDGE_START = 1e-3


def link_grid(data: Data, settings: Settings, count: int, eps: float) -> Floats:
    """Alphas of an L2 path; from 1 if y can't be explained at all."""
    first = alpha_max(data, settings, RIDGE_START) or 1.0
    return np.geomspace(first, eps * first, count)
