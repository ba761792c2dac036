"""`lasso_path` and `enet_path` against scikit-learn's functions."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import sklearn
import sklearn.linear_model as theirs
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

import fastreg.linear_model as ours
from fastreg import Lasso, enet_path, lasso_path, reference

# Integer alphas came with scikit-learn 1.9.
NEW_SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
TIGHT = {"tol": 1e-13, "max_iter": 100_000}


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 7)) + 0.5 * rng.normal(size=(40, 1)) + 1.0
    return X, X @ [2.0, 0.0, -1.0, 0.0, 0.5, 0.0, 0.0] + rng.normal(size=40)


def counted(count):
    """An automatic grid of `count` alphas, as the installed scikit-learn wants it."""
    return {"alphas": count} if NEW_SKLEARN else {"n_alphas": count}


@pytest.mark.parametrize("l1_ratio", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("eps", [1e-3, 0.1])
@pytest.mark.parametrize("shape", ["tall", "wide"])
def test_automatic_grid(data, l1_ratio, positive, eps, shape):
    X, y = data
    if shape == "wide":
        X, y = np.hstack([X, X**2, np.sin(5 * X)])[:15], y[:15]
    options = {"l1_ratio": l1_ratio, "positive": positive, "eps": eps, **TIGHT}
    alphas, coefs, gaps, n_iters = enet_path(
        X, y, alphas=8, return_n_iter=True, **options
    )
    expected = theirs.enet_path(X, y, return_n_iter=True, **counted(8), **options)
    if positive and not NEW_SKLEARN:
        # Its grid started at the largest correlation of either sign.
        options.pop("eps")
        expected = theirs.enet_path(X, y, alphas=alphas, return_n_iter=True, **options)
    assert_allclose(alphas, expected[0], rtol=1e-12)
    assert_allclose(coefs, expected[1], atol=5e-6)
    assert not coefs[:, 0].any()
    assert gaps.shape == expected[2].shape
    assert len(n_iters) == len(expected[3])
    assert {type(count) for count in n_iters} == {int}


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_given_alphas_are_sorted(data, order, dtype):
    X, y = (array.astype(dtype, order=order) for array in data)
    given = [0.05, 1.0, 0.2, 0.2]
    mine = lasso_path(X, y, alphas=given, tol=1e-7)
    other = theirs.lasso_path(X, y, alphas=given, tol=1e-7)
    assert_array_equal(mine[0], [1.0, 0.2, 0.2, 0.05])
    assert_allclose(mine[1], other[1], atol=2e-3)
    for a, b in zip(mine, other, strict=True):
        assert a.dtype == b.dtype
        assert a.shape == b.shape


def test_default_is_a_hundred_alphas_down_to_a_thousandth(data):
    alphas, coefs, gaps = lasso_path(*data)
    assert coefs.shape == (7, 100)
    assert alphas[-1] / alphas[0] == pytest.approx(1e-3)
    assert_array_equal(enet_path(*data, l1_ratio=1.0)[1], coefs)
    assert gaps.max() <= 1e-4 * np.mean(data[1] ** 2)


def test_nothing_is_centred(data):
    X, y = data
    _, coefs, _ = lasso_path(X, y, alphas=[0.1], **TIGHT)
    model = Lasso(alpha=0.1, fit_intercept=False, **TIGHT).fit(X, y)
    assert_allclose(coefs[:, 0], model.coef_, rtol=1e-12)
    with_intercept = Lasso(alpha=0.1, **TIGHT).fit(X, y)
    assert abs(with_intercept.coef_ - coefs[:, 0]).max() > 1e-3


def test_dual_gaps_are_those_of_the_objective(data):
    X, y = data
    alphas, coefs, gaps = enet_path(X, y, alphas=10, tol=1e-3)
    for k, alpha in enumerate(alphas):
        problem = reference.Problem(
            X, y, alpha=alpha, l1_ratio=0.5, fit_intercept=False, standardize=False
        )
        expected = reference.dual_gap(problem, coefs[:, k], 0.0)
        assert gaps[k] == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_sample_weight_counts(data):
    X, y = data
    counts = np.arange(40) % 3
    weighted = lasso_path(X, y, alphas=[0.1, 0.01], sample_weight=counts, **TIGHT)
    repeated = np.repeat(X, counts, axis=0), np.repeat(y, counts)
    expected = lasso_path(*repeated, alphas=[0.1, 0.01], **TIGHT)
    assert_allclose(weighted[1], expected[1], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
def test_alpha_zero_ends_at_least_squares(data, l1_ratio):
    X, y = data
    alphas, coefs, gaps, n_iters = enet_path(
        X, y, l1_ratio=l1_ratio, alphas=[0.0, 0.1], return_n_iter=True, tol=1e-10
    )
    expected = np.linalg.lstsq(X, y, rcond=None)[0]
    assert_array_equal(alphas, [0.1, 0.0])
    assert_allclose(coefs[:, 1], expected, rtol=1e-9)
    assert gaps.max() < 1e-9
    assert len(n_iters) == 2


def test_l1_ratio_zero_is_ridge_and_has_no_grid(data):
    X, y = data
    _, coefs, _ = enet_path(X, y, l1_ratio=0.0, alphas=[0.3])
    expected = theirs.Ridge(0.3 * len(y), fit_intercept=False).fit(X, y).coef_
    assert_allclose(coefs[:, 0], expected, rtol=1e-9)
    with pytest.raises(ValueError, match="no automatic grid for l1_ratio=0"):
        enet_path(X, y, l1_ratio=0.0)


@pytest.mark.parametrize("positive", [True, False])
def test_nothing_to_find(data, positive):
    X, y = data
    mine = lasso_path(X, 0 * y, alphas=3, positive=positive)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # older versions warn that the gap is 0
        other = theirs.lasso_path(X, 0 * y, positive=positive, **counted(3))
    for a, b in zip(mine, other, strict=True):
        assert_array_equal(a, b)


def test_nothing_positive_to_find(data):
    X = np.abs(data[0])
    alphas, coefs, gaps = lasso_path(X, -X.sum(axis=1), alphas=3, positive=True)
    assert_array_equal(alphas, np.full(3, 1e-15))
    assert not coefs.any()
    assert_array_equal(gaps, 0)


def test_one_column_of_targets_has_three_dimensional_coefficients(data):
    X, y = data
    flat = lasso_path(X, y, alphas=3, **TIGHT)
    column = lasso_path(X, y[:, np.newaxis], alphas=3, **TIGHT)
    other = theirs.lasso_path(X, y[:, np.newaxis], alphas=flat[0], **TIGHT)
    assert column[1].shape == other[1].shape == (1, 7, 3)
    assert_array_equal(column[1][0], flat[1])
    assert_allclose(column[1], other[1], atol=1e-6)


def test_coef_init_does_not_change_the_solution(data):
    X, y = data
    rng = np.random.default_rng(0)
    cold = enet_path(X, y, alphas=[0.1, 0.01], **TIGHT)
    for scale in (1.0, 100.0):
        start = scale * rng.normal(size=7)
        warm = enet_path(X, y, alphas=[0.1, 0.01], coef_init=start, **TIGHT)
        assert_allclose(warm[1], cold[1], atol=1e-9)


def test_lists_are_accepted():
    alphas, coefs, _ = lasso_path([[1, 2], [3, 4]], [1, 2], alphas=2)
    expected = theirs.lasso_path([[1, 2], [3, 4]], [1, 2], alphas=alphas)
    assert_allclose(coefs, expected[1], atol=1e-2)


def test_estimators_carry_the_function(data):
    assert Lasso.path is enet_path
    assert_array_equal(
        Lasso().path(*data, alphas=4)[1], ours.ElasticNet.path(*data, alphas=4)[1]
    )


def test_old_names_of_alphas_give_future_warnings(data):
    X, y = data
    with pytest.warns(FutureWarning, match="alphas=5") as caught:
        alphas, _, _ = lasso_path(X, y, n_alphas=5)
    assert len(alphas) == 5
    assert caught[0].filename == __file__
    with pytest.warns(FutureWarning, match="alphas=100"):
        alphas, _, _ = enet_path(X, y, alphas=None)
    assert len(alphas) == 100
    with pytest.warns(FutureWarning):
        alphas, _, _ = enet_path(X, y, alphas=[0.2, 0.1], n_alphas=7)
    assert_array_equal(alphas, [0.2, 0.1])


def test_gram_matrix_and_products_are_accepted(data):
    X, y = data
    plain = lasso_path(X, y, alphas=4)
    gram = X.T @ X
    for precompute in (True, False, "auto", gram, gram.tolist()):
        found = lasso_path(X, y, alphas=4, precompute=precompute, Xy=X.T @ y)
        assert_array_equal(found[1], plain[1])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"alphas": 0}, "alphas"),
        ({"alphas": "x"}, "alphas"),
        ({"alphas": []}, "non-empty"),
        ({"alphas": [0.1, -1.0]}, "alphas must be >= 0"),
        ({"alphas": [[0.1]]}, "alphas"),
        ({"alphas": [np.nan]}, "NaN"),
        ({"eps": 0.0}, "eps"),
        ({"eps": 1.5}, "eps"),
        ({"l1_ratio": 1.5}, "l1_ratio"),
        ({"positive": 1}, "positive"),
        ({"verbose": -1}, "verbose"),
        ({"precompute": "no"}, "precompute"),
        ({"precompute": np.eye(3)}, r"shape \(7, 7\)"),
        ({"precompute": np.eye(7)}, "did not pass validation"),
        ({"Xy": np.ones(3)}, "Xy must have 7"),
        ({"coef_init": np.ones(3), "alphas": [0.1]}, "coef_init"),
        ({"coef_init": np.ones(3)}, r"coef_init has shape \(3,\) but X has 7"),
        ({"coef_init": np.ones((7, 1))}, r"coef_init has shape \(7, 1\)"),
        ({"coef_init": np.full(7, np.nan)}, "coef_init has NaN"),
        ({"tol": -1.0}, "tol"),
        ({"max_iter": 0}, "max_iter"),
        ({"selection": "other"}, "selection"),
        ({"random_state": "x"}, "random_state"),
        ({"unheard_of": 1}, "no parameter unheard_of"),
        ({"X_offset": 0.0}, "no parameter X_offset"),
    ],
)
def test_bad_arguments_are_value_errors(data, bad, message):
    with pytest.raises(ValueError, match=message):
        enet_path(*data, **bad)


@pytest.mark.parametrize("alphas", [5, [0.1]])
def test_coef_init_that_is_text_is_a_type_error(data, alphas):
    with pytest.raises(TypeError, match="coef_init must hold real numbers"):
        lasso_path(*data, alphas=alphas, coef_init=["a"] * 7)


def test_bad_data(data):
    X, y = data
    missing = y.astype(object)
    missing[0] = None
    for check_input in (True, False):
        with pytest.raises(ValueError, match=r"y has NaN \(missing\) at position 0"):
            enet_path(X, missing, check_input=check_input)
    with pytest.raises(ValueError, match="inconsistent"):
        lasso_path(X, y[:-1])
    with pytest.raises(ValueError, match="NaN in column 0"):
        lasso_path(np.nan * X, y)
    with pytest.raises(ValueError, match="y contains infinity"):
        lasso_path(X, np.inf * y)
    with pytest.raises(ValueError, match="overflow"):
        lasso_path(X, 1e300 * y)


@pytest.mark.parametrize("kind", ["csr_array", "csc_matrix"])
def test_sparse_X(data, kind):
    X, y = np.round(data[0]), data[1]
    alphas, coefs, gaps = lasso_path(getattr(sparse, kind)(X), y, alphas=6, tol=1e-10)
    expected = lasso_path(X, y, alphas=6, tol=1e-10)
    assert_allclose(alphas, expected[0])
    assert_allclose(coefs, expected[1], atol=1e-8)
    assert gaps.max() <= 1e-10 * (y @ y) / len(y)


def test_check_input_false_gives_the_same_path(data):
    X, y = data
    trusted = enet_path(np.asfortranarray(X), y, alphas=4, check_input=False)
    assert_allclose(trusted[1], enet_path(X, y, alphas=4)[1], rtol=1e-10, atol=1e-12)
