"""`MultiTaskLasso`, `MultiTaskElasticNet` and joint paths against scikit-learn's."""

from __future__ import annotations

import inspect
import pickle
from typing import Any

import numpy as np
import pytest
import sklearn.linear_model as peers
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils import get_tags

import fastreg
from fastreg import MultiTaskElasticNet, MultiTaskLasso, enet_path, lasso_path

EXTRA = ["standardize", "penalty_factor"]
CLASSES = [MultiTaskLasso, MultiTaskElasticNet]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8))
    B = np.zeros((8, 3))
    B[[1, 4, 6]] = rng.normal(size=(3, 3))
    return X, X @ B + rng.normal(size=(60, 3)) + [5.0, 0.0, -3.0]


def peer(model: Any) -> Any:
    """scikit-learn's model with the same parameters, as exact as it can be."""
    kind = getattr(peers, type(model).__name__)
    given = {k: v for k, v in model.get_params().items() if k not in EXTRA}
    return kind(**{**given, "tol": 1e-12, "max_iter": 100_000})


@pytest.mark.parametrize("kind", CLASSES)
def test_signature_is_scikit_learns(kind):
    ours = inspect.signature(kind).parameters
    theirs = inspect.signature(getattr(peers, kind.__name__)).parameters
    assert list(ours) == [*theirs, *EXTRA]
    for name, parameter in theirs.items():
        assert ours[name].default == parameter.default, name
        assert ours[name].kind == parameter.kind, name


@pytest.mark.parametrize(
    "model",
    [
        MultiTaskLasso(alpha=0.1),
        MultiTaskLasso(alpha=0.01, fit_intercept=False),
        MultiTaskElasticNet(alpha=0.1),
        MultiTaskElasticNet(alpha=0.3, l1_ratio=0.9, selection="random"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("form", [np.asarray, sparse.csc_array], ids=["dense", "csc"])
def test_agrees_with_scikit_learn(model, form, data):
    X, Y = data
    weights = np.random.default_rng(1).uniform(0.5, 2.0, len(X))
    for sample_weight in (None, weights):
        ours = clone(model).set_params(tol=1e-12).fit(form(X), Y, sample_weight)
        theirs = peer(model).fit(X, Y, sample_weight)
        assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
        assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-5)
        assert_allclose(ours.eps_, theirs.eps_, rtol=1e-9)
        assert_allclose(ours.predict(form(X)), theirs.predict(X), atol=1e-5)
        assert_allclose(ours.score(X, Y), theirs.score(X, Y), atol=1e-6)


@pytest.mark.parametrize("kind", CLASSES)
def test_gap_is_the_one_that_was_asked_for(kind, data):
    X, Y = data
    for tol in (1e-2, 1e-4, 1e-8):
        model = kind(alpha=0.05, tol=tol).fit(X, Y)
        proof = fastreg.certify(
            X,
            Y,
            model.coef_,
            model.intercept_,
            alpha=0.05,
            l1_ratio=model.l1_ratio,
            family="mgaussian",
            standardize=False,
        )
        assert_allclose(model.dual_gap_, proof.dual_gap, rtol=1e-6, atol=1e-13)
        assert model.dual_gap_ <= model.eps_ / len(X)
        size = ((Y - Y.mean(axis=0)) ** 2).sum()
        assert_allclose(model.eps_, tol * size)


def test_shapes_and_types(data):
    X, Y = data
    model = MultiTaskLasso(alpha=0.1).fit(X, Y)
    assert model.coef_.shape == (3, 8)
    assert model.intercept_.shape == (3,)
    assert isinstance(model.n_iter_, int)
    assert np.ndim(model.dual_gap_) == 0
    assert_array_equal(model.sparse_coef_.toarray(), model.coef_)
    used = model.coef_ != 0.0
    assert_array_equal(used.all(axis=0), used.any(axis=0))
    assert 0 < used[0].sum() < 8
    one = MultiTaskLasso(alpha=0.1).fit(X, Y[:, :1])
    assert one.coef_.shape == (1, 8)
    assert one.intercept_.shape == (1,)
    assert one.predict(X).shape == (60, 1)
    lasso = fastreg.Lasso(alpha=0.1, tol=1e-10).fit(X, Y[:, 0])
    exact = MultiTaskLasso(alpha=0.1, tol=1e-10).fit(X, Y[:, :1])
    assert_allclose(exact.coef_[0], lasso.coef_, atol=1e-5)
    origin = MultiTaskLasso(alpha=0.1, fit_intercept=False).fit(X, Y)
    assert origin.intercept_ == 0.0
    single = MultiTaskLasso(alpha=0.1).fit(X.astype(np.float32), Y)
    assert single.coef_.dtype == np.float32
    assert single.dual_gap_.dtype == np.float32
    assert_allclose(single.coef_, model.coef_, atol=1e-3)


def test_tags_say_several_targets():
    tags = get_tags(MultiTaskLasso()).target_tags
    assert tags.multi_output
    assert not tags.single_output
    assert tags.required


def test_starts_warm(data):
    X, Y = data
    model = MultiTaskElasticNet(alpha=0.05, tol=1e-10, warm_start=True).fit(X, Y)
    first = model.coef_
    assert model.n_iter_ > 2
    model.fit(X, Y)
    assert model.n_iter_ <= 2
    assert_allclose(model.coef_, first, atol=1e-4)
    with pytest.raises(ValueError, match=r"shape \(3, 8\), the new data ask for \(2,"):
        model.fit(X, Y[:, :2])


def test_extras_are_those_of_path(data):
    X, Y = data
    X = X * np.logspace(-1, 1, 8)
    factor = np.r_[0.0, np.inf, np.ones(6)]
    options: dict[str, Any] = {"standardize": True, "penalty_factor": factor}
    model = MultiTaskElasticNet(alpha=0.1, tol=1e-11, **options).fit(X, Y)
    path = fastreg.path(
        X, Y, family="mgaussian", alphas=[0.1], l1_ratio=0.5, tol=1e-11, **options
    )
    assert_allclose(model.coef_, path.coefs[:, :, 0], atol=1e-4)
    assert np.all(model.coef_[:, 0] != 0.0)
    assert_array_equal(model.coef_[:, 1], 0.0)
    named = MultiTaskElasticNet(alpha=0.1, penalty_factor={2: np.inf}).fit(X, Y)
    assert_array_equal(named.coef_[:, 2], 0.0)


@pytest.mark.parametrize("options", [{"alpha": 0.0}, {"l1_ratio": 0.0}])
def test_closed_forms(options, data):
    X, Y = data
    model = MultiTaskElasticNet(**{"alpha": 0.2, **options}).fit(X, Y)
    each = fastreg.ElasticNet(**{"alpha": 0.2, **options}).fit(X, Y)
    assert_allclose(model.coef_, each.coef_, rtol=1e-10)
    assert_allclose(model.intercept_, each.intercept_, rtol=1e-10)
    assert_allclose(model.dual_gap_, np.sum(each.dual_gap_), atol=1e-14)


def test_inside_scikit_learn(data):
    X, Y = data
    search = GridSearchCV(MultiTaskLasso(), {"alpha": [1e-3, 0.1, 10.0]}, cv=3)
    search.fit(X, Y)
    assert search.best_params_["alpha"] == 0.1
    model = search.best_estimator_
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    assert_array_equal(again.predict(X), model.predict(X))
    assert repr(MultiTaskElasticNet(alpha=0.5)) == "MultiTaskElasticNet(alpha=0.5)"


def test_warns_where_the_gap_is_not_met(data):
    X, Y = data
    model = MultiTaskLasso(alpha=1e-3, max_iter=1, tol=1e-12)
    with pytest.warns(fastreg.ConvergenceWarning, match="MultiTaskLasso did not conv"):
        model.fit(X, Y)
    with pytest.warns(Warning, match="max_iter=1") as caught:
        model.fit(X, Y)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"alpha": -1.0}, "alpha of MultiTaskElasticNet must be a finite number >= 0"),
        ({"l1_ratio": 2.0}, r"l1_ratio of MultiTaskElasticNet must .* in \[0, 1\]"),
        ({"max_iter": 0}, "max_iter of MultiTaskElasticNet must be an integer >= 1"),
        ({"tol": "a"}, "tol of MultiTaskElasticNet must"),
        ({"selection": "x"}, "selection of MultiTaskElasticNet must be one of"),
        ({"standardize": 1}, "standardize of MultiTaskElasticNet must be True or"),
        ({"penalty_factor": [1.0]}, "penalty_factor has"),
    ],
)
def test_bad_parameters_are_named(bad, message, data):
    with pytest.raises(ValueError, match=message):
        MultiTaskElasticNet(**bad).fit(*data)


def test_one_dimension_is_refused(data):
    X, Y = data
    message = "y of MultiTaskLasso must have 2 dimensions.* for one target use Lasso"
    with pytest.raises(ValueError, match=message):
        MultiTaskLasso().fit(X, Y[:, 0])


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_joint_paths_agree_with_scikit_learn(l1_ratio, data):
    X, Y = data
    options: dict[str, Any] = {"alphas": 7, "eps": 0.05, "tol": 1e-12}
    options["max_iter"] = 100_000
    ours = enet_path(X, Y, l1_ratio=l1_ratio, return_n_iter=True, **options)
    theirs = peers.enet_path(X, Y, l1_ratio=l1_ratio, **options)
    assert_allclose(ours[0], theirs[0])
    assert ours[1].shape == (3, 8, 7)
    assert_allclose(ours[1], theirs[1], atol=1e-5)
    assert ours[2].shape == (7,)
    assert len(ours[3]) == 7
    if l1_ratio == 1.0:
        assert_array_equal(lasso_path(X, Y, **options)[1], ours[1])
        start = lasso_path(X, Y, alphas=ours[0], coef_init=ours[1][:, :, 0], tol=1e-12)
        assert_allclose(start[1], ours[1], atol=1e-5)


def test_joint_paths_have_no_bounds(data):
    with pytest.raises(ValueError, match=r"y has 3 targets: .* has no positive=True"):
        lasso_path(*data, positive=True)
