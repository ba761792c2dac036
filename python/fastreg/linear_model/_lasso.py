"""`Lasso`: the elastic net with l1_ratio = 1, scikit-learn's interface."""

from __future__ import annotations

from typing import Any

from fastreg.linear_model._elastic_net import DEFAULT_MAX_ITER, ElasticNet


class Lasso(ElasticNet):
    """Linear regression with an L1 penalty.

    Drop-in replacement of `sklearn.linear_model.Lasso`. Minimises ::

        1/(2 n_samples) ||y - b0 - X b||^2 + alpha ||b||_1

    Parameters
    ----------
    alpha : float >= 0, default=1.0
        Strength of the penalty.
    fit_intercept, precompute, copy_X, max_iter, tol, warm_start, positive, \
random_state, selection
        As in `ElasticNet`, where the differences from scikit-learn are listed too.

    Attributes
    ----------
    coef_, sparse_coef_, intercept_, n_iter_, dual_gap_, n_features_in_, \
feature_names_in_
        As in `ElasticNet`.

    See Also
    --------
    fastreg.lasso_path : The solutions at many alphas.

    Examples
    --------
    >>> from fastreg import Lasso
    >>> model = Lasso(alpha=0.1).fit([[0, 0], [1, 1], [2, 3]], [0, 1, 2])
    >>> model
    Lasso(alpha=0.1)
    >>> float(model.dual_gap_) < 1e-4
    True
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        fit_intercept: bool = True,
        precompute: Any = False,
        copy_X: bool = True,
        max_iter: int | None = DEFAULT_MAX_ITER,
        tol: float = 1e-4,
        warm_start: bool = False,
        positive: bool = False,
        random_state: Any = None,
        selection: str = "cyclic",
    ) -> None:
        super().__init__(
            alpha=alpha,
            l1_ratio=1.0,
            fit_intercept=fit_intercept,
            precompute=precompute,
            copy_X=copy_X,
            max_iter=max_iter,
            tol=tol,
            warm_start=warm_start,
            positive=positive,
            random_state=random_state,
            selection=selection,
        )
