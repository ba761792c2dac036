"""Regularised linear models: fast, and every number with a certificate.

`path` fits the Lasso and the Elastic Net over a whole sequence of strengths, also of
logistic and Poisson regression and of several targets; `cv` chooses the strength,
`relaxed_path` and `adaptive` refine the choice of features; `ridge`, `ridge_path` and
`ridge_cv` are ridge regression; `fit_many` and its kin fit thousands of models in one
call; `certify` audits anybody's coefficients, and `GramStats` does all of that without
the data. The classes `Lasso`, `ElasticNet`, `LogisticRegression` and so on, and the
functions `lasso_path` and `enet_path`, are drop-in replacements of those in
scikit-learn, which is imported when one of them is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fastreg import reference
from fastreg._adaptive import AdaptivePath, adaptive
from fastreg._bootstrap import bootstrap
from fastreg._certificate import Certificate, certify
from fastreg._criterion_selection import CriterionSelection
from fastreg._cv import cv
from fastreg._cv_chosen import Selected
from fastreg._cv_diagnosis import Diagnosis
from fastreg._cv_relaxed import RelaxedCVResult, RelaxedSelected
from fastreg._cv_result import CVResult
from fastreg._fit_batch import fit_batch
from fastreg._fit_groups import fit_groups
from fastreg._fit_many import fit_many, fit_many_blocks
from fastreg._fit_rolling import fit_rolling
from fastreg._gram_stats import GramStats
from fastreg._learning_curve import learning_curve
from fastreg._learning_result import LearningCurve
from fastreg._many_result import ManyFit
from fastreg._path import path
from fastreg._relaxed import relaxed_path
from fastreg._relaxed_result import RelaxedPath
from fastreg._result import Path
from fastreg._ridge import ridge
from fastreg._ridge_cv import ridge_cv
from fastreg._ridge_fit import RidgeFit
from fastreg._ridge_path import ridge_path
from fastreg._ridge_selection import RidgeSelection
from fastreg._show_versions import show_versions
from fastreg._solve_one import Fit, solve
from fastreg._stability import StabilitySelection, stability_selection
from fastreg._version import __version__
from fastreg._warnings import (
    ConvergenceWarning,
    FoldWarning,
    GridWarning,
    PathInterrupted,
    SeparationWarning,
)
from fastreg._watch import PathStep

if TYPE_CHECKING:
    from fastreg.linear_model import (
        ElasticNet,
        ElasticNetCV,
        Lasso,
        LassoCV,
        LogisticRegression,
        LogisticRegressionCV,
        MultiTaskElasticNet,
        MultiTaskElasticNetCV,
        MultiTaskLasso,
        MultiTaskLassoCV,
        PoissonRegressor,
        Ridge,
        RidgeClassifier,
        RidgeClassifierCV,
        RidgeCV,
        enet_path,
        lasso_path,
    )

__all__ = [
    "AdaptivePath",
    "CVResult",
    "Certificate",
    "ConvergenceWarning",
    "CriterionSelection",
    "Diagnosis",
    "ElasticNet",
    "ElasticNetCV",
    "Fit",
    "FoldWarning",
    "GramStats",
    "GridWarning",
    "Lasso",
    "LassoCV",
    "LearningCurve",
    "LogisticRegression",
    "LogisticRegressionCV",
    "ManyFit",
    "MultiTaskElasticNet",
    "MultiTaskElasticNetCV",
    "MultiTaskLasso",
    "MultiTaskLassoCV",
    "Path",
    "PathInterrupted",
    "PathStep",
    "PoissonRegressor",
    "RelaxedCVResult",
    "RelaxedPath",
    "RelaxedSelected",
    "Ridge",
    "RidgeCV",
    "RidgeClassifier",
    "RidgeClassifierCV",
    "RidgeFit",
    "RidgeSelection",
    "Selected",
    "SeparationWarning",
    "StabilitySelection",
    "__version__",
    "adaptive",
    "bootstrap",
    "certify",
    "cv",
    "enet_path",
    "fit_batch",
    "fit_groups",
    "fit_many",
    "fit_many_blocks",
    "fit_rolling",
    "lasso_path",
    "learning_curve",
    "path",
    "reference",
    "relaxed_path",
    "ridge",
    "ridge_cv",
    "ridge_path",
    "show_versions",
    "solve",
    "stability_selection",
]

_DROP_IN = {
    "ElasticNet",
    "ElasticNetCV",
    "Lasso",
    "LassoCV",
    "LogisticRegression",
    "LogisticRegressionCV",
    "MultiTaskElasticNet",
    "MultiTaskElasticNetCV",
    "MultiTaskLasso",
    "MultiTaskLassoCV",
    "PoissonRegressor",
    "Ridge",
    "RidgeCV",
    "RidgeClassifier",
    "RidgeClassifierCV",
    "enet_path",
    "lasso_path",
}


def __getattr__(name: str) -> Any:
    # Estimators need scikit-learn, which takes longer to import than all of fastreg.
    if name in _DROP_IN:
        return getattr(import_module("fastreg.linear_model"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
