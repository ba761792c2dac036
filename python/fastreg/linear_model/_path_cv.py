"""What `LassoCV` and `ElasticNetCV` share: a grid, its folds, and the choice."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)

from fastreg._cv_fits import FoldFit, FoldTask
from fastreg._features import check_bounds, check_penalty_factor
from fastreg._solve import Data, Settings, Solution, alpha_max
from fastreg._validation import check_alphas
from fastreg.linear_model._base import FitData, Floats, LinearRegressor, validate_fit
from fastreg.linear_model._fold_fits import (
    OnFit,
    Unmet,
    check_fold_weights,
    check_jobs,
    fit_splits,
    threads_of,
    warn_unmet,
)
from fastreg.linear_model._gram import check_centered_gram
from fastreg.linear_model._parameters import (
    InvalidParameterError,
    check_choice,
    check_count,
    check_flag,
    check_precompute,
    check_real,
    check_seed,
    is_array_like,
)
from fastreg.linear_model._routing import refuse_params, routes
from fastreg.linear_model._solve import (
    NULL_ALPHA,
    absolute_gaps,
    check_outcome,
    outcome_of,
    settings_for,
)
from fastreg.linear_model._splits import Split, check_cv_parameter, splits_of

if TYPE_CHECKING:
    from typing_extensions import Self

RULES = ("min", "1se", "2pct")
# The share by which "2pct" lets the error be larger than the least.
TOLERATED = 0.02
# Rows for each feature of tall data.
TALL = 2


class PathCV(LinearRegressor):
    """Parameters of both classes, `fit`, and what was learned."""

    eps: float
    alphas: Any
    fit_intercept: bool
    precompute: Any
    max_iter: int
    tol: float
    copy_X: bool  # noqa: N815 - scikit-learn's name
    cv: Any
    verbose: Any
    n_jobs: int | None
    positive: bool
    random_state: Any
    selection: str
    standardize: bool
    penalty_factor: Any
    lower_bounds: Any
    upper_bounds: Any
    rule: str

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = False
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **params: Any) -> Self:
        """Choose alpha by cross-validation and fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0 of the fits and of the errors of each fold; folds count the
            same in the mean. A number is the same as None.
        **params
            For the splitter, if scikit-learn's metadata routing is on.

        Returns
        -------
        LassoCV or ElasticNetCV
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of range, X or y hold NaN or inf, shapes disagree, y
            has several targets, weights are negative or zero in all of a fold, or there
            is no automatic grid because l1_ratio is 0.

        Warns
        -----
        ConvergenceWarning
            If a duality gap ends above the tolerance, once for the folds and once for
            the chosen model.
        """
        mixes = self._check_parameters()
        owner = type(self).__name__
        refuse_params(owner, params)
        if isinstance(sample_weight, Real):
            sample_weight = None
        data = self._one_target(validate_fit(self, X, y, sample_weight))
        if is_array_like(self.precompute):
            check_centered_gram(self.precompute, data, fit_intercept=self.fit_intercept)
        settings = self._settings(data, mixes[0])
        splits = splits_of(self.cv, X, data.y, False, self._routed(data, params))
        check_fold_weights(data.sample_weight, splits)
        problem = data.target(data.y)
        search = PathSearch(problem, settings, splits, mixes)
        grids = self._grids(problem, settings, mixes)
        search.run(grids, threads_of(self.n_jobs), self.rule)
        warn_unmet(owner, search.unmet, f"2 tol = {settings.tol:g}", stacklevel=2)
        self._store_scores(search)
        self._store_choice(search, data)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """How parameters of `fit` reach the splitter.

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
        )

    def _mixes(self) -> list[float]:
        """Values of l1_ratio."""
        return [1.0]

    def _check_parameters(self) -> list[float]:
        owner = type(self).__name__
        if not (isinstance(self.eps, Real) and 0 < float(self.eps) < 1):
            raise InvalidParameterError(
                f"eps of {owner} must be in (0, 1), got {self.eps!r}"
            )
        check_real(owner, "tol", self.tol)
        check_count(owner, "max_iter", self.max_iter, optional=False)
        for name in ("fit_intercept", "copy_X", "positive", "standardize"):
            check_flag(owner, name, getattr(self, name))
        check_precompute(owner, self.precompute, choices=("auto",))
        check_real(owner, "verbose", self.verbose)
        check_jobs(owner, self.n_jobs)
        check_seed(owner, self.random_state)
        check_choice(owner, "selection", self.selection, ("cyclic", "random"))
        check_choice(owner, "rule", self.rule, RULES)
        check_cv_parameter(owner, self.cv)
        if not is_array_like(self.alphas):
            check_count(owner, "alphas", self.alphas, optional=False)
        return self._mixes()

    def _one_target(self, data: FitData) -> FitData:
        if data.y.ndim == 1:
            return data
        if data.y.shape[1] > 1:
            raise ValueError(
                f"y has {data.y.shape[1]} targets, {type(self).__name__} takes one: "
                f"fit each, or use MultiTask{type(self).__name__} for models with the "
                "same features"
            )
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change "
            "the shape of y to (n_samples,), for example using ravel().",
            DataConversionWarning,
            stacklevel=3,
        )
        return data._replace(y=data.y[:, 0].copy())

    def _settings(self, data: FitData, l1_ratio: float) -> Settings:
        lower, upper = check_bounds(
            self.lower_bounds, self.upper_bounds, self.positive, data.X
        )
        settings = settings_for(
            data,
            l1_ratio=l1_ratio,
            fit_intercept=self.fit_intercept,
            positive=False,
            tol=self.tol,
            max_iter=self.max_iter,
        )
        return replace(
            settings,
            standardize=bool(self.standardize),
            penalty_factor=check_penalty_factor(self.penalty_factor, data.X),
            lower_bounds=lower,
            upper_bounds=upper,
        )

    def _routed(self, data: FitData, params: dict[str, Any]) -> dict[str, Any]:
        """What the splitter is given beside X and y."""
        if not routes():
            return {}
        if data.sample_weight is not None:
            params = {**params, "sample_weight": data.sample_weight}
        return dict(process_routing(self, "fit", **params).splitter.split)

    def _grids(
        self, problem: Data, settings: Settings, mixes: list[float]
    ) -> list[Floats]:
        """The alphas of each mix, which decrease."""
        if not isinstance(self.alphas, Integral):
            given: Any = check_alphas(self.alphas)
            return [given] * len(mixes)
        if 0.0 in mixes:
            raise ValueError(
                "there is no automatic grid for l1_ratio=0: pass the alphas themselves"
            )
        count, eps = int(self.alphas), float(self.eps)
        first = [alpha_max(problem, settings, mix) for mix in mixes]
        return [
            np.geomspace(alpha, alpha * eps, count)
            if alpha > NULL_ALPHA
            else np.full(count, NULL_ALPHA)
            for alpha in first
        ]

    def _store_scores(self, search: PathSearch) -> None:
        self.mse_path_ = np.squeeze(np.moveaxis(search.errors, 1, 2))
        one_grid = len(search.grids) == 1 or not isinstance(self.alphas, Integral)
        self.alphas_ = search.grids[0] if one_grid else np.array(search.grids)

    def _store_choice(self, search: PathSearch, data: FitData) -> None:
        mix, index, solution = search.mix, search.index, search.whole
        settings = search.settings_of(mix)
        outcome = outcome_of(solution, settings).at(index)
        check_outcome(
            type(self).__name__,
            outcome,
            f"tol={self.tol:g} times ||y||^2 / n_samples",
            settings,
            stacklevel=3,
        )
        self.alpha_ = search.grids[mix][index]
        self._store_mix(search.l1_ratios[mix])
        self._store(
            solution.coefs.column(index)[np.newaxis],
            solution.intercepts[index : index + 1],
            data,
            fit_intercept=self.fit_intercept,
        )
        self.dual_gap_ = absolute_gaps(solution).astype(data.dtype)[index]
        self.n_iter_ = max(1, int(solution.n_iter[index]))

    def _store_mix(self, l1_ratio: float) -> None:
        """Set `l1_ratio_`, where there is a choice of it."""


@dataclass
class PathSearch:
    """The paths of all mixes and folds, and of all rows with what was chosen.

    Mixes come first on every axis: `errors` is (r, F, k). The choice is alpha `index`
    of mix `mix`; `whole` is the path of all rows with that mix, down to it at least.
    """

    data: Data
    settings: Settings
    splits: list[Split]
    l1_ratios: list[float]
    grids: list[Floats] = field(default_factory=list)
    errors: Floats = field(default_factory=lambda: np.empty((0, 0, 0)))
    mix: int = 0
    index: int = 0
    whole: Solution = field(init=False)
    unmet: list[Unmet] = field(default_factory=list)

    def settings_of(self, mix: int) -> Settings:
        """With the mix of that number."""
        return replace(self.settings, l1_ratio=self.l1_ratios[mix])

    def run(self, grids: list[Floats], n_threads: int, rule: str) -> None:
        """Fit the folds on all grids, choose, and fit all rows down to the choice."""
        n_folds = len(self.splits)
        self.grids = grids
        self.errors = np.empty((len(grids), n_folds, len(grids[0])))
        # Of tall data the Gram matrix of all rows is the sum of those of the folds.
        together = self._is_tall()
        tasks = [
            FoldTask(fold, mix, alphas)
            for mix, alphas in zip(self.l1_ratios, grids, strict=True)
            for fold in range(n_folds + together)
        ]
        whole: dict[int, Solution] = {}

        def on_fit(number: int, fit: FoldFit) -> None:
            mix, fold = divmod(number, n_folds + together)
            if fold == n_folds:
                whole[mix] = fit.solution
                return
            self.errors[mix, fold] = fit.score
            self.unmet.append(Unmet.of(fit.solution))

        self._fit(tasks, on_fit, n_threads)
        self.mix, self.index = chosen(rule, self.errors)
        if not together:
            alphas = grids[self.mix][: self.index + 1]
            last = FoldTask(n_folds, self.l1_ratios[self.mix], alphas)
            self._fit(
                [last], lambda _, fit: whole.update({self.mix: fit.solution}), n_threads
            )
        self.whole = whole[self.mix]

    def _fit(self, tasks: list[FoldTask], on_fit: OnFit, n_threads: int) -> None:
        """The last fold is none: it trains on all rows."""
        everything = np.arange(len(self.data.y)), np.empty(0, np.int64)
        fit_splits(
            self.data,
            self.settings,
            [*self.splits, everything],
            tasks,
            on_fit,
            squares=True,
            n_threads=n_threads,
        )

    def _is_tall(self) -> bool:
        X = self.data.X
        return not X.is_sparse and X.shape[0] >= TALL * X.shape[1]


def chosen(rule: str, errors: Floats) -> tuple[int, int]:
    """Position (mix, alpha) that a rule chooses from errors (r, F, k).

    The first of those that are as good, as scikit-learn has it.
    """
    mean = errors.mean(axis=1)
    mix, best = divmod(int(np.argmin(mean)), mean.shape[1])
    if rule == "min":
        return mix, best
    allowed = mean[mix, best] * (1.0 + TOLERATED)
    if rule == "1se":
        spread = errors[mix, :, best]
        ddof = min(1, len(spread) - 1)
        error = spread.std(ddof=ddof) / np.sqrt(len(spread))
        allowed = mean[mix, best] + error
    return mix, int(np.argmax(mean[mix] <= allowed))
