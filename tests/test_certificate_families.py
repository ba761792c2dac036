"""`certify` of classes and counts: labels of any type, and the objective it states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import problems
from designs import Verbs
from fastreg import certify, reference

FAMILIES = problems.FAMILIES


def solved(family: str, alpha: float = 0.05, **options: Any) -> tuple[Any, ...]:
    X, y = problems.family_data(family)
    stated = problems.reference_problem(X, y, alpha, family=family, **options)
    return X, y, *reference.coordinate_descent(stated)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"l1_ratio": 0.3},
        {"l1_ratio": 0.0, "standardize": False},
        {"fit_intercept": False},
        {"positive": True},
        {"lower_bounds": np.full(8, -0.1), "upper_bounds": np.full(8, 0.2)},
        {"penalty_factor": np.array([0, 1, 1, 2, 1, 0.5, np.inf, 1])},
        {"sample_weight": problems.weights(60)},
    ],
    ids=",".join,
)
@pytest.mark.parametrize("family", FAMILIES)
def test_certifies_the_optimum(family: str, options: dict[str, Any]) -> None:
    X, y, coef, intercept = solved(family, **options)
    found = certify(X, y, coef, intercept, alpha=0.05, family=family, **options)
    assert 0.0 <= found.relative_gap <= 1e-13
    assert found.kkt_violation < 1e-6
    assert_allclose(found.dual, found.primal - found.dual_gap, rtol=1e-14)
    worse = coef * (0.9 if options else 1.01)
    audited = certify(X, y, worse, intercept, alpha=0.05, family=family, **options)
    assert audited.relative_gap > 1e-6
    assert audited.kkt_violation > found.kkt_violation
    assert audited.dual <= found.primal + 1e-12 <= audited.primal + 1e-12


@pytest.mark.parametrize("family", FAMILIES)
def test_offsets_are_inside_the_link(family: str) -> None:
    shape = (60, 3) if family == "multinomial" else 60
    offset = np.random.default_rng(0).standard_normal(shape)
    X, y, coef, intercept = solved(family, offset=offset)
    options: dict[str, Any] = {"alpha": 0.05, "family": family}
    assert certify(X, y, coef, intercept, offset=offset, **options).relative_gap < 1e-13
    assert certify(X, y, coef, intercept, **options).relative_gap > 1e-3


LABELS = [
    [False, True],
    [-1, 1],
    [3.0, 7.0],
    ["real", "synthetic"],
    np.array(["real", "synthetic"], dtype=object),
    np.array(["2024-01-01", "2025-01-01"], dtype="datetime64[D]"),
    np.array([b"a", b"b"]),
]


@pytest.mark.parametrize("labels", LABELS, ids=str)
def test_labels_are_of_any_type(labels: Any) -> None:
    X, y, coef, intercept = solved("binomial")
    expected = certify(X, y, coef, intercept, alpha=0.05, family="binomial")
    named = np.asarray(labels)[y.astype(int)]
    for given in (coef, coef[np.newaxis], coef[:, np.newaxis]):
        found = certify(X, named, given, [intercept], alpha=0.05, family="binomial")
        assert found == expected


def test_labels_of_three_classes_are_sorted() -> None:
    X, y, coef, intercept = solved("multinomial")
    options: dict[str, Any] = {"alpha": 0.05, "family": "multinomial"}
    expected = certify(X, y, coef, intercept, **options)
    named = np.array(["c", "a", "b"])[y.astype(int)]
    order = [1, 2, 0]
    found = certify(X, named, coef[order], intercept[order], **options)
    assert_allclose(found.primal, expected.primal, rtol=1e-14)
    assert found.relative_gap < 1e-13
    assert certify(X, named, coef, intercept, **options).relative_gap > 0.1


def test_labels_from_tables() -> None:
    pandas = pytest.importorskip("pandas")
    X, y, coef, intercept = solved("binomial")
    text = np.array(["no", "yes"])[y.astype(int)]
    options: dict[str, Any] = {"alpha": 0.05, "family": "binomial"}
    expected = certify(X, text, coef, intercept, **options)
    for dtype in (None, "category", "string"):
        series = pandas.Series(text, dtype=dtype)
        assert certify(X, series, coef, intercept, **options) == expected
    series = pandas.Series(y.astype(int), dtype="Int64")
    assert certify(X, series, coef, intercept, **options) == expected
    series[3] = pandas.NA
    with pytest.raises(ValueError, match="missing label, nan, at position 3"):
        certify(X, series, coef, intercept, **options)


@pytest.mark.parametrize("family", FAMILIES)
def test_sparse_and_float32_columns(family: str) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    X, y, coef, intercept = solved(family)
    options: dict[str, Any] = {"alpha": 0.05, "family": family}
    dense = certify(X, y, coef, intercept, **options)
    found = certify(
        sparse.csr_array(X), y, sparse.csr_array(coef), intercept, **options
    )
    assert_allclose(found.primal, dense.primal, rtol=1e-13)
    assert 0.0 <= found.relative_gap < 1e-12
    single = certify(np.float32(X), y, coef, intercept, **options)
    assert_allclose(single.primal, dense.primal, rtol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_designs_are_read_once_for_all_classes(family: str) -> None:
    X, y, coef, intercept = solved(family)
    options: dict[str, Any] = {"alpha": 0.05, "family": family}
    expected = certify(X, y, coef, intercept, **options)
    design = Verbs(X)
    found = certify(design, y, coef, intercept, **options)
    assert_allclose(found.primal, expected.primal, rtol=1e-13)
    assert 0.0 <= found.relative_gap < 1e-12
    # Weighted sums for the dual point and the conditions, whatever K is.
    reads = Verbs(X)
    problem = problems.reference_problem(X, y, **options)
    columns = reference.Problem(reads, problem.y, **options).columns
    reads.calls.clear()
    columns.correlation(reference.centred_residual(problem, coef))
    columns.product(coef.T)
    assert reads.calls.count("transpose_matvec") == 1
    assert len(reads.calls) == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_audits_scikit_learn_with_its_own_objective(family: str) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = problems.family_data(family)
    if family == "poisson":
        model = linear_model.PoissonRegressor(alpha=0.1, tol=1e-10, max_iter=10_000)
        alpha = 0.1
    else:
        model = linear_model.LogisticRegression(C=0.2, tol=1e-10, max_iter=10_000)
        alpha = 1 / (0.2 * 60)
    model.fit(X, y)
    options: dict[str, Any] = {"alpha": alpha, "l1_ratio": 0.0, "standardize": False}
    found = certify(X, y, model.coef_, model.intercept_, family=family, **options)
    assert found.relative_gap < 1e-9
    other = certify(X, y, model.coef_, model.intercept_, family=family, alpha=alpha)
    assert other.relative_gap > 1e-3


def test_perfect_separation_is_audited_as_it_is() -> None:
    """No coefficients are best at alpha = 0: the loss goes to 0, the bound is 0."""
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    y = [0, 0, 1, 1]
    for size in (1.0, 10.0, 1000.0):
        found = certify(X, y, [size], 0.0, alpha=0.0, family="binomial")
        assert found.dual_gap >= 0.0
        assert abs(found.dual) < 1e-12
    assert found.primal == 0.0


def test_null_objective_is_the_null_deviance_by_2n() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    for family in FAMILIES:
        X, y = problems.family_data(family)
        shape = (3, 8) if family == "multinomial" else 8
        found = certify(X, y, np.zeros(shape), alpha=1.0, family=family)
        if family == "poisson":
            expected = metrics.mean_poisson_deviance(y, np.full(60, y.mean())) / 2
        else:
            share = np.bincount(y.astype(int)) / 60
            expected = metrics.log_loss(y, np.tile(share, (60, 1)))
        assert_allclose(found.null_objective, expected, rtol=1e-12)


# --- what it says -----------------------------------------------------------------


def test_prints_the_audited_objective() -> None:
    X, y, coef, intercept = solved("binomial")
    found = repr(certify(X, y, coef, intercept, alpha=0.05, family="binomial"))
    assert (
        "1/n sum (log(1 + e^eta) - y eta) + alpha |s*b|_1, eta = b0 + Xb, "
        "s = sd of the columns\n" in found
    )
    assert "family=binomial, alpha=0.05" in found
    X, y, coef, intercept = solved("poisson")
    options: dict[str, Any] = {"sample_weight": problems.weights(60), "offset": y}
    text = repr(
        certify(X, y, coef, alpha=1, family="poisson", fit_intercept=False, **options)
    )
    assert "sum w_i (e^eta - y eta)_i / sum w_i + alpha" in text
    assert "eta = o + Xb" in text
    X, y, coef, intercept = solved("multinomial")
    options = {"alpha": 1, "family": "multinomial", "standardize": False}
    text = repr(certify(X, y, coef, intercept, l1_ratio=0, **options))
    assert "1/n sum (log sum_k e^eta_k - eta_y) + alpha/2 |b|_2^2" in text
    assert "eta_k = b0_k + X b_k\n" in text
    text = repr(certify(X, y, coef, intercept, grouped=True, l1_ratio=0.5, **options))
    assert "l1_ratio sum |b_j|_2 + (1 - l1_ratio)/2 |b|_2^2" in text


# --- what it refuses --------------------------------------------------------------

ONES = [0, 0, 0, 1, 1, 1]
REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"family": "logit"}, ValueError, "family must be one of 'gaussian', 'binomial'"),
    ({"y": ["a"] * 6}, ValueError, "y has one class, 'a'"),
    ({"y": [0, 1, 2] * 2}, ValueError, "y has 3 classes, 0, 1, 2, but family"),
    ({"y": ["a", 1] * 3}, TypeError, "can't be sorted"),
    ({"y": np.array(["a", 1, 2] * 2, dtype=object)}, TypeError, "can't be sorted"),
    ({"y": [0.5, 1.0] * 3}, ValueError, "0.5 at position 0 is not a whole number"),
    ({"y": [np.nan, 1.0] * 3}, ValueError, "missing label, .*nan.*, at position 0"),
    ({"y": np.array(["a", None] * 3, dtype=object)}, ValueError, "missing label, None"),
    ({"y": [1j, 0] * 3}, TypeError, "got complex"),
    ({"y": np.ones((6, 2))}, ValueError, "y must have 1 dimension"),
    ({"y": [0, 1]}, ValueError, "y has 2 entries but X has 6 rows"),
    (
        {"sample_weight": [1, 1, 1, 0, 0, 0]},
        ValueError,
        "class 1 of y has no weight; leave its rows out",
    ),
    ({"coef": np.zeros((2, 2))}, ValueError, "one coefficient per column"),
    ({"coef": [0, np.inf]}, ValueError, r"coef\[1\] is inf"),
    ({"intercept": [1, 2]}, TypeError, "must be one number"),
    ({"offset": np.zeros((6, 2))}, ValueError, r"offset has shape \(6, 2\)"),
    ({"family": "poisson", "y": [-1] * 6}, ValueError, "y must be >= 0 .*, got -1 at"),
    ({"family": "poisson", "y": [0] * 6}, ValueError, "y is 0 everywhere"),
    (
        {"family": "poisson", "y": ONES, "sample_weight": [1, 1, 1, 0, 0, 0]},
        ValueError,
        "y is 0 in every row with a weight",
    ),
    ({"family": "poisson", "y": ["a"] * 6}, TypeError, "y must hold real numbers"),
    (
        {"family": "multinomial"},
        ValueError,
        r"coef has shape \(2,\) but y has 2 classes and X has 2 columns",
    ),
    (
        {"family": "multinomial", "coef": [[0, 0], [0, np.nan]]},
        ValueError,
        r"coef\[1, 1\] is nan",
    ),
    (
        {"family": "multinomial", "coef": np.zeros((2, 2)), "intercept": [1, 2, 3]},
        ValueError,
        r"intercept has shape \(3,\) but y has 2 classes",
    ),
    (
        {"family": "multinomial", "coef": np.zeros((2, 2)), "offset": np.zeros(6)},
        ValueError,
        r"expected shape \(6, 2\)",
    ),
    (
        {
            "family": "multinomial",
            "coef": np.zeros((2, 2)),
            "intercept": [0.0, 1.0],
            "fit_intercept": False,
        },
        ValueError,
        "fit_intercept=False means an intercept of 0",
    ),
    (
        {
            "family": "multinomial",
            "coef": np.zeros((2, 2)),
            "grouped": True,
            "positive": True,
        },
        ValueError,
        "can't have bounds",
    ),
    ({"grouped": True}, ValueError, "grouped is for family multinomial"),
]


@pytest.mark.parametrize(("given", "error", "message"), REFUSED, ids=str)
def test_refuses_what_it_can_not_audit(
    given: dict[str, Any], error: type[Exception], message: str
) -> None:
    X = np.arange(12.0).reshape(6, 2)
    usual = {"y": ONES, "coef": [0.0, 0.0], "alpha": 1.0, "family": "binomial"}
    with pytest.raises(error, match=message):
        certify(X, **(usual | given))
