"""Maximum likelihood on many supports, by Newton steps from the last one's solution.

The systems of the steps are solved by conjugate gradients, preconditioned with a factor
of the curvature at an earlier solution that follows the support: it is made
anew only where the curvature has changed too much.

With the step d of the system H d = g at a solution whose means are mu, the means
m = mu + (curvature of a row) (Z d) have Z'(y - m) = 0, as exactly as the system was
solved: they are a dual point, and its gap is their relative entropy from mu.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _link
from fastreg._columns import centred, weighted_mean
from fastreg._support_factor import SupportFactor

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Newton steps and halvings of one.
MOST_STEPS, MOST_HALVINGS = 40, 20
# Residuals of the systems: of steps that have a long way to go, and of the last.
ROUGH, FINE = 1e-2, 1e-9
# Iterations, after which the factor is made anew.
PATIENCE, MOST_ITERATIONS = 25, 200
# The share of the tolerance at which a last step is taken.
LAST = 1e-3
# A move of the linear predictor that a solution with a maximum doesn't make any more.
STILL = 1e-2


class Likelihood(NamedTuple):
    """A fit on a support. `coef` is (outputs, features), of raw columns."""

    coef: Floats
    intercept: Floats
    relative_gap: float
    deviance_ratio: float
    n_iter: int


class NewtonRefits:
    """Fits of a family with a link, one support after the other."""

    def __init__(
        self,
        x: Floats,
        y: Floats,
        sample_weight: Floats | None,
        offset: Floats | None,
        *,
        family: str,
        fit_intercept: bool,
        tol: float,
        null_objective: float,
    ) -> None:
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        rows = weight > 0.0
        self.weight = weight[rows] / weight.sum()
        self.family, self.tol = family, tol
        self.fit_intercept = fit_intercept
        self.null = null_objective or 1.0
        self.y = y[rows].reshape(len(self.weight), -1)
        self.offset = 0.0 if offset is None else offset[rows].reshape(self.y.shape)
        x = x[rows]
        self.mean = np.zeros(x.shape[1])
        if fit_intercept:
            self.mean = weighted_mean(x, self.weight)
            x = centred(x, self.weight)
        self.unit = np.sqrt(self.weight @ x**2)
        self.unit[self.unit == 0.0] = 1.0
        # The intercept's column comes first.
        self.Z = np.asfortranarray(np.column_stack([np.ones(len(x)), x / self.unit]))
        self.b = np.zeros((self.Z.shape[1], self.y.shape[1]))
        self.factors: list[SupportFactor] = []

    def fit(self, support: Integers) -> Likelihood | str | None:
        """The fit, "separated" if there is none, or None where others do better."""
        active = support + 1
        if self.fit_intercept:
            active = np.concatenate(([0], active))
        gone = np.ones(len(self.b), dtype=bool)
        gone[active] = False
        self.b[gone] = 0.0
        before = self.b.copy()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = self._newton(active, self.Z[:, active])
        if not isinstance(found, Likelihood):
            self.b, self.factors = before, []
        return found

    def _newton(self, active: Integers, Z: Floats) -> Likelihood | str | None:
        gap, biggest = np.inf, np.inf
        for step in range(1, MOST_STEPS + 1):
            eta = self.offset + Z @ self.b[active]
            mu = self._mean(eta)
            g = Z.T @ (self.weight[:, np.newaxis] * (self.y - mu))
            d = self._solved(active, Z, mu, g, ROUGH)
            if d is None:
                return None
            gap = self._gap(mu, Z @ d)
            is_last = gap <= LAST * self.tol
            if is_last:
                d = self._solved(active, Z, mu, g, FINE, d)
                if d is None:
                    return None
                gap = self._gap(mu, Z @ d)
            move = Z @ d
            share = self._share(eta, move)
            if share == 0.0:
                return None
            self.b[active] += share * d
            biggest = float(np.abs(move).max(initial=0.0))
            if is_last and share == 1.0 and biggest <= STILL:
                return self._result(active, eta + move, gap, step)
        return "separated" if gap <= self.tol and biggest > STILL else None

    # --- systems -----------------------------------------------------------------

    def _solved(
        self,
        active: Integers,
        Z: Floats,
        mu: Floats,
        g: Floats,
        share: float,
        start: Floats | None = None,
    ) -> Floats | None:
        """H d = g up to a share of g; None if H is close to singular."""
        if self.factors and all(one.move_to(active) for one in self.factors):
            d, n_iter = self._conjugate_gradients(active, Z, mu, g, share, start)
            if d is not None and n_iter <= PATIENCE:
                return d
            start = d
        if not self._factor(active, mu):
            return None
        return self._conjugate_gradients(active, Z, mu, g, share, start)[0]

    def _factor(self, active: Integers, mu: Floats) -> bool:
        """Factors of the curvature here, one for each output."""
        self.factors, self.lengths = [], []
        for k in range(mu.shape[1]):
            w = self.weight * self._own_curvature(mu[:, k])
            length = np.sqrt(w @ self.Z**2)
            length[~(length > 0.0)] = 1.0
            self.lengths.append(length)
            self.factors.append(SupportFactor(_Gram(self.Z, w, length)))
        return all(one.move_to(active) for one in self.factors)

    def _preconditioned(self, active: Integers, r: Floats) -> Floats:
        out = np.empty_like(r)
        for k, (one, length) in enumerate(zip(self.factors, self.lengths, strict=True)):
            at = np.searchsorted(active, one.order)
            scale = length[one.order]
            out[at, k] = one.solve(r[at, k] / scale) / scale
        return out

    def _conjugate_gradients(
        self,
        active: Integers,
        Z: Floats,
        mu: Floats,
        g: Floats,
        share: float,
        start: Floats | None,
    ) -> tuple[Floats | None, int]:
        w = self.weight[:, np.newaxis]
        d = np.zeros_like(g) if start is None else start.copy()
        r = g if start is None else g - Z.T @ (w * self._curved(mu, Z @ d))
        z = self._preconditioned(active, r)
        size = float((g * self._preconditioned(active, g)).sum())
        direction, rz = z, float((r * z).sum())
        for n_iter in range(MOST_ITERATIONS):
            if not np.isfinite(rz):
                return None, n_iter
            if rz <= share**2 * size:
                return d, n_iter
            Hd = Z.T @ (w * self._curved(mu, Z @ direction))
            step = rz / float((direction * Hd).sum())
            d = d + step * direction
            r = r - step * Hd
            z = self._preconditioned(active, r)
            rz, last = float((r * z).sum()), rz
            direction = z + (rz / last) * direction
        return None, MOST_ITERATIONS

    # --- the family --------------------------------------------------------------

    def _mean(self, eta: Floats) -> Floats:
        if self.family == "multinomial":
            return _link.probabilities("multinomial", eta)
        return _link.mean(self.family, eta)

    def _own_curvature(self, mu: Floats) -> Floats:
        return mu if self.family == "poisson" else mu * (1.0 - mu)

    def _curved(self, mu: Floats, move: Floats) -> Floats:
        """Change of the means for a small change of the linear predictors."""
        if self.family != "multinomial":
            return self._own_curvature(mu) * move
        return np.asarray(mu * (move - (mu * move).sum(axis=1, keepdims=True)))

    def _divergence(self, m: Floats, mu: Floats) -> float:
        """Mean relative entropy of means m from mu."""
        total = _entropy(m, mu)
        if self.family == "poisson":
            total = total - (m - mu)
        elif self.family == "binomial":
            total = total + _entropy(1.0 - m, 1.0 - mu)
        return float(self.weight @ total.sum(axis=1))

    def _gap(self, mu: Floats, move: Floats) -> float:
        m = mu + self._curved(mu, move)
        top = np.inf if self.family == "poisson" else 1.0
        if not (np.all(m >= 0.0) and np.all(m <= top)):
            return np.inf
        return max(0.0, self._divergence(m, mu)) / self.null

    def _share(self, eta: Floats, move: Floats) -> float:
        """The part of a step that doesn't raise the loss; 0 if there is none."""
        before = self._loss(eta)
        slack = 1e-12 * (abs(before) + self.null)
        share = 1.0
        for _ in range(MOST_HALVINGS):
            if self._loss(eta + share * move) <= before + slack:
                return share
            share /= 2.0
        return 0.0

    def _loss(self, eta: Floats) -> float:
        if self.family == "poisson":
            total = np.exp(eta)
        elif self.family == "binomial":
            total = np.logaddexp(0.0, eta)
        else:
            top = eta.max(axis=1, keepdims=True)
            total = top + np.log(np.exp(eta - top).sum(axis=1, keepdims=True))
        return float(self.weight @ (total.sum(axis=1) - (self.y * eta).sum(axis=1)))

    def _result(
        self, active: Integers, eta: Floats, gap: float, n_iter: int
    ) -> Likelihood:
        ratio = 1.0 - self._divergence(self.y, self._mean(eta)) / self.null
        features = active[active > 0] - 1
        coef = self.b[features + 1].T / self.unit[features]
        if len(coef) > 1:  # any number may be added to all classes
            coef = coef - coef.mean(axis=0)
        intercept = self.b[0] - coef @ self.mean[features]
        if len(coef) > 1:
            intercept = intercept - intercept.mean()
        return Likelihood(coef, intercept * self.fit_intercept, gap, ratio, n_iter)


class _Gram:
    """Products of columns with weights, columns scaled to the length 1."""

    def __init__(self, Z: Floats, weight: Floats, length: Floats) -> None:
        self.Z, self.weight, self.length = Z, weight, length

    def __call__(self, i: Integers, j: Integers) -> Floats:
        right = self.weight[:, np.newaxis] * (self.Z[:, j] / self.length[j])
        product = self.Z[:, i].T @ right
        return np.asarray(product / self.length[i, np.newaxis])


def _entropy(m: Floats, mu: Floats) -> Floats:
    """M log(m / mu), 0 where m is."""
    ratio = np.where(m > 0.0, m / mu, 1.0)
    return np.asarray(np.where(m > 0.0, m * np.log(ratio), 0.0))
