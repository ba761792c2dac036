"""`fastreg.ridge_cv`: scores by their definitions, the choice, and the fit of it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

import fastreg
import problems
from fastreg import reference
from fastreg._folds import check_folds, shuffled_folds
from fastreg._ridge_scores import best_alphas
from fastreg.design import ChunkedDesign

pytestmark = pytest.mark.core

TALL, SQUARE, WIDE = (30, 7), (14, 14), (12, 25)
SHAPES = [TALL, SQUARE, WIDE]
ALPHAS = [30.0, 1.0, 0.1, 1e-3]


def select(X: Any, Y: Any, **options: Any) -> fastreg.RidgeSelection:
    """`ridge_cv` of few alphas, whose edges don't matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fastreg.GridWarning)
        return fastreg.ridge_cv(X, Y, **{"alphas": ALPHAS, **options})


def problem_of(X: Any, y: Any, alpha: float, **options: Any) -> reference.Problem:
    return reference.Problem(X, y, alpha, l1_ratio=0.0, **options)


def every_option(n: int, p: int) -> dict[str, Any]:
    factor = np.linspace(0.3, 3.0, p)
    factor[[1, 3]] = 0.0, np.inf
    return {
        "sample_weight": problems.weights(n),
        "penalty_factor": factor,
        "offset": np.cos(np.arange(n)),
    }


# --- scores are what they are said to be -----------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("plain", [True, False])
def test_leave_one_out_equals_brute_force(
    shape: tuple[int, int], fit_intercept: bool, standardize: bool, plain: bool
) -> None:
    X, y = problems.ar1(*shape, 0.6)
    X, y = X * np.linspace(0.5, 2.0, shape[1]) + 1.0, y + 3.0
    options: dict[str, Any] = {
        "fit_intercept": fit_intercept,
        "standardize": standardize,
        **({} if plain else every_option(*shape)),
    }
    chosen = select(X, y, predictions=True, **options)
    assert chosen.predictions is not None
    for k, alpha in enumerate(chosen.alphas):
        problem = problem_of(X, y, alpha, **options)
        predictions = reference.leave_one_out(problem)
        expected = problem.weight @ (y - predictions) ** 2
        assert_allclose(chosen.scores[k], expected, rtol=1e-10)
        if k == chosen.index:
            assert_allclose(chosen.predictions, predictions, atol=1e-10)


@pytest.mark.parametrize("shape", [*SHAPES, (200, 5)], ids=str)
@pytest.mark.parametrize("factor", [0.0, 1.0])
@pytest.mark.parametrize("standardize", [True, False])
def test_rows_that_alone_determine_a_coefficient_are_left_out_exactly(
    shape: tuple[int, int], factor: float, standardize: bool
) -> None:
    """Their residuals and 1 - h_i are 0 without a penalty, or nearly."""
    n, p = shape
    X, y = problems.ar1(*shape, 0.6)
    X[:, 2] = np.arange(n) == 5
    v = np.where(np.arange(p) == 2, factor, 1.0)
    common: dict[str, Any] = {"penalty_factor": v, "standardize": standardize}
    common["sample_weight"] = problems.weights(n)
    Y = np.column_stack([y, np.cos(np.arange(n))])
    for alpha in (0.1, 1e-8, 0.0):
        chosen = select(X, Y, alphas=[alpha], predictions=True, **common)
        for t in range(2):
            expected = reference.leave_one_out(problem_of(X, Y[:, t], alpha, **common))
            assert_allclose(chosen.predictions[:, t], expected, atol=1e-6)
            w = common["sample_weight"] / common["sample_weight"].mean()
            score = np.mean(w * (Y[:, t] - expected) ** 2)
            assert_allclose(chosen.scores[t], score, rtol=1e-6)


def test_where_free_features_explain_every_row_nothing_is_shared() -> None:
    """No formula is left; the fits without a row are made, and GCV is 0/0."""
    X, y = problems.ar1(3, 6)
    v = np.array([0.0, 0.5, np.inf, 0.5, 0.0, 0.0])
    for alpha in (0.1, 0.0):
        chosen = select(X, y, alphas=[alpha], penalty_factor=v, predictions=True)
        expected = reference.leave_one_out(problem_of(X, y, alpha, penalty_factor=v))
        assert_allclose(chosen.predictions, expected, atol=1e-9)
        with pytest.raises(ValueError, match="every fit goes through the points"):
            select(X, y, alphas=[alpha], penalty_factor=v, cv="gcv")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("plain", [True, False])
def test_gcv_equals_its_definition(shape: tuple[int, int], plain: bool) -> None:
    X, y = problems.ar1(*shape, 0.6)
    options = {} if plain else every_option(*shape)
    chosen = select(X, y, cv="gcv", **options)
    problems_ = [problem_of(X, y, alpha, **options) for alpha in chosen.alphas]
    expected = [reference.gcv(problem) for problem in problems_]
    assert_allclose(chosen.scores, expected, rtol=1e-10)
    df = reference.degrees_of_freedom(problems_[int(chosen.index)])
    assert_allclose(chosen.df, df, rtol=1e-10)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_folds_equal_fits_in_a_loop(
    shape: tuple[int, int], plain: bool, fit_intercept: bool
) -> None:
    X, y = problems.ar1(*shape, 0.6)
    options: dict[str, Any] = {
        "fit_intercept": fit_intercept,
        **({} if plain else every_option(*shape)),
    }
    folds = shuffled_folds(4, shape[0])
    chosen = select(X, y, cv=4, **options)
    assert chosen.std_errors is not None
    weight = options.get("sample_weight", np.ones(shape[0]))
    share = np.array([weight[test].sum() for _, test in folds]) / weight.sum()
    for k, alpha in enumerate(chosen.alphas):
        problem = problem_of(X, y, alpha, **options)
        errors = np.array(reference.fold_errors(problem, folds))
        mean = share @ errors
        assert_allclose(chosen.scores[k], mean, rtol=1e-9)
        expected = np.sqrt(share @ (errors - mean) ** 2 / 3)
        assert_allclose(chosen.std_errors[k], expected, rtol=1e-8)


def test_as_many_folds_as_rows_are_leave_one_out_but_for_the_scales() -> None:
    X, y = problems.ar1(*TALL)
    loo = select(X, y, standardize=False)
    folds = select(X, y, standardize=False, cv=len(y))
    assert_allclose(folds.scores, loo.scores, rtol=1e-10)


def test_columns_far_from_zero_lose_no_digits() -> None:
    """A fold's Gram matrix as the difference of two would, about the origin."""
    X, y = problems.ar1(*TALL)
    moved = select(X + 1e5, y, cv=5)
    assert_allclose(moved.scores, select(X, y, cv=5).scores, rtol=1e-7)
    moved = select(X + 1e5, y)
    assert_allclose(moved.scores, select(X, y).scores, rtol=1e-7)


def test_a_fold_that_holds_most_of_a_column_loses_no_digits() -> None:
    """What is left after subtracting it is a millionth of what there was."""
    X, y = problems.ar1(*TALL)
    X[:10, 2] *= 1e6
    folds = [(np.arange(10, 30), np.arange(10)), (np.arange(20), np.arange(20, 30))]
    options: dict[str, Any] = {"standardize": False, "cv": folds}
    chosen = select(X, y, **options)
    for k, alpha in enumerate(chosen.alphas):
        errors = reference.fold_errors(
            problem_of(X, y, alpha, standardize=False), folds
        )
        assert_allclose(chosen.scores[k], np.average(errors), rtol=1e-8)


@pytest.mark.parametrize("cv", ["loo", "gcv", 3])
def test_targets_have_scores_of_their_own(cv: Any) -> None:
    X, y = problems.ar1(*TALL)
    Y = np.column_stack([y, np.sin(y), y**2])
    chosen = select(X, Y, cv=cv)
    assert chosen.scores.shape == (3, 4)
    index, alphas = np.asarray(chosen.index), np.asarray(chosen.alpha)
    for target in range(3):
        one = select(X, Y[:, target], cv=cv)
        assert_allclose(chosen.scores[target], one.scores, rtol=1e-10)
        assert (index[target], alphas[target]) == (one.index, one.alpha)
        assert_allclose(chosen.coef[target], one.coef, atol=1e-11)
    together = select(X, Y, cv=cv, alpha_per_target=False)
    assert together.index == np.argmin(chosen.scores.mean(axis=0))
    assert together.alpha == chosen.alphas[together.index]
    assert_allclose(together.scores, chosen.scores)


@pytest.mark.parametrize("cv", ["loo", "gcv", 3])
@pytest.mark.parametrize("shape", [TALL, WIDE], ids=str)
def test_storage_does_not_matter(cv: Any, shape: tuple[int, int]) -> None:
    X, y = problems.ar1(*shape)
    X = np.where(abs(X) > 0.5, X, 0.0).astype(np.float32)
    expected = select(X.astype(np.float64), y, cv=cv)
    for same in (np.ascontiguousarray(X), sparse.csc_array(X), sparse.csr_matrix(X)):
        chosen = select(same, y, cv=cv)
        assert_allclose(chosen.scores, expected.scores, rtol=1e-9)
        assert_allclose(chosen.coef, expected.coef, atol=1e-9)


@pytest.mark.parametrize("cv", ["loo", "gcv", 3])
def test_only_ratios_of_weights_matter_and_rows_of_weight_zero_do_not(cv: Any) -> None:
    X, y = problems.ar1(*TALL)
    w = problems.weights(30)
    weighted = select(X, y, cv=cv, sample_weight=w)
    scaled = select(X, y, cv=cv, sample_weight=1e3 * w)
    assert_allclose(scaled.scores, weighted.scores, rtol=1e-12)
    if cv == 3:
        return
    more = select(
        np.vstack([X, 100 + X[:5]]),
        np.r_[y, 1e3 * np.ones(5)],
        cv=cv,
        sample_weight=np.r_[w, np.zeros(5)],
    )
    assert_allclose(more.scores, weighted.scores, rtol=1e-10)


@given(
    st.tuples(st.integers(3, 15), st.integers(1, 10), st.integers(0, 10_000)),
    st.booleans(),
    st.booleans(),
    st.sampled_from([1e-2, 0.3, 10.0]),
)
def test_leave_one_out_of_any_problem(
    size: tuple[int, int, int], fit_intercept: bool, standardize: bool, alpha: float
) -> None:
    n, p, seed = size
    X, y = problems.ar1(n, p, 0.5, seed=seed)
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {
        "fit_intercept": fit_intercept,
        "standardize": standardize,
        "sample_weight": rng.uniform(0.2, 2.0, n),
        "penalty_factor": rng.uniform(0.5, 2.0, p),
    }
    chosen = select(X, y, alphas=[alpha], **options)
    problem = problem_of(X, y, alpha, **options)
    errors = y - reference.leave_one_out(problem)
    assert_allclose(chosen.scores, [problem.weight @ errors**2], rtol=1e-9)


# --- the choice ------------------------------------------------------------------


@pytest.mark.parametrize("cv", ["loo", "gcv", 5])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_choice_is_the_least_score_and_its_fit(
    cv: Any, shape: tuple[int, int]
) -> None:
    X, y = problems.ar1(*shape, 0.3, snr=1.0)
    options = every_option(*shape)
    chosen = select(X, y, alphas=40, cv=cv, **options)
    assert chosen.scores[chosen.index] <= chosen.scores.min() * (1 + 1e-6)
    assert chosen.alpha == chosen.alphas[chosen.index]
    fit = fastreg.ridge(X, y, chosen.alpha, **options)
    assert_allclose(chosen.coef, fit.coef, atol=1e-9)
    assert_allclose(chosen.intercept, fit.intercept, atol=1e-9)
    assert_allclose(
        chosen.predict(X, options["offset"]), fit.predict(X, options["offset"])
    )
    problem = problem_of(X, y, float(chosen.alpha), **options)
    assert reference.normal_residual(problem, chosen.coef) < 1e-10


def test_the_automatic_grid_has_the_best_alpha_inside() -> None:
    for snr in (1.0, 3.0, 30.0):
        for shape in (TALL, (40, 100)):
            chosen = fastreg.ridge_cv(*problems.ar1(*shape, 0.5, snr=snr))
            assert not chosen.at_edge
            assert chosen.alphas.shape == (100,)


def test_an_edge_is_a_warning_that_says_which_and_what_to_do() -> None:
    X, y = problems.ar1(*TALL, snr=3.0)
    with pytest.warns(fastreg.GridWarning, match="the largest, 1e-06.*larger alphas"):
        assert fastreg.ridge_cv(X, y, alphas=[1e-6, 1e-9]).at_edge
    with pytest.warns(fastreg.GridWarning, match="the smallest, 100.*smaller alphas"):
        assert fastreg.ridge_cv(X, y, alphas=[100.0, 1e4]).at_edge
    noise = np.random.default_rng(1).permutation(y)
    with pytest.warns(fastreg.GridWarning, match="for 1 of 2 targets"):
        fastreg.ridge_cv(X, np.column_stack([y, noise]), alphas=[10.0, 0.1, 0.01])
    assert not fastreg.ridge_cv(X, y, alphas=[100.0]).at_edge
    Z = X @ np.ones(7)  # no noise: least squares is best, and there is nothing below
    assert not fastreg.ridge_cv(X, Z, alphas=[1.0, 0.0]).at_edge


@pytest.mark.parametrize("cv", ["loo", "gcv", 3])
def test_where_scores_do_not_depend_on_alpha_there_is_no_edge(cv: Any) -> None:
    X, y = problems.ar1(*TALL, snr=3.0)
    constant = np.full(30, 2.7)
    assert not fastreg.ridge_cv(X, constant, cv=cv).at_edge
    for factor in (0.0, np.inf):
        chosen = fastreg.ridge_cv(X, y, cv=cv, penalty_factor=factor)
        assert not chosen.at_edge
        assert_allclose(chosen.scores, chosen.scores[0], rtol=1e-10)
    both = np.column_stack([constant, y])
    with pytest.warns(
        fastreg.GridWarning, match="smallest.*for 1 of 2 targets"
    ) as told:
        assert fastreg.ridge_cv(X, both, [1e4, 1e3], cv=cv).at_edge
    assert "largest" not in str(told[0].message)


def test_interpolating_fits_that_predict_best_are_no_edge() -> None:
    """Where n < p the limit of little shrinking is reached, and can be the best."""
    X, y = problems.ar1(40, 200, 0.5, snr=30.0, k=100)
    chosen = fastreg.ridge_cv(X, y)
    assert not chosen.at_edge
    assert chosen.scores[chosen.index] <= chosen.scores[-1] * (1 + 1e-6)


def test_among_equal_scores_the_largest_alpha_is_taken() -> None:
    X, _ = problems.ar1(*TALL)
    chosen = select(X, np.full(30, 2.0))
    assert chosen.index == 0
    assert_allclose(chosen.scores, 0.0, atol=1e-25)


def test_alphas_without_a_score_are_not_taken() -> None:
    scores = np.array([[np.nan, 3.0, 2.0, np.inf], [4.0, np.nan, 5.0, 4.0]])
    assert_array_equal(best_alphas(scores), [2, 0])
    assert_array_equal(best_alphas(scores, together=True), [2, 2])
    with pytest.raises(ValueError, match="no alpha has a finite score"):
        best_alphas(np.full((1, 2), np.nan))


def test_interpolating_least_squares_has_leave_one_out_errors() -> None:
    """Where n < p, r_i and 1 - h_i are 0 at alpha = 0, and their ratio has a limit."""
    X, y = problems.ar1(*WIDE)
    chosen = select(X, y, alphas=[0.0])
    errors = y - reference.leave_one_out(problem_of(X, y, 0.0))
    assert_allclose(chosen.scores, [np.mean(errors**2)], rtol=1e-8)


# --- folds -----------------------------------------------------------------------


def test_shuffled_folds_are_those_of_scikit_learn() -> None:
    from sklearn.model_selection import KFold

    for k, n in ((2, 5), (3, 10), (10, 23)):
        theirs = KFold(k, shuffle=True, random_state=0).split(np.zeros((n, 1)))
        for ours, (train, test) in zip(shuffled_folds(k, n), theirs, strict=True):
            assert_array_equal(ours[0], train)
            assert_array_equal(ours[1], test)


def test_splitters_pairs_and_masks_are_the_same() -> None:
    from sklearn.model_selection import KFold

    X, y = problems.ar1(*TALL)
    splitter = KFold(3, shuffle=True, random_state=0)
    pairs = list(splitter.split(X))
    masks = [
        (np.isin(np.arange(30), tr), np.isin(np.arange(30), te)) for tr, te in pairs
    ]
    expected = select(X, y, cv=3)
    for cv in (splitter, pairs, masks, iter(pairs)):
        assert_array_equal(select(X, y, cv=cv).scores, expected.scores)
    assert expected.cv == "3 folds"


def test_splitters_split_designs() -> None:
    from sklearn.model_selection import KFold

    X, y = problems.ar1(*TALL, snr=3.0)
    design = ChunkedDesign(X, chunk_rows=8)
    ours, theirs = (select(data, y, cv=KFold(3)) for data in (design, X))
    assert_allclose(ours.scores, theirs.scores, rtol=1e-10)


def test_folds_draw_no_random_numbers_of_the_caller() -> None:
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    shuffled_folds(3, 10)
    assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


ROWS = np.arange(30)
BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"cv": "kfold"}, ValueError, "cv must be 'loo', 'gcv', an int"),
    ({"cv": 2.5}, TypeError, "cv must be 'loo', 'gcv', an int"),
    ({"cv": None}, TypeError, "cv must be 'loo', 'gcv', an int"),
    ({"cv": 1}, ValueError, "cv must be between 2 folds and 30"),
    ({"cv": 31}, ValueError, "one for each row, got 31"),
    ({"cv": []}, ValueError, "cv must give at least 2 folds, got 0"),
    ({"cv": [1, 2]}, TypeError, "fold 0 of cv must be a pair"),
    ({"cv": [(ROWS[:9], [30])] * 2}, ValueError, "must lie in 0 to 29, got 30"),
    ({"cv": [(ROWS[:9], [])] * 2}, TypeError, "test rows of fold 0 must be integers"),
    ({"cv": [(ROWS[:0], ROWS)] * 2}, ValueError, "training rows of fold 0"),
    ({"cv": [(ROWS, ROWS[:1])] * 2}, ValueError, "trains and tests on row 0"),
    ({"cv": [([1, 1], [2])] * 2}, ValueError, "must differ from each other"),
    ({"cv": [(ROWS[:9] / 2, [20])] * 2}, TypeError, "must be integers"),
    ({"cv": 3, "predictions": True}, ValueError, "predictions=True is for cv='loo'"),
    ({"alphas": [-1.0]}, ValueError, "alphas must be >= 0"),
    ({"alpha_per_target": 1}, TypeError, "alpha_per_target must be True or False"),
    ({"predictions": 1}, TypeError, "predictions must be True or False"),
    ({"X": np.ones((1, 7)), "Y": [1.0]}, ValueError, "cv='loo' needs .*, got 1"),
    ({"sample_weight": ROWS == 3, "cv": "gcv"}, ValueError, "cv='gcv' needs .* got 1"),
    ({"X": np.full((30, 7), np.inf)}, ValueError, "X has inf in column 0"),
    ({"Y": np.full(30, np.nan)}, ValueError, "Y has NaN at position 0"),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD, ids=lambda x: str(x)[:40])
def test_bad_input_is_one_sentence(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    X, y = problems.ar1(*TALL)
    with pytest.raises(error, match=message):
        select(**{"X": X, "Y": y, **change})


def test_without_an_intercept_the_only_row_can_be_left_out() -> None:
    chosen = select(np.ones((1, 7)), [3.0], fit_intercept=False)
    assert_allclose(chosen.scores, 9.0)


def test_a_fold_whose_training_rows_have_no_weight_is_refused() -> None:
    w = np.zeros(30)
    w[:10] = 1.0
    folds = [(ROWS[10:], ROWS[:10]), (ROWS[:10], ROWS[10:])]
    with pytest.raises(ValueError, match="every row that fold 0 trains on"):
        check_folds(folds, None, np.zeros(30), w)


# --- the result ------------------------------------------------------------------


def test_attributes_and_repr() -> None:
    X, y = problems.ar1(*TALL, snr=1.0)
    chosen = fastreg.ridge_cv(X, y)
    assert isinstance(chosen.index, int)
    assert isinstance(chosen.alpha, float)
    assert chosen.std_errors is None
    assert chosen.predictions is None
    assert "leave-one-out, mean squared error" in repr(chosen)
    assert "100 alphas from" in repr(chosen)
    assert "±" in repr(fastreg.ridge_cv(X, y, cv=5))
    with pytest.raises(ValueError, match="read-only"):
        chosen.scores[0] = 0.0
    several = select(X, np.column_stack([y, -y]))
    assert "2 targets" in repr(several)
    assert "one for each target" in repr(several)
    assert select(X, y[:, None], predictions=True).predictions.shape == (30, 1)


def test_the_picture_shows_scores_choice_and_edges() -> None:
    from matplotlib.figure import Figure

    X, y = problems.ar1(*TALL, snr=1.0)
    chosen = fastreg.ridge_cv(X, np.column_stack([y, 2 - 3 * y + X[:, 2]]), cv=5)
    ax = chosen.plot(Figure().add_subplot(), target=1)
    curve = ax.get_lines()[0]
    assert_array_equal(curve.get_xdata(), chosen.alphas)
    assert_array_equal(curve.get_ydata(), chosen.scores[1])
    assert len(ax.collections) == 1  # the band of the standard errors
    texts = " ".join(text.get_text() for text in ax.texts)
    assert f"alpha {np.asarray(chosen.alpha)[1]:.3g}" in texts
    assert "largest 1000" in texts
    assert "smallest 1e-06" in texts
    assert ax.get_xlim()[0] > chosen.alphas[0] > chosen.alphas[-1] > ax.get_xlim()[1]
    assert "target 1" in ax.get_title(loc="left")
    with pytest.raises(ValueError, match="the selection has 2 targets"):
        chosen.plot(Figure().add_subplot())
    with pytest.raises(ValueError, match="at least two alphas above zero, got 1"):
        select(X, y, alphas=[1.0, 0.0]).plot(Figure().add_subplot())
