"""Information criteria and degrees of freedom of paths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, poisson
from sklearn.linear_model import LassoLarsIC
from sklearn.preprocessing import StandardScaler

import fastreg
from fastreg import reference
from fastreg.datasets import load_diabetes
from problems import FAMILIES, PROBLEMS, family_data, reference_problem, weights

CRITERIA = ("aic", "aicc", "bic", "ebic")


def data_of(family: str, name: str = "tall") -> Any:
    return PROBLEMS[name]() if family == "gaussian" else family_data(family, name)


def solutions(path: Any) -> Any:
    """Alphas, coefficients and intercepts, one solution after the other."""
    for k, alpha in enumerate(path.alphas):
        yield alpha, path.coefs[..., k], path.intercepts[..., k]


def problem_of(path: Any, X: Any, y: Any, alpha: float, **options: Any) -> Any:
    if path.family != "gaussian":
        options["family"] = path.family
    return reference_problem(X, y, alpha, l1_ratio=path.l1_ratio, **options)


def by_definition(path: Any, X: Any, y: Any, name: str, **options: Any) -> Any:
    """The criterion at every alpha by the reference; options of the problem and it."""
    own = {"df", "gamma", "noise_variance"} & set(options)
    arguments = {key: options.pop(key) for key in own}
    return np.array(
        [
            reference.information_criterion(
                problem_of(path, X, y, alpha, **options), b, b0, name, **arguments
            )
            for alpha, b, b0 in solutions(path)
        ]
    )


def same_but_for_a_constant(found: Any, expected: Any) -> bool:
    finite = np.isfinite(expected)
    assert np.array_equal(np.isfinite(found), finite)
    gap = (found - expected)[finite]
    return bool(np.ptp(gap) <= 1e-7 * np.abs(expected[finite]).max())


# --- definitions ----------------------------------------------------------------


@pytest.mark.parametrize("name", CRITERIA)
@pytest.mark.parametrize("problem", ["tall", "wide", "constant_columns", "dependent"])
def test_gaussian_is_the_reference(problem: str, name: str) -> None:
    X, y = PROBLEMS[problem]()
    path = fastreg.path(X, y, tol=1e-10)
    expected = by_definition(path, X, y, name)
    assert np.allclose(path.criterion(name), expected, rtol=1e-9)
    known = path.criterion(name, noise_variance=0.5)
    expected = by_definition(path, X, y, name, noise_variance=0.5)
    assert np.allclose(known, expected, rtol=1e-9)


@pytest.mark.parametrize("name", CRITERIA)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_families_are_the_reference(family: str, name: str, l1_ratio: float) -> None:
    X, y = family_data(family)
    path = fastreg.path(X, y, family=family, l1_ratio=l1_ratio, alphas=15)
    expected = by_definition(path, X, y, name)
    found = path.criterion(name)
    if family == "poisson":
        assert same_but_for_a_constant(found, expected)
    else:
        assert np.allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize("family", ["gaussian", *FAMILIES])
def test_every_option_is_the_reference(family: str) -> None:
    X, y = data_of(family)
    p = X.shape[1]
    w = weights(len(y))
    w[-5:] = 0.0
    factor = np.ones(p)
    factor[:3] = [0.0, np.inf, 2.0]
    offset = 0.3 * np.cos(np.arange(len(y)))
    if family == "multinomial":
        offset = np.stack([offset, -offset, 0 * offset], axis=1)
    options: dict[str, Any] = {
        "sample_weight": w,
        "penalty_factor": factor,
        "offset": offset,
        "lower_bounds": -0.05,
        "upper_bounds": 0.4,
    }
    path = fastreg.path(X, y, family=family, alphas=15, **options)
    held = (path.coefs == -0.05) | (path.coefs == 0.4)
    assert held.any()
    found = path.criterion("ebic", gamma=0.5)
    expected = by_definition(path, X, y, "ebic", gamma=0.5, **options)
    assert same_but_for_a_constant(found, expected)
    if family != "poisson":
        assert np.allclose(found, expected, rtol=1e-7)
    traces = [
        reference.trace_df(problem_of(path, X, y, alpha, **options), b, b0)
        for alpha, b, b0 in solutions(path)
    ]
    found = path.effective_df(X, w, None if family == "gaussian" else offset)
    assert np.allclose(found, traces, rtol=1e-7)


def test_grouped_coefficients_count_with_their_group() -> None:
    X, y = family_data("multinomial")
    path = fastreg.path(X, y, family="multinomial", grouped=True, alphas=10)
    expected = by_definition(path, X, y, "ebic", grouped=True)
    assert np.allclose(path.criterion("ebic"), expected, rtol=1e-7)
    with pytest.raises(ValueError, match="penalty of norms"):
        path.effective_df(X)


def test_least_squares_has_the_likelihood_of_scipy() -> None:
    X, y = PROBLEMS["tall"]()
    path = fastreg.path(X, y, alphas=[0.1, 0.0])
    fitted = path.predict(X, 0.0)
    rest = y - fitted
    log_l = norm.logpdf(y, fitted, np.sqrt(np.mean(rest**2))).sum()
    count = X.shape[1] + 2
    assert np.isclose(path.criterion("aic")[-1], -2 * log_l + 2 * count)
    assert np.isclose(path.criterion("bic")[-1], -2 * log_l + count * np.log(len(y)))


def test_poisson_is_less_the_saturated_model() -> None:
    X, y = family_data("poisson")
    path = fastreg.path(X, y, family="poisson", alphas=5)
    log_l = poisson.logpmf(y[:, np.newaxis], path.predict(X)).sum(axis=0)
    saturated = poisson.logpmf(y, y).sum()
    expected = -2 * (log_l - saturated) + 2 * (1 + path.n_nonzero)
    assert np.allclose(path.criterion("aic"), expected)


def test_two_classes_have_the_criteria_of_binomial() -> None:
    X, y = family_data("binomial")
    one = fastreg.path(X, y, family="binomial", alphas=12, tol=1e-10)
    two = fastreg.path(X, y, family="multinomial", alphas=one.alphas, tol=1e-10)
    assert np.allclose(one.criterion("bic"), two.criterion("bic"), rtol=1e-6)


# --- parity ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["aic", "bic"])
def test_agrees_with_lasso_lars_ic(name: str) -> None:
    data = load_diabetes()
    X = StandardScaler().fit_transform(data.X)
    theirs = LassoLarsIC(criterion=name).fit(X, data.y)
    alphas = theirs.alphas_
    # Between its alphas: at them a feature is at 0, on one of the sides.
    middle = (alphas[1:] + alphas[:-1]) / 2
    path = fastreg.path(X, data.y, alphas=[*alphas, *middle], tol=1e-12)
    at = np.searchsorted(-path.alphas, -alphas)
    n_used = np.concatenate(([0], path.n_nonzero[at[:-1] + 1]))[: len(alphas)]
    df = np.zeros(len(path.alphas))
    df[at] = n_used
    found = path.criterion(name, df=df, noise_variance=theirs.noise_variance_)[at]
    shared = np.isclose(found, theirs.criterion_, rtol=1e-10)
    # A feature that enters counts there before or after, as rounding has it.
    assert shared.sum() >= len(alphas) - 2
    assert np.argmin(found) == np.argmin(theirs.criterion_)
    assert path.alphas[at][np.argmin(found)] == pytest.approx(theirs.alpha_)


# --- degrees of freedom -----------------------------------------------------------


@pytest.mark.parametrize("family", ["gaussian", *FAMILIES])
@pytest.mark.parametrize("problem", ["tall", "wide", "duplicated"])
def test_effective_df_is_the_reference(family: str, problem: str) -> None:
    X, y = data_of(family, problem)
    for l1_ratio in (1.0, 0.5, 0.0):
        options: dict[str, Any] = {"family": family, "l1_ratio": l1_ratio}
        path = fastreg.path(X, y, alphas=[0.3, 0.05, 0.01], **options)
        traces = [
            reference.trace_df(problem_of(path, X, y, alpha), b, b0)
            for alpha, b, b0 in solutions(path)
        ]
        assert np.allclose(path.effective_df(X), traces, rtol=1e-6)


@pytest.mark.parametrize("problem", ["tall", "wide", "dependent", "badly_scaled"])
def test_effective_df_of_ridge_is_that_of_the_solver(problem: str) -> None:
    X, y = PROBLEMS[problem]()
    path = fastreg.ridge_path(X, y, solver="svd")
    assert path.df is not None
    assert np.allclose(path.effective_df(X), path.df, rtol=1e-6)
    several = fastreg.ridge_path(X, np.column_stack([y, y**2]), path.alphas)
    assert np.allclose(several.effective_df(X), path.df, rtol=1e-6)


def test_effective_df_is_how_the_fit_answers_y() -> None:
    """Stein's definition: the sum of the derivatives of the fit of y_i by y_i."""
    X, y = PROBLEMS["tall"]()
    options: dict[str, Any] = {"alphas": [0.2], "l1_ratio": 0.6, "tol": 1e-13}
    path = fastreg.path(X, y, **options)
    total, h = 0.0, 1e-3
    for i in range(len(y)):
        up, down = y.copy(), y.copy()
        up[i] += h
        down[i] -= h
        rise = fastreg.path(X, up, **options).predict(X[i : i + 1], 0.2)
        rise -= fastreg.path(X, down, **options).predict(X[i : i + 1], 0.2)
        total += float(rise[0]) / (2 * h)
    assert path.effective_df(X)[0] == pytest.approx(total, rel=1e-5)


def test_trace_is_at_most_the_support() -> None:
    X, y = PROBLEMS["tall"]()
    path = fastreg.path(X, y, l1_ratio=0.3)
    trace = path.effective_df(X)
    assert np.all(trace <= 1 + path.n_nonzero + 1e-9)
    assert trace[5] < path.n_nonzero[5]
    given = path.criterion("aic", df=trace)
    assert np.all(given <= path.criterion("aic") + 1e-9)


@pytest.mark.parametrize("storage", ["F", "C", "float32", "sparse"])
def test_storages_have_the_same_degrees_of_freedom(storage: str) -> None:
    from scipy import sparse

    X, y = PROBLEMS["tall"]()
    X = np.round(X, 2).astype(np.float32).astype(np.float64)
    path = fastreg.path(X, y, l1_ratio=0.5, alphas=8)
    stored = {
        "F": np.asfortranarray,
        "C": np.ascontiguousarray,
        "float32": lambda values: values.astype(np.float32),
        "sparse": sparse.csr_array,
    }[storage](X)
    assert np.allclose(path.effective_df(stored), path.effective_df(X), rtol=1e-12)


# --- invariances ------------------------------------------------------------------


@given(
    scale=st.floats(0.01, 100.0),
    drop=st.integers(1, 20),
    name=st.sampled_from(CRITERIA),
)
def test_scale_of_weights_and_rows_without_weight(
    scale: float, drop: int, name: str
) -> None:
    X, y = PROBLEMS["tall"]()
    w = weights(len(y))
    w[:drop] = 0.0
    alphas = [0.3, 0.1, 0.01]
    path = fastreg.path(X, y, sample_weight=scale * w, alphas=alphas, tol=1e-10)
    less = fastreg.path(
        X[drop:], y[drop:], sample_weight=w[drop:], alphas=alphas, tol=1e-10
    )
    assert path.n_rows == len(y) - drop
    assert np.allclose(path.criterion(name), less.criterion(name), rtol=1e-8)


def test_units_of_y_move_the_criterion_by_a_constant() -> None:
    X, y = PROBLEMS["tall"]()
    one = fastreg.path(X, y, alphas=20)
    other = fastreg.path(X, 10 * y, alphas=10 * one.alphas)
    move = 2 * len(y) * np.log(10.0)
    assert np.allclose(other.criterion("bic"), one.criterion("bic") + move)


def test_gram_stats_have_the_criteria_of_the_data() -> None:
    X, y = PROBLEMS["tall"]()
    w = weights(len(y))
    w[:7] = 0.0
    path = fastreg.path(X, y, sample_weight=w, alphas=20)
    stats = fastreg.GramStats.from_data(X, y, w).path(alphas=path.alphas)
    assert np.allclose(stats.criterion("bic"), path.criterion("bic"), rtol=1e-6)


def test_several_targets_are_those_of_each() -> None:
    X, y = PROBLEMS["tall"]()
    Y = np.column_stack([y, np.sin(y), y - X[:, 0]])
    together = fastreg.ridge_path(X, Y, solver="spectral")
    values = together.criterion("aicc")
    assert values.shape == (3, 100)
    for target, row in enumerate(values):
        alone = fastreg.ridge_path(X, Y[:, target], together.alphas, solver="spectral")
        assert np.allclose(row, alone.criterion("aicc"))
    with pytest.raises(ValueError, match="has 3 targets"):
        together.select("aicc")


# --- selection --------------------------------------------------------------------


def test_select_takes_the_least() -> None:
    data = load_diabetes()
    path = fastreg.path(data.X, data.y)
    chosen = path.select("bic")
    values = path.criterion("bic")
    assert chosen.value == values.min() == values[chosen.index]
    assert chosen.alpha == path.alphas[chosen.index]
    assert np.array_equal(chosen.coef, path.coefs[:, chosen.index])
    assert chosen.intercept == path.intercepts[chosen.index]
    assert np.array_equal(chosen.support, np.flatnonzero(chosen.coef))
    assert chosen.df == 1 + len(chosen.support)
    assert np.array_equal(
        chosen.predict(data.X[:5]), path.predict(data.X[:5], chosen.alpha)
    )
    others = (path.coefs != 0.0) != (chosen.coef != 0.0)[:, np.newaxis]
    others = others.any(axis=0)
    assert chosen.margin == (values[others] - values.min()).min() > 0.0
    assert not chosen.is_null
    assert not chosen.at_edge
    assert "BIC" in repr(chosen)


def test_noise_chooses_the_null_model() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((80, 200)), rng.standard_normal(80)
    chosen = fastreg.path(X, y).select("ebic")
    assert chosen.is_null
    assert chosen.index == 0
    assert not chosen.at_edge
    free = fastreg.path(X, y, penalty_factor={3: 0.0}).select("ebic")
    assert free.is_null
    assert free.support.tolist() == [3]


@pytest.mark.parametrize("name", ["aicc", "ebic"])
def test_few_rows_find_the_features(name: str) -> None:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((60, 300))
    y = X[:, :3] @ [4.0, -3.0, 2.0] + 0.3 * rng.standard_normal(60)
    chosen = fastreg.path(X, y).select(name)
    assert set(chosen.support) >= {0, 1, 2}
    assert len(chosen.support) < 30
    assert not chosen.at_edge


def test_saturated_end_is_told() -> None:
    X, y = PROBLEMS["wide"]()
    path = fastreg.path(X, y, alphas=60, eps=1e-6, early_stop=False)
    with pytest.warns(fastreg.GridWarning, match="more features than rows"):
        chosen = path.select("aic")
    assert chosen.at_edge
    assert np.all(path.criterion("aic")[path.n_nonzero + 1 >= 19] == np.inf)


def test_smallest_alpha_of_few_is_told() -> None:
    data = load_diabetes()
    path = fastreg.path(data.X, data.y, alphas=[20.0, 10.0])
    with pytest.warns(fastreg.GridWarning, match="smallest of 2 alphas"):
        assert path.select("aic").at_edge
    path = fastreg.path(data.X, data.y, alphas=[0.9, 1e-4])
    with pytest.warns(fastreg.GridWarning, match="largest of 2 alphas"):
        assert path.select("aic").at_edge


def test_classes_are_predicted_by_the_choice() -> None:
    X, y = family_data("multinomial")
    path = fastreg.path(X, y, family="multinomial")
    chosen = path.select("bic")
    assert chosen.coef.shape == (3, X.shape[1])
    shares = chosen.predict_proba(X)
    assert np.array_equal(chosen.predict(X), path.classes[shares.argmax(axis=1)])
    assert chosen.decision_function(X).shape == shares.shape


def test_ridge_is_chosen_by_its_trace() -> None:
    data = load_diabetes()
    path = fastreg.ridge_path(data.X, data.y, solver="spectral")
    chosen = path.select("aicc")
    assert chosen.df == path.df[chosen.index] < 11.0
    assert chosen.margin == np.inf
    X, y = family_data("binomial")
    alphas = np.geomspace(1.0, 1e-4, 20)
    path = fastreg.path(X, y, family="binomial", l1_ratio=0.0, alphas=alphas)
    with pytest.raises(ValueError, match="effective_df"):
        path.select("aic")
    assert path.select("aic", df=path.effective_df(X)).df < X.shape[1] + 1


def test_exact_fits_are_equally_good() -> None:
    X, _ = PROBLEMS["tall"]()
    path = fastreg.path(X, X[:, 2], alphas=[1.0, 1e-16, 1e-17])
    values = path.criterion("aic")
    assert np.all(np.isfinite(values))
    assert values[1] < values[0]


# --- bad input --------------------------------------------------------------------


def test_bad_input() -> None:
    X, y = PROBLEMS["tall"]()
    path = fastreg.path(X, y, alphas=5)
    with pytest.raises(ValueError, match=r"one of 'aic', .*got 'cp'"):
        path.criterion("cp")
    with pytest.raises(ValueError, match="df must be 'auto'"):
        path.criterion("aic", df="trace")
    with pytest.raises(ValueError, match=r"5 alphas but df has shape \(2,\)"):
        path.criterion("aic", df=[1.0, 2.0])
    with pytest.raises(ValueError, match="df must be >= 0, got -1"):
        path.criterion("aic", df=[1.0, 2.0, 3.0, -1.0, 5.0])
    with pytest.raises(ValueError, match="gamma must be >= 0"):
        path.criterion("ebic", gamma=-1.0)
    with pytest.raises(ValueError, match="noise_variance must be above 0"):
        path.criterion("aic", noise_variance=0.0)
    with pytest.raises(TypeError, match=r"select takes .*got 'sigma'"):
        path.select("aic", sigma=1.0)
    with pytest.raises(ValueError, match="X has 59 rows but the path"):
        path.effective_df(X[1:])
    with pytest.raises(ValueError, match="X has 7 columns"):
        path.effective_df(X[:, 1:])
    labels = (y > 0).astype(int)
    path = fastreg.path(X, labels, family="binomial", alphas=5)
    with pytest.raises(ValueError, match="is for family 'gaussian'"):
        path.criterion("aic", noise_variance=1.0)
    flat = fastreg.path(X, np.ones(len(y)), alphas=3)
    with pytest.raises(ValueError, match="intercept alone"):
        flat.criterion("aic")
    assert flat.select("aic", noise_variance=1.0).is_null


def test_no_rows_left_for_the_variance() -> None:
    X, y = PROBLEMS["two_rows"]()
    path = fastreg.path(X, y, alphas=3)
    with pytest.raises(ValueError, match="infinite at all alphas"):
        path.select("aic")
