"""Fits of one problem with many weights of its rows, in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core
from fastreg._many import Found, ManyOptions, Strengths
from fastreg._many_progress import Told, beyond
from fastreg._path import PathProblem

Floats = NDArray[np.float64]

FAMILIES = ("gaussian", "binomial", "poisson")
# Samples that are fitted together: so many, or fewer of long data.
BLOCK = 1024
BLOCK_ENTRIES = 1 << 21


def block_length(n_rows: int) -> int:
    """How many samples of so many rows make a block."""
    return max(16, min(BLOCK, BLOCK_ENTRIES // n_rows))


def fit_weights(
    problem: PathProblem,
    blocks: Iterator[Floats],
    n_samples: int,
    strengths: Strengths,
    n_threads: Any,
    told: Told | None = None,
) -> Found:
    """Fit the blocks of weights, which are of so many samples in all."""
    data, settings = problem.data, problem.settings
    rows, features = data.X.shape
    options = ManyOptions.check(
        data.X,
        n_entries=rows * features * block_length(rows),
        family=settings.family,
        families=FAMILIES,
        l1_ratio=settings.l1_ratio,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        tol=settings.tol,
        max_iter=settings.max_iter,
        n_threads=n_threads,
    )._replace(
        penalty_factor=settings.penalty_factor,
        lower_bounds=settings.lower_bounds,
        upper_bounds=settings.upper_bounds,
    )

    begun = 0

    def fit(drawn: Floats) -> Found:
        nonlocal begun
        first, weights = begun, drawn
        begun += drawn.shape[1]
        if data.sample_weight is not None:
            weights = drawn * data.sample_weight[:, np.newaxis]
        return Found.of(
            data.X.given_to(
                _core.many_weights,
                data.y,
                weights=np.asfortranarray(weights),
                offset=data.offset,
                options=options._replace(progress=beyond(told, first)).as_dict(
                    strengths
                ),
            ),
            features,
        )

    return Found.collected(map(fit, blocks), n_samples)


def check_seed(random_state: Any) -> int:
    """A seed of the samples, of any size."""
    if isinstance(random_state, (int, np.integer)) and random_state >= 0:
        return int(random_state)
    raise ValueError(f"random_state must be an int >= 0, got {random_state!r}")
