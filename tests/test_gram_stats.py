"""`GramStats`: merging, and fits and certificates without the data."""

from __future__ import annotations

import itertools
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import fastreg
import problems
from fastreg import GramStats, reference

TIGHT = 1e-12
ALPHAS = [0.5, 0.1, 0.02]

OPTIONS: dict[str, dict[str, Any]] = {
    "lasso": {},
    "elastic net": {"l1_ratio": 0.5},
    "raw units": {"standardize": False},
    "no intercept": {"fit_intercept": False},
    "no intercept, raw units": {"fit_intercept": False, "standardize": False},
    "positive": {"positive": True},
}


def whole(stats: GramStats) -> dict[str, Any]:
    names = ("x_mean", "y_mean", "gram", "xty", "yty", "weight", "n_samples")
    return {name: getattr(stats, name) for name in names}


def assert_same(a: GramStats, b: GramStats, rtol: float = 1e-12) -> None:
    size = np.sqrt(np.diag(a.gram))
    assert a.n_samples == b.n_samples
    assert_allclose(a.weight, b.weight, rtol=rtol)
    assert_allclose(a.x_mean, b.x_mean, rtol=rtol, atol=1e-13)
    assert_allclose(a.y_mean, b.y_mean, rtol=rtol, atol=1e-13)
    assert np.all(np.abs(a.gram - b.gram) <= rtol * np.outer(size, size))
    root = np.sqrt(np.atleast_1d(a.yty))
    slack = rtol * np.outer(size, root).reshape(a.xty.shape)
    assert np.all(np.abs(a.xty - b.xty) <= slack)
    assert_allclose(a.yty, b.yty, rtol=rtol)


def expected(X: Any, y: Any, weight: Any) -> dict[str, Any]:
    """The definition, in extended precision."""
    X, Y = np.asarray(X, np.longdouble), np.reshape(y, (len(y), -1))
    Y = np.asarray(Y, np.longdouble)
    w = np.ones(len(X)) if weight is None else np.asarray(weight, np.longdouble)
    x_mean, y_mean = w @ X / w.sum(), w @ Y / w.sum()
    x, z = X - x_mean, Y - y_mean
    return {
        "x_mean": x_mean,
        "y_mean": y_mean,
        "gram": x.T @ (w[:, None] * x),
        "xty": x.T @ (w[:, None] * z),
        "yty": (w[:, None] * z**2).sum(axis=0),
    }


# --- the statistics -----------------------------------------------------------------


@pytest.mark.parametrize("order", ["C", "F", "strided"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("n", "p", "m"), [(1, 1, 1), (3, 7, 1), (300, 8, 1), (700, 21, 3), (9000, 5, 9)]
)
def test_statistics_are_what_they_are_defined_as(
    n: int, p: int, m: int, weighted: bool, order: str
) -> None:
    rng = np.random.default_rng(n)
    X = rng.standard_normal((n, p)) * rng.uniform(0.1, 10, p) + rng.uniform(-9, 9, p)
    Y = rng.standard_normal((n, m)) + X[:, :1] + 3.0
    weight = rng.uniform(0.0, 2.0, n) if weighted else None
    if weighted and n > 3:
        weight[::3] = 0.0
    given = {"C": X, "F": np.asfortranarray(X), "strided": np.repeat(X, 2, axis=1)}
    X_given = given[order][:, ::2] if order == "strided" else given[order]
    stats = GramStats.from_data(X_given, Y, weight)
    want = expected(X, Y, weight)
    size = np.sqrt(np.diag(want["gram"])).astype(float)
    root = np.sqrt(want["yty"]).astype(float)
    assert stats.n_samples == (n if weight is None else np.count_nonzero(weight))
    assert_allclose(stats.x_mean, want["x_mean"].astype(float), rtol=1e-13, atol=1e-14)
    assert_allclose(stats.y_mean, want["y_mean"].astype(float), rtol=1e-13, atol=1e-14)
    assert np.all(
        np.abs(stats.gram - want["gram"]) <= 1e-13 * np.outer(size, size) + 1e-300
    )
    assert np.all(
        np.abs(stats.xty - want["xty"]) <= 1e-13 * np.outer(size, root) + 1e-300
    )
    assert_allclose(stats.yty, want["yty"].astype(float), rtol=1e-13, atol=1e-300)
    assert_allclose(stats.gram, stats.gram.T, rtol=0, atol=0)


def test_columns_far_from_zero_lose_no_digits() -> None:
    rng = np.random.default_rng(0)
    X = np.round(rng.standard_normal((20_000, 9)), 6)
    y = np.round(X[:, 0] + rng.standard_normal(20_000), 6)
    near = GramStats.from_data(X, y)
    far = GramStats.from_data(X + 2.0**30, y - 2.0**30)
    shifted = GramStats.from_data((X + 2.0**30) - 2.0**30, (y - 2.0**30) + 2.0**30)
    assert_allclose(far.gram, shifted.gram, rtol=1e-11, atol=1e-9)
    assert_allclose(far.gram, near.gram, rtol=1e-5, atol=1e-2)
    assert_allclose(far.xty, shifted.xty, rtol=1e-11, atol=1e-9)


def test_constant_columns_have_a_variance_of_exactly_zero() -> None:
    X, y = problems.constant_columns()
    X, y = np.tile(X, (800, 1)), np.tile(y, 800)
    stats = GramStats.from_data(X, y)
    assert np.all(np.diag(stats.gram)[[1, 3, 6]] == 0.0)
    assert np.all(stats.xty[[1, 3, 6]] == 0.0)
    assert stats.x_mean[6] == 0.1
    assert GramStats.from_data(X, np.full(len(y), 0.1)).yty == 0.0


def test_seven_uneven_blocks_merge_to_the_whole() -> None:
    X, y = problems.ar1(20_000, 30, seed=3)
    X = X * np.logspace(-3, 3, 30) + 100.0
    ends = [0, 1, 4, 100, 1_000, 9_000, 9_001, 20_000]
    blocks = [(X[a:b], y[a:b]) for a, b in itertools.pairwise(ends)]
    stats = GramStats.from_blocks(blocks)
    assert_same(stats, GramStats.from_data(X, y), rtol=1e-12)
    merged = stats.path(alphas=30, tol=TIGHT)
    direct = fastreg.path(X, y, alphas=30, tol=TIGHT)
    scale = np.abs(direct.coefs).max(axis=1, keepdims=True)
    assert np.all(np.abs(merged.coefs - direct.coefs) <= 1e-10 * scale)


def test_merging_is_associative_and_commutative() -> None:
    X, y = problems.offset_scales()
    w = problems.weights(len(y))
    a, b, c = (GramStats.from_data(X[k::3], y[k::3], w[k::3]) for k in range(3))
    assert_same((a + b) + c, a + (b + c))
    assert_same(a + b, b + a)
    assert_same(a + b + c, GramStats.from_data(X, y, w))


def test_update_adds_rows_in_place() -> None:
    X, y = problems.ar1(60, 8)
    stats = GramStats.from_data(X[:10], y[:10])
    assert stats.update(X[10:], y[10:]) is stats
    assert_same(stats, GramStats.from_data(X, y))


def test_weights_count_as_repeated_rows() -> None:
    X, y = problems.ar1(40, 6)
    weight = np.arange(40) % 3
    repeated = GramStats.from_data(np.repeat(X, weight, 0), np.repeat(y, weight))
    weighted = GramStats.from_data(X, y, weight)
    weighted.n_samples = repeated.n_samples
    assert_same(weighted, repeated)


def test_a_fold_can_be_taken_away() -> None:
    X, y = problems.offset_scales()
    fold = np.arange(len(y)) % 5 == 0
    left = GramStats.from_data(X, y) - GramStats.from_data(X[fold], y[fold])
    assert_same(left, GramStats.from_data(X[~fold], y[~fold]))


def test_a_column_that_varies_in_the_fold_alone_becomes_constant() -> None:
    X, y = problems.ar1(50, 4)
    X[:, 2] = 0.0
    X[7, 2] = 1.0
    fold = np.arange(50) < 10
    left = GramStats.from_data(X, y) - GramStats.from_data(X[fold], y[fold])
    assert left.gram[2, 2] == 0.0
    assert np.all(left.path(alphas=5).coefs[2] == 0.0)


def test_a_difference_without_digits_is_refused() -> None:
    X, y = problems.ar1(50, 4)
    X[:10, 1] *= 1e5
    fold = np.arange(50) < 10
    stats = GramStats.from_data(X, y)
    with pytest.raises(ValueError, match="column 1 is left, so the difference has"):
        stats - GramStats.from_data(X[fold], y[fold])
    with pytest.raises(ValueError, match="50 rows of weight 50 can't be taken"):
        stats - stats


def test_several_responses_are_those_of_each() -> None:
    X, y = problems.ar1(60, 8)
    Y = np.column_stack([y, y**2, X[:, 0]])
    stats = GramStats.from_data(X, Y)
    assert stats.n_targets == 3
    for t in range(3):
        alone = GramStats.from_data(X, Y[:, t]).path(alphas=20)
        together = stats.path(alphas=20, target=t)
        assert_allclose(together.coefs, alone.coefs, rtol=1e-10, atol=1e-12)


def test_pickled_statistics_are_the_same() -> None:
    X, y = problems.ar1(60, 8)
    stats = GramStats.from_data(X, y)
    copy = pickle.loads(pickle.dumps(stats))  # noqa: S301
    assert repr(copy) == repr(stats) == "GramStats: 60 rows of weight 60, 8 features"
    for name, value in whole(stats).items():
        assert np.array_equal(getattr(copy, name), value)


# --- fits ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(problems.PROBLEMS))
@pytest.mark.parametrize("options", list(OPTIONS))
@pytest.mark.parametrize("weighted", [False, True])
def test_paths_are_certified_and_gaps_are_never_understated(
    name: str, options: str, weighted: bool
) -> None:
    X, y = problems.PROBLEMS[name]()
    given = dict(OPTIONS[options])
    weight = problems.weights(len(y)) if weighted else None
    stats = GramStats.from_data(X, y, weight)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        top = stats.path(alphas=1, **given).alphas[0]
        path = stats.path(alphas=np.multiply(ALPHAS, top), tol=1e-9, **given)
    gaps = problems.recomputed_gaps(path, X, y, sample_weight=weight, **given)
    assert np.all(gaps <= path.dual_gaps + 1e-10)
    assert bool(caught) == bool((path.dual_gaps > 1e-9).any())
    far = name == "far_from_zero" and not given.get("fit_intercept", True)
    if not far:
        assert path.dual_gaps.max() <= 1e-9
    assert path.n_passes == 0


@pytest.mark.parametrize("options", list(OPTIONS))
@pytest.mark.parametrize("name", ["tall", "collinear", "offset_scales", "wide"])
def test_paths_equal_those_of_the_data(name: str, options: str) -> None:
    X, y = problems.PROBLEMS[name]()
    given = OPTIONS[options]
    stats = GramStats.from_data(X, y)
    ours = stats.path(alphas=25, eps=1e-2, tol=TIGHT, **given)
    theirs = fastreg.path(X, y, alphas=25, eps=1e-2, tol=TIGHT, **given)
    scale = np.abs(theirs.coefs).max() + 1e-300
    assert_allclose(ours.alphas, theirs.alphas, rtol=1e-12)
    assert_allclose(ours.coefs, theirs.coefs, rtol=1e-8, atol=1e-8 * scale)
    assert_allclose(ours.intercepts, theirs.intercepts, rtol=1e-8, atol=1e-7)
    assert_allclose(ours.deviance_ratio, theirs.deviance_ratio, atol=1e-10)
    assert_allclose(ours.scale, theirs.scale, rtol=1e-12)


def test_penalty_factors_and_bounds_are_certified() -> None:
    X, y = problems.ar1(60, 8)
    options: dict[str, Any] = {
        "penalty_factor": [0.0, 1.0, np.inf, 2.0, 0.5, 0.0, 1.0, 1.0],
        "lower_bounds": [-np.inf] * 4 + [-0.1, -0.2, 0.0, 0.0],
        "upper_bounds": [np.inf] * 3 + [0.1, 0.1, 0.3, np.inf, 0.5],
    }
    stats = GramStats.from_data(X, y)
    path = stats.path(alphas=20, tol=TIGHT, **options)
    arrays = {key: np.array(value) for key, value in options.items()}
    assert problems.recomputed_gaps(path, X, y, **arrays).max() <= 1e-11
    problem = problems.reference_problem(X, y, 1.0, **arrays)
    assert_allclose(path.alphas[0], reference.alpha_max(problem), rtol=1e-10)
    audit = stats.certify(
        path.coefs[:, -1], path.intercepts[-1], alpha=path.alphas[-1], **options
    )
    assert audit.relative_gap < 1e-11


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
def test_ridge_equals_ridge_of_the_data(fit_intercept: bool, standardize: bool) -> None:
    X, y = problems.offset_scales()
    Y = np.column_stack([y, X[:, 0] - y])
    options = {"fit_intercept": fit_intercept, "standardize": standardize}
    for response in (y, Y):
        stats = GramStats.from_data(X, response)
        ours = stats.ridge_path(alphas=7, **options)
        theirs = fastreg.ridge_path(X, response, alphas=7, **options)
        assert ours.coefs.shape == theirs.coefs.shape
        assert_allclose(ours.alphas, theirs.alphas, rtol=1e-12)
        assert_allclose(ours.coefs, theirs.coefs, rtol=1e-8, atol=1e-9)
        assert_allclose(ours.intercepts, theirs.intercepts, rtol=1e-8, atol=1e-8)
        assert_allclose(ours.deviance_ratio, theirs.deviance_ratio, atol=1e-10)
    exact = GramStats.from_data(X, y).ridge_path(alphas=[1.0, 0.0], **options)
    gaps = problems.recomputed_gaps(exact, X, y, l1_ratio=0.0, **options)
    assert gaps.max() <= 1e-10


def test_least_squares_of_dependent_columns_has_minimum_norm() -> None:
    X, y = problems.dependent()
    ours = GramStats.from_data(X, y).ridge_path(alphas=[0.0])
    theirs = fastreg.ridge_path(X, y, alphas=[0.0])
    assert_allclose(ours.coefs, theirs.coefs, rtol=1e-7, atol=1e-9)


def test_a_warm_start_leads_to_the_same_solution() -> None:
    X, y = problems.ar1(60, 8)
    stats = GramStats.from_data(X, y)
    path = stats.path(alphas=[0.1], tol=TIGHT)
    again = stats.path(alphas=[0.1], tol=TIGHT, coef_init=path.coefs[:, 0])
    assert_allclose(again.coefs, path.coefs, rtol=1e-9, atol=1e-12)


def test_a_subset_is_the_fit_on_these_columns() -> None:
    X, y = problems.ar1(60, 8)
    part = GramStats.from_data(X, y).subset([5, 0, -1])
    assert_same(part, GramStats.from_data(X[:, [5, 0, 7]], y))
    direct = fastreg.path(X[:, [5, 0, 7]], y, alphas=20)
    assert_allclose(part.path(alphas=20).coefs, direct.coefs, rtol=1e-8, atol=1e-10)


def test_certificates_agree_with_those_of_the_data() -> None:
    X, y = problems.offset_scales()
    w = problems.weights(len(y))
    stats = GramStats.from_data(X, y, w)
    path = fastreg.path(X, y, alphas=[1.0], sample_weight=w)
    coef, intercept = path.coefs[:, 0] * 1.01, path.intercepts[0] + 0.1
    for options in OPTIONS.values():
        given: dict[str, Any] = {"alpha": 0.3, **options}
        b0 = intercept if options.get("fit_intercept", True) else 0.0
        b = np.abs(coef) if "positive" in options else coef
        ours = stats.certify(b, b0, **given)
        theirs = fastreg.certify(X, y, b, b0, sample_weight=w, **given)
        for field in ("primal", "dual", "null_objective", "kkt_violation"):
            assert_allclose(getattr(ours, field), getattr(theirs, field), rtol=1e-9)


# --- columns by name, and what is refused -------------------------------------------


class Frame:
    """As little of a data frame as is looked at."""

    def __init__(self, values: Any, columns: list[str]) -> None:
        self.values, self.columns = values, columns

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.asarray(self.values, dtype=dtype)


def test_names_are_kept_and_can_be_used() -> None:
    X, y = problems.ar1(20, 3)
    stats = GramStats.from_data(Frame(X, ["age", "size", "dose"]), y)
    assert stats.path(alphas=3).feature_names == ("age", "size", "dose")
    part = stats.subset(["dose", "age"])
    assert part.feature_names == ("dose", "age")
    assert_allclose(part.x_mean, stats.x_mean[[2, 0]])
    with pytest.raises(ValueError, match="there is no column 'weight'"):
        stats.subset(["weight"])
    other = GramStats.from_data(Frame(X, ["age", "dose", "size"]), y)
    with pytest.raises(ValueError, match="column 1 is 'size' in one and 'dose' in"):
        stats + other


def test_bad_input_is_one_sentence() -> None:
    X, y = problems.ar1(20, 3)
    stats = GramStats.from_data(X, y)
    with pytest.raises(ValueError, match="of 3 and of 2 features"):
        stats.merge(GramStats.from_data(X[:, :2], y))
    with pytest.raises(ValueError, match=r"responses of shape \(\) and \(2,\)"):
        stats.merge(GramStats.from_data(X, np.column_stack([y, y])))
    with pytest.raises(ValueError, match="blocks is empty"):
        GramStats.from_blocks([])
    with pytest.raises(ValueError, match=r"blocks must yield .* got tuple of 1"):
        GramStats.from_blocks([(X,)])
    with pytest.raises(ValueError, match="there is no column 3: the statistics are of"):
        stats.subset([3])
    with pytest.raises(ValueError, match="'age': the statistics have no names"):
        stats.subset(["age"])
    with pytest.raises(TypeError, match=r"positions or names, got 1\.5"):
        stats.subset([1.5])
    with pytest.raises(ValueError, match="columns is empty"):
        stats.subset([])
    with pytest.raises(ValueError, match="target must be below 1"):
        stats.path(target=1)
    with pytest.raises(ValueError, match="NaN in column 1"):
        GramStats.from_data(np.where(np.arange(3) == 1, np.nan, X), y)
    with pytest.raises(ValueError, match="X has 3 columns but lower_bounds has 2"):
        stats.path(lower_bounds=[0.0, 0.0])
    with pytest.raises(ValueError, match="penalty_factor must be >= 0, got -1"):
        stats.path(penalty_factor=[1.0, -1.0, 1.0])
    with pytest.raises(ValueError, match="X are too large: their squares overflow"):
        GramStats.from_data(X * 1e200, y).path()


def test_an_unreachable_gap_is_reported() -> None:
    """Far from zero without an intercept: statistics alone can't do better."""
    X, y = problems.far_from_zero()
    stats = GramStats.from_data(X, y)
    with pytest.warns(fastreg.ConvergenceWarning, match="rounding errors"):
        path = stats.path(alphas=[1e-9], fit_intercept=False, tol=1e-14)
    assert path.status == ("stalled",)
    assert path.dual_gaps[0] > 1e-14


# --- the same statistics inside `fastreg.path` --------------------------------------


def test_tall_data_are_read_once() -> None:
    X, y = problems.ar1(600, 30)
    for layout in (X, np.ascontiguousarray(X), X.astype(np.float32)):
        path = fastreg.path(layout, y)
        assert path.n_passes == 1
        assert problems.recomputed_gaps(path, layout, y).max() <= path.tol


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_what_rounding_hides_is_refined_from_the_data(fit_intercept: bool) -> None:
    X, y = problems.ar1(200, 20, 0.9999)
    options: dict[str, Any] = {"fit_intercept": fit_intercept}
    stats = GramStats.from_data(X, y)
    with pytest.warns(fastreg.ConvergenceWarning, match="rounding errors"):
        without = stats.path(alphas=[1e-3, 1e-6], tol=TIGHT, **options)
    refined = fastreg.path(X, y, alphas=[1e-3, 1e-6], tol=TIGHT, **options)
    assert without.status[1] == "stalled"
    assert refined.dual_gaps.max() <= TIGHT
    assert 1 < refined.n_passes <= 6
    for path in (without, refined):
        gaps = problems.recomputed_gaps(path, X, y, **options)
        assert np.all(gaps <= path.dual_gaps + 1e-13)


def test_blocks_without_a_row_that_counts_are_passed_over() -> None:
    rng = np.random.default_rng(7)
    X, y = rng.standard_normal((30, 4)), rng.standard_normal(30)
    ones = np.ones(10)
    blocks = [(X[:10], y[:10], ones), (X[:0], y[:0]), (X[10:20], y[10:20], 0 * ones)]
    blocks.append((X[20:], y[20:], ones))
    found = fastreg.GramStats.from_blocks(blocks)
    rest = np.r_[:10, 20:30]
    whole = fastreg.GramStats.from_data(X[rest], y[rest])
    assert_allclose(found.gram, whole.gram, rtol=1e-12, atol=1e-12)
    with pytest.raises(ValueError, match="blocks is empty, or all"):
        fastreg.GramStats.from_blocks(blocks[1:3])
