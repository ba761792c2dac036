"""Labels and counts of many responses: each is its own path or cross-validation."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import fastreg
from fastreg._cv_scores import OF_FAMILY
from fastreg._many_setup import FAMILIES

TIGHT = {"tol": 1e-10}


def make(family, n=120, p=15, m=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) + 1.0
    eta = X[:, :m] - 1.0 + 0.3 * rng.standard_normal((n, m))
    if family == "gaussian":
        return X, eta
    if family == "poisson":
        return X, rng.poisson(np.exp(0.5 * eta)).astype(float)
    return X, (eta + rng.logistic(size=(n, m)) > 0.0).astype(float)


def folds(n, seed=1):
    """Folds of rows, as pairs: a number of them is dealt by classes in `fastreg.cv`."""
    parts = np.array_split(np.random.default_rng(seed).permutation(n), 4)
    return [(np.setdiff1d(np.arange(n), part), part) for part in parts]


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_each_is_the_single_path(family):
    X, Y = make(family)
    weight = np.linspace(0.5, 2.0, len(X))
    options = {"family": family, "sample_weight": weight, "l1_ratio": 0.7, **TIGHT}
    fit = fastreg.fit_many(X, Y, alpha=0.05, **options)
    for t in range(Y.shape[1]):
        path = fastreg.path(X, Y[:, t], alphas=[0.05], **options)
        np.testing.assert_allclose(fit.coef(t), path.coefs[:, 0], atol=1e-6)
        np.testing.assert_allclose(
            fit.predict(X)[:, t],
            path.predict_proba(X, 0.05)[:, 1]
            if family == "binomial"
            else path.predict(X, 0.05),
            atol=1e-6,
        )


@pytest.mark.parametrize(
    ("family", "scoring"),
    [
        ("binomial", None),
        ("binomial", "log_loss"),
        ("binomial", "auc"),
        ("binomial", "accuracy"),
        ("poisson", None),
        ("poisson", "mse"),
        ("poisson", "mae"),
        ("gaussian", "deviance"),
    ],
)
def test_each_is_its_own_cross_validation(family, scoring):
    X, Y = make(family)
    options = {"family": family, "cv": folds(len(X)), "scoring": scoring, **TIGHT}
    options |= {"alphas": 20, "rule": "1se"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.GridWarning)
        fit = fastreg.fit_many(X, Y, **options)
        singles = [fastreg.cv(X, Y[:, t], **options) for t in range(Y.shape[1])]
    for t, result in enumerate(singles):
        assert fit.alphas[t] == pytest.approx(result.alpha, rel=1e-9)
        assert fit.scores[t] == pytest.approx(result.best.score, rel=1e-6)
        assert fit.std_errors[t] == pytest.approx(result.best.std_error, rel=1e-4)
        np.testing.assert_allclose(fit.coef(t), result.coef, atol=1e-5)


def test_area_under_the_curve_with_ties_and_weights():
    """Many equal predictions, at alphas that leave little in the model."""
    X, Y = make("binomial", n=60, p=2, m=2)
    X = np.round(X)
    weight = np.arange(60) % 3 + 0.5
    options = {"family": "binomial", "scoring": "auc", "cv": folds(60), **TIGHT}
    options |= {"alphas": [0.2, 0.1, 0.05], "sample_weight": weight}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.GridWarning)
        fit = fastreg.fit_many(X, Y, keep_curves=True, **options)
        results = [fastreg.cv(X, Y[:, t], **options) for t in range(2)]
    for t, result in enumerate(results):
        np.testing.assert_allclose(fit.curves.scores[t], result.mean_score, rtol=1e-7)


def test_scores_are_those_of_cv_by_name():
    """Both have the same scores for each family, and the same by default."""
    for family, known in OF_FAMILY.items():
        if family not in FAMILIES:
            continue
        X, Y = make(family, m=1)
        for scoring in (None, *known):
            fit = fastreg.fit_many(
                X,
                Y,
                family=family,
                cv=folds(len(X)),
                alphas=[0.5, 0.1, 0.0],
                rule="1se",
                scoring=scoring,
            )
            assert fit.status == ("converged",), fit.messages
            assert fit.scoring == (scoring or known[0])


def test_labels_of_any_type_and_missing_ones():
    X, Y = make("binomial", m=3)
    named = pd.DataFrame(
        {
            "pass": np.where(Y[:, 0] == 1.0, "yes", "no"),
            "high": np.where(Y[:, 1] == 1.0, 7, 3),
            "some": np.where(Y[:, 2] == 1.0, "b", "a"),
        }
    )
    named.loc[:9, "some"] = None
    options = {"family": "binomial", "alpha": 0.02, **TIGHT}
    fit = fastreg.fit_many(X, named, **options)
    assert fit.keys.tolist() == ["pass", "high", "some"]
    assert [one.tolist() for one in fit.classes] == [["no", "yes"], [3, 7], ["a", "b"]]
    plain = fastreg.fit_many(X, np.where(np.isnan(Y), 0, Y), **options)
    np.testing.assert_allclose(fit.coef("pass"), plain.coef(0), atol=1e-9)
    np.testing.assert_allclose(fit.coef("high"), plain.coef(1), atol=1e-9)
    path = fastreg.path(X[10:], Y[10:, 2], family="binomial", alphas=[0.02], **TIGHT)
    np.testing.assert_allclose(fit.coef("some"), path.coefs[:, 0], atol=1e-6)


def test_bad_responses_fail_by_themselves():
    X, Y = make("binomial", m=5)
    Y[:, 1] = 1.0
    Y[:, 2] = np.arange(len(X)) % 3
    Y[:, 4] = np.nan
    fit = fastreg.fit_many(X, Y, family="binomial", alphas=5)
    good = fastreg.fit_many(X, Y[:, [0, 3]], family="binomial", alphas=5)
    assert [word == "failed" for word in fit.status] == [False, True, True, False, True]
    assert "one class, 1.0" in fit.messages[1]
    assert "3 classes" in fit.messages[2]
    assert "no value" in fit.messages[4]
    assert fit.classes[1] is None
    for t, k in ((0, 0), (3, 1)):
        assert np.array_equal(fit.coef(t), good.coef(k))
        assert np.array_equal(fit.alphas[t], good.alphas[k])
    X, Y = make("poisson", m=3)
    Y[3, 0] = -1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.GridWarning)
        chosen = fastreg.fit_many(
            X, Y, family="poisson", cv=4, alphas=5, keep_curves=True
        )
    assert "y must be >= 0 for family 'poisson', got -1" in chosen.messages[0]
    assert np.isnan(chosen.scores[0])
    assert np.isnan(chosen.curves.scores[0]).all()
    assert np.isfinite(chosen.scores[1:]).all()


def test_folds_that_train_on_one_value_fail_by_themselves():
    X, Y = make("binomial", m=2)
    Y[:30, 0] = 1.0
    pair = (np.arange(30), np.arange(30, len(X)))
    fit = fastreg.fit_many(
        X, Y, family="binomial", cv=[pair, pair], alphas=[0.1, 0.05], rule="1se"
    )
    assert "fold 0 trains on one class only" in fit.messages[0]
    X, Y = make("poisson", m=2)
    Y[:30, 0] = 0.0
    fit = fastreg.fit_many(
        X, Y, family="poisson", cv=[pair, pair], alphas=[0.1, 0.05], rule="1se"
    )
    assert "is 0 in every row that fold 0 trains on" in fit.messages[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "multinomial"}, "family must be one of 'gaussian', 'binomial'"),
        ({"family": "binomial", "alphas": 3, "l1_ratio": 0.0}, "has no grid for many"),
        ({"family": "poisson", "cv": 3, "scoring": "r2"}, "must be one of 'deviance'"),
    ],
)
def test_bad_options(options, message):
    X, Y = make("binomial")
    with pytest.raises(ValueError, match=message):
        fastreg.fit_many(X, Y, **options)


def test_no_response_can_be_fitted():
    X, _ = make("binomial")
    with pytest.raises(
        ValueError, match="no response can be fitted: response 0: y has"
    ):
        fastreg.fit_many(X, np.ones((len(X), 2)), family="binomial", alpha=0.1)
