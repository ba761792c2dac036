"""Checks of a Gram matrix passed as `precompute`.

It isn't used to solve; but one that belongs to other data is a mistake that the caller
will want to hear of, as from scikit-learn.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from fastreg import _core
from fastreg.linear_model._base import FitData, Floats


def check_gram(gram: Any, data: FitData) -> None:
    """Raise unless `gram` has the shape of X'X and one of its entries."""
    data.X.check_finite()
    _compare(gram, data, np.zeros(data.X.shape[1]), None)


def check_centered_gram(gram: Any, data: FitData, *, fit_intercept: bool) -> None:
    """The same for X as a model sees it: weighted and, with an intercept, centred.

    Where X isn't centred already the matrix can't be that of the centred X; this
    deserves a warning, since the caller expects it to be used.
    """
    weights = data.sample_weight
    if weights is not None:
        weights = weights * (len(weights) / weights.sum())
    data.X.check_finite()
    mean = np.zeros(data.X.shape[1])
    if fit_intercept:
        mean = _core.standardization(
            data.X.kernel, sample_weight=weights, fit_intercept=True, standardize=False
        )["center"]
    if np.allclose(mean, 0.0):
        _compare(gram, data, mean, weights)
        return
    warnings.warn(
        "the Gram matrix passed as precompute is not used: with fit_intercept=True it "
        "would have to be that of the centred X",
        UserWarning,
        stacklevel=3,  # the caller of fit
    )


def _compare(gram: Any, data: FitData, mean: Floats, weights: Floats | None) -> None:
    gram = np.asarray(gram)
    n_features = data.X.shape[1]
    if gram.shape != (n_features, n_features):
        raise ValueError(
            "the Gram matrix passed as precompute must have shape "
            f"({n_features}, {n_features}), got {gram.shape}"
        )
    # One entry costs O(n_samples) and finds the usual mistakes.
    i = n_features // 2
    j = min(i + 1, n_features - 1)
    left, right = data.X.column(i) - mean[i], data.X.column(j) - mean[j]
    expected = float((left if weights is None else weights * left) @ right)
    single = np.float32 in (data.dtype, gram.dtype)
    if not np.isclose(expected, gram[i, j], rtol=1e-4 if single else 1e-7, atol=1e-5):
        raise ValueError(
            "the Gram matrix passed as precompute did not pass validation: its entry "
            f"({i}, {j}) is {gram[i, j]} but X gives {expected}"
        )
