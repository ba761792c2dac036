"""What `fit_many` is asked for, checked before any response is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._fold_selection import FoldPlan
from fastreg._many import ManyOptions, Strengths
from fastreg._many_frame import frame_library
from fastreg._matrix import KernelMatrix
from fastreg._response_fits import ResponseFits
from fastreg._ridge_problem import RIDGE_EPS, ridge_grid
from fastreg._solve import Data, Settings

if TYPE_CHECKING:
    from typing_extensions import Unpack

Floats = NDArray[np.float64]

FAMILIES = ("gaussian", "binomial", "poisson")


class ManySetup(TypedDict, total=False):
    """As in the signature of `fit_many`."""

    family: str
    alpha: Any
    alphas: Any
    relative: bool
    cv: Any
    groups: Any
    scoring: str | None
    rule: str
    early_stop: bool
    keep_curves: bool
    random_state: int
    l1_ratio: float
    eps: float | str
    fit_intercept: bool
    standardize: bool
    sample_weight: Any
    penalty_factor: Any
    lower_bounds: Any
    upper_bounds: Any
    positive: bool
    tol: float
    max_iter: int
    n_threads: int | None


DEFAULTS: ManySetup = {
    "family": "gaussian",
    "alpha": None,
    "alphas": None,
    "relative": False,
    "cv": None,
    "groups": None,
    "scoring": None,
    "rule": "min",
    "early_stop": True,
    "keep_curves": False,
    "random_state": 0,
    "l1_ratio": 1.0,
    "eps": "auto",
    "fit_intercept": True,
    "standardize": True,
    "sample_weight": None,
    "penalty_factor": None,
    "lower_bounds": None,
    "upper_bounds": None,
    "positive": False,
    "tol": 1e-6,
    "max_iter": 100_000,
    "n_threads": None,
}
# Those that are for cross-validation only.
FOR_CV = ("groups", "scoring", "rule", "keep_curves")
OF_MODEL = (
    "family",
    "l1_ratio",
    "fit_intercept",
    "standardize",
    "penalty_factor",
    "lower_bounds",
    "upper_bounds",
    "positive",
    "tol",
    "max_iter",
    "n_threads",
)


def check_setup(X: Any, Y: Any, **options: Unpack[ManySetup]) -> ResponseFits:
    """Options, folds and X, for these responses, or for any if Y is None."""
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise TypeError(f"there is no option {unknown[0]!r}")
    asked: dict[str, Any] = {**DEFAULTS, **options}
    matrix = _validation.check_X(X)
    n, p = matrix.shape
    m = 1 if Y is None or np.ndim(Y) != 2 else np.shape(Y)[1]
    weight = _validation.check_sample_weight(asked["sample_weight"], n)
    model = ManyOptions.check(
        matrix,
        n_entries=n * p + n * m,
        families=FAMILIES,
        **{name: asked[name] for name in OF_MODEL},
    )
    alphas = _check_choice(asked)
    strengths = check_strengths(
        asked["alpha"],
        alphas,
        asked["relative"],
        asked["eps"],
        n_problems=m,
        n_samples=n,
        n_features=p,
    )
    automatic = strengths.alphas is None
    plan = None
    if asked["cv"] is not None:
        names = (*FOR_CV, "early_stop", "random_state")
        rows = np.zeros(n) if Y is None else Y
        _validation.check_rows(np.zeros(len(rows)), "Y", n)
        plan = FoldPlan.check(
            asked["cv"],
            X,
            rows,
            weight,
            family=model.family,
            **{name: asked[name] for name in names},
        ).of_grid(automatic=automatic)
    matrix.check_finite()
    if automatic and model.l1_ratio == 0.0:
        strengths = _ridge_strengths(matrix, weight, model, strengths, asked["eps"])
    return ResponseFits(
        matrix,
        weight,
        model,
        strengths,
        single=asked["alpha"] is not None or plan is not None,
        plan=plan,
        n_threads=asked["n_threads"],
        library=frame_library(X),
    )


def _check_choice(asked: dict[str, Any]) -> Any:
    """The `alphas` that are asked for; some options are for `cv`."""
    if asked["cv"] is not None:
        if asked["alpha"] is not None:
            raise ValueError(
                "alpha is chosen with cv: pass alphas, the strengths to choose from"
            )
        return 100 if asked["alphas"] is None else asked["alphas"]
    for name in FOR_CV:
        default = DEFAULTS[name]  # type: ignore[literal-required]
        if asked[name] is not default and asked[name] != default:
            raise ValueError(f"{name} is for cross-validation: pass cv, too")
    return asked["alphas"]


def _ridge_strengths(
    X: KernelMatrix,
    weight: Floats | None,
    options: ManyOptions,
    strengths: Strengths,
    eps: float | str,
) -> Strengths:
    """Without an L1 term no alpha gives the null model; the grid is that of ridge."""
    if options.family != "gaussian":
        raise ValueError(
            f"l1_ratio=0 of family {options.family!r} has no grid for many responses: "
            "pass alphas"
        )
    settings = Settings(
        l1_ratio=0.0,
        fit_intercept=options.fit_intercept,
        standardize=options.standardize,
        tol=options.tol,
        max_iter=options.max_iter,
        penalty_factor=options.penalty_factor,
    )
    data = Data(X, np.zeros(X.shape[0]), weight)
    end = RIDGE_EPS if isinstance(eps, str) else strengths.eps
    grid = ridge_grid(data, settings, strengths.n_alphas, end)
    return strengths._replace(alphas=np.asfortranarray(grid[:, np.newaxis]))


def check_strengths(
    alpha: Any,
    alphas: Any,
    relative: Any,
    eps: Any,
    *,
    n_problems: int,
    n_samples: int,
    n_features: int,
) -> Strengths:
    """What `alpha` and `alphas` ask for; n_alphas is then how many a problem has."""
    relative = _validation.check_flag(relative, "relative")
    if (alpha is None) == (alphas is None):
        raise ValueError("give either alpha (one strength a problem) or alphas (paths)")
    if alpha is not None:
        values = np.atleast_1d(_validation.as_float64(alpha, "alpha"))
        if values.shape not in ((1,), (n_problems,)):
            raise ValueError(
                f"alpha has shape {values.shape}: expected a number, or one for each "
                f"of {n_problems} problems"
            )
        if not np.isfinite(values).all() or (values < 0.0).any():
            bad = values[~(np.isfinite(values) & (values >= 0.0))][0]
            raise ValueError(f"alpha must be finite and >= 0, got {bad:g}")
        return Strengths(np.asfortranarray(values[np.newaxis]), relative, 1)
    grid = _validation.check_alphas(alphas)
    if isinstance(grid, int):
        if relative:
            raise ValueError("relative=True is for strengths that are given")
        end = _validation.check_eps(eps, n_samples, n_features)
        return Strengths(None, False, grid, end)
    return Strengths(np.asfortranarray(grid[:, np.newaxis]), relative, len(grid))
