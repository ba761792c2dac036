"""Offset, penalty factors and bounds: by position and by name, and what they mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import fastreg
import problems
from fastreg import _threads, reference

N, P = 40, 6
NAMES = ["age", "size", "rooms", "roof", "tax", "tax_old"]
X0, Y0 = problems.ar1(N, P, 0.5)
COMMON: dict[str, Any] = {"alphas": [0.5, 0.1, 0.01], "tol": 1e-13}


def table(X: Any = X0, names: Any = NAMES) -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame(X, columns=names)


def same(a: fastreg.Path, b: fastreg.Path) -> None:
    assert_allclose(a.coefs, b.coefs, atol=1e-7)
    assert_allclose(a.intercepts, b.intercepts, atol=1e-6)


options_of_fits = st.fixed_dictionaries(
    {
        "l1_ratio": st.sampled_from([1.0, 0.5, 0.0]),
        "fit_intercept": st.booleans(),
        "standardize": st.booleans(),
        "upper_bounds": st.sampled_from([None, 0.4]),
    }
)


# --- what they mean -------------------------------------------------------------


@given(st.integers(0, 1000), options_of_fits)
def test_an_offset_is_a_shifted_y(seed: int, options: dict[str, Any]) -> None:
    offset = np.random.default_rng(seed).normal(2.0, 3.0, N)
    path = fastreg.path(X0, Y0, offset=offset, **COMMON, **options)
    same(path, fastreg.path(X0, Y0 - offset, **COMMON, **options))
    assert path.has_offset
    fitted = path.predict(X0, 0.1, offset=offset) - offset
    assert_allclose(fitted, path.predict(X0, 0.1, offset=np.zeros(N)))
    assert_allclose(path.predict(X0, offset=offset)[:, 1] - offset, fitted)
    assert_allclose(path.predict(X0, [0.1, 0.5], offset=offset)[:, 0] - offset, fitted)


@given(st.integers(0, 1000), st.sampled_from([1.0, 0.5]))
def test_a_factor_of_the_lasso_is_a_scaled_column(seed: int, share: float) -> None:
    """The Lasso penalty v |b| is |c| for c = v b, the coefficient of x / v."""
    factor = np.random.default_rng(seed).choice([0.5, 1.0, 2.0], P)
    options: dict[str, Any] = {"standardize": False, **COMMON}
    path = fastreg.path(X0, Y0, penalty_factor=factor, **options)
    scaled = fastreg.path(X0 / factor, Y0, **options)
    assert_allclose(path.coefs, scaled.coefs / factor[:, None], atol=1e-7)
    root = np.sqrt(factor)
    ridge = fastreg.path(X0, Y0, penalty_factor=factor, l1_ratio=0.0, **options)
    scaled = fastreg.path(X0 / root, Y0, l1_ratio=0.0, **options)
    assert_allclose(ridge.coefs, scaled.coefs / root[:, None], atol=1e-7)
    # All factors alike are a larger alpha.
    double = fastreg.path(X0, Y0, penalty_factor=2.0, l1_ratio=share, **options)
    options["alphas"] = [1.0, 0.2, 0.02]
    assert_allclose(
        double.coefs, fastreg.path(X0, Y0, l1_ratio=share, **options).coefs, atol=1e-7
    )


@given(options_of_fits)
def test_an_infinite_factor_removes_the_column(options: dict[str, Any]) -> None:
    factor = np.array([1.0, np.inf, 1.0, 1.0, np.inf, 1.0])
    keep = np.isfinite(factor)
    path = fastreg.path(X0, Y0, penalty_factor=factor, **COMMON, **options)
    assert_array_equal(path.coefs[~keep], 0.0)
    rest = fastreg.path(X0[:, keep], Y0, **COMMON, **options)
    assert_allclose(path.coefs[keep], rest.coefs, atol=1e-7)


@given(options_of_fits)
def test_a_factor_of_zero_leaves_no_trace_of_the_penalty(
    options: dict[str, Any],
) -> None:
    options["upper_bounds"] = None
    path = fastreg.path(X0, Y0, penalty_factor={0: 0, 3: 0}, **COMMON, **options)
    problem = problems.reference_problem(
        X0, Y0, 0.0, fit_intercept=options["fit_intercept"]
    )
    for coef in path.coefs.T:
        u = problem.x.T @ (problem.weight * reference.centred_residual(problem, coef))
        assert_allclose(u[[0, 3]], 0.0, atol=1e-9)


@given(st.integers(0, 1000), options_of_fits)
def test_options_move_with_their_columns(seed: int, options: dict[str, Any]) -> None:
    rng = np.random.default_rng(seed)
    order = rng.permutation(P)
    factor, low = rng.choice([0.0, 1.0, 3.0], P), -rng.random(P)
    path = fastreg.path(
        X0, Y0, penalty_factor=factor, lower_bounds=low, **COMMON, **options
    )
    other = fastreg.path(
        X0[:, order],
        Y0,
        penalty_factor=factor[order],
        lower_bounds=low[order],
        **COMMON,
        **options,
    )
    assert_allclose(other.coefs, path.coefs[order], atol=1e-7)


@given(st.integers(0, 1000), options_of_fits)
def test_weights_with_every_option(seed: int, options: dict[str, Any]) -> None:
    """A weight of 0 is a dropped row, whole weights are repetitions."""
    rng = np.random.default_rng(seed)
    times, offset = rng.integers(0, 3, N), rng.standard_normal(N)
    times[:20] += 1
    options |= {"penalty_factor": rng.choice([0.0, 1.0, 2.0], P), "lower_bounds": -0.5}
    path = fastreg.path(X0, Y0, sample_weight=times, offset=offset, **COMMON, **options)
    rows = np.repeat(np.arange(N), times)
    same(
        path, fastreg.path(X0[rows], Y0[rows], offset=offset[rows], **COMMON, **options)
    )


def test_bounds_away_from_zero() -> None:
    low, high = [0.2, -np.inf, 0.1, 0.0, -1.0, 0.0], [0.4, -0.3, 0.2, 1.0, 1.0, 0.0]
    for l1_ratio in (1.0, 0.3):
        options: dict[str, Any] = {"lower_bounds": low, "upper_bounds": high}
        options["l1_ratio"] = l1_ratio
        path = fastreg.path(X0, Y0, tol=1e-10, early_stop=False, **options)
        assert_array_equal(path.coefs[:, 0], [0.2, -0.3, 0.1, 0.0, 0.0, 0.0])
        assert_array_equal(path.coefs.clip(np.c_[low], np.c_[high]), path.coefs)
        assert problems.recomputed_gaps(path, X0, Y0, **options).max() <= 1.1e-10
        problem = problems.reference_problem(X0, Y0, 1.0, **options)
        assert_allclose(path.alphas[0], reference.alpha_max(problem), rtol=1e-10)
        above = 3 * path.alphas[0]
        assert_array_equal(path.coef_at(above), path.coefs[:, 0])


def test_the_first_solution_holds_above_the_path_with_free_features() -> None:
    path = fastreg.path(X0, Y0, penalty_factor={0: 0.0})
    assert path.coef_at(10 * path.alphas[0])[0] == path.coefs[0, 0] != 0.0
    ridge = fastreg.path(X0, Y0, l1_ratio=0.0, alphas=[1.0, 0.1])
    with pytest.raises(ValueError, match="outside the path"):
        ridge.coef_at(2.0)


@pytest.mark.parametrize(
    ("factors", "bounds"),
    [({}, {}), ({"penalty_factor": 0.5}, {}), ({}, {"lower_bounds": -0.1})],
    ids=["plain", "factors", "bounds"],
)
def test_ridge_grids_come_from_the_spectrum(
    factors: dict[str, Any], bounds: dict[str, Any]
) -> None:
    for shape in ((30, 8), (8, 30)):
        X, y = problems.ar1(*shape, 0.5)
        for standardize in (True, False):
            path = fastreg.path(
                X,
                y,
                l1_ratio=0.0,
                alphas=20,
                standardize=standardize,
                early_stop=False,
                **factors,
                **bounds,
            )
            Z = (X - X.mean(axis=0)) / (X.std(axis=0) if standardize else 1.0)
            Z /= np.sqrt(factors.get("penalty_factor", 1.0))
            mean = np.sum(Z**2) / shape[0] / min(shape)
            assert_allclose(path.alphas[[0, -1]], [1e3 * mean, 1e-6 * mean])
            assert path.deviance_ratio[0] < 0.05
    short = fastreg.path(X, y, l1_ratio=0.0, alphas=5, eps=0.1, **factors, **bounds)
    assert_allclose(short.alphas[-1] / short.alphas[0], 0.1)


def test_every_feature_free_or_excluded() -> None:
    for factor in (0.0, np.inf):
        path = fastreg.path(X0, Y0, penalty_factor=factor, alphas=6)
        assert path.alphas[0] == 1.0
        assert_allclose(path.coefs, path.coefs[:, :1] * np.ones(len(path.alphas)))
        gaps = problems.recomputed_gaps(path, X0, Y0, penalty_factor=factor)
        assert gaps.max() <= path.tol


# --- how they are given ---------------------------------------------------------


@pytest.mark.parametrize("name", ["penalty_factor", "lower_bounds", "upper_bounds"])
def test_one_value_a_feature_in_every_form(name: str) -> None:
    pandas = pytest.importorskip("pandas")
    rest = {"penalty_factor": 1.0, "lower_bounds": -np.inf, "upper_bounds": np.inf}
    value = {"penalty_factor": 3.0, "lower_bounds": -0.1, "upper_bounds": 0.1}[name]
    array = np.full(P, rest[name])
    array[[1, 3]] = value
    expected = fastreg.path(table(), Y0, **COMMON, **{name: array})
    assert_array_equal(getattr(expected, name), array)
    forms = [
        list(array),
        tuple(array),
        pandas.Series(array),
        {1: value, 3: value},
        {"size": value, np.int64(3): value},
        {"roof": value, "size": value},
        pandas.Series([value, value], index=["roof", "size"]),
    ]
    for form in forms:
        path = fastreg.path(table(), Y0, **COMMON, **{name: form})
        assert_array_equal(path.coefs, expected.coefs)
    for scalar in (value, np.float32(value)):
        path = fastreg.path(X0, Y0, **COMMON, **{name: scalar})
        full = fastreg.path(X0, Y0, **COMMON, **{name: np.full(P, float(scalar))})
        assert_array_equal(path.coefs, full.coefs)


def test_positive_is_a_lower_bound_of_zero() -> None:
    path = fastreg.path(X0, Y0, positive=True, **COMMON)
    same(path, fastreg.path(X0, Y0, lower_bounds=0.0, **COMMON))
    both = fastreg.path(X0, Y0, positive=True, upper_bounds=0.2, **COMMON)
    assert both.coefs.min() == 0.0
    assert both.coefs.max() == 0.2


def test_options_that_say_nothing_are_none() -> None:
    path = fastreg.path(
        X0, Y0, penalty_factor=1.0, lower_bounds={}, upper_bounds=np.inf, alphas=2
    )
    assert path.penalty_factor is path.lower_bounds is path.upper_bounds is None


def run_path(X: Any, **options: Any) -> Any:
    return fastreg.path(X, Y0, **options)


def run_certify(X: Any, **options: Any) -> Any:
    return fastreg.certify(X, Y0, np.zeros(P), alpha=1.0, **options)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"penalty_factor": -1.0}, r"penalty_factor must be >= 0, got -1 at column 0"),
    ({"penalty_factor": [1, 1, 1, -2, 1, 1]}, r"got -2 at column 3 \('roof'\)"),
    ({"penalty_factor": np.ones(5)}, r"X has 6 columns but penalty_factor has 5 ent"),
    ({"penalty_factor": np.ones((6, 1))}, r"penalty_factor has shape \(6, 1\)"),
    ({"penalty_factor": {2: np.nan}}, r"must not be NaN, got nan at column 2"),
    (
        {"penalty_factor": {"room": 1}},
        r"'room', which is no column of X; did you mean 'ro",
    ),
    ({"penalty_factor": {"xyz": 1}}, r"names 'xyz', which is no column of X$"),
    ({"penalty_factor": {6: 1}}, r"entry for column 6, but X has columns 0 to 5"),
    ({"penalty_factor": {-1: 1}}, r"entry for column -1, but X has columns 0 to 5"),
    ({"lower_bounds": 1.0, "upper_bounds": 0.0}, r"column 0 \('age'\): 1 > 0"),
    ({"positive": True, "upper_bounds": -1.0}, r"lower_bounds is above upper_bounds"),
    ({"positive": True, "lower_bounds": 0.0}, r"positive=True means lower_bounds=0"),
    ({"lower_bounds": np.inf}, r"lower_bounds must be below inf, got inf at column 0"),
    ({"upper_bounds": {"tax": -np.inf}}, r"above -inf, got -inf at column 4 \('tax'\)"),
    ({"offset": np.zeros(3)}, r"offset has shape \(3,\) but X has 40 rows"),
    ({"offset": 1.0}, r"offset has shape \(\) but X has 40 rows"),
    ({"offset": np.full(N, np.nan)}, r"offset has NaN at position 0"),
]


@pytest.mark.parametrize("run", [run_path, run_certify])
@pytest.mark.parametrize(("options", "match"), BAD)
def test_bad_values(run: Any, options: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        run(table(), **options)


@pytest.mark.parametrize("run", [run_path, run_certify])
@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"penalty_factor": {"age": "much"}}, r"penalty_factor\['age'\] must be a num"),
        ({"penalty_factor": {1.5: 1}}, r"column names or positions, got 1.5"),
        ({"penalty_factor": {True: 1}}, r"column names or positions, got True"),
        ({"lower_bounds": "low"}, r"lower_bounds must hold real numbers"),
        ({"upper_bounds": True}, r"upper_bounds"),
        ({"offset": "none"}, r"offset must hold real numbers"),
    ],
)
def test_bad_types(run: Any, options: dict[str, Any], match: str) -> None:
    with pytest.raises((TypeError, ValueError), match=match):
        run(table(), **options)


def test_names_that_say_nothing() -> None:
    with pytest.raises(ValueError, match=r"'age', but X has no column names: use pos"):
        fastreg.path(X0, Y0, penalty_factor={"age": 0.0})
    twice = table(names=["a", "b", "a", "c", "d", "e"])
    with pytest.raises(ValueError, match=r"'a', but 2 columns of X have that name"):
        fastreg.path(twice, Y0, lower_bounds={"a": 0.0})


def test_predict_wants_an_offset_where_there_was_one() -> None:
    path = fastreg.path(X0, Y0, offset=np.ones(N), alphas=2)
    with pytest.raises(ValueError, match="fitted with an offset: predict needs one"):
        path.predict(X0)
    with pytest.raises(ValueError, match=r"offset has shape \(3,\) but X has 40 rows"):
        path.predict(X0, offset=np.zeros(3))
    plain = fastreg.path(X0, Y0, alphas=2)
    assert_allclose(plain.predict(X0, offset=np.ones(N)), plain.predict(X0) + 1)


def test_the_certificate_shows_the_options() -> None:
    text = repr(
        run_certify(
            X0,
            offset=np.ones(N),
            penalty_factor={0: 2.0},
            upper_bounds=1.0,
            sample_weight=np.ones(N),
        )
    )
    for part in ("y - o - b0 - Xb", "v_j |(s_j b_j)|", "lo <= b <= hi", "w_i"):
        assert part in text


# --- threads --------------------------------------------------------------------


def test_threads_of_small_and_large_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_threads, "available_threads", lambda: 7)
    assert _threads.n_threads_for(None, 1000) == 1
    assert _threads.n_threads_for(None, 10**8) == 7
    assert _threads.n_threads_for(3, 1000) == 3
    for bad, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="n_threads"):
            fastreg.path(X0, Y0, n_threads=bad)


def test_available_threads_respects_every_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(_threads, "_affinity", lambda: 8)
    monkeypatch.setattr(_threads, "CGROUP", tmp_path)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert _threads.available_threads() == 8
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert _threads.available_threads() == 8
    (tmp_path / "cpu.max").write_text("250000 100000\n")
    assert _threads.available_threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "2,1")
    assert _threads.available_threads() == 2
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert _threads.available_threads() == 3
    (tmp_path / "cpu.max").unlink()
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("-1\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert _threads.available_threads() == 8
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("100000\n")
    assert _threads.available_threads() == 1


def test_the_number_of_threads_changes_nothing() -> None:
    one, two = (fastreg.path(X0, Y0, n_threads=k) for k in (1, 2))
    assert_array_equal(one.coefs, two.coefs)
    assert_array_equal(one.dual_gaps, two.dual_gaps)


def test_bounds_that_exclude_zero_need_a_column_that_can_move() -> None:
    """A constant column, or an excluded one, has the coefficient 0 and no other."""
    rng = np.random.default_rng(3)
    X, y = np.c_[rng.standard_normal((30, 2)), np.ones(30)], rng.standard_normal(30)
    with pytest.raises(
        ValueError, match="bounds of column 2 exclude 0, but the column"
    ):
        fastreg.path(X, y, lower_bounds={2: 1.0})
    with pytest.raises(ValueError, match="bounds of column 0 exclude 0, but its pen"):
        fastreg.path(X, y, upper_bounds={0: -1.0}, penalty_factor={0: np.inf})


@pytest.mark.parametrize("shape", [(60, 3), (20, 40)], ids=["tall", "wide"])
def test_a_response_that_underflows_is_refused(shape: tuple[int, int]) -> None:
    X = np.random.default_rng(4).standard_normal(shape)
    with pytest.raises(ValueError, match="squares underflow"):
        fastreg.path(X, 1e-200 * X[:, 0])
    assert fastreg.path(X, np.zeros(shape[0]), alphas=[1.0]).dual_gaps[0] == 0.0


def test_numbers_as_column_names_are_not_taken_for_positions() -> None:
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(np.random.default_rng(5).standard_normal((20, 3)))
    with pytest.raises(ValueError, match="could be the position or the name"):
        fastreg.path(X, X[0], penalty_factor={1: 0.0})
    path = fastreg.path(X, X[0], penalty_factor={"1": 0.0}, alphas=[10.0])
    assert np.flatnonzero(path.coefs[:, 0]).tolist() == [1]
