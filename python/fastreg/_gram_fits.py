"""Paths, ridge paths and certificates from the statistics of `fastreg.GramStats`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _validation
from fastreg._certificate import Certificate, audit
from fastreg._coef_checks import check_coef, check_intercept
from fastreg._coefs import SparseCoefs
from fastreg._features import check_bounds, check_penalty_factor
from fastreg._fit import make_path
from fastreg._problem import Problem
from fastreg._responses import check_family
from fastreg._result import Path
from fastreg._ridge_problem import spectral_grid
from fastreg._solve import Settings, closed_form_status, warn_unconverged
from fastreg._watch import STOPS

if TYPE_CHECKING:
    from fastreg._gram_stats import GramStats

Floats = NDArray[np.float64]

# Rounding error of a sum of products, relative to the norms of its factors.
PRODUCT_ERROR = 16 * np.finfo(np.float64).eps


class Columns(NamedTuple):
    """What options with one value a feature are checked against."""

    shape: tuple[int, int]
    names: tuple[str, ...] | None


def path(
    stats: GramStats,
    target: int,
    *,
    family: str = "gaussian",
    l1_ratio: float = 1.0,
    alphas: int | Any = 100,
    eps: float | str = "auto",
    fit_intercept: bool = True,
    standardize: bool = True,
    tol: float = 1e-6,
    positive: bool = False,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    coef_init: Any = None,
    max_iter: int = 100_000,
    early_stop: bool = True,
) -> Path:
    """Elastic-net path of one response; see `GramStats.path`."""
    if check_family(family) != "gaussian":
        raise ValueError(
            "GramStats are the statistics of least squares: "
            f"family={family!r} needs the data, fastreg.path(X, y, family=...)"
        )
    columns = _columns(stats)
    lower, upper = check_bounds(lower_bounds, upper_bounds, positive, columns)
    settings = Settings(
        l1_ratio=_validation.check_l1_ratio(l1_ratio),
        fit_intercept=_validation.check_flag(fit_intercept, "fit_intercept"),
        standardize=_validation.check_flag(standardize, "standardize"),
        tol=_validation.check_real(tol, "tol", low=0.0),
        max_iter=_validation.check_count(max_iter, "max_iter"),
        penalty_factor=check_penalty_factor(penalty_factor, columns),
        lower_bounds=lower,
        upper_bounds=upper,
    )
    p = stats.n_features
    early_stop = _validation.check_flag(early_stop, "early_stop")
    grid = _validation.check_alphas(alphas)
    eps = _validation.check_eps(eps, stats.n_samples, p)
    start = _validation.check_coef_init(coef_init, p)
    if isinstance(grid, int) and settings.l1_ratio == 0.0:
        grid = ridge_grid(stats, settings, grid)
    given = None if isinstance(grid, int) else grid
    y_mean, xty, yty = stats.response(target)
    found = _core.gram_path(
        (stats.weight, stats.x_mean, y_mean, stats.gram, xty, yty),
        alphas=given,
        n_alphas=grid if isinstance(grid, int) else 1,
        eps=eps,
        l1_ratio=settings.l1_ratio,
        fit_intercept=settings.fit_intercept,
        standardize=settings.standardize,
        penalty_factor=settings.penalty_factor,
        lower_bounds=lower,
        upper_bounds=upper,
        coef_init=start,
        tol=settings.tol,
        max_iter=settings.max_iter,
        early_stop=early_stop and given is None,
    )
    coefs = SparseCoefs(found["indptr"], found["indices"], found["values"], p)
    status = found["status"]
    warn_unconverged(
        found["alphas"], found["dual_gaps"], status, settings, stacklevel=3
    )
    names = ("alphas", "intercepts", "dual_gaps", "deviance_ratio", "n_iter")
    arrays = {name: found[name] for name in names}
    return _to_path(stats, settings, coefs, status, found, **arrays)


def ridge_path(
    stats: GramStats,
    *,
    alphas: int | Any = 100,
    fit_intercept: bool = True,
    standardize: bool = True,
    tol: float = 1e-6,
) -> Path:
    """Ridge path of all responses; see `GramStats.ridge_path`."""
    settings = Settings(
        l1_ratio=0.0,
        fit_intercept=_validation.check_flag(fit_intercept, "fit_intercept"),
        standardize=_validation.check_flag(standardize, "standardize"),
        tol=_validation.check_real(tol, "tol", low=0.0),
        max_iter=1,
    )
    grid = _validation.check_alphas(alphas)
    if isinstance(grid, int):
        grid = ridge_grid(stats, settings, grid)
    normal = NormalEquations(stats, settings)
    columns = [normal.solve(float(alpha)) for alpha in grid]
    coefs = np.stack([coef for coef, _, _ in columns], axis=-1)
    gaps = np.stack([gap for _, gap, _ in columns], axis=-1)
    ratio = np.stack([share for _, _, share in columns], axis=-1)
    raw = coefs * normal.inverse_scale[:, np.newaxis]
    means = np.reshape(stats.y_mean, (-1, 1)) if settings.fit_intercept else 0.0
    centre = stats.x_mean if settings.fit_intercept else np.zeros(stats.n_features)
    intercepts = means - np.einsum("j,mjk->mk", centre, raw)
    worst = gaps.max(axis=0)
    status = closed_form_status(worst, settings.tol)
    warn_unconverged(grid, worst, status, settings, stacklevel=3)
    single = stats.xty.ndim == 1
    arrays = {"intercepts": intercepts, "dual_gaps": gaps, "deviance_ratio": ratio}
    found = {
        "seconds": 0.0,
        "scale": normal.scale,
        "null_objective": normal.null[0] if single else normal.null,
    }
    return _to_path(
        stats,
        settings,
        SparseCoefs.from_dense(raw[0]) if single else raw,
        status,
        found,
        alphas=grid,
        n_iter=np.ones(len(grid), np.int64),
        **{name: value[0] if single else value for name, value in arrays.items()},
    )


class NormalEquations:
    """(G + alpha I) b = c in the coordinates of the penalty, by one eigenbasis of G."""

    def __init__(self, stats: GramStats, settings: Settings) -> None:
        self.scale, self.inverse_scale = column_scale(stats, settings)
        gram = stats.gram / stats.weight
        right = np.reshape(stats.xty, (stats.n_features, -1)) / stats.weight
        square = np.reshape(stats.yty, -1) / stats.weight
        if not settings.fit_intercept:
            means = np.reshape(stats.y_mean, -1)
            gram += np.outer(stats.x_mean, stats.x_mean)
            right = right + np.outer(stats.x_mean, means)
            square = square + means**2
        self.gram = gram * self.inverse_scale * self.inverse_scale[:, np.newaxis]
        self.right = right * self.inverse_scale[:, np.newaxis]
        self.null = square / 2.0
        values, self.basis = np.linalg.eigh(self.gram)
        self.values = np.maximum(values, 0.0)

    def solve(self, alpha: float) -> tuple[Floats, Floats, Floats]:
        """Coefficients (m, p), relative gaps (m,) and deviance ratios (m,)."""
        regular = self.values + alpha > self.values.max() * self._cutoff
        divisor = np.where(regular, self.values + alpha, np.inf)[:, np.newaxis]
        coef = np.zeros_like(self.right)
        for _ in range(2):  # the second time refines
            rest = self.right - self.gram @ coef - alpha * coef
            coef += self.basis @ (self.basis.T @ rest / divisor)
        rest = self.right - self.gram @ coef - alpha * coef
        gap = self._gap(alpha, coef, rest, divisor)
        square = (coef * (rest + alpha * coef + self.right)).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.null > 0.0, square / (2.0 * self.null), 0.0)
            gap = np.where(self.null > 0.0, gap / self.null, gap)
        return coef.T, gap, ratio

    @property
    def _cutoff(self) -> float:
        return float(len(self.values) * np.finfo(np.float64).eps)

    def _gap(self, alpha: float, coef: Floats, rest: Floats, divisor: Floats) -> Floats:
        """Duality gap, with what rounding may hide in the gradient."""
        if alpha == 0.0:
            rotated = self.basis.T @ rest
            return np.asarray((rotated**2 / divisor).sum(axis=0) / 2.0)
        root = np.sqrt(np.diag(self.gram))
        size = np.sqrt(2.0 * self.null) + root @ np.abs(coef)
        gradient = np.abs(rest) + PRODUCT_ERROR * np.outer(root, size)
        return np.asarray((gradient**2).sum(axis=0) / (2.0 * alpha))


def certify(
    stats: GramStats,
    coef: Any,
    intercept: float,
    target: int,
    *,
    alpha: float,
    l1_ratio: float = 1.0,
    fit_intercept: bool = True,
    standardize: bool = True,
    positive: bool = False,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
) -> Certificate:
    """Audit of coefficients; see `GramStats.certify`."""
    columns = _columns(stats)
    lower, upper = check_bounds(lower_bounds, upper_bounds, positive, columns)
    factor = check_penalty_factor(penalty_factor, columns)
    fit_intercept = _validation.check_flag(fit_intercept, "fit_intercept")
    coef = check_coef(coef, stats.n_features)
    intercept = check_intercept(intercept, fit_intercept)
    X, y = representative_rows(stats, target, centred=fit_intercept)
    if fit_intercept:  # the means are left out
        intercept += float(stats.x_mean @ coef) - stats.response(target)[0]
    problem = Problem(
        X,
        y,
        alpha=_validation.check_alpha(alpha),
        l1_ratio=_validation.check_l1_ratio(l1_ratio),
        fit_intercept=fit_intercept,
        standardize=_validation.check_flag(standardize, "standardize"),
        penalty_factor=1.0 if factor is None else factor,
        lower_bounds=-np.inf if lower is None else lower,
        upper_bounds=np.inf if upper is None else upper,
    )
    return audit(problem, coef, intercept, positive)


def representative_rows(
    stats: GramStats, target: int, *, centred: bool
) -> tuple[Floats, Floats]:
    """A few rows, of equal weights, with the same statistics divided by the weight.

    They are mean ± sqrt(k) r_i for the k rows r_i of a root of the covariance matrix of
    (x, y); it is taken of the correlations, so that units don't matter.
    """
    y_mean, xty, yty = stats.response(target)
    covariance = np.block([[stats.gram, xty[:, np.newaxis]], [xty, np.array(yty)]])
    covariance /= stats.weight
    size = np.sqrt(np.diag(covariance))
    inverse = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0.0)
    values, vectors = np.linalg.eigh(covariance * inverse * inverse[:, np.newaxis])
    root = np.sqrt(np.maximum(values, 0.0))[:, np.newaxis] * vectors.T * size
    rows = np.sqrt(len(root)) * np.vstack([root, -root])
    if not centred:
        rows += np.append(stats.x_mean, y_mean)
    return rows[:, :-1], np.ascontiguousarray(rows[:, -1])


def column_scale(stats: GramStats, settings: Settings) -> tuple[Floats, Floats]:
    """What the penalty multiplies the coefficients by, and the inverse (0 for 0)."""
    spread = stats.x_scale
    size = np.abs(stats.x_mean)
    if settings.fit_intercept:
        scale = spread if settings.standardize else (spread > 0.0).astype(np.float64)
    elif settings.standardize:
        scale = np.where(spread > 0.0, spread, size)
    else:
        scale = ((spread > 0.0) | (size > 0.0)).astype(np.float64)
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0.0)
    return scale, inverse


def ridge_grid(stats: GramStats, settings: Settings, count: int) -> Floats:
    """Alphas of a ridge path, as `fastreg.ridge_path` places them for the data."""
    square = np.diag(stats.gram) / stats.weight
    if not settings.fit_intercept:
        square = square + stats.x_mean**2
    square = square * column_scale(stats, settings)[1] ** 2
    return spectral_grid(square, settings, stats.n_samples, count)


def _columns(stats: GramStats) -> Columns:
    return Columns((stats.n_samples, stats.n_features), stats.feature_names)


def _to_path(
    stats: GramStats,
    settings: Settings,
    coefs: SparseCoefs | Floats,
    status: NDArray[np.int8],
    found: dict[str, Any],
    **arrays: Any,
) -> Path:
    return make_path(
        settings,
        coefs,
        status,
        feature_names=stats.feature_names,
        shape=(stats.n_samples, stats.n_features),
        n_passes=0,
        seconds=found["seconds"],
        null_objective=found["null_objective"],
        scale=found["scale"],
        stopped=STOPS[found.get("stop", 0)],
        **arrays,
    )
