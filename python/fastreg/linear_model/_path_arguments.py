"""Arguments of the path functions: what the caller gave, checked and converted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, check_consistent_length

from fastreg import _validation
from fastreg._fit import refuse_hidden
from fastreg._solve import Settings
from fastreg.linear_model._base import (
    FitData,
    Floats,
    as_kernel_matrix,
    as_sample_weight,
    as_target,
    reject_text,
)
from fastreg.linear_model._gram import check_gram
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
from fastreg.linear_model._solve import settings_for

# What `**params` may hold; the rest is passed on by scikit-learn's own estimators only.
SOLVER_DEFAULTS: dict[str, Any] = {
    "tol": 1e-4,
    "max_iter": 1000,
    "selection": "cyclic",
    "random_state": None,
    "sample_weight": None,
    "do_screening": True,
}


@dataclass(frozen=True)
class PathArguments:
    """What the caller of `function` gave, apart from the data."""

    function: str
    l1_ratio: Any
    eps: Any
    n_alphas: Any
    alphas: Any
    precompute: Any
    Xy: Any
    copy_X: Any  # noqa: N815 - scikit-learn's name
    coef_init: Any
    verbose: Any
    return_n_iter: Any
    positive: Any
    check_input: Any
    params: dict[str, Any]

    def check(self) -> None:
        """Raise for a parameter of a wrong type or out of range."""
        check_real(self.function, "l1_ratio", self.l1_ratio, high=1.0)
        if not (isinstance(self.eps, Real) and 0 < float(self.eps) < 1):
            raise InvalidParameterError(
                f"eps of {self.function} must be in (0, 1), got {self.eps!r}"
            )
        for name in ("copy_X", "return_n_iter", "positive", "check_input"):
            check_flag(self.function, name, getattr(self, name))
        check_precompute(self.function, self.precompute, choices=("auto",))
        if not isinstance(self.verbose, (Integral, np.bool_)) or self.verbose < 0:
            raise InvalidParameterError(
                f"verbose of {self.function} must be a flag or an integer >= 0, got "
                f"{self.verbose!r}"
            )
        self.solver_params()

    def solver_params(self) -> dict[str, Any]:
        """`**params`, checked and completed by their defaults."""
        unknown = sorted(set(self.params) - set(SOLVER_DEFAULTS))
        if unknown:
            raise ValueError(f"{self.function} has no parameter {', '.join(unknown)}")
        params = {**SOLVER_DEFAULTS, **self.params}
        check_real(self.function, "tol", params["tol"])
        check_count(self.function, "max_iter", params["max_iter"], optional=False)
        check_choice(
            self.function, "selection", params["selection"], ("cyclic", "random")
        )
        check_seed(self.function, params["random_state"])
        return params

    def settings(self, data: FitData) -> Settings:
        """How to solve: no intercept, nothing centred."""
        params = self.solver_params()
        settings = settings_for(
            data,
            l1_ratio=self.l1_ratio,
            fit_intercept=False,
            positive=self.positive,
            tol=params["tol"],
            max_iter=params["max_iter"],
        )
        if data.targets.shape[1] == 1:
            return settings
        return replace(settings, family="mgaussian", grouped=True)

    def grid(self) -> int | Floats:
        """Give the number of alphas, or the alphas in decreasing order."""
        count = self.n_alphas
        if isinstance(count, str) and count == "deprecated":
            count = 100
        else:
            check_count(self.function, "n_alphas", count, optional=False)
            _deprecate(f"n_alphas is deprecated; pass alphas={count} instead")
        if isinstance(self.alphas, str) and self.alphas == "warn":
            return int(count)
        if self.alphas is None:
            _deprecate("alphas=None is deprecated; pass their number, alphas=100")
            return int(count)
        if is_array_like(self.alphas):
            return _validation.check_alphas(self.alphas)
        check_count(self.function, "alphas", self.alphas, optional=False)
        return int(self.alphas)

    def data(self, X: Any, y: Any) -> FitData:
        """X, y and the weights, checked and converted for the kernels."""
        if self.check_input:
            reject_text(X, self.function)
            X = check_array(
                X,
                accept_sparse="csc",
                dtype=[np.float64, np.float32],
                ensure_all_finite=False,
                estimator=self.function,
            )
            # scikit-learn adds up y to see whether it is finite.
            with np.errstate(invalid="ignore"):
                y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
            check_consistent_length(X, y)
        weights = as_sample_weight(self.params.get("sample_weight"), X.shape[0])
        data = FitData(as_kernel_matrix(X), as_target(y), weights)
        refuse_hidden(data.target(data.y))
        if data.targets.shape[1] > 1 and self.positive:
            raise ValueError(
                f"y has {data.targets.shape[1]} targets: their joint path, that of "
                "MultiTaskElasticNet, has no positive=True; call "
                f"{self.function} for each target"
            )
        self._check_precomputed(data)
        return data

    def _check_precomputed(self, data: FitData) -> None:
        n_features = data.X.shape[1]
        if is_array_like(self.precompute):
            check_gram(self.precompute, data)
        if self.Xy is not None and np.shape(self.Xy)[:1] != (n_features,):
            raise ValueError(
                f"Xy must have {n_features} entries, one a feature, got shape "
                f"{np.shape(self.Xy)}"
            )


def _deprecate(message: str) -> None:
    # This helper, `grid`, `_fit_path` and the public function are below the caller.
    warnings.warn(f"{message} (as in scikit-learn 1.9)", FutureWarning, stacklevel=5)
