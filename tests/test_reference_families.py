"""Losses of the reference: derivatives, conjugates, and values that saturate."""

from __future__ import annotations

from decimal import Decimal, getcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from fastreg._reference_families import LOSSES, Loss, relative_entropy

FAMILIES = sorted(LOSSES)


def drawn(family: str, n: int = 30, seed: int = 0, spread: float = 2.0) -> Any:
    """A loss with responses and predictors; the responses aren't all labels."""
    rng = np.random.default_rng(seed)
    if family == "multinomial":
        y = rng.dirichlet(np.full(4, 0.3), n)
        y[: n // 2] = np.eye(4)[rng.integers(0, 4, n // 2)]
        return LOSSES[family], y, spread * rng.standard_normal((n, 4))
    if family == "mgaussian":
        y = rng.standard_normal((n, 4))
        return LOSSES[family], y, spread * rng.standard_normal((n, 4))
    eta = spread * rng.standard_normal(n)
    if family == "poisson":
        return LOSSES[family], rng.choice([0.0, 0.5, 1.0, 7.0], n), eta
    return LOSSES[family], rng.choice([0.0, 0.3, 1.0], n), eta


def directions(eta: Any) -> list[Any]:
    """Unit vectors for the predictors of a row."""
    return list(np.eye(eta.shape[1])) if eta.ndim == 2 else [1.0]


@pytest.mark.parametrize("family", FAMILIES)
def test_residual_is_minus_the_derivative(family: str) -> None:
    loss, y, eta = drawn(family)
    h = 1e-6
    slopes = [
        (loss.value(y, eta + h * e) - loss.value(y, eta - h * e)) / (2 * h)
        for e in directions(eta)
    ]
    expected = -np.stack(slopes, axis=-1).reshape(eta.shape)
    assert_allclose(loss.residual(y, eta), expected, atol=1e-8, rtol=1e-8)
    assert_allclose(y - loss.mean(eta), loss.residual(y, eta), atol=1e-14)


@pytest.mark.parametrize("family", FAMILIES)
def test_curvature_is_the_derivative_of_the_mean(family: str) -> None:
    loss, _, eta = drawn(family)
    curvature = loss.curvature(eta)
    h = 1e-6
    for k, e in enumerate(directions(eta)):
        slope = (loss.mean(eta + h * e) - loss.mean(eta - h * e)) / (2 * h)
        column = curvature[:, :, k].reshape(eta.shape)
        assert_allclose(column, slope, atol=1e-8, rtol=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_conjugate_is_the_largest_of_what_it_bounds(family: str) -> None:
    """loss*(-theta) = max over eta of -theta eta - loss(eta), at mu = y - theta."""
    loss, y, eta = drawn(family)
    theta = 0.7 * loss.residual(y, eta)
    mean = y - theta
    at = mean
    if family != "mgaussian":
        at = np.log(mean / (1 - mean)) if family == "binomial" else np.log(mean)

    def bounded(eta: Any) -> Any:
        product = theta * eta
        return -(product.sum(axis=1) if eta.ndim == 2 else product) - loss.value(y, eta)

    conjugate = loss.conjugate(y, theta)
    assert_allclose(bounded(at), conjugate, rtol=1e-12, atol=1e-13)
    rng = np.random.default_rng(1)
    for size in (1e-3, 0.1, 1.0, 10.0):
        other = at + size * rng.standard_normal(at.shape)
        assert np.all(bounded(other) <= conjugate + 1e-12)


@pytest.mark.parametrize("family", ["binomial", "multinomial", "poisson"])
def test_conjugate_is_infinite_outside_its_domain(family: str) -> None:
    loss, y, _ = drawn(family)
    assert np.all(loss.conjugate(y, y + 0.1) == np.inf)  # a mean of -0.1
    assert np.all(np.isfinite(loss.conjugate(y, 0 * y)))
    if family == "binomial":
        assert np.all(loss.conjugate(y, y - 1.1) == np.inf)


@pytest.mark.parametrize("family", FAMILIES)
@given(seed=st.integers(0, 10_000), spread=st.sampled_from([0.1, 3.0, 50.0]))
def test_divergence_is_loss_and_conjugate_without_cancellation(
    family: str, seed: int, spread: float
) -> None:
    loss, y, eta = drawn(family, seed=seed, spread=spread)
    eta = np.minimum(eta, 20.0)
    step = np.random.default_rng(seed).uniform()
    theta = step * loss.residual(y, eta)
    product = theta * eta
    expected = loss.value(y, eta) + loss.conjugate(y, theta)
    expected += product.sum(axis=1) if eta.ndim == 2 else product
    found = loss.divergence(y, theta, eta)
    scale = 1.0 + np.abs(loss.value(y, eta)).max() + np.abs(product).max()
    assert_allclose(found, expected, atol=1e-13 * scale)
    assert np.all(found >= 0.0)
    at_mean = loss.divergence(y, loss.residual(y, eta), eta)
    # Quadratic in rounding, except where that of y is as large as mu.
    assert np.all(at_mean <= (1e-14 if spread > 3.0 else 1e-22))


def test_relative_entropy_has_all_digits() -> None:
    getcontext().prec = 60
    for m in (1e-300, 1e-8, 0.3, 1.0, 1e6):
        for ratio in (1e-12, 0.4, 0.6, 1 - 1e-7, 1 + 1e-7, 1.4, 1.6, 1e9):
            log_mu = float(np.log(m / ratio))
            mu = Decimal(log_mu).exp()
            exact = Decimal(m) * (Decimal(m).ln() - Decimal(log_mu)) - Decimal(m) + mu
            found = relative_entropy(np.array([m]), np.array([log_mu]))[0]
            # One ulp of mu moves the value by (m - mu) / mu of that.
            rounding = 1e-14 * abs(float(mu - Decimal(m))) * (1 + abs(log_mu))
            assert abs(found - float(exact)) <= 1e-13 * float(exact) + rounding


def test_several_targets_have_half_a_square() -> None:
    loss, y, eta = drawn("mgaussian")
    square = ((y - eta) ** 2).sum(axis=1) / 2
    assert_allclose(loss.value(y, eta), square)
    assert_allclose(loss.divergence(y, 0 * y, eta), square)


@pytest.mark.parametrize("size", [30.0, 700.0, 745.0, 1e5])
@pytest.mark.parametrize("family", ["binomial", "multinomial"])
def test_saturated_probabilities_are_finite(family: str, size: float) -> None:
    loss: Loss = LOSSES[family]
    y = np.array([0.0, 1.0, 0.0, 1.0])
    eta = np.array([-size, size, size, -size])
    expected = np.array([0.0, 0.0, size, size])
    sign = np.where(y > 0, 1.0, -1.0)
    if family == "multinomial":
        y = np.column_stack([1 - y, y])
        eta = np.column_stack([0 * eta, eta])
    assert_allclose(loss.value(y, eta), expected, atol=1e-12)
    r = loss.residual(y, eta)
    ones = r if family == "binomial" else r[:, 1]
    tiny = np.exp(-size)
    assert_allclose(ones[:2], sign[:2] * tiny, rtol=1e-11)  # nothing is lost
    assert_allclose(ones[2:], sign[2:])
    for step in (0.0, 0.5, 1.0):
        found = loss.divergence(y, step * r, eta)
        assert np.all(np.isfinite(found))
        assert np.all(found >= 0.0)
    assert np.all(np.isfinite(loss.curvature(eta)))


def test_counts_with_an_infinite_mean_have_an_infinite_loss() -> None:
    loss = LOSSES["poisson"]
    y, eta = np.array([0.0, 3.0]), np.array([800.0, -800.0])
    assert_allclose(loss.value(y, eta), [np.inf, 2400.0])
    assert_allclose(loss.residual(y, eta), [-np.inf, 3.0])
    divergence = loss.divergence(y, 0 * y, eta)
    assert_allclose(divergence, [np.inf, 3 * np.log(3) + 2400 - 3])


def test_softmax_does_not_change_with_a_shift() -> None:
    loss, y, eta = drawn("multinomial")
    shift = np.linspace(-500, 500, len(eta))[:, np.newaxis]
    assert_allclose(loss.value(y, eta + shift), loss.value(y, eta), rtol=1e-11)
    assert_allclose(loss.mean(eta + shift), loss.mean(eta), rtol=1e-11)


def test_softmax_of_two_classes_is_logistic() -> None:
    binomial, y, eta = drawn("binomial")
    two, predictors = np.column_stack([1 - y, y]), np.column_stack([-eta / 2, eta / 2])
    multinomial = LOSSES["multinomial"]
    assert_allclose(multinomial.value(two, predictors), binomial.value(y, eta))
    assert_allclose(multinomial.mean(predictors)[:, 1], binomial.mean(eta))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("start", [0.0, 30.0, -500.0])
def test_steps_of_the_intercept_never_do_harm(family: str, start: float) -> None:
    loss, y, eta = drawn(family)
    weight = np.full(len(y), 1 / len(y))
    b = start * (np.eye(4)[0] if eta.ndim == 2 else 1.0)
    with np.errstate(over="ignore"):
        values = [weight @ loss.value(y, eta + b)]
    for _ in range(30):
        b = b + loss.intercept_step(weight, y, eta + b)
        values.append(weight @ loss.value(y, eta + b))
        assert values[-1] <= values[-2] + 1e-12
    # It ends where the sum of the residuals is 0.
    assert np.max(np.abs(weight @ loss.residual(y, eta + b))) < 1e-3
