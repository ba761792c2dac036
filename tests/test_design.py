"""Designs whose verbs are written in Python: the same answers, and faults in words."""

from __future__ import annotations

import itertools
import signal
import traceback
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import fastreg
from designs import Verbs
from fastreg.design import ChunkedDesign, Design
from problems import PROBLEMS, ar1, recomputed_gaps, weights

TIGHT: dict[str, Any] = {"tol": 1e-13, "alphas": 20}


def assert_same_path(path: fastreg.Path, other: fastreg.Path, X: Any) -> None:
    """Fitted values to 1e-10, and the coefficients where these determine them."""
    assert_allclose(path.alphas, other.alphas, rtol=1e-10)
    scale = np.abs(other.coefs).max() or 1.0
    assert_allclose(path.coefs / scale, other.coefs / scale, atol=1e-10)
    assert_allclose(path.dual_gaps, other.dual_gaps, atol=1e-10)


@pytest.mark.parametrize("name", ["tall", "wide", "constant_columns", "offset_scales"])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_equal_to_the_array(
    name: str, standardize: bool, fit_intercept: bool, weighted: bool, l1_ratio: float
) -> None:
    X, y = PROBLEMS[name]()
    options = {
        "standardize": standardize,
        "fit_intercept": fit_intercept,
        "sample_weight": weights(len(y)) if weighted else None,
        "l1_ratio": l1_ratio,
    }
    path = fastreg.path(Verbs(X), y, **options, **TIGHT)
    assert_same_path(path, fastreg.path(X, y, **options, **TIGHT), X)
    assert recomputed_gaps(path, X, y, **options).max() <= 1e-9


@pytest.mark.parametrize("name", ["badly_scaled", "far_from_zero", "two_by_one"])
def test_hard_data(name: str) -> None:
    X, y = PROBLEMS[name]()
    path = fastreg.path(Verbs(X), y, alphas=20, tol=1e-9)
    assert recomputed_gaps(path, X, y).max() <= 1.1e-9


def test_ridge_with_several_targets() -> None:
    X, y = ar1(30, 6)
    Y = np.column_stack([y, y**2])
    ours = fastreg.ridge_path(Verbs(X), Y, alphas=5, standardize=False)
    theirs = fastreg.ridge_path(X, Y, alphas=5, standardize=False)
    assert_allclose(ours.coefs, theirs.coefs, atol=1e-10)


def test_verbs_get_plain_arrays_of_their_own() -> None:
    """What they keep stays valid, and what they write changes nothing."""
    kept: list[Any] = []

    class Keeper(Verbs):
        def transpose_matvec(self, R: Any) -> Any:
            kept.append((R, R.copy()))
            return super().transpose_matvec(R)

        def columns(self, J: Any) -> Any:
            kept.append((J, J.copy()))
            out = super().columns(J)
            assert J.dtype == np.int64
            return out

    X, y = ar1(40, 12)
    path = fastreg.path(Keeper(X), y, **TIGHT)
    assert len(kept) > 2
    assert all(np.array_equal(array, copy) for array, copy in kept)

    class Scribbler(Verbs):
        def transpose_matvec(self, R: Any) -> Any:
            out = super().transpose_matvec(R)
            R[:] = np.nan
            return out

    scribbled = fastreg.path(Scribbler(X), y, **TIGHT)
    assert np.array_equal(scribbled.coefs, path.coefs)


RETURNED = {
    "a row too many": (lambda good: np.vstack([good, good[:1]]), ValueError, "shape"),
    "one axis": (lambda good: good[:, 0], ValueError, "expected"),
    "a list": (lambda good: good.tolist(), TypeError, "NumPy array, got list"),
    "nothing": (lambda _: None, TypeError, "got NoneType"),
    "complex": (lambda good: good * 1j, TypeError, "real numbers, got dtype complex"),
    "text": (lambda good: good.astype(str), TypeError, "real numbers, got dtype"),
    "objects": (lambda good: good.astype(object), TypeError, "got dtype object"),
    "NaN": (lambda good: good * np.nan, ValueError, "not finite"),
    "inf": (lambda good: good + np.inf, ValueError, "not finite"),
}


@pytest.mark.parametrize("verb", ["transpose_matvec", "columns"])
@pytest.mark.parametrize("fault", RETURNED)
def test_a_bad_result_is_named(verb: str, fault: str) -> None:
    spoil, error, message = RETURNED[fault]

    class Faulty(Verbs):
        pass

    def spoiled(self: Any, argument: Any) -> Any:
        return spoil(getattr(Verbs, verb)(self, argument))

    setattr(Faulty, verb, spoiled)
    Faulty.column_moments = lambda self, _: (  # type: ignore[method-assign]
        self.X.mean(axis=0),
        self.X.var(axis=0),
    )
    X, y = ar1(30, 6)
    with pytest.raises(error, match=f"{verb} of Faulty .*{message}"):
        fastreg.path(Faulty(X), y)


@pytest.mark.parametrize(
    ("moments", "error", "message"),
    [
        (np.zeros, TypeError, "tuple of two arrays, got ndarray"),
        (lambda p: (np.zeros(p),), TypeError, "tuple of two arrays"),
        (lambda p: (np.zeros(p), np.ones((p, 1))), ValueError, r"\(6, 1\), expected"),
        (lambda p: (np.zeros(p), -np.ones(p)), ValueError, "negative variance"),
    ],
)
def test_bad_moments_are_named(moments: Any, error: Any, message: str) -> None:
    class Faulty(Verbs):
        def column_moments(self, _: Any) -> Any:
            return moments(self.shape[1])

    X, y = ar1(30, 6)
    with pytest.raises(error, match=f"column_moments of Faulty .*{message}"):
        fastreg.path(Faulty(X), y)


@pytest.mark.parametrize("dtype", ["f4", "i8", "u1", ">f8", "?"])
@pytest.mark.parametrize("order", ["C", "F", "reversed"])
def test_results_of_any_real_type_and_layout(dtype: str, order: str) -> None:
    X = np.random.default_rng(0).integers(0, 2, (30, 6)).astype(float)
    y = X @ np.arange(6.0)

    class Other(Verbs):
        def columns(self, J: Any) -> Any:
            out = super().columns(J).astype(dtype)
            if order == "reversed":
                return np.ascontiguousarray(out[::-1, ::-1])[::-1, ::-1]
            return np.asarray(out, order=order)

    ours, theirs = (fastreg.path(each, y, **TIGHT) for each in (Other(X), X))
    assert_same_path(ours, theirs, X)


class OwnError(Exception):
    """Not one that anybody else raises."""


@pytest.mark.parametrize("error", [OwnError("disk"), ValueError("x"), SystemExit(3)])
@pytest.mark.parametrize("call", [0, 1, 2, 5])
def test_exceptions_reach_the_caller_unchanged(error: BaseException, call: int) -> None:
    class Failing(Verbs):
        def step(self) -> None:
            if len(self.calls) > call:
                raise error

        def transpose_matvec(self, R: Any) -> Any:
            out = super().transpose_matvec(R)
            self.step()
            return out

        def columns(self, J: Any) -> Any:
            out = super().columns(J)
            self.step()
            return out

    X, y = ar1(30, 60)
    with pytest.raises(type(error)) as caught:
        fastreg.path(Failing(X), y)
    assert caught.value is error
    assert caught.value.__cause__ is None
    assert "step" in [f.name for f in traceback.extract_tb(caught.value.__traceback__)]


@pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="no signals")
def test_ctrl_c_inside_a_verb() -> None:
    class Interrupted(Verbs):
        def columns(self, J: Any) -> Any:
            if len(self.calls) > 2:
                signal.raise_signal(signal.SIGINT)
            return super().columns(J)

    X, y = ar1(30, 60)
    with pytest.raises(KeyboardInterrupt):
        fastreg.path(Interrupted(X), y)
    assert fastreg.path(Verbs(X), y).dual_gaps.max() <= 1e-6


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("shape", (30,), "shape of Verbs must be a tuple of two ints"),
        ("shape", (30, 0), r"at least 1, got \(30, 0\)"),
        ("shape", [30, 6], "must be a tuple"),
        ("shape", (30.0, 6), "two ints"),
        ("memory", 0, "memory of Verbs must be an int of at least 1, got 0"),
        ("memory", 1e6, "memory of Verbs must be an int"),
        ("feature_names", ("a",), "has 6 columns but 1 feature_names"),
    ],
)
def test_what_a_design_says_of_itself(attribute: str, value: Any, message: str) -> None:
    X, y = ar1(30, 6)
    design = Verbs(X)
    setattr(design, attribute, value)
    with pytest.raises(ValueError, match=message):
        fastreg.path(design, y)


def test_a_sequential_design_has_no_slow_defaults() -> None:
    X, y = ar1(30, 6)
    design = Verbs(X)
    design.sequential = True
    with pytest.raises(TypeError, match="must override transpose_matvec_and_columns"):
        fastreg.path(design, y)
    design.sequential = "yes"  # type: ignore[assignment]
    with pytest.raises(TypeError, match="must be True or False, got 'yes'"):
        fastreg.path(design, y)


def test_lengths_are_compared_with_the_shape() -> None:
    X, y = ar1(30, 6)
    with pytest.raises(ValueError, match="y has 29 entries but X has 30 rows"):
        fastreg.path(Verbs(X), y[1:])


def test_a_design_needs_its_verbs() -> None:
    class Half(Design):
        shape = (3, 2)

        def matvec(self, B: Any) -> Any:
            return np.zeros((3, B.shape[1]))

    with pytest.raises(TypeError, match=r"abstract.*columns"):
        Half()  # type: ignore[abstract]


def test_defaults_are_built_on_the_verbs() -> None:
    X, _ = PROBLEMS["offset_scales"]()
    X[:, 2] = 0.1
    design = Verbs(X)
    w, J = weights(len(X)), np.array([3, 0, 2])
    centre = np.average(X, axis=0, weights=w)
    for memory in (1, 2**20):  # a column at a time, and all at once
        design.memory = memory
        mean, variance = design.column_moments(w)
        assert_allclose(mean, centre)
        squares = np.average((X - centre) ** 2, axis=0, weights=w)
        assert_allclose(variance, squares, atol=1e-20)
        assert variance[2] == 0.0
    assert_allclose(design.sandwich(w, J), X[:, J].T * w @ X[:, J])
    centred = X[:, J] - centre[J]
    product = design.centered_sandwich(w, J, centre[J])
    assert_allclose(product, centred.T * w @ centred, atol=1e-8)
    R = np.eye(len(X))[:, :2]
    products, gathered = design.transpose_matvec_and_columns(R, J)
    assert_allclose(products, X[:2].T)
    assert_allclose(gathered, X[:, J])


def test_feature_names_are_kept() -> None:
    X, y = ar1(30, 3)
    design = Verbs(X)
    design.feature_names = ("a", "b", "c")
    assert fastreg.path(design, y).feature_names == ("a", "b", "c")


def test_a_wide_design_is_read_by_few_calls() -> None:
    X, y = ar1(60, 400, k=10)
    design = Verbs(X)
    path = fastreg.path(design, y)
    passes = design.calls.count("transpose_matvec")
    assert path.n_passes == passes + 1  # the moments, from columns
    assert recomputed_gaps(path, X, y).max() <= 1.1e-6


def test_all_verbs_are_used() -> None:
    X, y = ar1(30, 6)
    # A ridge solution of nearly dependent columns is refined with residuals from X.
    design = Verbs(np.column_stack([X, X[:, 0] + 1e-3 * X[:, 1]]))
    for l1_ratio in (0.0, 1.0):
        fastreg.path(design, y, l1_ratio=l1_ratio, alphas=3)
    assert set(design.calls) == {"matvec", "transpose_matvec", "columns"}
    assert len(list(itertools.groupby(design.calls))) > 2


# --- beside the fit -------------------------------------------------------------


def chunked(X: Any) -> Any:
    return ChunkedDesign([X[:4], X[4:]], memory=1000)


@pytest.mark.parametrize("kind", [Verbs, chunked])
@pytest.mark.parametrize("name", ["tall", "wide"])
@pytest.mark.parametrize("alpha", [None, 0.3, [0.3, 0.2]])
def test_predict(kind: Any, name: str, alpha: Any) -> None:
    X, y = PROBLEMS[name]()
    path = fastreg.path(X, y, alphas=[0.5, 0.3, 0.2])
    assert_allclose(path.predict(kind(X), alpha), path.predict(X, alpha))
    ridge = fastreg.ridge_path(X, np.column_stack([y, -y, y**2]), alphas=[0.3, 0.2])
    assert_allclose(ridge.predict(kind(X), alpha), ridge.predict(X, alpha))


def test_predict_with_what_is_not_finite() -> None:
    X, y = ar1(30, 3)
    path = fastreg.path(X, y, alphas=[0.1])
    with pytest.raises(ValueError, match="not finite for this Verbs"):
        path.predict(Verbs(np.full((2, 3), np.nan)))
    with pytest.raises(ValueError, match="2 columns but the path was fitted on 3"):
        path.predict(Verbs(X[:, :2]))


@pytest.mark.parametrize("kind", [Verbs, chunked])
@pytest.mark.parametrize("name", ["tall", "wide", "constant_columns"])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("alpha", [0.1, 0.0])
def test_certify(
    kind: Any, name: str, standardize: bool, fit_intercept: bool, alpha: float
) -> None:
    X, y = PROBLEMS[name]()
    w = weights(len(y))
    w[1] = 0.0
    options = {
        "alpha": alpha,
        "l1_ratio": 0.5,
        "standardize": standardize,
        "fit_intercept": fit_intercept,
        "sample_weight": w,
    }
    coef = np.zeros(X.shape[1])
    coef[[0, 2]] = 0.3, -0.2
    shift = 0.1 * fit_intercept
    ours = fastreg.certify(kind(X), y, coef, shift, **options)
    theirs = fastreg.certify(X, y, coef, shift, **options)
    for each in ("primal", "dual", "kkt_violation", "null_objective"):
        assert_allclose(
            getattr(ours, each), getattr(theirs, each), rtol=1e-9, atol=1e-20
        )
