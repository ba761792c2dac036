"""`fastreg.path(family="mgaussian")`: several targets that share their features."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.linear_model import MultiTaskElasticNet

import fastreg
import problems
from fastreg import reference as ref

FAMILY: dict[str, Any] = {"family": "mgaussian"}
OPTIONS: dict[str, dict[str, Any]] = {
    "lasso": {},
    "mix": {"l1_ratio": 0.3},
    "ridge": {"l1_ratio": 0.0},
    "origin": {"fit_intercept": False, "standardize": False},
    "weights": {"sample_weight": True},
    "factors": {"penalty_factor": True},
    "offset": {"offset": True, "l1_ratio": 0.8},
    "all": {"sample_weight": True, "penalty_factor": True, "offset": True},
}


def data(name: str = "tall", m: int = 3) -> tuple[Any, Any]:
    """The named problem; its other targets are made of its columns and noise."""
    X, y = problems.PROBLEMS[name]()
    rng = np.random.default_rng(1)
    z = (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-300)
    signal = z[:, : min(4, X.shape[1])] @ rng.standard_normal((min(4, X.shape[1]), m))
    Y = signal + rng.standard_normal((len(y), m)) * (0.3 + signal.std())
    Y[:, 0] = y
    return X, Y * (y.std() or 1.0) ** np.r_[0.0, np.ones(m - 1)]


def filled(options: dict[str, Any], X: Any, Y: Any) -> dict[str, Any]:
    """The options with arrays that fit the data where they say True."""
    n, m = Y.shape
    values = {
        "sample_weight": problems.weights(n) * (np.arange(n) % 7 != 3),
        "penalty_factor": np.r_[0.0, 2.0, np.inf, np.ones(X.shape[1] - 3)],
        "offset": np.random.default_rng(1).standard_normal((n, m)),
    }
    return {key: values.get(key) if v is True else v for key, v in options.items()}


def assert_all_or_none(coefs: Any) -> None:
    used = coefs != 0.0
    assert_array_equal(used.all(axis=0), used.any(axis=0))


@pytest.mark.parametrize("tol", [1e-6, 1e-10])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("name", ["tall", "wide", "dependent", "constant_columns"])
def test_is_certified_by_the_reference(name, options, tol):
    X, Y = data(name)
    options = {**FAMILY, **filled(options, X, Y)}
    path = fastreg.path(X, Y, alphas=12, eps=0.03, tol=tol, **options)
    gaps = problems.recomputed_class_gaps(path, X, Y, **options)
    # Features without a penalty are found anew by either side.
    assert_allclose(gaps, path.dual_gaps, rtol=0.1, atol=1e-11)
    assert path.dual_gaps.max() <= tol
    assert path.coefs.shape == (3, X.shape[1], 12)
    assert path.intercepts.shape == (3, 12)
    assert_all_or_none(path.coefs)
    if "penalty_factor" in options:
        assert np.all(path.coefs[:, 0] != 0.0)
        assert_array_equal(path.coefs[:, 2], 0.0)


@pytest.mark.parametrize("name", ["badly_scaled", "far_from_zero", "offset_scales"])
def test_units_and_means_do_no_harm(name):
    X, Y = data(name)
    path = fastreg.path(X, Y, alphas=10, eps=0.01, tol=1e-9, **FAMILY)
    assert problems.recomputed_class_gaps(path, X, Y, **FAMILY).max() <= 1.1e-9


@pytest.mark.parametrize("l1_ratio", [1.0, 0.3])
@pytest.mark.parametrize("name", ["tall", "wide"])
def test_is_the_solution_of_the_reference(name, l1_ratio):
    X, Y = data(name)
    options = {**FAMILY, "l1_ratio": l1_ratio}
    path = fastreg.path(X, Y, alphas=5, eps=0.05, tol=1e-13, **options)
    problem = problems.reference_problem(X, Y, 1.0, **options)
    for k, alpha in enumerate(path.alphas):
        at_alpha = replace(problem, alpha=float(alpha))
        coef, intercept = ref.coordinate_descent(at_alpha)
        assert_allclose(path.coefs[:, :, k], coef, atol=1e-6)
        assert_allclose(path.intercepts[:, k], intercept, atol=1e-6)
        ratio = ref.deviance_ratio(at_alpha, coef, intercept)
        assert_allclose(path.deviance_ratio[k], ratio, atol=1e-8)
    assert_allclose(path.null_objective, ref.null_objective(problem), rtol=1e-12)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_begins_where_the_null_model_ends(options):
    X, Y = data()
    options = filled(options, X, Y)
    if options.get("l1_ratio") == 0.0:
        options["l1_ratio"] = 0.01
    problem = problems.reference_problem(X, Y, 1.0, **FAMILY, **options)
    path = fastreg.path(X, Y, alphas=2, eps=0.98, tol=1e-10, **FAMILY, **options)
    rtol = 1e-12 if "penalty_factor" not in options else 1e-4
    assert_allclose(path.alphas[0], ref.alpha_max(problem), rtol=rtol)
    penalised = np.ones(8, dtype=bool)
    if "penalty_factor" in options:
        penalised = options["penalty_factor"] > 0.0
    assert_array_equal(path.coefs[:, penalised, 0], 0.0)
    assert np.any(path.coefs[:, penalised, 1] != 0.0)


def test_one_target_is_the_lasso():
    X, Y = data()
    y = Y[:, 0]
    options: dict[str, Any] = {"alphas": 20, "eps": 0.01, "tol": 1e-12, "l1_ratio": 0.7}
    one, many = fastreg.path(X, y, **options), fastreg.path(X, y, **FAMILY, **options)
    assert_allclose(many.alphas, one.alphas)
    assert_allclose(many.coefs[0], one.coefs, atol=1e-6)
    assert_allclose(many.intercepts[0], one.intercepts, atol=1e-6)
    assert_allclose(many.deviance_ratio, one.deviance_ratio, atol=1e-6)


def test_rotated_targets_have_rotated_coefficients():
    X, Y = data("wide")
    options: dict[str, Any] = {"alphas": 8, "eps": 0.05, "tol": 1e-12, **FAMILY}
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    path, turned = fastreg.path(X, Y, **options), fastreg.path(X, Y @ turn, **options)
    assert_allclose(turned.alphas, path.alphas)
    expected = np.einsum("mpk,mt->tpk", path.coefs, turn)
    assert_allclose(turned.coefs, expected, atol=1e-5)
    assert_allclose(turned.intercepts, turn.T @ path.intercepts, atol=1e-5)


def test_without_an_l1_term_targets_are_on_their_own():
    X, Y = data()
    options: dict[str, Any] = {"alphas": [1.0, 0.1, 0.0], "l1_ratio": 0.0}
    path = fastreg.path(X, Y, **FAMILY, **options)
    ridge = fastreg.ridge_path(X, Y, options["alphas"])
    assert_allclose(path.coefs, ridge.coefs, rtol=1e-12)
    gaps = ridge.null_objective @ ridge.dual_gaps / np.sum(ridge.null_objective)
    assert_allclose(path.dual_gaps, gaps, atol=1e-15)
    recomputed = problems.recomputed_class_gaps(path, X, Y, l1_ratio=0.0, **FAMILY)
    assert_allclose(recomputed, path.dual_gaps, atol=1e-12)
    grid = fastreg.path(X, Y, alphas=5, l1_ratio=0.0, **FAMILY).alphas
    assert_allclose(grid, fastreg.ridge_path(X, Y, 5).alphas)


def test_alpha_0_is_least_squares():
    X, Y = data()
    path = fastreg.path(X, Y, alphas=[0.1, 0.0], **FAMILY)
    A = np.column_stack([np.ones(len(X)), X])
    best = np.linalg.lstsq(A, Y, rcond=None)[0]
    assert_allclose(path.coefs[:, :, 1], best[1:].T, atol=1e-10)
    assert_allclose(path.intercepts[:, 1], best[0], atol=1e-10)
    assert np.all(path.coefs[:, :, 0] != path.coefs[:, :, 1])


def test_storages_agree():
    X, Y = data()
    X = np.where(np.abs(X) > 0.5, X, 0.0)
    options: dict[str, Any] = {"alphas": 10, "eps": 0.1, "tol": 1e-11, **FAMILY}
    expected = fastreg.path(X, Y, **options)
    chunked = fastreg.design.ChunkedDesign(X, chunk_rows=7)
    csc = sparse.csc_array(X)
    read_only = np.asfortranarray(X)
    read_only.flags.writeable = False
    for form in (read_only, csc, sparse.csr_array(X), chunked, X.astype(np.float32)):
        path = fastreg.path(form, Y, **options)
        same = 1e-5 if getattr(form, "dtype", None) == np.float32 else 1e-6
        assert_allclose(path.coefs, expected.coefs, atol=same)
        assert_all_or_none(path.coefs)
    for targets in (np.asfortranarray(Y), Y.tolist()):
        assert_array_equal(fastreg.path(X, targets, **options).coefs, expected.coefs)


@pytest.mark.parametrize("seed", range(3))
def test_weights_are_repetitions(seed):
    X, Y = data()
    times = np.random.default_rng(seed).integers(0, 4, len(Y))
    options: dict[str, Any] = {"alphas": [0.5, 0.1], "tol": 1e-11, **FAMILY}
    weighted = fastreg.path(X, Y, sample_weight=times, **options)
    repeated = fastreg.path(X.repeat(times, 0), Y.repeat(times, 0), **options)
    assert_allclose(weighted.coefs, repeated.coefs, atol=1e-5)


def test_offset_is_subtracted_from_targets():
    X, Y = data()
    offset = np.random.default_rng(0).standard_normal(Y.shape)
    options: dict[str, Any] = {"alphas": 6, "eps": 0.1, **FAMILY}
    path = fastreg.path(X, Y, offset=offset, **options)
    assert_array_equal(path.coefs, fastreg.path(X, Y - offset, **options).coefs)
    expected = X @ path.coefs[:, :, 4].T + path.intercepts[:, 4] + offset
    assert_allclose(path.predict(X, path.alphas[4], offset), expected)
    with pytest.raises(ValueError, match="needs one, too"):
        path.predict(X)
    with pytest.raises(ValueError, match=r"y has 3 targets: expected shape \(60, 3\)"):
        path.predict(X, offset=offset[:, 0])


@pytest.mark.parametrize("name", ["collinear", "duplicated", "dependent"])
def test_columns_that_are_alike_are_no_obstacle(name):
    X, Y = data(name)
    path = fastreg.path(X, Y, alphas=15, eps=1e-3, tol=1e-9, **FAMILY)
    assert problems.recomputed_class_gaps(path, X, Y, **FAMILY).max() <= 1.1e-9


def test_many_features_at_once():
    """More than are followed down the path, for one alpha far below the first."""
    X, y = problems.ar1(60, 600, 0.5, seed=2, k=40)
    Y = np.column_stack([y, X[:, :4] @ np.ones((4, 2)) + y[:, np.newaxis]])
    first = fastreg.path(X, Y, alphas=2, **FAMILY).alphas[0]
    path = fastreg.path(X, Y, alphas=[0.02 * first], tol=1e-9, **FAMILY)
    assert problems.recomputed_class_gaps(path, X, Y, **FAMILY).max() <= 1.1e-9
    assert path.n_nonzero[0] > 3 * 20
    assert_all_or_none(path.coefs)


@pytest.mark.parametrize("form", [np.asarray, sparse.csc_array])
def test_supports_far_larger_than_n(form):
    """The residual takes the place of the Gram matrix."""
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((25, 900)), rng.standard_normal((25, 3))
    options = {**FAMILY, "l1_ratio": 0.02}
    first = fastreg.path(X, Y, alphas=2, **options).alphas[0]
    path = fastreg.path(form(X), Y, alphas=[0.05 * first], tol=1e-10, **options)
    assert path.n_nonzero[0] > 3 * 20 * 25
    assert problems.recomputed_class_gaps(path, X, Y, **options).max() <= 1.1e-10
    assert_all_or_none(path.coefs)
    # Free features there, too.
    factor = np.r_[0.0, 0.0, np.ones(898)]
    path = fastreg.path(
        form(X), Y, alphas=[0.05 * first], penalty_factor=factor, tol=1e-9, **options
    )
    gaps = problems.recomputed_class_gaps(path, X, Y, penalty_factor=factor, **options)
    assert gaps.max() <= 1.1e-9


def test_starts_where_it_is_told():
    X, Y = data()
    options: dict[str, Any] = {"alphas": [0.1], "tol": 1e-10, **FAMILY}
    path = fastreg.path(X, Y, **options)
    again = fastreg.path(X, Y, coef_init=path.coefs[:, :, 0], **options)
    assert_allclose(again.coefs, path.coefs, atol=1e-6)
    assert again.n_iter[0] <= 2
    far = fastreg.path(X, Y, coef_init=path.coefs[:, :, 0] + 0.3, **options)
    assert_allclose(far.coefs, path.coefs, atol=1e-5)
    hopeless = fastreg.path(X, Y, coef_init=np.full((3, 8), 1e3), **options)
    assert_allclose(hopeless.coefs, path.coefs, atol=1e-5)


def test_stops_early_and_when_it_is_told():
    X, Y = data()
    whole = fastreg.path(X, Y, eps=1e-5, **FAMILY)
    assert whole.stopped == "deviance_ratio"
    assert len(whole.alphas) < 100
    part = fastreg.path(X, Y, eps=1e-5, callback=lambda step: step.index == 3, **FAMILY)
    assert part.stopped == "callback"
    assert_array_equal(part.coefs, whole.coefs[:, :, :4])
    with pytest.warns(fastreg.ConvergenceWarning, match="max_iter=1 was reached"):
        fastreg.path(X, Y, alphas=[0.001], max_iter=1, **FAMILY)


def test_ctrl_c_ends_it_with_what_is_solved():
    X, y = problems.ar1(400, 3000, 0.9, k=200)
    Y = y[:, np.newaxis] + np.random.default_rng(0).standard_normal((400, 12))
    timer = threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    with pytest.raises(fastreg.PathInterrupted) as caught:
        fastreg.path(X, Y, eps=1e-4, tol=1e-12, early_stop=False, **FAMILY)
    timer.join()
    path = caught.value.path
    assert path.stopped == "interrupted"
    assert 0 < len(path.alphas) < 100
    assert path.dual_gaps[:-1].max(initial=0.0) <= 1e-12


def test_any_number_of_threads_gives_the_same_bits():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3000, 60))
    Y = X[:, :4] + rng.standard_normal((3000, 4))
    one, two = (
        fastreg.path(X, Y, alphas=6, eps=0.1, n_threads=k, **FAMILY) for k in (1, 2)
    )
    assert_array_equal(one.coefs, two.coefs)
    assert_array_equal(one.dual_gaps, two.dual_gaps)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.4])
def test_agrees_with_scikit_learn(l1_ratio):
    X, Y = data("wide")
    for alpha in (0.5, 0.05):
        model = MultiTaskElasticNet(alpha=alpha, l1_ratio=l1_ratio, tol=1e-10)
        model.set_params(max_iter=100_000).fit(X, Y)
        path = fastreg.path(
            X,
            Y,
            alphas=[alpha],
            l1_ratio=l1_ratio,
            standardize=False,
            tol=1e-11,
            **FAMILY,
        )
        assert_allclose(path.coefs[:, :, 0], model.coef_, atol=1e-4)
        assert_allclose(path.intercepts[:, 0], model.intercept_, atol=1e-4)


def test_result_speaks_of_targets():
    X, Y = data()
    path = fastreg.path(X, Y, alphas=10, eps=0.1, **FAMILY)
    assert path.grouped
    assert path.family == "mgaussian"
    assert path.classes is None
    text = repr(path)
    assert text.startswith("Multi-target Lasso path: 10 alphas")
    assert "8 features, 3 targets" in text
    assert "of the variance explained" in text
    assert path.predict(X).shape == (60, 3, 10)
    assert path.predict(X, path.alphas[:2]).shape == (60, 3, 2)
    one = path.predict(X, path.alphas[3])
    expected = X @ path.coefs[:, :, 3].T + path.intercepts[:, 3]
    assert_allclose(one, expected)
    assert_allclose(path.predict(X)[:, :, 3], expected)
    middle = path.coef_at(np.sqrt(path.alphas[3] * path.alphas[4]))
    assert middle.shape == (3, 8)
    with pytest.raises(AttributeError, match=r"shape \(targets, features, alphas\)"):
        _ = path.sparse_coefs
    with pytest.raises(AttributeError, match="this one is mgaussian"):
        path.predict_proba(X)


def test_plots_one_target():
    pytest.importorskip("matplotlib")
    from fastreg._plot import path_figure

    X, Y = data()
    path = fastreg.path(X, Y, alphas=10, eps=0.1, **FAMILY)
    figure = path_figure(path, target=1)
    assert figure.get_suptitle().startswith("Multi-target Lasso path: ")
    with pytest.raises(ValueError, match="the path has 3 targets: say which one"):
        path_figure(path)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_certify_audits_it(options):
    X, Y = data()
    options = {**FAMILY, **filled(options, X, Y)}
    path = fastreg.path(X, Y, alphas=[0.2], tol=1e-10, **options)
    fit = path.coefs[:, :, 0], path.intercepts[:, 0]
    found = fastreg.certify(X, Y, *fit, alpha=0.2, **options)
    assert_allclose(found.relative_gap, path.dual_gaps[0], atol=1e-11)
    assert found.grouped
    off = fastreg.certify(X, Y, 1.1 * fit[0], fit[1], alpha=0.2, **options)
    assert off.dual_gap > 1e-4
    # The objective is what it says.
    rows = Y - path.predict(X, 0.2, options.get("offset"))
    weight = options.get("sample_weight", np.ones(len(Y)))
    b = fit[0] * path.scale
    v = options.get("penalty_factor", np.ones(8))
    v = np.where(np.isinf(v), 0.0, v)
    l1_ratio = options.get("l1_ratio", 1.0)
    norms = np.linalg.norm(b, axis=0)
    penalty = l1_ratio * v @ norms + (1 - l1_ratio) / 2 * v @ norms**2
    loss = weight @ (rows**2).sum(axis=1) / weight.sum() / 2
    assert_allclose(found.primal, loss + 0.2 * penalty, rtol=1e-12)


def test_certificate_states_the_objective():
    X, Y = data()
    path = fastreg.path(X, Y, alphas=[0.2], **FAMILY)
    fit = path.coefs[:, :, 0], path.intercepts[:, 0]
    text = repr(fastreg.certify(X, Y, *fit, alpha=0.2, **FAMILY))
    assert "1/(2n) |Y - b0 - XB|^2 + alpha sum |(s_j b_j)|_2" in text
    weights = np.ones(60)
    text = repr(fastreg.certify(X, Y, *fit, alpha=0.2, sample_weight=weights, **FAMILY))
    assert "1/2 sum w_i |(Y - b0 - XB)_i|^2 / sum w_i" in text
    with pytest.raises(ValueError, match="y has 3 targets and X has 8 columns"):
        fastreg.certify(X, Y, fit[0][0], alpha=0.2, **FAMILY)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"lower_bounds": -1.0}, "family 'mgaussian' takes no bounds"),
    ({"upper_bounds": np.ones(8)}, "family 'mgaussian' takes no bounds"),
    ({"positive": True}, "family 'mgaussian' takes no bounds"),
    ({"offset": np.ones(60)}, r"y has 3 targets: expected shape \(60, 3\)"),
    ({"coef_init": np.ones(8)}, r"coef_init has shape \(8,\).* y has 3 targets"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_bad_options_are_named(bad, message):
    X, Y = data()
    with pytest.raises(ValueError, match=message):
        fastreg.path(X, Y, **FAMILY, **bad)


def test_bad_targets_are_named():
    X, Y = data()
    hole = Y.copy()
    hole[4, 1] = np.nan
    with pytest.raises(ValueError, match=r"Y\[:, 1\] has NaN at position 4"):
        fastreg.path(X, hole, **FAMILY)
    with pytest.raises(ValueError, match="Y has 59 entries but X has 60 rows"):
        fastreg.path(X, Y[1:], **FAMILY)
    with pytest.raises(TypeError, match="labels are for family 'binomial'"):
        fastreg.path(X, np.full(Y.shape, "a"), **FAMILY)
    with pytest.raises(ValueError, match="its squares overflow"):
        fastreg.path(X, 1e200 * Y, **FAMILY)


def test_what_is_not_for_several_targets_says_so():
    X, Y = data()
    path = fastreg.path(X, Y, alphas=5, eps=0.1, **FAMILY)
    with pytest.raises(ValueError, match="this path has 3 targets that share"):
        path.criterion("bic")
    with pytest.raises(ValueError, match="this path has 3 targets that share"):
        path.select("aic")
    with pytest.raises(ValueError, match="penalty of norms"):
        path.effective_df(X)
    with pytest.raises(ValueError, match="not for family 'mgaussian'"):
        fastreg.relaxed_path(X, Y, **FAMILY)
    with pytest.raises(ValueError, match="rule 'bic' is not for family 'mgaussian'"):
        fastreg.cv(X, Y, rule="bic", **FAMILY)


def test_nothing_to_explain():
    X, Y = data()
    constant = np.ones_like(Y) * [1.0, 2.0, 3.0]
    path = fastreg.path(X, constant, alphas=[1.0, 0.1], **FAMILY)
    assert_array_equal(path.coefs, 0.0)
    assert_allclose(path.intercepts, np.tile([[1.0], [2.0], [3.0]], 2))
    Y[:, 1] = 5.0
    path = fastreg.path(X, Y, alphas=5, eps=0.1, tol=1e-10, **FAMILY)
    assert_allclose(path.coefs[1], 0.0, atol=1e-14)
    assert problems.recomputed_class_gaps(path, X, Y, **FAMILY).max() <= 1.1e-10
