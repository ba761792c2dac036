"""What a `Path` knows about choosing its alpha without other data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from fastreg._criteria import criterion
from fastreg._effective_df import effective_df
from fastreg._support import Support

if TYPE_CHECKING:
    from fastreg._coefs import SparseCoefs
    from fastreg._criterion_selection import CriterionSelection
    from fastreg._result import Path

Floats = NDArray[np.float64]


class PathCriteria:
    """Information criteria and degrees of freedom of a path."""

    _coefs: SparseCoefs | Floats

    def criterion(
        self,
        name: str,
        *,
        df: Any = "auto",
        gamma: float = 1.0,
        noise_variance: float | None = None,
    ) -> Floats:
        """An information criterion at every alpha; the smaller the better.

        With n the rows that count and K parameters, ::

            aic    -2 log L + 2 K
            aicc   -2 log L + 2 K n / (n - K - 1)
            bic    -2 log L + K log n
            ebic   bic + 2 gamma log C(P, ν)

        where C(P, ν) is the number of ways to choose the ν coefficients that are in use
        of the P that the penalty lets choose from.

        Parameters
        ----------
        name : {"aic", "aicc", "bic", "ebic"}
            AIC aims at predictions, as cross-validation does. AICc is AIC for few rows.
            BIC and EBIC aim at the features that matter, EBIC where there are many to
            choose from: its price of a feature grows with log p.
        df : {"auto", "support"} or array-like of shape (k,), default "auto"
            Degrees of freedom. "support" counts coefficients that are estimated,
            and the intercept: nonzero ones and those without a penalty, unless
            a bound holds them (of the K coefficients of a feature in K classes, and of
            the K intercepts, K - 1 are free). That is unbiased for the
            Lasso and too many with an L2 term, for which `effective_df` has them.
            "auto" is `Path.df` for ``l1_ratio=0`` and "support" otherwise.
        gamma : float >= 0, default 1
            Weight of the term of EBIC. 0 is BIC. With 1 all sizes of the support
            are as likely beforehand; it chooses the right features in the long run
            however fast p grows as a power of n. 0.5 does as long as p grows less fast
            than n, and misses fewer weak ones.
        noise_variance : float > 0, optional
            Variance of y about its mean given X (of a row of mean weight), for the
            family gaussian: then it is not estimated.

        Returns
        -------
        ndarray of shape (k,) or (m, k)
            Infinite where nothing can be said: in aicc where K >= n - 1, and for an
            unknown variance where df >= n - 1.

        Raises
        ------
        ValueError
            If the name is unknown, `df` has another shape than ``alphas`` or isn't
            known, or y has no variance that could be estimated.

        Notes
        -----
        Weights are scaled to sum to n. They say how exact rows are; rows that stand for
        several must be repeated, because n counts rows.

        -2 log L is, up to a constant that is the same for all alphas,

        - gaussian: ``n log(2π RSS / n) + n`` with the variance at its most likely value
          RSS / n, which is one parameter more (K = df + 1; otherwise K = df);
          ``n log(2π σ²) + RSS / σ²`` if `noise_variance` is σ²;
        - binomial and multinomial: -2 Σ log of the probability of the label;
        - poisson: the deviance, -2 log L less that of a saturated model.

        With more features than rows, RSS goes to 0 at the end of a path and its
        logarithm to -∞, faster than AIC and BIC punish: they may choose the last alpha,
        of which `select` warns. AICc, EBIC or a `noise_variance` do better.

        References
        ----------
        Akaike, "A new look at the statistical model identification", IEEE Transactions
        on Automatic Control 19(6), 1974.
        Schwarz, "Estimating the dimension of a model", Annals of Statistics 6(2), 1978.
        Hurvich, Tsai, "Regression and time series model selection in small samples",
        Biometrika 76(2), 1989.
        Chen, Chen, "Extended Bayesian information criteria for model selection with
        large model spaces", Biometrika 95(3), 2008.
        Zou, Hastie, Tibshirani, "On the degrees of freedom of the lasso", Annals of
        Statistics 35(5), 2007.

        Examples
        --------
        >>> import fastreg
        >>> from fastreg.datasets import load_diabetes
        >>> data = load_diabetes()
        >>> path = fastreg.path(data.X, data.y)
        >>> best = path.criterion("bic").argmin()
        >>> int(best), int(path.n_nonzero[best])
        (41, 7)
        """
        path = cast("Path", self)
        support = Support.of(path, self._coefs)
        return criterion(
            path, support, name, df=df, gamma=gamma, noise_variance=noise_variance
        )

    def select(self, name: str, **options: Any) -> CriterionSelection:
        """The solution with the smallest criterion.

        Of alphas that are equally good the largest is taken.

        Parameters
        ----------
        name : {"aic", "aicc", "bic", "ebic"}
        **options
            ``df``, ``gamma`` and ``noise_variance`` as in `criterion`.

        Returns
        -------
        CriterionSelection

        Raises
        ------
        ValueError
            As in `criterion`; if the path has several targets; if no alpha has a finite
            criterion.

        Warns
        -----
        GridWarning
            If the best alpha is the smallest of several, or the largest where that
            isn't the null model: the best may lie outside.

        Examples
        --------
        >>> import fastreg
        >>> from fastreg.datasets import load_diabetes
        >>> data = load_diabetes()
        >>> chosen = fastreg.path(data.X, data.y).select("bic")
        >>> [data.feature_names[j] for j in chosen.support]
        ['sex', 'bmi', 'bp', 's1', 's3', 's5', 's6']
        >>> chosen.predict(data.X[:2]).round().tolist()
        [204.0, 70.0]
        """
        from fastreg._criterion_selection import select

        path = cast("Path", self)
        return select(path, Support.of(path, self._coefs), name, options)

    def effective_df(
        self, X: Any, sample_weight: Any = None, offset: Any = None
    ) -> Floats:
        """Degrees of freedom of every solution, the trace of its hat matrix.

        They say how the fit answers small changes of y that leave the support as it
        is: the columns that are estimated, shrunk by the L2 term. The trace is that of
        H (H + D)⁻¹ for the curvature H of the loss at the solution and the L2 penalty
        D, an intercept counted. Without an L2 term it is the rank of the columns.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            The data that the path was fitted on. The columns in use are copied.
        sample_weight, offset
            Those that it was fitted with.

        Returns
        -------
        ndarray of shape (k,)

        Raises
        ------
        ValueError
            If X has other rows or columns than the path was fitted on, or the path is
            ``grouped``.

        Notes
        -----
        Zou (2005), "Some perspectives of sparse statistical modeling", for the Elastic
        Net; Park and Hastie (2007), "L1-regularization path algorithm for generalized
        linear models", J. R. Statist. Soc. B 69(4), for the other families.

        Examples
        --------
        >>> import fastreg
        >>> from fastreg.datasets import load_diabetes
        >>> data = load_diabetes()
        >>> path = fastreg.path(data.X, data.y, l1_ratio=0.5, alphas=[10.0, 0.1])
        >>> path.effective_df(data.X).round(2).tolist(), (1 + path.n_nonzero).tolist()
        ([2.3, 9.29], [10, 11])
        """
        return effective_df(cast("Path", self), X, sample_weight, offset)
