"""`fastreg.path(family="multinomial")`: certified, and its shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.special import softmax

import fastreg
import problems

FAMILY = {"family": "multinomial"}
OFFSET_OPTIONS: list[dict[str, Any]] = [
    {},
    {"l1_ratio": 0.4, "standardize": False},
    {"fit_intercept": False, "sample_weight": True},
    {"sample_weight": True, "penalty_factor": np.r_[0.0, 1.0, np.inf, np.ones(5)]},
]


def data(name: str = "tall") -> tuple[Any, Any]:
    return problems.family_data("multinomial", name)


@pytest.mark.parametrize("name", ["tall", "wide", "constant_columns", "offset_scales"])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_is_certified_by_the_reference(name, l1_ratio):
    X, y = data(name)
    options = {**FAMILY, "l1_ratio": l1_ratio}
    path = fastreg.path(X, y, alphas=12, eps=0.03, tol=1e-9, **options)
    gaps = problems.recomputed_class_gaps(path, X, y, **options)
    assert gaps.max() <= 1.1e-9
    assert_allclose(path.intercepts.sum(axis=0), 0.0, atol=1e-12)


@pytest.mark.parametrize("weighted", [True, False])
def test_options_are_certified(weighted):
    X, y = data()
    options: dict[str, Any] = {
        **FAMILY,
        "l1_ratio": 0.7,
        "standardize": False,
        "fit_intercept": False,
        "penalty_factor": np.array([0.5, 1.0, np.inf, 2.0, 1.0, 0.5, 1.0, 1.0]),
        "lower_bounds": -0.3,
        "upper_bounds": 0.2,
        "sample_weight": problems.weights(len(y)) if weighted else None,
    }
    path = fastreg.path(X, y, alphas=12, tol=1e-9, **options)
    assert problems.recomputed_class_gaps(path, X, y, **options).max() <= 1.1e-9
    assert_array_equal(path.coefs[:, 2], 0.0)
    assert path.coefs.min() >= -0.3
    assert path.coefs.max() <= 0.2
    assert_array_equal(path.intercepts, 0.0)


def test_shapes_and_predictions():
    X, codes = data()
    y = np.array(["low", "middle", "high"])[codes.astype(int)]
    path = fastreg.path(X, y, alphas=15, early_stop=False, **FAMILY)
    n, p, k = 60, 8, 15
    assert path.classes.tolist() == ["high", "low", "middle"]
    assert path.coefs.shape == (3, p, k)
    assert path.intercepts.shape == (3, k)
    assert path.dual_gaps.shape == path.n_nonzero.shape == (k,)
    assert_array_equal(path.n_nonzero, np.count_nonzero(path.coefs, axis=(0, 1)))
    eta = np.einsum("ij,cjk->ick", X, path.coefs) + path.intercepts
    assert_allclose(path.decision_function(X), eta, atol=1e-12)
    assert_allclose(path.predict_proba(X), softmax(eta, axis=1), atol=1e-12)
    assert_array_equal(path.predict(X), path.classes[eta.argmax(axis=1)])
    one, some = float(path.alphas[4]), path.alphas[3:6]
    assert path.coef_at(one).shape == (3, p)
    assert path.intercept_at(one).shape == (3,)
    assert path.predict(X, one).shape == (n,)
    assert path.predict_proba(X, one).shape == (n, 3)
    assert path.predict_proba(X, some).shape == (n, 3, 3)
    assert_allclose(path.predict_proba(X, some)[:, :, 1], path.predict_proba(X, one))
    assert_allclose(path.decision_function(X, one), eta[:, :, 4], atol=1e-12)
    assert_allclose(path.coef_at(2 * path.alphas[0]), 0.0)
    assert repr(path).startswith("Multinomial Lasso path")
    assert "classes 'high', 'low' and 'middle'" in repr(path)
    with pytest.raises(AttributeError, match="use coefs, of shape"):
        _ = path.sparse_coefs


def test_two_classes_are_binomial():
    X, y = problems.family_data("binomial")
    options: dict[str, Any] = {"tol": 1e-12, "alphas": [0.1, 0.01]}
    two = fastreg.path(X, y, **FAMILY, **options)
    one = fastreg.path(X, y, family="binomial", **options)
    assert_allclose(two.predict_proba(X), one.predict_proba(X), atol=1e-6)
    assert_array_equal(two.predict(X), one.predict(X))


def test_storages_agree():
    X, y = data()
    X = np.where(np.abs(X) > 0.5, X, 0.0)
    expected = fastreg.path(X, y, alphas=10, eps=0.1, tol=1e-11, **FAMILY)
    chunked = fastreg.design.ChunkedDesign(X, chunk_rows=7)
    for form in (np.asfortranarray(X), sparse.csc_array(X), chunked):
        path = fastreg.path(form, y, alphas=10, eps=0.1, tol=1e-11, **FAMILY)
        assert_allclose(path.coefs, expected.coefs, atol=1e-6)
        assert_allclose(path.predict_proba(form), expected.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_weights_are_repetitions(seed):
    X, y = data()
    times = np.random.default_rng(seed).integers(1, 4, len(y))
    options: dict[str, Any] = {"alphas": [0.1, 0.02], "tol": 1e-10, **FAMILY}
    weighted = fastreg.path(X, y, sample_weight=times, **options)
    repeated = fastreg.path(X.repeat(times, 0), y.repeat(times), **options)
    assert_allclose(weighted.coefs, repeated.coefs, atol=1e-5)


def test_classes_with_a_tiny_share_of_the_weight():
    """Means are nearly certain: the loss is the small difference of large numbers."""
    rng = np.random.default_rng(0)
    X = 20.0 * rng.normal(size=(50, 2))
    labels = np.arange(50) % 3
    weight = np.where(labels == 0, 1000.0, 1e-4)
    for left_out in range(5):
        share = np.where(np.arange(50) % 5 == left_out, 0.0, weight)
        path = fastreg.path(
            X, labels, family="multinomial", sample_weight=share, alphas=[1e-5, 1e-9],
            l1_ratio=0.0, standardize=False, tol=1e-6,
        )  # fmt: skip
        assert path.dual_gaps.max() <= 1e-6
        total = [share[labels == k].sum() for k in range(3)]
        p = np.average(path.predict_proba(X, 1e-5), axis=0, weights=share)
        assert_allclose(p, total / np.sum(total), rtol=1e-5)


def test_starts_where_it_is_told():
    X, y = data()
    path = fastreg.path(X, y, alphas=[0.05], tol=1e-10, **FAMILY)
    again = fastreg.path(
        X, y, alphas=[0.05], tol=1e-10, coef_init=path.coefs[:, :, 0], **FAMILY
    )
    assert_allclose(again.coefs, path.coefs, atol=1e-6)
    assert again.n_iter[0] <= path.n_iter[0]


def test_is_drawn_class_by_class():
    pytest.importorskip("matplotlib")
    from fastreg._plot import path_figure

    X, y = data()
    path = fastreg.path(X, y, alphas=10, **FAMILY)
    title = path_figure(path, target=1)._suptitle.get_text()
    assert title.startswith("Multinomial Lasso path")
    with pytest.raises(ValueError, match="has 3 classes: say which one to draw"):
        path_figure(path)


@pytest.mark.parametrize("form", [np.asarray, sparse.csc_array])
@pytest.mark.parametrize("options", OFFSET_OPTIONS)
def test_offset_is_inside_the_link(form, options):
    X, y = data()
    offset = np.random.default_rng(3).standard_normal((60, 3))
    offset += np.array([-3.0, 0.0, 9.0])
    options = {**FAMILY, **options, "offset": offset}
    if "sample_weight" in options:
        # Whatever is beside a weight of 0 doesn't matter.
        options["sample_weight"] = problems.weights(60) * (np.arange(60) % 7 > 0)
        offset[::7] = [1e9, -1e300, 0.0]
    path = fastreg.path(form(X), y, alphas=12, tol=1e-9, **options)
    assert problems.recomputed_class_gaps(path, X, y, **options).max() <= 1e-9
    first = problems.reference_problem(X, y, 1.0, **options)
    assert_allclose(path.alphas[0], fastreg.reference.alpha_max(first), rtol=1e-6)
    eta = np.einsum("ij,cjk->ick", X, path.coefs) + path.intercepts
    eta += offset[:, :, None]
    found = path.decision_function(X, offset=offset)
    assert_allclose(found, eta, rtol=1e-12, atol=1e-10)
    assert_allclose(path.predict_proba(X, offset=offset), softmax(eta, axis=1))
    at = path.decision_function(X, path.alphas[[3, 2]], offset=offset)
    assert_allclose(at, eta[:, :, [3, 2]], rtol=1e-12, atol=1e-10)
    one = path.predict(X, path.alphas[3], offset=offset)
    assert_array_equal(one, path.classes[eta[:, :, 3].argmax(axis=1)])
    with pytest.raises(ValueError, match="fitted with an offset"):
        path.predict(X)
    with pytest.raises(ValueError, match="expected shape"):
        path.predict(X, offset=offset[:, 0])


def test_an_offset_that_the_model_takes_up():
    X, y = data()
    options: dict[str, Any] = {"tol": 1e-12, "alphas": 10, "eps": 0.05, **FAMILY}
    path = fastreg.path(X, y, **options)
    for size in (1e-9, 1.0, 1e3):
        of_classes = size * np.array([2.0, -3.0, 1.0])
        of_rows = size * np.arange(60.0)[:, np.newaxis]
        moved = fastreg.path(X, y, offset=of_classes + of_rows, **options)
        assert_allclose(moved.coefs, path.coefs, atol=1e-6)
        assert_allclose(
            moved.intercepts + of_classes[:, np.newaxis], path.intercepts, atol=1e-6
        )


BAD: list[tuple[dict[str, Any], str]] = [
    ({"y": np.zeros(60)}, "one class, 0.0: family 'multinomial' needs two"),
    ({"y": np.linspace(0, 1, 60)}, "is not a whole number"),
    ({"sample_weight": "no 2"}, "class 2.0 of y has no weight"),
    ({"offset": np.zeros(60)}, r"offset has shape \(60,\) but .* y has 3 classes"),
    ({"offset": np.full((60, 3), np.nan)}, r"offset\[:, 0\] has NaN"),
    ({"coef_init": np.zeros(8)}, "8 columns and y has 3 classes"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_input_is_named(bad, message):
    X, y = data()
    if "sample_weight" in bad:
        bad = {"sample_weight": (y != 2.0).astype(float)}
    with pytest.raises(ValueError, match=message):
        fastreg.path(**{"X": X, "y": y, **FAMILY, **bad})


def test_separation_is_told():
    X = np.repeat(np.eye(3), 4, axis=0) + 0.01 * np.arange(12)[:, None]
    y = np.repeat(["a", "b", "c"], 4)
    fastreg.path(X, y, **FAMILY)
    with pytest.warns(fastreg.SeparationWarning, match="tell all classes apart"):
        path = fastreg.path(X, y, alphas=[0.1, 0.0], **FAMILY)
    assert np.all(np.isfinite(path.coefs))
