"""What `LassoCV`, `ElasticNetCV` and those of several targets share.

A grid, its folds, and the choice.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)

from fastreg._cv_rules import RULES
from fastreg._features import check_bounds, check_penalty_factor
from fastreg._solve import Data, Settings, alpha_max
from fastreg._validation import check_alphas
from fastreg.linear_model._base import FitData, Floats, LinearRegressor, validate_fit
from fastreg.linear_model._fold_fits import (
    check_fold_weights,
    check_jobs,
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
from fastreg.linear_model._path_search import PathSearch
from fastreg.linear_model._routing import refuse_params, routes
from fastreg.linear_model._solve import (
    NULL_ALPHA,
    absolute_gaps,
    check_outcome,
    outcome_of,
    settings_for,
)
from fastreg.linear_model._splits import check_cv_parameter, splits_of

if TYPE_CHECKING:
    from typing_extensions import Self


class PathCV(LinearRegressor, ABC):
    """Parameters of the classes, `fit`, and what was learned."""

    eps: float
    alphas: Any
    fit_intercept: bool
    max_iter: int
    tol: float
    copy_X: bool  # noqa: N815 - scikit-learn's name
    cv: Any
    verbose: Any
    n_jobs: int | None
    random_state: Any
    selection: str
    standardize: bool
    penalty_factor: Any
    rule: str

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **params: Any) -> Self:
        """Choose alpha by cross-validation and fit the model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,), or (n_samples, n_targets)
            Targets: one, or of MultiTask classes several.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights >= 0 of the fits and of the errors of each fold; folds count the
            same in the mean. A number is the same as None.
        **params
            For the splitter, if scikit-learn's metadata routing is on.

        Returns
        -------
        LassoCV, ElasticNetCV, MultiTaskLassoCV or MultiTaskElasticNetCV
            Itself.

        Raises
        ------
        ValueError
            If a parameter is out of range, X or y hold NaN or inf, shapes disagree, y
            has several targets (of MultiTask classes: one dimension), weights are
            negative or zero in all of a fold, or there is no automatic grid because
            l1_ratio is 0.

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
        data = self._checked(validate_fit(self, X, y, sample_weight))
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
        for name in ("fit_intercept", "copy_X", "standardize"):
            check_flag(owner, name, getattr(self, name))
        check_real(owner, "verbose", self.verbose)
        check_jobs(owner, self.n_jobs)
        check_seed(owner, self.random_state)
        check_choice(owner, "selection", self.selection, ("cyclic", "random"))
        check_choice(owner, "rule", self.rule, RULES)
        check_cv_parameter(owner, self.cv)
        if not is_array_like(self.alphas):
            check_count(owner, "alphas", self.alphas, optional=False)
        return self._mixes()

    @abstractmethod
    def _checked(self, data: FitData) -> FitData:
        """The data, whose y has the shape that the class asks for."""

    @abstractmethod
    def _settings(self, data: FitData, l1_ratio: float) -> Settings:
        """How to solve."""

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
        n_targets = data.targets.shape[1]
        self._store(
            solution.coefs.column(index).reshape(n_targets, -1),
            solution.intercepts[..., index].reshape(n_targets),
            data,
            fit_intercept=self.fit_intercept,
        )
        self.dual_gap_ = absolute_gaps(solution).astype(data.dtype)[index]
        self.n_iter_ = max(1, int(solution.n_iter[index]))

    def _store_mix(self, l1_ratio: float) -> None:
        """Set `l1_ratio_`, where there is a choice of it."""


class OneTargetCV(PathCV):
    """That of `LassoCV` and `ElasticNetCV`."""

    precompute: Any
    positive: bool
    lower_bounds: Any
    upper_bounds: Any

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = False
        return tags

    def _check_parameters(self) -> list[float]:
        owner = type(self).__name__
        check_flag(owner, "positive", self.positive)
        check_precompute(owner, self.precompute, choices=("auto",))
        return super()._check_parameters()

    def _checked(self, data: FitData) -> FitData:
        data = self._one_target(data)
        if is_array_like(self.precompute):
            check_centered_gram(self.precompute, data, fit_intercept=self.fit_intercept)
        return data

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
            stacklevel=4,
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
