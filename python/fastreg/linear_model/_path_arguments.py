"""Arguments of the path functions: what the caller gave, checked and converted."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, check_consistent_length

from fastreg.linear_model._base import (
    Array,
    FitData,
    as_kernel_matrix,
    as_sample_weight,
    as_target,
    check_columns_finite,
    reject_unsupported,
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
from fastreg.linear_model._solve import Options


def check_path_parameters(
    owner: str,
    flags: dict[str, Any],
    *,
    l1_ratio: Any,
    eps: Any,
    precompute: Any,
    verbose: Any,
) -> None:
    """Raise for a parameter of a wrong type or out of range."""
    check_real(owner, "l1_ratio", l1_ratio, high=1.0)
    if not (isinstance(eps, Real) and 0 < eps < 1):
        raise InvalidParameterError(f"eps of {owner} must be in (0, 1), got {eps!r}")
    for name, value in flags.items():
        check_flag(owner, name, value)
    check_precompute(owner, precompute, choices=("auto",))
    if not isinstance(verbose, (Integral, np.bool_)) or verbose < 0:
        raise InvalidParameterError(
            f"verbose of {owner} must be a flag or an integer >= 0, got {verbose!r}"
        )


def resolve_alphas(owner: str, n_alphas: Any, alphas: Any) -> int | Array:
    """Give the number of alphas, or the alphas in decreasing order."""
    if not (isinstance(n_alphas, str) and n_alphas == "deprecated"):
        check_count(owner, "n_alphas", n_alphas, optional=False)
        _deprecate(f"n_alphas is deprecated; pass alphas={n_alphas} instead")
    else:
        n_alphas = 100
    if isinstance(alphas, str) and alphas == "warn":
        return int(n_alphas)
    if alphas is None:
        _deprecate("alphas=None is deprecated; pass the number of alphas, alphas=100")
        return int(n_alphas)
    if not is_array_like(alphas):
        check_count(owner, "alphas", alphas, optional=False)
        return int(alphas)
    values = np.sort(np.asarray(alphas, dtype=np.float64))[::-1]
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"alphas must be a non-empty list, got {alphas!r}")
    if not np.isfinite(values).all() or values[-1] < 0:
        raise ValueError(f"alphas must be finite and >= 0, got {alphas!r}")
    return np.ascontiguousarray(values)


def _deprecate(message: str) -> None:
    # From the helper over the public function to its caller.
    warnings.warn(f"{message} (as in scikit-learn 1.9)", FutureWarning, stacklevel=4)


def path_options(
    owner: str, l1_ratio: float, positive: bool, params: dict[str, Any]
) -> tuple[Options, Any]:
    """The solver's options and the weights out of `**params`."""
    known = {
        "tol": 1e-4,
        "max_iter": 1000,
        "selection": "cyclic",
        "random_state": None,
        "sample_weight": None,
        "do_screening": True,
    }
    unknown = sorted(set(params) - set(known))
    if unknown:
        raise ValueError(f"{owner} has no parameter {', '.join(unknown)}")
    known.update(params)
    check_real(owner, "tol", known["tol"])
    check_count(owner, "max_iter", known["max_iter"], optional=False)
    check_choice(owner, "selection", known["selection"], ("cyclic", "random"))
    check_seed(owner, known["random_state"])
    options = Options(
        l1_ratio=l1_ratio,
        fit_intercept=False,
        positive=bool(positive),
        tol=known["tol"],
        max_iter=known["max_iter"],
    )
    return options, known["sample_weight"]


def path_data(
    owner: str, X: Any, y: Any, sample_weight: Any, *, check_input: bool
) -> FitData:
    """Check X, y and the weights, and convert them for the kernels."""
    if check_input:
        reject_unsupported(X, owner)
        X = check_array(
            X, dtype=[np.float64, np.float32], ensure_all_finite=False, estimator=owner
        )
        check_columns_finite(X, None, owner)
        y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
        check_consistent_length(X, y)
    data = FitData(
        as_kernel_matrix(X),
        as_target(y),
        as_sample_weight(sample_weight, len(X)),
        X.dtype,
    )
    if data.targets.shape[1] > 1:
        raise ValueError(
            f"y has {data.targets.shape[1]} targets: their joint path is that of "
            "MultiTaskElasticNet, which fastreg does not have yet; call the function "
            "for each target"
        )
    return data


def check_precomputed(precompute: Any, Xy: Any, data: FitData) -> None:
    """Compare what the caller computed with the data's shape and one entry."""
    n_features = data.X.shape[1]
    if is_array_like(precompute):
        check_gram(precompute, data)
    if Xy is not None and np.shape(Xy)[:1] != (n_features,):
        raise ValueError(
            f"Xy must have {n_features} entries, one a feature, got {np.shape(Xy)}"
        )


def initial_coef(coef_init: Any, data: FitData) -> Array | None:
    """Starting coefficients as float64 of shape (n_features,)."""
    if coef_init is None:
        return None
    start = np.asarray(coef_init, dtype=np.float64).reshape(-1)
    if start.size != data.X.shape[1]:
        raise ValueError(
            f"coef_init has {start.size} entries but X has {data.X.shape[1]} features"
        )
    return np.ascontiguousarray(start)
