"""Losses of `fastreg.reference`: the negative log-likelihood of each family.

A loss is A(eta) - y eta, with eta the linear predictor on the scale of the link and the
mean mu = A'(eta):

    binomial     A = log(1 + e^eta)        y in [0, 1]
    poisson      A = e^eta                 y >= 0
    multinomial  A = log sum_k e^eta_k     y_k >= 0 with sum 1 (a symmetric softmax)
    mgaussian    A = |eta|^2 / 2           y in R^K

The conjugate A*(m) is an entropy of the mean m, and what the duality gap consists of
is the divergence A(eta) + A*(m) - m eta, the relative entropy of m and mu, which is
>= 0 and 0 only for m = mu. Dual variables are theta = y - m.

That of mgaussian has |y|^2 / 2 added to it, which makes it half a square, and taken
from A*: it is half a square of the residual.

Arrays are of shape (n,), for multinomial and mgaussian (n, K) where it says "eta".
Nothing here overflows or cancels for large |eta|, except that e^eta is infinite where
it is.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Loss(Protocol):
    """What `fastreg.reference` has to know of a family."""

    def value(self, y: Floats, eta: Floats) -> Floats:
        """A(eta) - y eta, shape (n,)."""

    def mean(self, eta: Floats) -> Floats:
        """mu, of the shape of eta."""

    def residual(self, y: Floats, eta: Floats) -> Floats:
        """The residual y - mu without cancellation, of the shape of eta."""

    def conjugate(self, y: Floats, theta: Floats) -> Floats:
        """A*(y - theta), shape (n,); infinite outside its domain."""

    def divergence(self, y: Floats, theta: Floats, eta: Floats) -> Floats:
        """A(eta) + A*(m) - m eta for m = y - theta, shape (n,); nothing cancels."""

    def curvature(self, eta: Floats) -> Floats:
        """A''(eta), shape (n, K, K), with K = 1 where there are no classes."""

    def intercept_step(self, weight: Floats, y: Floats, eta: Floats) -> Floats:
        """A change of the intercept(s), shape () or (K,), that never does harm.

        It is a step of iterative scaling (Darroch and Ratcliff, 1972), from anywhere.
        """


# --- entropies ------------------------------------------------------------------


def entropy(m: Floats) -> Floats:
    """The function m log m, infinite for m < 0 (unless rounding explains it)."""
    positive = np.maximum(m, np.finfo(np.float64).tiny)
    value = np.where(m > 0.0, m * np.log(positive), 0.0)
    return np.where(m < -1e-14 * np.max(np.abs(m), initial=1.0), np.inf, value)


def relative_entropy(m: Floats, log_mu: Floats) -> Floats:
    """The function m log(m / mu) - m + mu >= 0, by one formula for m near mu.

    >>> m = np.array([0.0, 1e-30, 1.0])
    >>> relative_entropy(m, np.array([-800.0, -800.0, 1e-9])).round(22).tolist()
    [0.0, 0.0, 5e-19]
    """
    m = np.maximum(m, 0.0)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        mu = np.exp(log_mu)
        d = (m - mu) / mu
        near = mu * ((1.0 + d) * np.log1p(d) - d)
        far = entropy(m) - np.where(m > 0.0, m * log_mu, 0.0) - m + mu
    return np.maximum(np.where(np.abs(d) < 0.5, near, far), 0.0)


def log_mean_exp(weight: Floats, values: Floats) -> Floats:
    """The logarithm of sum_i w_i e^values_i over the rows."""
    top = values.max(axis=0)
    return np.asarray(np.log(weight @ np.exp(values - top)) + top)


# --- families -------------------------------------------------------------------


class Binomial:
    """Logistic regression: log(1 + e^eta) - y eta."""

    def value(self, y: Floats, eta: Floats) -> Floats:
        return y * np.logaddexp(0.0, -eta) + (1.0 - y) * np.logaddexp(0.0, eta)

    def mean(self, eta: Floats) -> Floats:
        return np.exp(-np.logaddexp(0.0, -eta))

    def residual(self, y: Floats, eta: Floats) -> Floats:
        return y * self.mean(-eta) - (1.0 - y) * self.mean(eta)

    def conjugate(self, y: Floats, theta: Floats) -> Floats:
        return entropy(y - theta) + entropy(1.0 - y + theta)

    def divergence(self, y: Floats, theta: Floats, eta: Floats) -> Floats:
        ones = relative_entropy(y - theta, -np.logaddexp(0.0, -eta))
        return ones + relative_entropy(1.0 - y + theta, -np.logaddexp(0.0, eta))

    def curvature(self, eta: Floats) -> Floats:
        variance = self.mean(eta) * self.mean(-eta)
        return variance[:, np.newaxis, np.newaxis]

    def intercept_step(self, weight: Floats, y: Floats, eta: Floats) -> Floats:
        ones = np.log(weight @ y) - log_mean_exp(weight, -np.logaddexp(0.0, -eta))
        rest = log_mean_exp(weight, -np.logaddexp(0.0, eta))
        return np.asarray(ones - np.log(weight @ (1.0 - y)) + rest)


class Poisson:
    """Counts and rates: e^eta - y eta."""

    def value(self, y: Floats, eta: Floats) -> Floats:
        return self.mean(eta) - y * eta

    def mean(self, eta: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(eta))

    def residual(self, y: Floats, eta: Floats) -> Floats:
        return y - self.mean(eta)

    def conjugate(self, y: Floats, theta: Floats) -> Floats:
        return entropy(y - theta) - (y - theta)

    def divergence(self, y: Floats, theta: Floats, eta: Floats) -> Floats:
        return relative_entropy(y - theta, eta)

    def curvature(self, eta: Floats) -> Floats:
        return np.array(self.mean(eta)[:, np.newaxis, np.newaxis])

    def intercept_step(self, weight: Floats, y: Floats, eta: Floats) -> Floats:
        return np.asarray(np.log(weight @ y) - log_mean_exp(weight, eta))


class Multinomial:
    """Softmax regression: log sum_k e^eta_k - sum_k y_k eta_k."""

    def log_mean(self, eta: Floats) -> Floats:
        """The logarithm of mu, with all digits where mu is nearly 1."""
        eta = eta - eta.max(axis=1, keepdims=True)
        rest = np.exp(eta)
        rest[np.arange(len(eta)), eta.argmax(axis=1)] = 0.0
        return np.asarray(eta - np.log1p(rest.sum(axis=1, keepdims=True)))

    def value(self, y: Floats, eta: Floats) -> Floats:
        return np.asarray(-np.sum(y * self.log_mean(eta), axis=1))

    def mean(self, eta: Floats) -> Floats:
        return np.exp(self.log_mean(eta))

    def residual(self, y: Floats, eta: Floats) -> Floats:
        log_mu = self.log_mean(eta)
        return np.asarray(-y * np.expm1(log_mu) - (1.0 - y) * np.exp(log_mu))

    def conjugate(self, y: Floats, theta: Floats) -> Floats:
        return np.asarray(entropy(y - theta).sum(axis=1))

    def divergence(self, y: Floats, theta: Floats, eta: Floats) -> Floats:
        parts = relative_entropy(y - theta, self.log_mean(eta))
        return np.asarray(parts.sum(axis=1))

    def curvature(self, eta: Floats) -> Floats:
        mu = self.mean(eta)
        diagonal = np.eye(mu.shape[1]) * mu[:, np.newaxis, :]
        return diagonal - mu[:, :, np.newaxis] * mu[:, np.newaxis, :]

    def intercept_step(self, weight: Floats, y: Floats, eta: Floats) -> Floats:
        step = np.log(weight @ y) - log_mean_exp(weight, self.log_mean(eta))
        return np.asarray(step)


class MultiGaussian:
    """Least squares of several targets: |y - eta|^2 / 2."""

    def value(self, y: Floats, eta: Floats) -> Floats:
        return np.asarray(np.sum((y - eta) ** 2, axis=1) / 2)

    def mean(self, eta: Floats) -> Floats:
        return eta

    def residual(self, y: Floats, eta: Floats) -> Floats:
        return y - eta

    def conjugate(self, y: Floats, theta: Floats) -> Floats:
        return np.asarray(np.sum(theta**2 / 2 - y * theta, axis=1))

    def divergence(self, y: Floats, theta: Floats, eta: Floats) -> Floats:
        return np.asarray(np.sum((y - eta - theta) ** 2, axis=1) / 2)

    def curvature(self, eta: Floats) -> Floats:
        return np.tile(np.eye(eta.shape[1]), (len(eta), 1, 1))

    def intercept_step(self, weight: Floats, y: Floats, eta: Floats) -> Floats:
        return np.asarray(weight @ (y - eta))


LOSSES: dict[str, Loss] = {
    "binomial": Binomial(),
    "multinomial": Multinomial(),
    "mgaussian": MultiGaussian(),
    "poisson": Poisson(),
}
