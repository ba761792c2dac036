"""Information criteria of the solutions of a path: AIC, AICc, BIC and EBIC.

All of them are -2 log L plus a price of the parameters. A path keeps what -2 log L
needs: the share of the deviance that is explained, the null deviance and how many rows
count.
"""

from __future__ import annotations

from math import lgamma, log, pi
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._support import Support

if TYPE_CHECKING:
    from fastreg._result import Path

Floats = NDArray[np.float64]

CRITERIA = ("aic", "aicc", "bic", "ebic")
# Share of the sum of squares that is nothing but rounding: fits that leave less are
# equally good.
ROUNDING = 4 * np.finfo(np.float64).eps


def criterion(
    path: Path,
    support: Support,
    name: Any,
    *,
    df: Any = "auto",
    gamma: Any = 1.0,
    noise_variance: Any = None,
) -> Floats:
    """One criterion at every alpha; see `Path.criterion`."""
    name = check_criterion(name)
    refuse_joint_targets(path)
    gamma = _validation.check_real(gamma, "gamma", low=0.0)
    if noise_variance is not None:
        noise_variance = _check_noise_variance(path, noise_variance)
    freedom = degrees_of_freedom(path, df, support)
    unknown = path.family == "gaussian" and noise_variance is None
    count = freedom + 1.0 if unknown else freedom
    value = deviance(path, noise_variance) + _price(name, count, path.n_rows)
    if name == "ebic":
        value = value + 2.0 * gamma * log_choices(support)
    if unknown:
        value = np.where(freedom >= path.n_rows - 1, np.inf, value)
    return np.asarray(value)


def refuse_joint_targets(path: Path) -> None:
    """Raise for a path of several targets in one model."""
    if path.family == "mgaussian":
        raise ValueError(
            "information criteria are for responses of one variance, this path has "
            f"{len(path.intercepts)} targets that share their features"
        )


def check_criterion(name: Any) -> str:
    """The name of a criterion."""
    if not isinstance(name, str) or name not in CRITERIA:
        names = ", ".join(map(repr, CRITERIA))
        raise ValueError(f"a criterion is one of {names}, got {name!r}")
    return name


def _check_noise_variance(path: Path, noise_variance: Any) -> float:
    value = _validation.check_real(noise_variance, "noise_variance", low=0.0)
    if path.family != "gaussian":
        raise ValueError(
            f"noise_variance is for family 'gaussian', this path is {path.family}"
        )
    if value == 0.0:
        raise ValueError("noise_variance must be above 0, got 0")
    return value


def deviance(path: Path, noise_variance: float | None) -> Floats:
    """-2 log L, up to a constant that depends on nothing but y and the weights."""
    n = path.n_rows
    null = 2.0 * n * np.asarray(path.null_objective)
    null = null[..., np.newaxis] if null.ndim else null
    left = np.maximum(1.0 - path.deviance_ratio, 0.0)
    if path.family != "gaussian":
        return np.asarray(null * left)
    if noise_variance is not None:
        return np.asarray(
            n * log(2 * pi * noise_variance) + null * left / noise_variance
        )
    if np.any(null == 0.0):
        raise ValueError(
            "y is explained by the intercept alone, without a rest: the variance of "
            "the noise can't be estimated; pass noise_variance"
        )
    rss = null * np.maximum(left, ROUNDING)
    return np.asarray(n * (np.log(2 * pi * rss / n) + 1.0))


def _price(name: str, count: Floats, n: int) -> Floats:
    """What `count` parameters cost."""
    if name == "aic":
        return 2.0 * count
    if name == "aicc":
        rest = n - count - 1.0
        cost = np.divide(2.0 * count * n, rest, where=rest > 0.0, out=rest + np.inf)
        return np.where(rest > 0.0, cost, np.inf)
    return log(n) * count


def log_choices(support: Support) -> Floats:
    """Logarithm of how many supports of that size there are."""
    total = support.n_candidates
    return np.array(
        [
            lgamma(total + 1) - lgamma(size + 1) - lgamma(total - size + 1)
            for size in support.n_chosen.ravel().tolist()
        ]
    ).reshape(support.n_chosen.shape)


def degrees_of_freedom(path: Path, df: Any, support: Support) -> Floats:
    """What `df` means for this path, one entry an alpha."""
    if not isinstance(df, str):
        return _check_df(path, df)
    if df not in ("auto", "support"):
        raise ValueError(
            "df must be 'auto', 'support' or an array with one entry for each alpha, "
            f"got {df!r}"
        )
    if df == "support" or path.l1_ratio > 0.0:
        return np.minimum(support.df, path.n_rows)
    if path.df is None:
        raise ValueError(
            "the degrees of freedom of this ridge path aren't known, and its support "
            "doesn't tell them: pass df=path.effective_df(X)"
        )
    return path.df


def _check_df(path: Path, df: Any) -> Floats:
    values = _validation.as_float64(df, "df")
    if values.shape != path.alphas.shape:
        raise ValueError(
            f"the path has {len(path.alphas)} alphas but df has shape {values.shape}"
        )
    if not np.all(values >= 0.0):
        raise ValueError(f"df must be >= 0, got {values[~(values >= 0.0)][0]:g}")
    return values
