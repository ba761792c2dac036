"""`fit_many`: many responses on one X; `fit_many_blocks`: more than memory holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fastreg._many_progress import shown
from fastreg._many_result import ManyFit
from fastreg._many_setup import check_setup

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from fastreg._many_setup import ManySetup


def fit_many(
    X: Any,
    Y: Any,
    *,
    family: str = "gaussian",
    alpha: float | Any = None,
    alphas: int | Any = None,
    relative: bool = False,
    cv: Any = None,
    groups: Any = None,
    scoring: str | None = None,
    rule: str = "min",
    early_stop: bool = True,
    keep_curves: bool = False,
    random_state: int = 0,
    l1_ratio: float = 1.0,
    eps: float | str = "auto",
    fit_intercept: bool = True,
    standardize: bool = True,
    sample_weight: Any = None,
    penalty_factor: Any = None,
    lower_bounds: Any = None,
    upper_bounds: Any = None,
    positive: bool = False,
    tol: float = 1e-6,
    max_iter: int = 100_000,
    n_threads: int | None = None,
    progress: bool = False,
) -> ManyFit:
    """Fit the Lasso or the Elastic Net of many responses on the same features.

    Each response is a problem of its own, as `path` states it. They share one
    standardisation and one Gram matrix, or one for each pattern of missing values.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        As in `path`.
    Y : array-like of shape (n, m)
        A response in each column. NaN is a missing value: the row doesn't count for
        that response. Names of columns become `ManyFit.keys`.
    family : {"gaussian", "binomial", "poisson"}, default "gaussian"
        Of all responses: numbers, two labels of any type, or counts. A response that is
        none, as with one class only, fails by itself.
    alpha : float or array-like of shape (m,), optional
        One strength for every response, or one for each.
    alphas : int or array-like of shape (k,), optional
        Paths instead: how many strengths, from each response's own alpha_max down, or
        the strengths. One of `alpha` and `alphas` is needed, unless there is `cv`: then
        `alphas` are what is chosen from, by default 100.
    relative : bool, default False
        Whether strengths that are given are shares of each response's own alpha_max,
        the smallest strength that leaves nothing but the intercept.
    cv : int, splitter or iterable, optional
        Choose alpha for each response by cross-validation, as `fastreg.cv` does: how
        many folds, or a splitter, or pairs (train, test) of rows. Folds are the same
        for all responses (so not stratified by classes), and rows without a value don't
        count in them.
    groups : array-like of shape (n,), optional
        With `cv`, rows with the same label are tested together.
    scoring : str, default "mse" (gaussian) or "deviance"
        With `cv`, what is judged in the rows tested: "mse", "mae", "r2", "deviance"
        (gaussian), "deviance", "mse", "mae" (poisson), "deviance", "log_loss", "auc",
        "accuracy" (binomial).
    rule : {"min", "1se", "2pct"}, default "min"
        With `cv`, which alpha is chosen, see `CVResult.select`.
    early_stop : bool, default True
        With `cv`, whether the grid of a response ends early where its scores have
        turned, and is continued where the best is at its end, as in `cv`.
    keep_curves : bool, default False
        With `cv`, whether `ManyFit.curves` has the scores of all alphas.
    random_state : int, default 0
        Seed of the shuffling of folds.
    l1_ratio, fit_intercept, standardize, sample_weight
        As in `path`.
    eps : float or "auto", default "auto"
        As in `path`, for automatic strengths.
    penalty_factor, lower_bounds, upper_bounds, positive, tol, max_iter
        As in `path`.
    n_threads : int, optional
        Responses are solved side by side; results don't depend on it. Default: 1 for
        small data, else what the process may use.
    progress : bool, default False
        Whether to show progress on stderr.

    Returns
    -------
    ManyFit
        Partial after Ctrl-C, with ``interrupted`` set.

    Raises
    ------
    ValueError
        If shapes disagree, X has NaN or an infinity, or a value is out of its range.
        What is wrong with one response only is in `ManyFit.messages`.
    TypeError
        If X or Y don't hold real numbers, or an option is of the wrong kind.

    Warns
    -----
    GridWarning
        If the best score of responses is that of their smallest alpha.
    FoldWarning
        If responses are sorted and folds test neighbouring rows.
    ConvergenceWarning
        If fits of folds have gaps above `tol`; about others see `ManyFit.status`.

    See Also
    --------
    fit_many_blocks : Responses that come in blocks.
    path : One response.
    cv : Cross-validation of one response, with pictures and more rules.
    ridge, ridge_cv : Ridge regression of several responses, in closed form.

    Notes
    -----
    With `cv` there is one standardisation and one Gram matrix a fold for all responses
    that lack the same rows, or paths from X where these would not pay. The path of all
    rows goes no further than to the chosen alpha.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((80, 20))
    >>> Y = X[:, :5] + 0.1 * rng.standard_normal((80, 5))
    >>> Y[3, 1] = np.nan
    >>> fit = fastreg.fit_many(X, Y, alpha=0.2)
    >>> fit.coefs.shape, fit.coefs.indices.tolist()
    ((5, 20), [0, 1, 2, 3, 4])
    >>> fit.predict(X[:2]).shape
    (2, 5)

    The alpha of each by five folds, the same for all of them:

    >>> chosen = fastreg.fit_many(X, Y, cv=5, rule="1se")
    >>> chosen.alphas.shape, bool(chosen.scores.max() < 0.02)
    ((5,), True)
    """
    fits = check_setup(
        X,
        Y,
        family=family,
        alpha=alpha,
        alphas=alphas,
        relative=relative,
        cv=cv,
        groups=groups,
        scoring=scoring,
        rule=rule,
        early_stop=early_stop,
        keep_curves=keep_curves,
        random_state=random_state,
        l1_ratio=l1_ratio,
        eps=eps,
        fit_intercept=fit_intercept,
        standardize=standardize,
        sample_weight=sample_weight,
        penalty_factor=penalty_factor,
        lower_bounds=lower_bounds,
        upper_bounds=upper_bounds,
        positive=positive,
        tol=tol,
        max_iter=max_iter,
        n_threads=n_threads,
    )
    responses = fits.check(Y)
    responses.require_any()
    with shown(progress, "fit_many", responses.count) as told:
        return fits.fit(responses, told)


def fit_many_blocks(
    X: Any, blocks: Iterable[Any], **options: Unpack[ManySetup]
) -> Iterator[ManyFit]:
    """Fit responses that come in blocks, one block at a time.

    X, the options and the folds are checked once, at the call; a block is asked for
    when the result of the one before was taken.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, p)
        As in `path`.
    blocks : iterable of array-like of shape (n, m)
        Responses, any number in a block; a generator may read them from a file. A few
        hundred or more use what they share, and threads.
    **options
        Those of `fit_many` but ``progress``. `alpha` is a number.

    Yields
    ------
    ManyFit
        One for each block. Without names its ``keys`` go on where those of the block
        before ended. The last one after Ctrl-C is partial.

    Raises
    ------
    ValueError, TypeError
        As `fit_many`: at the call, or from a block that is wrong.

    Warns
    -----
    GridWarning, FoldWarning, ConvergenceWarning
        As `fit_many`, about each block.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((80, 20))
    >>> blocks = (X[:, :3] + rng.standard_normal((80, 3)) for _ in range(4))
    >>> for fit in fastreg.fit_many_blocks(X, blocks, cv=5):
    ...     print(fit.keys, fit.coefs.shape)
    [0 1 2] (3, 20)
    [3 4 5] (3, 20)
    [6 7 8] (3, 20)
    [ 9 10 11] (3, 20)
    """
    if isinstance(blocks, (str, bytes)) or not isinstance(blocks, Iterable):
        raise TypeError(f"blocks must be an iterable of arrays, got {blocks!r}")
    fits = check_setup(X, None, **options)

    def fitted() -> Iterator[ManyFit]:
        first = 0
        for Y in blocks:
            fit = fits.fit(fits.check(Y, first))
            yield fit
            first += len(fit)
            if fit.interrupted:
                return

    return fitted()
