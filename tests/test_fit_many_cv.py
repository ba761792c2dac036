"""Cross-validation of many responses is that of each by itself."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import sparse

import fastreg

TIGHT = {"tol": 1e-11}


def make(n, p, m, seed=0, noise=1.0):
    """Data of responses with more and less of a signal."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) @ np.diag(rng.uniform(0.5, 3.0, p)) + 2.0
    B = np.where(rng.random((p, m)) < 4.0 / p, rng.standard_normal((p, m)), 0.0)
    return X, X @ B + noise * rng.standard_normal((n, m)) + np.arange(m)


# Where the fits of the folds come from: the rows' own statistics, one matrix a fold, or
# X itself, which one response doesn't pay for.
SHAPES = {"tall": (400, 8, 3), "wide": (60, 90, 3), "from X": (40, 170, 1)}


@pytest.fixture(params=SHAPES)
def problem(request):
    return make(*SHAPES[request.param])


def single(X, y, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.GridWarning)
        return fastreg.cv(X, y, **options)


def many(X, Y, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.GridWarning)
        return fastreg.fit_many(X, Y, **options)


def assert_same(fit, t, result):
    """Choice, scores and model of one response are those of `fastreg.cv`."""
    best = result.select()
    assert fit.alphas[t] == pytest.approx(best.alpha, rel=1e-10)
    assert fit.scores[t] == pytest.approx(best.score, rel=1e-8)
    assert fit.std_errors[t] == pytest.approx(best.std_error, rel=1e-6, abs=1e-12)
    np.testing.assert_allclose(fit.coef(t), best.coef, atol=1e-7)
    assert fit.intercepts[t] == pytest.approx(best.intercept, abs=1e-6)
    if fit.curves is not None:
        k = min(fit.curves.alphas.shape[1], len(result.alphas))
        here = np.isfinite(fit.curves.alphas[t, :k])
        for ours, theirs in zip(
            fit.curves,
            (result.alphas, result.mean_score, result.std_error),
            strict=True,
        ):
            np.testing.assert_allclose(
                ours[t, :k][here], theirs[:k][here], rtol=1e-6, atol=1e-12
            )


@pytest.mark.parametrize("rule", ["min", "1se", "2pct"])
def test_each_is_its_own_cross_validation(problem, rule):
    X, Y = problem
    options = {"cv": 5, "rule": rule, "alphas": 40, **TIGHT}
    fit = many(X, Y, keep_curves=True, **options)
    assert (fit.rule, fit.scoring) == (rule, "mse")
    for t in range(Y.shape[1]):
        assert_same(fit, t, single(X, Y[:, t], **options))


@pytest.mark.parametrize("scoring", ["mae", "r2"])
def test_scores(problem, scoring):
    X, Y = problem
    options = {"cv": 4, "scoring": scoring, "alphas": 30, **TIGHT}
    fit = many(X, Y, **options)
    for t in range(Y.shape[1]):
        assert_same(fit, t, single(X, Y[:, t], **options))


@pytest.mark.parametrize(
    "options",
    [
        {"l1_ratio": 0.5},
        {"l1_ratio": 0.0, "alphas": 12},
        {"fit_intercept": False, "standardize": False},
        {"positive": True},
        {"early_stop": False},
        {"alphas": [1.0, 0.3, 0.1, 0.03]},
        {"random_state": 3},
    ],
    ids=str,
)
def test_options_mean_what_they_do_in_cv(options):
    X, Y = make(90, 12, 2)
    options = {"cv": 3, "alphas": 25, **TIGHT, **options}
    weight = np.linspace(0.5, 2.0, len(X))
    fit = many(X, Y, sample_weight=weight, keep_curves=True, **options)
    for t in range(Y.shape[1]):
        assert_same(fit, t, single(X, Y[:, t], sample_weight=weight, **options))


def test_folds_by_pairs_splitters_and_groups():
    from sklearn.model_selection import KFold, TimeSeriesSplit

    X, Y = make(80, 20, 2)
    groups = np.arange(80) // 8
    for how in ({"cv": KFold(4)}, {"cv": TimeSeriesSplit(3)}, {"cv": 4}):
        more = {"groups": groups} if how["cv"] == 4 else {}
        fit = many(X, Y, alphas=20, **how, **more, **TIGHT)
        for t in range(2):
            assert_same(fit, t, single(X, Y[:, t], alphas=20, **how, **more, **TIGHT))


@pytest.mark.parametrize("shape", [(120, 10), (50, 80)])
def test_missing_values_are_rows_that_neither_train_nor_test(shape):
    X, Y = make(*shape, 3, seed=2)
    Y[5:17, 0] = np.nan
    Y[::4, 2] = np.nan
    folds = [
        (np.setdiff1d(np.arange(len(X)), test), test)
        for test in np.array_split(np.random.default_rng(0).permutation(len(X)), 4)
    ]
    options = {"alphas": 20, "eps": 1e-2, **TIGHT}
    fit = many(X, Y, cv=folds, **options)
    for t in range(3):
        here = np.flatnonzero(~np.isnan(Y[:, t]))
        place = np.full(len(X), -1)
        place[here] = np.arange(len(here))
        own = [
            (place[np.intersect1d(train, here)], place[np.intersect1d(test, here)])
            for train, test in folds
        ]
        assert_same(fit, t, single(X[here], Y[here, t], cv=own, **options))


def test_storages():
    X, Y = make(70, 30, 4)
    X[np.abs(X) < 1.0] = 0.0
    fits = [
        many(stored, Y, cv=5, alphas=20, **TIGHT)
        for stored in (X, np.asfortranarray(X), sparse.csc_array(X))
    ]
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.alphas, fits[0].alphas, rtol=1e-10)
        np.testing.assert_allclose(fit.scores, fits[0].scores, rtol=1e-8)


def test_gaps_are_true():
    X, Y = make(60, 90, 5)
    fit = many(X, Y, cv=5, tol=1e-4)
    for t in range(5):
        audit = fastreg.certify(
            X, Y[:, t], fit.coef(t), fit.intercepts[t], alpha=fit.alphas[t]
        )
        assert audit.relative_gap <= fit.dual_gaps[t] + 1e-12 <= 1e-4


def test_threads_and_blocks_give_the_same(monkeypatch, problem):
    X, Y = problem
    one, three = (many(X, Y, cv=4, alphas=20, n_threads=k) for k in (1, 3))
    assert np.array_equal(one.intercepts, three.intercepts)
    assert np.array_equal(one.scores, three.scores)
    monkeypatch.setattr("fastreg._response_fits.LEAST_BLOCK", 1)
    X, Y = make(50, 2, 5)
    Y[3, 1] = np.nan
    blocks = many(X, Y, cv=4, alphas=12, keep_curves=True, **TIGHT)
    monkeypatch.undo()
    whole = many(X, Y, cv=4, alphas=12, keep_curves=True, **TIGHT)
    np.testing.assert_allclose(blocks.scores, whole.scores, rtol=1e-9)
    np.testing.assert_allclose(blocks.curves.scores, whole.curves.scores, rtol=1e-9)


def test_a_response_without_folds_fails_by_itself():
    X, Y = make(40, 6, 4)
    Y[:20, 1] = np.nan
    Y[3:, 2] = np.nan
    fit = many(X, Y, cv=[(np.arange(20), np.arange(20, 40))] * 2, alphas=10)
    assert fit.status == ("converged", "failed", "failed", "converged")
    assert "fold 0 trains on no row" in fit.messages[1]
    assert "no fold tests a row" in fit.messages[2]
    assert np.isnan(fit.scores[[1, 2]]).all()
    assert np.isfinite(fit.scores[[0, 3]]).all()


def test_r2_of_equal_values_fails_by_itself():
    X, Y = make(40, 6, 3)
    Y[:, 1] = 2.0
    fit = many(X, Y, cv=4, alphas=10, scoring="r2")
    assert list(fit.messages) == [1]
    assert "'r2' has no value for the rows that fold 0 tests" in fit.messages[1]


def test_constant_response_has_the_null_model():
    X, Y = make(40, 6, 2)
    Y[:, 1] = 2.0
    fit = many(X, Y, cv=4)
    assert not fit.coef(1).any()
    assert fit.scores[1] == 0.0


def test_warns_where_the_smallest_alpha_is_best():
    X, Y = make(100, 5, 3, noise=1e-3)
    with pytest.warns(fastreg.GridWarning, match="3 of 3 responses"):
        fastreg.fit_many(X, Y, cv=4, alphas=[1.0, 0.5])


def test_warns_of_sorted_responses():
    from sklearn.model_selection import KFold

    X, Y = make(60, 5, 3)
    Y[:, 1] = np.sort(Y[:, 1])[::-1]
    with pytest.warns(fastreg.FoldWarning, match="1 of 3 responses are sorted"):
        many(X, Y, cv=KFold(3), alphas=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error", fastreg.FoldWarning)
        many(X, Y, cv=3, alphas=5)


def test_warns_of_folds_that_did_not_converge():
    X, Y = make(60, 90, 3)
    with pytest.warns(fastreg.ConvergenceWarning, match="folds of 3 of 3 responses"):
        many(X, Y, cv=3, alphas=10, max_iter=1, tol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cv": 3, "alpha": 0.1}, "alpha is chosen with cv"),
        ({"alpha": 0.1, "rule": "1se"}, "rule is for cross-validation"),
        ({"alphas": 3, "scoring": "mse"}, "scoring is for cross-validation"),
        ({"alphas": 3, "keep_curves": True}, "keep_curves is for cross-validation"),
        ({"cv": 3, "rule": "bic"}, "rule of many responses must be one of 'min'"),
        ({"cv": 3, "scoring": "auc"}, "scoring for family 'gaussian' of many resp"),
        ({"cv": 1}, "between 2 folds and 40"),
        ({"cv": 3, "groups": [1, 2]}, "groups has shape"),
        ({"cv": [([0], [1])] * 2, "groups": range(40)}, "groups are for a number"),
        ({"cv": 3, "random_state": -1}, "random_state must be"),
    ],
)
def test_bad_options(options, message):
    X, Y = make(40, 6, 3)
    with pytest.raises(ValueError, match=message):
        fastreg.fit_many(X, Y, **options)


def test_repr_says_how_alphas_were_chosen():
    X, Y = make(40, 6, 3)
    assert 'chosen    by "1se", mean score' in repr(many(X, Y, cv=3, rule="1se"))
