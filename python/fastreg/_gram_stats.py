"""`GramStats`: what least squares needs to know of the data, p² numbers of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _core, _gram_fits, _validation
from fastreg._certificate import Certificate
from fastreg._matrix import name_column
from fastreg._result import Path

Floats = NDArray[np.float64]

# Digits of a column's sum of squares below which a difference is nothing but rounding,
# and the share of it that must be left for the difference to have digits.
ROUNDING = 64 * np.finfo(np.float64).eps
LEAST_SHARE = 1e-8


class GramStats:
    """Sufficient statistics of least squares: fit and audit without the data.

    Made from arrays or from blocks of rows that never are in memory together. Two of
    them merge into those of all rows, so they can be computed where the data lie. With
    p features they take 8 p² bytes, however many rows there are.

    Below m is the number of responses; arrays of a single one (y with one axis) lack
    that axis. Nothing is scaled: x and y are as they were passed.

    Attributes
    ----------
    n_samples : int
        Rows with a positive weight.
    weight : float
        Sum of the weights; the number of rows without any.
    x_mean : ndarray of shape (p,)
        Weighted means of the columns, Σ w x / Σ w.
    y_mean : float or ndarray of shape (m,)
        The same of the responses.
    gram : ndarray of shape (p, p)
        Σ w (x - x_mean)(x - x_mean)ᵀ: centred, neither scaled nor divided.
    xty : ndarray of shape (p,) or (p, m)
        Σ w (x - x_mean)(y - y_mean).
    yty : float or ndarray of shape (m,)
        Σ w (y - y_mean)².
    feature_names : tuple of str or None
        Column names of X, if it was a data frame.

    Notes
    -----
    Sums are taken about a point near the means and merged by the formula of Chan, Golub
    and LeVeque (1983), so columns far from zero lose no digits. What is lost are digits
    of the correlations of very ill-conditioned data. Gaps count that: where rounding
    keeps one above ``tol`` there is a warning, and `fastreg.path` with the data, which
    refines such solutions, does better.

    Examples
    --------
    >>> import numpy as np
    >>> import fastreg
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 3))
    >>> y = X @ [1.0, 0.0, -2.0] + 5.0
    >>> first = fastreg.GramStats.from_data(X[:30], y[:30])
    >>> stats = first + fastreg.GramStats.from_data(X[30:], y[30:])
    >>> stats.n_samples
    100
    >>> np.allclose(stats.path(alphas=20).coefs, fastreg.path(X, y, alphas=20).coefs)
    True
    """

    def __init__(
        self,
        *,
        n_samples: int,
        weight: float,
        x_mean: Floats,
        y_mean: Any,
        gram: Floats,
        xty: Floats,
        yty: Any,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        self.n_samples = int(n_samples)
        self.weight = float(weight)
        self.x_mean = np.asarray(x_mean)
        self.y_mean: Any = y_mean if np.ndim(y_mean) else float(y_mean)
        self.gram = np.asarray(gram)
        self.xty = np.asarray(xty)
        self.yty: Any = yty if np.ndim(yty) else float(yty)
        self.feature_names = None if feature_names is None else tuple(feature_names)

    # --- making them ------------------------------------------------------------

    @classmethod
    def from_data(cls, X: Any, y: Any, sample_weight: Any = None) -> GramStats:
        """Statistics of arrays, in one reading of X.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            In any storage that `fastreg.path` takes.
        y : array-like of shape (n,) or (n, m)
        sample_weight : array-like of shape (n,), optional
            Weights >= 0; a weight of 0 drops the row, one of 2 repeats it. Unlike in
            `fastreg.path` their sum counts: it weighs these rows against others.

        Returns
        -------
        GramStats

        Raises
        ------
        ValueError
            If shapes disagree or a value is NaN or infinite.
        TypeError
            If X or y don't hold real numbers.
        """
        X = _validation.check_X(X)
        single = np.ndim(y) == 1
        Y = _validation.check_Y(y, X.shape[0])
        weight = _validation.check_sample_weight(sample_weight, X.shape[0])
        found = _core.gram_stats(X.kernel, Y, sample_weight=weight)
        if not np.isfinite(found["gram"]).all():
            X.check_finite()
        if single:
            for name in ("y_mean", "yty"):
                found[name] = found[name][0]
            found["xty"] = found["xty"][:, 0]
        return cls(**found, feature_names=X.names)

    @classmethod
    def from_blocks(cls, blocks: Iterable[Any]) -> GramStats:
        """Statistics of rows that come in blocks.

        Parameters
        ----------
        blocks : iterable of (X, y) or (X, y, sample_weight)
            As for `from_data`, with the same columns in each.

        Returns
        -------
        GramStats

        Raises
        ------
        ValueError
            If there is no block with a row that counts, or blocks disagree.
        """
        stats: GramStats | None = None
        for block in blocks:
            if not isinstance(block, (tuple, list)) or len(block) not in (2, 3):
                raise ValueError(
                    "blocks must yield (X, y) or (X, y, sample_weight), "
                    f"got {type(block).__name__}"
                    + (f" of {len(block)}" if hasattr(block, "__len__") else "")
                )
            if _is_empty(block):
                continue
            new = cls.from_data(*block)
            stats = new if stats is None else stats.merge(new)
        if stats is None:
            raise ValueError(
                "blocks is empty, or all of its rows have a weight of 0: there is "
                "nothing to compute from"
            )
        return stats

    def update(self, X: Any, y: Any, sample_weight: Any = None) -> GramStats:
        """Add rows, in place; the arguments are those of `from_data`."""
        self.__dict__.update(self.merge(self.from_data(X, y, sample_weight)).__dict__)
        return self

    def merge(self, other: GramStats) -> GramStats:
        """Statistics of the rows of both, ``self + other``.

        Raises
        ------
        ValueError
            If columns, their names or the responses differ.
        """
        self._check_same(other)
        weight = self.weight + other.weight
        between = self.weight * (other.weight / weight)
        dx = other.x_mean - self.x_mean
        dy = np.subtract(other.y_mean, self.y_mean)
        share = other.weight / weight
        return self._with(
            self.n_samples + other.n_samples,
            weight,
            (self.x_mean + share * dx, self.y_mean + share * dy),
            self.gram + other.gram + np.outer(between * dx, dx),
            self.xty + other.xty + between * _product(dx, dy),
            self.yty + other.yty + between * dy**2,
        )

    def __add__(self, other: Any) -> GramStats:
        return self.merge(other) if isinstance(other, GramStats) else NotImplemented

    def __sub__(self, other: Any) -> GramStats:
        """Statistics of the rows that are left without those of `other`.

        Raises
        ------
        ValueError
            If `other` has more rows or weight, or so little is left of the variance of
            a column that it would have no digits.
        """
        if not isinstance(other, GramStats):
            return NotImplemented
        self._check_same(other)
        weight, n_samples = self.weight - other.weight, self.n_samples - other.n_samples
        if n_samples < 1 or weight <= ROUNDING * self.weight:
            raise ValueError(
                f"{other.n_samples} rows of weight {other.weight:g} can't be taken "
                f"from {self.n_samples} of weight {self.weight:g}"
            )
        share = other.weight / weight
        x_mean = self.x_mean + share * (self.x_mean - other.x_mean)
        y_mean = self.y_mean + share * np.subtract(self.y_mean, other.y_mean)
        between = weight * (other.weight / self.weight)
        dx, dy = other.x_mean - x_mean, np.subtract(other.y_mean, y_mean)
        gram = self.gram - other.gram - np.outer(between * dx, dx)
        xty = self.xty - other.xty - between * _product(dx, dy)
        yty = np.maximum(self.yty - other.yty - between * dy**2, 0.0)
        constant = self._lost(np.diag(gram))
        gram[constant], gram[:, constant], xty[constant] = 0.0, 0.0, 0.0
        return self._with(n_samples, weight, (x_mean, y_mean), gram, xty, yty)

    def subset(self, columns: Any) -> GramStats:
        """Statistics of some features, in the order given.

        Parameters
        ----------
        columns : sequence of int or of str
            Positions, from 0 or negative from the end, or names.

        Returns
        -------
        GramStats

        Raises
        ------
        ValueError
            If there is no such column, or none at all.
        """
        index = np.array([self._position(column) for column in columns], dtype=np.int64)
        if len(index) == 0:
            raise ValueError("columns is empty: at least one column must be kept")
        names = self.feature_names
        part = self._with(
            self.n_samples,
            self.weight,
            (self.x_mean[index], self.y_mean),
            self.gram[np.ix_(index, index)],
            self.xty[index],
            self.yty,
        )
        part.feature_names = None if names is None else tuple(names[j] for j in index)
        return part

    # --- what they say ----------------------------------------------------------

    @property
    def n_features(self) -> int:
        """How many columns X had."""
        return len(self.x_mean)

    @property
    def n_targets(self) -> int:
        """How many responses."""
        return 1 if self.xty.ndim == 1 else self.xty.shape[1]

    @property
    def x_scale(self) -> Floats:
        """Weighted standard deviations of the columns (ddof=0), shape (p,)."""
        return np.sqrt(np.diag(self.gram) / self.weight)

    def __repr__(self) -> str:
        targets = f", {self.n_targets} responses" if self.xty.ndim == 2 else ""
        return (
            f"GramStats: {self.n_samples} rows of weight {self.weight:g}, "
            f"{self.n_features} features{targets}"
        )

    def path(self, *, target: int = 0, **options: Any) -> Path:
        """`fastreg.path` of the data, without them.

        Parameters
        ----------
        target : int, default 0
            Which response, if there are several.
        **options
            ``l1_ratio``, ``alphas``, ``eps``, ``fit_intercept``, ``standardize``,
            ``tol``, ``positive``, ``penalty_factor``, ``lower_bounds``,
            ``upper_bounds``, ``coef_init``, ``max_iter`` and ``early_stop``, as in
            `fastreg.path`.

        Returns
        -------
        Path
            Its ``n_passes`` is 0.

        Warns
        -----
        ConvergenceWarning
            If the gap of a solution is above ``tol``.
        """
        return _gram_fits.path(self, self._target(target), **options)

    def ridge_path(self, **options: Any) -> Path:
        """`fastreg.ridge_path` of the data, without them, for all responses.

        Parameters
        ----------
        **options
            ``alphas``, ``fit_intercept``, ``standardize`` and ``tol``, as in
            `fastreg.ridge_path`.

        Returns
        -------
        Path

        Warns
        -----
        ConvergenceWarning
            If the gap of a solution is above ``tol``.
        """
        return _gram_fits.ridge_path(self, **options)

    def certify(
        self, coef: Any, intercept: float = 0.0, *, target: int = 0, **options: Any
    ) -> Certificate:
        """`fastreg.certify` of the data, without them.

        Gaps below about 1e-13 of the null objective are rounding, above that for very
        ill-conditioned data.

        Parameters
        ----------
        coef : array-like of shape (p,)
        intercept : float, default 0
        target : int, default 0
            Which response, if there are several.
        **options
            ``alpha`` (required), ``l1_ratio``, ``fit_intercept``, ``standardize``,
            ``positive``, ``penalty_factor``, ``lower_bounds`` and ``upper_bounds``.

        Returns
        -------
        Certificate
        """
        return _gram_fits.certify(
            self, coef, intercept, self._target(target), **options
        )

    # --- parts ------------------------------------------------------------------

    def response(self, target: int) -> tuple[float, Floats, float]:
        """Mean, cross-products with the features and sum of squares of a response."""
        if self.xty.ndim == 1:
            return self.y_mean, self.xty, self.yty
        return (
            float(self.y_mean[target]),
            np.ascontiguousarray(self.xty[:, target]),
            float(self.yty[target]),
        )

    def _with(
        self,
        n_samples: int,
        weight: float,
        means: tuple[Floats, Any],
        gram: Floats,
        xty: Floats,
        yty: Any,
    ) -> GramStats:
        return GramStats(
            n_samples=n_samples,
            weight=weight,
            x_mean=means[0],
            y_mean=means[1],
            gram=gram,
            xty=xty,
            yty=yty,
            feature_names=self.feature_names,
        )

    def _check_same(self, other: GramStats) -> None:
        if self.n_features != other.n_features:
            raise ValueError(
                f"the statistics are of {self.n_features} and of {other.n_features} "
                "features; only those of the same can be combined"
            )
        if self.xty.shape != other.xty.shape:
            raise ValueError(
                f"the statistics have responses of shape {self.xty.shape[1:]} and "
                f"{other.xty.shape[1:]}; only those of the same can be combined"
            )
        if self.feature_names is None or other.feature_names is None:
            return
        both = zip(self.feature_names, other.feature_names, strict=True)
        for j, (mine, theirs) in enumerate(both):
            if mine != theirs:
                raise ValueError(
                    f"column {j} is {mine!r} in one and {theirs!r} in the other"
                )

    def _lost(self, left: Floats) -> NDArray[np.bool_]:
        """Columns of which nothing but rounding is left; raise where digits are."""
        before = np.diag(self.gram)
        constant: NDArray[np.bool_] = left <= ROUNDING * before
        few = (left < LEAST_SHARE * before) & ~constant
        if few.any():
            j = int(np.argmax(few))
            raise ValueError(
                f"only {left[j] / before[j]:.1g} of the sum of squares of "
                f"{name_column(j, self.feature_names)} is left, so the "
                "difference has lost its digits: compute it from the rows themselves"
            )
        return constant

    def _position(self, column: Any) -> int:
        if isinstance(column, str):
            if self.feature_names is None:
                raise ValueError(
                    f"there is no column {column!r}: the statistics have no names"
                )
            if column not in self.feature_names:
                raise ValueError(f"there is no column {column!r}")
            return self.feature_names.index(column)
        if isinstance(column, (bool, np.bool_)) or not isinstance(
            column, (int, np.integer)
        ):
            raise TypeError(f"columns must be positions or names, got {column!r}")
        if not -self.n_features <= column < self.n_features:
            raise ValueError(
                f"there is no column {column}: the statistics are of "
                f"{self.n_features} features"
            )
        return int(column) % self.n_features

    def _target(self, target: Any) -> int:
        if isinstance(target, (bool, np.bool_)) or not isinstance(
            target, (int, np.integer)
        ):
            raise TypeError(f"target must be an int, got {target!r}")
        if not 0 <= target < self.n_targets:
            raise ValueError(
                f"target must be below {self.n_targets}, the number of responses, "
                f"got {target}"
            )
        return int(target)


def _product(dx: Floats, dy: Any) -> Floats:
    """Dx dyᵀ, without the second axis for a single response."""
    product: Floats = np.multiply.outer(dx, dy)
    return product


def _is_empty(block: Sequence[Any]) -> bool:
    """Whether a block has no row that counts, as a filter may leave one."""
    weight = block[2] if len(block) == 3 else None
    return np.shape(block[0])[:1] == (0,) or (
        weight is not None and np.size(weight) > 0 and not np.any(weight)
    )
