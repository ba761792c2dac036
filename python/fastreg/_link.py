"""From linear predictors to means, probabilities and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# How a result speaks of its family; least squares goes without a word.
PREFIX = {"gaussian": "", "binomial": "Logistic ", "poisson": "Poisson "}


def mean(family: str, eta: Floats) -> Floats:
    """The expected response; of classes the probability of the second."""
    if family == "poisson":
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(eta))
    return sigmoid(eta) if family == "binomial" else eta


def sigmoid(eta: Floats) -> Floats:
    """1 / (1 + exp(-eta)), with all digits at both ends."""
    small = np.exp(-np.abs(eta))
    return np.asarray(np.where(eta >= 0.0, 1.0, small) / (1.0 + small))


def log_sigmoid(eta: Floats) -> Floats:
    """log(1 / (1 + exp(-eta))), which doesn't overflow."""
    return np.asarray(-np.logaddexp(0.0, -eta))


def probabilities(eta: Floats) -> Floats:
    """Of the first and the second class, on an axis after the first."""
    return np.stack((sigmoid(-eta), sigmoid(eta)), axis=1)


def log_probabilities(eta: Floats) -> Floats:
    """Their logarithms, finite where eta is."""
    return np.stack((log_sigmoid(-eta), log_sigmoid(eta)), axis=1)


def labels(eta: Floats, classes: NDArray[Any]) -> NDArray[Any]:
    """The likelier class; the first where both are as likely."""
    chosen: NDArray[Any] = classes[(eta > 0.0).astype(np.intp)]
    return chosen
