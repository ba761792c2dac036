"""`LogisticRegressionCV`: the C that predicts best, scikit-learn's interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.utils.metadata_routing import (
    UNUSED,
    MetadataRouter,
    MethodMapping,
    process_routing,
)

from fastreg.linear_model._base import FitData, Floats, as_sample_weight
from fastreg.linear_model._fold_fits import (
    check_fold_weights,
    check_jobs,
    threads_of,
    warn_unmet,
)
from fastreg.linear_model._logistic import LogisticRegression
from fastreg.linear_model._logistic_choices import (
    Choices,
    choices_of,
    is_warn,
    strengths_of,
)
from fastreg.linear_model._logistic_data import validate_classes
from fastreg.linear_model._logistic_search import (
    LogisticSearch,
    check_classes,
    judge_of,
)
from fastreg.linear_model._parameters import check_flag
from fastreg.linear_model._ridge_scoring import check_scoring_name, weights_for
from fastreg.linear_model._routing import refuse_params, routes
from fastreg.linear_model._splits import check_cv_parameter, splits_of

if TYPE_CHECKING:
    from typing_extensions import Self


class LogisticRegressionCV(LogisticRegression):
    """Logistic regression with C, and a mix of penalties, chosen by cross-validation.

    Drop-in replacement of `sklearn.linear_model.LogisticRegressionCV`; the objective is
    that of `LogisticRegression`.

    Parameters
    ----------
    Cs : int or array-like of shape (n_cs,), default=10
        Inverses of the strength of the penalty, in any order; inf is maximum
        likelihood. An int: how many from 1e-4 to 1e4, evenly on the log scale.
    l1_ratios : array-like of shape (n_l1_ratios,) or None, default=None
        Shares of the L1 term to choose from, with any `solver`. None is 0, without an
        axis of mixes in the attributes.
    fit_intercept : bool, default=True
        Whether to fit b0. If False, it is 0.
    cv : int, splitter, iterable or None, default=None
        How many stratified folds, a splitter of scikit-learn's kind, or pairs (train,
        test) of rows. None: 5.
    dual : bool, default=False
        Accepted and checked, without effect.
    penalty : {"l1", "l2", "elasticnet"}, default="deprecated"
        Deprecated as in scikit-learn 1.8: "l1" is ``l1_ratios=(1,)``, "l2" is
        ``l1_ratios=(0,)``.
    scoring : str, callable or None, default=None
        A scorer of scikit-learn. None: accuracy.
    solver : {"lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"}, \
default="lbfgs"
        Accepted and checked, without effect.
    tol, max_iter, class_weight
        As in `LogisticRegression`. "balanced" weights are those of all samples.
    n_jobs : int or None, default=None
        Threads, that fit folds side by side. None: 1, -1: all. Results don't depend on
        it.
    verbose : float >= 0, default=0
        Accepted and checked, without effect.
    refit : bool, default=True
        Whether to fit all samples with the C and mix of the best mean score. If False,
        coefficients are the mean over folds of those at each fold's own best.
    intercept_scaling, random_state
        Accepted and checked, without effect.
    use_legacy_attributes : bool, default=True
        Whether attributes have the shapes of scikit-learn before 1.8: arrays and dicts
        with an entry for each class.
    standardize, penalty_factor, lower_bounds, upper_bounds
        fastreg's own, as in `LogisticRegression`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Coefficients in the dtype of X; with two classes of the log-odds of the second.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        b0; 0 if `fit_intercept` is False.
    C_, l1_ratio_ : float
        What was chosen; means over folds without `refit`. Legacy: arrays with one entry
        for each class (one for two classes).
    Cs_ : ndarray of shape (n_cs,)
        What was tried.
    l1_ratios_ : ndarray of shape (n_l1_ratios,)
        The mixes; [None] if `l1_ratios` is None.
    scores_ : ndarray of shape (n_folds, n_l1_ratios, n_cs)
        Scores of each fold's rows. Legacy: a dict by class of arrays (n_folds, n_cs,
        n_l1_ratios), the last axis only if `l1_ratios` is given.
    coefs_paths_ : ndarray of shape (n_folds, n_l1_ratios, n_cs, n_classes, n_dof)
        Coefficients of the folds, intercepts last; one class where there are two.
        Legacy: a dict by class of arrays (n_folds, n_cs, n_l1_ratios, n_dof).
    n_iter_ : ndarray of shape (n_folds, n_l1_ratios, n_cs)
        Newton steps, and iterations on their quadratic models. Legacy: (1, n_folds,
        n_cs, n_l1_ratios).
    dual_gap_ : float
        As in `LogisticRegression`, with `refit`: fastreg's own.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    LogisticRegression : One C; where the differences from scikit-learn are listed.
    fastreg.cv : With ``family="binomial"`` or ``"multinomial"``, on a grid that suits
        the data.

    Notes
    -----
    A strength C multiplies a sum over the samples that a fold trains on, so that the
    penalty of the refit, with more samples, weighs less.

    What differs from scikit-learn, besides the differences of `LogisticRegression`: a
    fold that trains on no sample of a class is an error, and scorers that take no
    weights work with weights.

    Examples
    --------
    >>> import numpy as np
    >>> from fastreg import LogisticRegressionCV
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 10))
    >>> y = np.where(X[:, 0] + rng.normal(size=200) > 0, "yes", "no")
    >>> model = LogisticRegressionCV(
    ...     l1_ratios=(0, 1), scoring="neg_log_loss", use_legacy_attributes=False
    ... ).fit(X, y)
    >>> model.scores_.shape, model.l1_ratio_
    ((5, 2, 10), 1.0)
    >>> model.scores_.mean(axis=0).argmax(axis=1).tolist()  # the best of Cs_ for each
    [4, 4]
    """

    # Routed to the scorer; the request of `score` is its.
    __metadata_request__score: ClassVar = {"sample_weight": UNUSED}

    warm_start = False

    def __init__(
        self,
        *,
        Cs: Any = 10,
        l1_ratios: Any = "warn",
        fit_intercept: bool = True,
        cv: Any = None,
        dual: bool = False,
        penalty: str = "deprecated",
        scoring: Any = "warn",
        solver: str = "lbfgs",
        tol: float = 1e-4,
        max_iter: int = 100,
        class_weight: Any = None,
        n_jobs: int | None = None,
        verbose: float = 0,
        refit: bool = True,
        intercept_scaling: float = 1.0,
        random_state: Any = None,
        use_legacy_attributes: Any = "warn",
        standardize: bool = False,
        penalty_factor: Any = None,
        lower_bounds: Any = None,
        upper_bounds: Any = None,
    ) -> None:
        self.Cs = Cs
        self.l1_ratios = l1_ratios
        self.fit_intercept = fit_intercept
        self.cv = cv
        self.dual = dual
        self.penalty = penalty
        self.scoring = scoring
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.class_weight = class_weight
        self.n_jobs = n_jobs
        self.verbose = verbose
        self.refit = refit
        self.intercept_scaling = intercept_scaling
        self.random_state = random_state
        self.use_legacy_attributes = use_legacy_attributes
        self.standardize = standardize
        self.penalty_factor = penalty_factor
        self.lower_bounds = lower_bounds
        self.upper_bounds = upper_bounds

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **params: Any) -> Self:
        """Choose C by cross-validation and fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,)
            Labels of any type, at least two different ones.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0 of the samples, used as they are; they count in the scores too.
        **params
            For the splitter and the scorer, if scikit-learn's metadata routing is on.

        Returns
        -------
        LogisticRegressionCV
            Itself.

        Raises
        ------
        ValueError
            As in `LogisticRegression`, and if a fold lacks a class or is empty.

        Warns
        -----
        FutureWarning
            For defaults that scikit-learn will change.
        ConvergenceWarning
            If a duality gap ends above the tolerance, once for the folds and once for
            the refit.
        SeparationWarning
            As in `LogisticRegression`, about the refit.
        """
        self._check_parameters()
        owner = type(self).__name__
        refuse_params(owner, params)
        chosen, Cs = choices_of(self, stacklevel=2), strengths_of(owner, self.Cs)
        data, classes = validate_classes(self, X, y, sample_weight)
        self.classes_ = classes
        problem = data.target(data.y)
        codes = (data.y if data.y.ndim == 1 else data.y.argmax(axis=1)).astype(np.int64)
        weights = as_sample_weight(sample_weight, len(codes))
        split_params, score_params = self._routed(weights, params)
        splits = splits_of(self.cv, X, classes[codes], True, split_params)
        check_fold_weights(data.sample_weight, splits)
        check_classes(owner, problem, codes, classes, splits)
        family = self._family()
        settings = self._settings(data, family, chosen.l1_ratios[0])
        judge = judge_of(chosen.scoring, family, classes, X, codes, score_params)
        search = LogisticSearch(problem, settings, splits, chosen.l1_ratios, Cs, judge)
        search.run(threads_of(self.n_jobs))
        warn_unmet(owner, search.unmet, f"tol / 10000 = {settings.tol:g}", stacklevel=2)
        if self.refit:
            best = self._fit_best(search, data)
        else:
            best = self._average(search, data)
        self._store_search(search, chosen, best)
        return self

    def score(
        self, X: Any, y: Any, *, sample_weight: Any = None, **score_params: Any
    ) -> float:
        """The score of new samples, by `scoring`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples, with the features seen in `fit`.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples.
        **score_params
            For the scorer, if scikit-learn's metadata routing is on.

        Returns
        -------
        float
            The greater the better.
        """
        refuse_params(f"{type(self).__name__}.score", score_params)
        if sample_weight is not None:
            score_params["sample_weight"] = sample_weight
        scorer = self._scorer()
        if routes():
            score_params = process_routing(self, "score", **score_params).scorer.score
        return float(scorer(self, X, y, **score_params))

    def get_metadata_routing(self) -> MetadataRouter:
        """How parameters of `fit` and `score` reach the splitter and the scorer.

        Returns
        -------
        MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        return (
            MetadataRouter(owner=type(self).__name__)
            .add_self_request(self)
            .add(
                splitter=self.cv,
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
            .add(
                scorer=self._scorer(),
                method_mapping=MethodMapping()
                .add(caller="score", callee="score")
                .add(caller="fit", callee="score"),
            )
        )

    # --- parameters ---------------------------------------------------------------

    def _check_parameters(self) -> None:
        super()._check_parameters()
        owner = type(self).__name__
        check_flag(owner, "refit", self.refit)
        check_jobs(owner, self.n_jobs)
        check_cv_parameter(owner, self.cv)
        if not is_warn(self.scoring):
            check_scoring_name(owner, self.scoring)
        if not is_warn(self.use_legacy_attributes):
            check_flag(owner, "use_legacy_attributes", self.use_legacy_attributes)

    def _scorer(self) -> Any:
        scoring = None if is_warn(self.scoring) else self.scoring
        return get_scorer(scoring or "accuracy")

    def _routed(
        self, weights: Floats | None, params: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the splitter is given, and what the scorer is."""
        if not routes():
            return {}, weights_for(self._scorer(), weights, stacklevel=3)
        if weights is not None:
            params = {**params, "sample_weight": weights}
        routed = process_routing(self, "fit", **params)
        return dict(routed.splitter.split), dict(routed.scorer.score)

    # --- what was learned ---------------------------------------------------------

    def _fit_best(self, search: LogisticSearch, data: FitData) -> tuple[Any, Any]:
        """Fit all samples at the best C and mix."""
        mix, index = search.best_of_all()
        C, l1_ratio = float(search.Cs[index]), search.l1_ratios[mix]
        weights = data.sample_weight
        total = float(data.X.shape[0] if weights is None else weights.sum())
        self._solve_at(
            data,
            self._family(),
            1.0 / (C * total),
            l1_ratio,
            self.classes_,
            stacklevel=3,
        )
        self._as_rows(data)
        return C, l1_ratio

    def _average(self, search: LogisticSearch, data: FitData) -> tuple[Any, Any]:
        """The mean over folds of what is best in each."""
        best = [search.best(scores) for scores in search.scores]
        folds = zip(search.paths, best, strict=True)
        coef = np.mean([paths[mix, index] for paths, (mix, index) in folds], axis=0)
        n_features = data.X.shape[1]
        intercept = coef[:, n_features:].sum(axis=1)
        self.__dict__.pop("dual_gap_", None)
        self._store(
            coef[:, :n_features], intercept, data, fit_intercept=self.fit_intercept
        )
        self._as_rows(data)
        return (
            float(np.mean([search.Cs[index] for _, index in best])),
            float(np.mean([search.l1_ratios[mix] for mix, _ in best])),
        )

    def _store_search(
        self, search: LogisticSearch, chosen: Choices, best: tuple[Any, Any]
    ) -> None:
        self.Cs_ = search.Cs
        mixes: list[Any] = [None] if chosen.one_mix else search.l1_ratios
        self.l1_ratios_ = np.asarray(mixes)
        self.C_, self.l1_ratio_ = best
        self.scores_: Any = search.scores
        self.coefs_paths_: Any = search.paths
        self.n_iter_ = search.n_iter
        if chosen.legacy:
            self._store_legacy(search, chosen)

    def _store_legacy(self, search: LogisticSearch, chosen: Choices) -> None:
        """The shapes of scikit-learn before 1.8."""
        names = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        found: tuple[Any, ...] = (search.scores, search.n_iter, search.paths)
        scores, n_iter, paths = (np.swapaxes(part, 1, 2) for part in found)
        if chosen.one_mix:
            scores, n_iter, paths = (part[:, :, 0] for part in (scores, n_iter, paths))
            self.l1_ratio_ = None if self.refit else 0.0
        self.C_ = np.repeat(self.C_, len(names))
        self.l1_ratio_ = np.array([self.l1_ratio_] * len(names))
        self.scores_ = {name: scores.copy() for name in names}
        self.coefs_paths_ = {name: paths[..., k, :] for k, name in enumerate(names)}
        self.n_iter_ = n_iter[np.newaxis]

    def _store_count(self, n_iter: int) -> None:
        """The iterations of the refit are left out, as in scikit-learn."""
