"""`fastreg.cv` is a path for every fold, of copies of its rows: scores and fits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import designs
import fastreg
import problems
import storages
from cv_problems import (
    ALPHAS,
    FAMILIES,
    data_of,
    plain_options,
    quiet_cv,
    quiet_path,
)
from fastreg import reference
from fastreg.design import ChunkedDesign

pytestmark = pytest.mark.core


def rows_of(options: dict[str, Any], rows: Any) -> dict[str, Any]:
    """Options of a fit to these rows."""
    of_rows = dict(options)
    for name in ("sample_weight", "offset"):
        if options.get(name) is not None:
            of_rows[name] = options[name][rows]
    return of_rows


def check_folds(
    result: fastreg.CVResult, X: Any, y: Any, rtol: float = 1e-8, **options: Any
) -> None:
    """Fits, scores, means and standard errors of each mix by a loop of `path`.

    A gap of 1e-14 leaves coefficients seven digits, where no equations are solved.
    """
    options.pop("l1_ratio", None)
    if options.get("family", "gaussian") != "gaussian":
        rtol = max(rtol, 1e-6)
    by_number = _codes(y, options.get("family", "gaussian"))
    weight = options.get("sample_weight")
    weight = np.ones(len(y)) if weight is None else weight
    n_mixes = len(result.l1_ratios)
    shape = (n_mixes, len(result.folds), -1)
    found = [np.reshape(a, shape) for a in (result.fold_scores, result.train_scores)]
    alphas = np.atleast_2d(result.alphas)
    for mix, l1_ratio in enumerate(result.l1_ratios):
        for fold, (train, test) in enumerate(result.folds):
            path = quiet_path(
                np.ascontiguousarray(X[train]),
                y[train],
                alphas=alphas[mix],
                l1_ratio=l1_ratio,
                **rows_of(options, train),
            )
            ours = result.fold_paths[mix][fold]
            size = np.abs(path.coefs).max()
            assert_allclose(ours.coefs, path.coefs, atol=2e-6 * size)
            assert_allclose(ours.scale, path.scale, rtol=1e-12)
            for rows, scores in zip((test, train), found, strict=True):
                expected = _scores(path, X, by_number, weight, rows, options)
                assert_allclose(scores[mix, fold], expected, rtol=rtol)
    weights = [weight[test].sum() for _, test in result.folds]
    assert_allclose(result.fold_weights, weights)
    for mix in range(n_mixes):
        mean, error = reference.mean_score(found[0][mix], np.array(weights))
        assert_allclose(np.atleast_2d(result.mean_score)[mix], mean)
        assert_allclose(np.atleast_2d(result.std_error)[mix], error)


def _codes(y: Any, family: str) -> Any:
    if family in ("binomial", "multinomial"):
        return np.unique(y, return_inverse=True)[1].astype(float)
    return y


def _scores(
    path: fastreg.Path, X: Any, y: Any, weight: Any, rows: Any, options: dict[str, Any]
) -> Any:
    known = options.get("offset")
    known = None if known is None else known[rows]
    problem = reference.Problem(X, y, 1.0, family=path.family)
    return [
        np.average(
            reference.deviances(
                problem, rows, path.decision_function(X[rows], alpha, known)
            ),
            weights=weight[rows],
        )
        for alpha in path.alphas
    ]


CASES = tuple(plain_options(4, 8, "gaussian"))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("case", CASES)
def test_equals_a_loop_of_paths(family: str, case: str) -> None:
    X, y = data_of(family)
    options = {"family": family, **plain_options(*X.shape, family)[case]}
    check_folds(quiet_cv(X, y, **options), X, y, **options)


@pytest.mark.parametrize("family", FAMILIES)
def test_mixes_from_ridge_to_lasso(family: str) -> None:
    X, y = data_of(family)
    options = {"family": family, "sample_weight": problems.weights(len(y))}
    result = quiet_cv(X, y, l1_ratio=[0.0, 0.4, 1.0], **options)
    assert result.fold_scores.shape == (3, 4, 6)
    assert result.alphas.shape == (3, 6)
    check_folds(result, X, y, **options)
    for mix, l1_ratio in enumerate(result.l1_ratios):
        alone = quiet_cv(X, y, l1_ratio=l1_ratio, **options)
        assert_array_equal(result.fold_scores[mix], alone.fold_scores)
        assert_array_equal(result.paths[mix].coefs, alone.path.coefs)


def test_groups_of_coefficients() -> None:
    X, y = data_of("multinomial")
    options = {"family": "multinomial", "grouped": True}
    check_folds(quiet_cv(X, y, **options), X, y, **options)


@pytest.mark.parametrize("family", FAMILIES)
def test_wide_data(family: str) -> None:
    X, y = data_of(family, 40, 60)
    options = {"family": family, "sample_weight": problems.weights(40)}
    check_folds(quiet_cv(X, y, **options), X, y, **options)


@pytest.mark.parametrize("shape", [(60, 8), (40, 60), (400, 5)], ids=str)
@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
def test_an_alpha_of_zero(shape: tuple[int, int], l1_ratio: float) -> None:
    """Least squares is that of least norm, as of `path`, also with equal columns."""
    X, y = data_of("gaussian", *shape)
    X[:, -1] = X[:, 0]
    result = quiet_cv(X, y, alphas=[1.0, 0.1, 0.0], l1_ratio=l1_ratio)
    for (train, _), ours in zip(result.folds, result.fold_paths[0], strict=True):
        path = quiet_path(X[train], y[train], alphas=[1.0, 0.1, 0.0], l1_ratio=l1_ratio)
        assert_allclose(ours.coefs, path.coefs, rtol=1e-6, atol=1e-8)
        assert_allclose(ours.dual_gaps, path.dual_gaps, atol=1e-12)


# --- storages --------------------------------------------------------------------

FORMS = {**storages.REAL, **storages.SINGLE, **storages.SPARSE}


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
@pytest.mark.parametrize("name", FORMS)
def test_storages_agree(name: str, family: str) -> None:
    X, y = data_of(family)
    X = storages.values_for(name, X)
    options = {"family": family, "sample_weight": problems.weights(len(y))}
    result = quiet_cv(FORMS[name](X), y, alphas=ALPHAS[:4], **options)
    check_folds(result, X, y, **options)


@pytest.mark.parametrize(
    "name", ["C", "strided", "C_float32", "read_only", "csc_array"]
)
def test_storages_of_tall_data_agree(name: str) -> None:
    X, y = data_of("gaussian", 300, 4)
    X = storages.values_for(name, X)
    check_folds(quiet_cv(FORMS[name](X), y), X, y)


@pytest.mark.parametrize("shape", [(60, 8), (300, 4), (40, 60)], ids=str)
def test_memory_maps(shape: tuple[int, int], tmp_path: Path) -> None:
    X, y = data_of("gaussian", *shape)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    check_folds(quiet_cv(mapped, y), X, y)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("n_threads", [1, 2])
def test_designs(family: str, n_threads: int) -> None:
    X, y = data_of(family)
    source = designs.CountingSource(X)
    check_folds(
        quiet_cv(designs.Verbs(X), y, family=family, n_threads=n_threads),
        X,
        y,
        family=family,
    )
    if n_threads == 1:  # a source has one reader at a time
        chunked = ChunkedDesign(source)
        check_folds(quiet_cv(chunked, y, family=family), X, y, family=family)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_what_a_design_raises_is_passed_on(n_threads: int) -> None:
    class Broken(designs.Verbs):
        def columns(self, J: Any) -> Any:
            raise OSError(f"the disk is gone, and columns {J} with it")

    X, y = data_of("gaussian")
    with pytest.raises(OSError, match="the disk is gone"):
        fastreg.cv(Broken(X), y, n_threads=n_threads)


# --- the way of tall data --------------------------------------------------------


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("weighted", [True, False])
def test_tall_data(
    fit_intercept: bool, standardize: bool, l1_ratio: float, weighted: bool
) -> None:
    """Rows for (folds + 4) · 4 features and for 4 · folds²: merged Gram matrices."""
    X, y = data_of("gaussian", 320, 9)
    options = {"fit_intercept": fit_intercept, "standardize": standardize}
    if weighted:
        options["sample_weight"] = problems.weights(320)
        options["sample_weight"][::7] = 0.0
    result = quiet_cv(X, y, l1_ratio=l1_ratio, **options)
    check_folds(result, X, y, **options)


def test_tall_data_far_from_zero() -> None:
    X, y = data_of("gaussian", 320, 9)
    check_folds(quiet_cv(X + 1e6, y - 1e6), X + 1e6, y - 1e6, rtol=1e-6)


def test_tall_data_of_an_exact_fit() -> None:
    """Errors that are a tiny part of y are taken from predictions."""
    X, _ = data_of("gaussian", 320, 9)
    y = X[:, 0] - 2.0 * X[:, 3] + 40.0
    alphas = [1e-3, 1e-6, 1e-9]
    result = quiet_cv(X, y, alphas=alphas, standardize=False)
    assert result.mean_score[-1] < 1e-14
    for (train, test), scores in zip(result.folds, result.fold_scores, strict=True):
        path = quiet_path(X[train], y[train], alphas=alphas, standardize=False)
        errors = [np.mean((path.predict(X[test], a) - y[test]) ** 2) for a in alphas]
        assert_allclose(scores, errors, rtol=1e-3)


def test_tall_data_whose_column_is_constant_where_a_fold_trains() -> None:
    X, y = data_of("gaussian", 400, 5)
    X[:, 2] = 0.1
    folds = [
        (np.arange(100, 400), np.arange(100)),
        (np.arange(300), np.arange(300, 400)),
    ]
    X[:100, 2] = np.linspace(-1.0, 1.0, 100)
    result = quiet_cv(X, y, cv=folds)
    assert not result.fold_paths[0][0].coefs[2].any()
    assert result.fold_paths[0][1].coefs[2].any()
    check_folds(result, X, y)


def test_just_too_short_for_gram_matrices() -> None:
    for n, folds in [(287, 4), (288, 4), (399, 10), (400, 10)]:
        X, y = data_of("gaussian", n, 9 if folds == 4 else 1)
        check_folds(quiet_cv(X, y, cv=folds), X, y)


# --- folds of every kind ---------------------------------------------------------


def splitters() -> dict[str, Any]:
    from sklearn import model_selection as ms

    return {
        "overlapping": ms.ShuffleSplit(4, test_size=0.3, random_state=0),
        "some rows": ms.ShuffleSplit(3, test_size=0.2, train_size=0.4, random_state=1),
        "repeated": ms.RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
        "series": ms.TimeSeriesSplit(4),
        "neighbours": ms.KFold(5),
        "pairs": [
            (range(10, 60), np.arange(10)),
            (np.arange(60) % 3 > 0, np.arange(60) % 3 == 0),
        ],
    }


@pytest.mark.parametrize("name", list(splitters()))
@pytest.mark.parametrize("shape", [(60, 8), (360, 4)], ids=str)
@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_splitters(name: str, shape: tuple[int, int], family: str) -> None:
    X, y = data_of(family, *shape)
    splitter = splitters()[name]
    if isinstance(splitter, list):
        splitter = [(np.arange(20, shape[0]), range(10)), *splitter[:1]]
    result = quiet_cv(X, y, cv=splitter, family=family)
    expected = splitter if isinstance(splitter, list) else list(splitter.split(X, y))
    assert len(result.folds) == len(expected)
    for (train, test), (theirs, tested) in zip(result.folds, expected, strict=True):
        assert_array_equal(train, theirs)
        assert_array_equal(test, tested)
    check_folds(result, X, y, family=family)


def test_a_splitter_of_the_user() -> None:
    class EveryOther:
        def split(self, X: Any, y: Any) -> Any:
            assert len(X) == len(y)
            rows = np.arange(len(y))
            yield rows[::2], rows[1::2]
            yield rows[1::2], rows[::2]

    X, y = data_of("gaussian")
    result = quiet_cv(X, y, cv=EveryOther())
    assert_array_equal(result.folds[0][0], np.arange(0, 60, 2))
    check_folds(result, X, y)
    generator = EveryOther().split(X, y)
    assert_array_equal(quiet_cv(X, y, cv=generator).fold_scores, result.fold_scores)


# --- invariances -----------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("shape", [(60, 8), (40, 60), (1500, 6)], ids=str)
def test_same_bits_for_any_number_of_threads(
    family: str, shape: tuple[int, int]
) -> None:
    X, y = data_of(family, *shape)
    one, two, four = (
        quiet_cv(
            X,
            y,
            family=family,
            n_threads=n_threads,
            tol=1e-6,
            l1_ratio=[0.0, 0.7],
        )
        for n_threads in (1, 2, 4)
    )
    for other in (two, four):
        assert_array_equal(one.fold_scores, other.fold_scores)
        assert_array_equal(one.train_scores, other.train_scores)
        for ours, theirs in zip(one._all_paths(), other._all_paths(), strict=True):
            assert_array_equal(ours.coefs, theirs.coefs)


def test_weights_are_repetitions() -> None:
    X, y = data_of("gaussian")
    weight = np.arange(60) % 3 + 1
    rows = np.repeat(np.arange(60), weight)
    folds = [(np.arange(60) % 4 != k, np.arange(60) % 4 == k) for k in range(4)]
    repeated = [(train[rows], test[rows]) for train, test in folds]
    ours = quiet_cv(X, y, sample_weight=10.0 * weight, cv=folds)
    theirs = quiet_cv(X[rows], y[rows], cv=repeated)
    assert_allclose(ours.mean_score, theirs.mean_score, rtol=1e-9)
    assert_allclose(ours.std_error, theirs.std_error, rtol=1e-7)
    assert_allclose(ours.path.coefs, theirs.path.coefs, atol=1e-7)


def test_a_fold_without_weight_does_not_count() -> None:
    X, y = data_of("gaussian")
    folds = [(np.arange(60) % 4 != k, np.arange(60) % 4 == k) for k in range(4)]
    weight = np.ones(60)
    weight[folds[3][1]] = 0.0
    ours = quiet_cv(X, y, sample_weight=weight, cv=folds)
    theirs = quiet_cv(X, y, sample_weight=weight, cv=folds[:3])
    assert_allclose(ours.mean_score, theirs.mean_score)
    assert_allclose(ours.std_error, theirs.std_error)
    assert ours.fold_weights.tolist() == [15.0, 15.0, 15.0, 0.0]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_path_of_all_rows_is_that_of_path(family: str) -> None:
    X, y = data_of(family)
    offset = plain_options(*X.shape, family)["offset"]["offset"]
    options = {"family": family, "alphas": 20, "l1_ratio": 0.5, "offset": offset}
    result = quiet_cv(X, y, early_stop=False, **options)
    path = quiet_path(X, y, early_stop=False, **options)
    assert_allclose(result.alphas, path.alphas, rtol=1e-12)
    assert_allclose(result.path.coefs, path.coefs, atol=1e-6)
    assert_allclose(result.path.deviance_ratio, path.deviance_ratio, rtol=1e-9)
    assert result.path.has_offset
    alpha = result.alpha
    assert_array_equal(result.predict(X, offset), result.path.predict(X, alpha, offset))
    with pytest.raises(ValueError, match="was fitted with an offset"):
        result.predict(X)


def test_scales_outside_of_the_folds_would_leak() -> None:
    """Columns have heavy tails: their scales are those of a few rows.

    With the scales of all rows the folds that train without these choose another alpha.
    """
    rng = np.random.default_rng(6)
    X = rng.standard_t(1.2, (60, 6))
    y = np.clip(X, -3.0, 3.0) @ [1.0, -1.0, 0.5, 0.0, 0.0, 0.0]
    y += 2.0 * rng.standard_normal(60)
    ours = quiet_cv(X, y, alphas=60, early_stop=False)
    leaking = quiet_cv(
        X / X.std(axis=0), y, alphas=ours.alphas, standardize=False, early_stop=False
    )
    assert_allclose(
        leaking.path.coefs / X.std(axis=0)[:, None], ours.path.coefs, atol=1e-6
    )
    assert leaking.alpha != ours.alpha
    by_hand = []
    for train, test in ours.folds:
        path = quiet_path(X[train], y[train], alphas=ours.alphas)
        errors = path.predict(X[test]) - y[test, np.newaxis]
        by_hand.append((errors**2).sum(axis=0))
    assert ours.alpha == ours.alphas[np.argmin(np.sum(by_hand, axis=0))]


def test_no_family_learns_from_rows_that_are_tested() -> None:
    for family in FAMILIES:
        X, y = data_of(family)
        result = quiet_cv(X, y, family=family)
        test = result.folds[2][1]
        X_other = X.copy()
        X_other[test] = 1e3 * np.arange(X[test].size).reshape(X[test].shape)
        y_other = y.copy()
        y_other[test] = y[test][::-1]
        other = quiet_cv(X_other, y_other, family=family, cv=result.folds)
        ours, theirs = result.fold_paths[0][2], other.fold_paths[0][2]
        assert_allclose(theirs.coefs, ours.coefs, atol=1e-6)


# --- the specification -----------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
def test_the_reference_agrees(family: str, l1_ratio: float) -> None:
    X, y = data_of(family, 40, 5)
    weight = problems.weights(40)
    offset = plain_options(40, 5, family)["offset"]["offset"]
    options = {"sample_weight": weight, "offset": offset, "family": family}
    alphas = np.geomspace(0.8, 0.01, 8)
    result = quiet_cv(X, y, alphas=alphas, l1_ratio=l1_ratio, **options)
    problem = reference.Problem(X, _codes(y, family), 1.0, l1_ratio=l1_ratio, **options)
    scores = reference.fold_scores(problem, alphas, result.folds)
    assert_allclose(result.fold_scores, scores, rtol=1e-7)
    weights = np.array([weight[test].sum() for _, test in result.folds])
    mean, error = reference.mean_score(scores, weights)
    assert_allclose(result.mean_score, mean, rtol=1e-7)
    assert_allclose(result.std_error, error, rtol=1e-5)
    assert result.select("min").index == int(np.argmin(mean))
    assert result.select("1se").index == reference.one_standard_error(mean, error)
    assert result.select("2pct").index == reference.within_share(mean, 0.02)
