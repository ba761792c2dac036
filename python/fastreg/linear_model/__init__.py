"""Estimators and path functions with scikit-learn's interface.

Each class and function keeps the signature, defaults, objective and attribute names of
the scikit-learn one it replaces; what differs is stated under "Notes" in its docstring.
This subpackage is the only part of fastreg that imports scikit-learn.
"""

from __future__ import annotations

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        "fastreg's estimators need scikit-learn 1.6 or newer "
        "(pip install scikit-learn); fastreg.path works without it"
    ) from error

from fastreg.linear_model._elastic_net import ElasticNet
from fastreg.linear_model._elastic_net_cv import ElasticNetCV
from fastreg.linear_model._lasso import Lasso
from fastreg.linear_model._lasso_cv import LassoCV
from fastreg.linear_model._logistic import LogisticRegression
from fastreg.linear_model._logistic_cv import LogisticRegressionCV
from fastreg.linear_model._multitask import MultiTaskElasticNet, MultiTaskLasso
from fastreg.linear_model._multitask_cv import MultiTaskElasticNetCV, MultiTaskLassoCV
from fastreg.linear_model._paths import enet_path, lasso_path
from fastreg.linear_model._poisson import PoissonRegressor
from fastreg.linear_model._ridge import Ridge
from fastreg.linear_model._ridge_classifier import RidgeClassifier
from fastreg.linear_model._ridge_classifier_cv import RidgeClassifierCV
from fastreg.linear_model._ridge_cv import RidgeCV

__all__ = [
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
]
