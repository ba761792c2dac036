"""What `RidgeCV` and `RidgeClassifierCV` share: the search for alpha."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import is_classifier
from sklearn.metrics import get_scorer
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)

from fastreg._ridge_problem import ridge_grid
from fastreg._solve import Settings
from fastreg._validation import is_flag
from fastreg._warnings import GridWarning
from fastreg.linear_model._base import FitData, Floats, LinearModel
from fastreg.linear_model._parameters import (
    InvalidParameterError,
    check_count,
    check_flag,
    is_array_like,
)
from fastreg.linear_model._ridge_fits import (
    Fits,
    solve_direct,
    total_weight_of,
)
from fastreg.linear_model._ridge_folds import fold_scores, refit_scores
from fastreg.linear_model._ridge_loo import LeaveOneOut
from fastreg.linear_model._ridge_model import one_or_many
from fastreg.linear_model._ridge_scoring import (
    Scoring,
    Task,
    best_index,
    check_scoring_name,
    scorer_of,
    weights_for,
)
from fastreg.linear_model._routing import refuse_params, routes
from fastreg.linear_model._solve import settings_for
from fastreg.linear_model._splits import check_cv_parameter, has_repeats, splits_of

# That of scikit-learn's Ridge, with which its searches fit.
TOL = 1e-4


class RidgeSearch(LinearModel):
    """Parameters of both classes, and `fit` after the data are validated."""

    alphas: Any
    fit_intercept: bool
    scoring: Any
    cv: Any
    store_cv_results: bool

    def get_metadata_routing(self) -> MetadataRouter:
        """How parameters of `fit` reach the scorer and the splitter.

        Returns
        -------
        MetadataRouter
            See scikit-learn's guide to metadata routing.
        """
        scorer = scorer_of(self.scoring)
        if scorer is None and routes():
            name = "accuracy" if is_classifier(self) else "r2"
            scorer = get_scorer(name).set_score_request(sample_weight=True)
        return (
            MetadataRouter(owner=type(self).__name__)
            .add_self_request(self)
            .add(
                scorer=scorer,
                method_mapping=MethodMapping().add(caller="fit", callee="score"),
            )
            .add(
                splitter=self.cv,
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
        )

    def _check_parameters(self, params: dict[str, Any]) -> None:
        owner = type(self).__name__
        check_flag(owner, "fit_intercept", self.fit_intercept)
        check_flag(owner, "store_cv_results", self.store_cv_results)
        check_scoring_name(owner, self.scoring)
        check_cv_parameter(owner, self.cv)
        if self.cv is not None and self.store_cv_results:
            raise ValueError(
                "store_cv_results=True needs cv=None: it keeps leave-one-out errors"
            )
        refuse_params(owner, params)

    def _grid(self, data: FitData) -> tuple[Floats, bool]:
        """The alphas in scikit-learn's scaling, and whether they are automatic."""
        owner, alphas = type(self).__name__, self.alphas
        if isinstance(alphas, Integral) and not is_flag(alphas):
            check_count(owner, "alphas", alphas, optional=False)
            if alphas == 1:
                raise InvalidParameterError(
                    f"alphas of {owner} is 1, a grid of one strength, which leaves "
                    "nothing to choose: the strength 1 itself is alphas=1.0 or [1], a "
                    "grid is e.g. alphas=50"
                )
            settings = self._settings(data)
            grid = ridge_grid(data.target(data.targets[:, 0]), settings, int(alphas))
            return grid * total_weight_of(data), True
        if isinstance(alphas, np.ndarray) and alphas.ndim == 0:
            alphas = alphas[()]
        values = list(alphas) if is_array_like(alphas) and np.ndim(alphas) else [alphas]
        if not values or not all(map(self._is_alpha, values)):
            sign = "> 0" if self.cv is None else ">= 0"
            raise InvalidParameterError(
                f"alphas of {owner} must be finite numbers {sign}, or an integer that "
                f"says how many, got {self.alphas!r}"
            )
        return np.array(values, dtype=np.float64), False

    def _is_alpha(self, value: Any) -> bool:
        if not isinstance(value, Real) or is_flag(value):
            return False
        if not np.isfinite(float(value)):
            return False
        return float(value) > 0 or (float(value) == 0 and self.cv is not None)

    def _settings(self, data: FitData) -> Settings:
        return settings_for(
            data,
            l1_ratio=0.0,
            fit_intercept=self.fit_intercept,
            positive=False,
            tol=TOL / 2,
            max_iter=1,
        )

    def _search(
        self,
        task: Task,
        params: dict[str, Any],
        *,
        per_target: bool,
        stacklevel: int,
    ) -> None:
        """Choose alpha and set what was learned."""
        data = task.data
        alphas, automatic = self._grid(data)
        scoring, split_params = self._scoring(data, params, stacklevel + 1)
        total = total_weight_of(data)
        if self.cv is None:
            one = LeaveOneOut(
                task, scoring, per_target=per_target, store=self.store_cv_results
            )
            fits = one.fit(alphas / total, self.fit_intercept)
            scores, index = one.scores, one.index
        else:
            scores = self._folds(task, scoring, split_params, alphas)
            index = np.full(data.targets.shape[1], best_index(scores[0]))
            fits = solve_direct(data, alphas[index] / total, self.fit_intercept)
        self._warn(scores, index, alphas, automatic, stacklevel + 1)
        owner, settings = type(self).__name__, self._settings(data)
        fits.check_gaps(owner, alphas[index], total, settings, stacklevel + 1)
        self._store(fits.coef, fits.intercept, data, fit_intercept=self.fit_intercept)
        self._store_choice(fits, data, scores, index, alphas, per_target)
        self.__dict__.pop("cv_results_", None)
        if self.store_cv_results:
            self.cv_results_ = one.values

    def _scoring(
        self, data: FitData, params: dict[str, Any], stacklevel: int
    ) -> tuple[Scoring, dict[str, Any]]:
        """The scorer with its parameters, and those of the splitter."""
        scorer, weights = scorer_of(self.scoring), data.sample_weight
        if routes():
            if weights is not None:
                params = {**params, "sample_weight": weights}
            routed = process_routing(self, "fit", **params)
            return (
                Scoring(scorer, dict(routed.scorer.score), len(data.y)),
                dict(routed.splitter.split) if self.cv is not None else {},
            )
        by_error = self.cv is None and scorer is None
        taken = {} if by_error else weights_for(scorer, weights, stacklevel + 1)
        return Scoring(scorer, taken, len(data.y)), {}

    def _folds(
        self,
        task: Task,
        scoring: Scoring,
        split_params: dict[str, Any],
        alphas: Floats,
    ) -> Floats:
        """Mean scores (1, k) over the folds of `cv`."""
        splits = splits_of(
            self.cv, task.X, task.labels, is_classifier(self), split_params
        )
        if scoring.sees_predictions_only and not has_repeats(splits):
            scores = fold_scores(task, alphas, self.fit_intercept, splits, scoring)
        else:
            scores = refit_scores(self._fold_model(), task, alphas, splits, scoring)
        mean: Floats = scores.mean(axis=0, keepdims=True)
        return mean

    def _fold_model(self) -> Any:
        """A model of a fold, without its alpha."""
        raise NotImplementedError

    def _warn(
        self,
        scores: Floats,
        index: npt.NDArray[np.int64],
        alphas: Floats,
        automatic: bool,
        stacklevel: int,
    ) -> None:
        owner = type(self).__name__
        if np.isnan(scores).any():
            warnings.warn(
                f"{np.isnan(scores).sum()} of {scores.size} scores of {owner} are NaN: "
                "alphas with such a score are the last to be chosen",
                UserWarning,
                stacklevel=stacklevel + 1,
            )
        # Where all scores are the same, there is nothing to choose.
        at_edge = [
            k
            for k, row in zip(index, scores, strict=False)
            if k in (0, len(alphas) - 1) and np.ptp(row) > 0
        ]
        if automatic and at_edge:
            warnings.warn(
                f"{owner} chose alpha={alphas[at_edge[0]]:g}, which is at the edge of "
                f"its automatic grid from {alphas[0]:g} to {alphas[-1]:g}: the best "
                "alpha may be outside, pass alphas that reach further",
                GridWarning,
                stacklevel=stacklevel + 1,
            )

    def _store_choice(
        self,
        fits: Fits,
        data: FitData,
        scores: Floats,
        index: npt.NDArray[np.int64],
        alphas: Floats,
        per_target: bool,
    ) -> None:
        self.alphas_ = alphas
        many = per_target and len(index) > 1
        self.alpha_ = alphas[index] if many else float(alphas[index[0]])
        best = np.array([row[best_index(row)] for row in scores])
        self.best_score_ = best if per_target and data.y.ndim == 2 else best[0]
        self.residual_ = one_or_many(fits.residuals, data)
        self.dual_gap_ = one_or_many(fits.dual_gaps(total_weight_of(data)), data)
        self.solver_ = fits.solver
        self.__dict__.pop("df_", None)
        if fits.df.size:
            self.df_ = one_or_many(fits.df if many else fits.df[:1], data)
