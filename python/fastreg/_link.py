"""From linear predictors to means, probabilities and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# How a result speaks of its family; least squares goes without a word.
PREFIX = {
    "gaussian": "",
    "binomial": "Logistic ",
    "multinomial": "Multinomial ",
    "poisson": "Poisson ",
    "mgaussian": "Multi-target ",
}


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


def probabilities(family: str, eta: Floats) -> Floats:
    """Of the classes, on an axis after the first; multinomial eta has that axis."""
    if family == "binomial":
        return np.stack((sigmoid(-eta), sigmoid(eta)), axis=1)
    shares = np.exp(eta - eta.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def log_probabilities(family: str, eta: Floats) -> Floats:
    """Their logarithms, finite where eta is."""
    if family == "binomial":
        return np.stack((log_sigmoid(-eta), log_sigmoid(eta)), axis=1)
    below = eta - eta.max(axis=1, keepdims=True)
    total = np.log(np.exp(below).sum(axis=1, keepdims=True))
    return np.asarray(below - total)


def labels(family: str, eta: Floats, classes: NDArray[Any]) -> NDArray[Any]:
    """The likeliest class; the first of those that are as likely."""
    chosen = eta > 0.0 if family == "binomial" else eta.argmax(axis=1)
    found: NDArray[Any] = classes[chosen.astype(np.intp)]
    return found
