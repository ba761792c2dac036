"""`ManyFit`: models of many problems, and how sure they are."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _link, _validation
from fastreg._features import check_same_columns
from fastreg._fold_selection import ScoreCurves, Selection
from fastreg._many import FAILED, NOT_RUN, Found

Floats = NDArray[np.float64]


def _plain(key: Any) -> Any:
    """A key as Python has it; dates, whose digits it lacks, as they are."""
    if isinstance(key, np.generic) and key.dtype.kind not in "mM":
        return key.item()
    return key


@dataclass(frozen=True, eq=False, repr=False)
class ManyFit:
    """One model for each of many problems. Its arrays are read-only.

    Below, m is the number of problems, p that of features and k that of alphas. Where
    one alpha was asked for, arrays have no axis of alphas. A problem that failed has
    NaN everywhere, and coefficients of 0.

    Attributes
    ----------
    keys : ndarray of shape (m,)
        What the problems are called: names of responses or groups, or their numbers.
    alphas : ndarray of shape (m,) or (m, k)
        Strengths.
    intercepts, dual_gaps, deviance_ratio : ndarray of shape (m,) or (m, k)
        As those of a `Path`.
    coefs : scipy.sparse.csr_array of shape (m, p), or list of k of them
        Coefficients of the raw columns.
    status : tuple of str, m of them
        "converged", "max_iter", "stalled" (the worst of its alphas), "failed" or
        "not run" (after Ctrl-C).
    messages : dict
        For each problem that failed, by its key, why.
    family : str
    l1_ratio, tol : float
    n_features : int
    interrupted : bool
        Whether Ctrl-C ended the work; what was done until then is here.
    seconds : float
        Time spent in the solver.
    rule, scoring : str or None
        How alphas were chosen by cross-validation; None of all below where they were
        not.
    scores, std_errors : ndarray of shape (m,) or None
        Mean score of the folds at the chosen alpha, and its standard error.
    curves : ScoreCurves or None
        If they were to be kept, ``alphas``, ``scores`` and ``std_errors`` of all alphas
        that were tried, each (m, k), with NaN where a grid had fewer.
    classes : tuple or None
        With the family "binomial", the two labels of each problem, the second of which
        probabilities are of; None for a response that failed. None for `fit_batch`,
        whose responses are 0 or 1.
    library : str or None
        "pandas" or "polars", if the data were a frame of it.
    """

    keys: NDArray[Any]
    alphas: Floats
    intercepts: Floats
    dual_gaps: Floats
    deviance_ratio: Floats
    status: tuple[str, ...]
    messages: dict[Any, str]
    family: str
    l1_ratio: float
    tol: float
    n_features: int
    feature_names: tuple[str, ...] | None
    interrupted: bool
    seconds: float
    _found: Found
    _n_alphas: int
    rule: str | None = None
    scoring: str | None = None
    scores: Floats | None = None
    std_errors: Floats | None = None
    curves: ScoreCurves | None = None
    classes: tuple[NDArray[Any] | None, ...] | None = None
    library: str | None = None

    def __post_init__(self) -> None:
        for value in (*vars(self).values(), *(self.curves or ())):
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @classmethod
    def of(
        cls,
        found: Found,
        *,
        single: bool,
        n_alphas: int,
        keys: NDArray[Any] | None = None,
        feature_names: tuple[str, ...] | None = None,
        selection: Selection | None = None,
        **asked: Any,
    ) -> ManyFit:
        """The result of what kernels found; `single`: without an axis of alphas."""
        m = found.n_problems
        names = np.arange(m) if keys is None else keys
        if selection is not None:
            asked.update(
                rule=selection.plan.rule,
                scoring=selection.plan.scoring,
                scores=selection.scores,
                std_errors=selection.std_errors,
                curves=selection.curves,
            )

        def shaped(values: NDArray[Any]) -> Floats:
            filled = found.filled(values, n_alphas)
            return filled[:, 0] if single else filled

        return cls(
            keys=names,
            alphas=shaped(found.alphas),
            intercepts=shaped(found.intercepts),
            dual_gaps=shaped(found.dual_gaps),
            deviance_ratio=shaped(found.deviance_ratio),
            status=found.statuses(),
            messages={
                _plain(names[i]): error for i, error in enumerate(found.errors) if error
            },
            n_features=found.coefs.n_features,
            feature_names=feature_names,
            interrupted=found.interrupted,
            seconds=found.seconds,
            _found=found,
            _n_alphas=0 if single else n_alphas,
            **asked,
        )

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def coefs(self) -> Any:
        """Coefficients, a csr_array (m, p), or one for each alpha."""
        if not self._n_alphas:
            return self.coefs_at(0)
        return [self.coefs_at(index) for index in range(self._n_alphas)]

    def coefs_at(self, index: int) -> Any:
        """Coefficients at one position of the grids, a csr_array of shape (m, p).

        Positions below 0 count from the end of the grids.
        """
        from scipy import sparse

        index = self._place(index)
        found = self._found
        counts = np.diff(found.offsets)
        has = counts > index
        rows = found.offsets[:-1][has] + index
        starts, ends = found.coefs.indptr[rows], found.coefs.indptr[rows + 1]
        lengths = np.zeros(len(counts), dtype=np.int64)
        lengths[has] = ends - starts
        total = int(lengths.sum())
        within = np.arange(total) - np.repeat(np.cumsum(ends - starts), ends - starts)
        places = within + np.repeat(ends, ends - starts)
        return sparse.csr_array(
            (
                found.coefs.values[places],
                found.coefs.indices[places],
                np.concatenate(([0], np.cumsum(lengths))),
            ),
            shape=(len(counts), self.n_features),
        )

    def coef(self, key: Any) -> Floats:
        """Coefficients of one problem, (p,) or (p, k)."""
        i = self._position(key)
        first, last = self._found.offsets[i : i + 2]
        out = np.zeros((self.n_features, max(self._n_alphas, 1)))
        for k, column in enumerate(range(first, last)):
            out[:, k] = self._found.coefs.column(column)
        return out if self._n_alphas else out[:, 0]

    def _position(self, key: Any) -> int:
        places = np.flatnonzero(self.keys == key)
        if places.size == 0:
            raise KeyError(f"there is no problem {_plain(key)!r}")
        return int(places[0])

    def _place(self, index: int | None) -> int:
        """The position of an alpha from 0 on; the only one where there is one."""
        if index is None:
            if self._n_alphas:
                raise ValueError(
                    f"there are {self._n_alphas} alphas: say which, by its position "
                    "index"
                )
            return 0
        count = max(self._n_alphas, 1)
        place = operator.index(index)
        if not -count <= place < count:
            raise IndexError(f"there are {count} alphas: none has the position {index}")
        return place % count

    def _intercepts_at(self, place: int) -> Floats:
        return self.intercepts[:, place] if self._n_alphas else self.intercepts

    def decision_function(self, X: Any, index: int | None = None) -> Floats:
        """Linear predictors of all models for the same rows.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
        index : int, optional
            Position of the alpha, where there are several.

        Returns
        -------
        ndarray of shape (n, m)

        Raises
        ------
        ValueError
            If there are several alphas and no index.
        IndexError
            If there is no such position.
        """
        place = self._place(index)
        matrix = _validation.check_X(X)
        check_same_columns(matrix, self.n_features, self.feature_names, "the fit")
        matrix.check_finite()
        coefs = self.coefs_at(place)
        used = np.unique(coefs.indices).astype(np.int64)
        dense = np.asfortranarray(coefs[:, used].toarray().T)
        return np.asarray(matrix.product(used, dense) + self._intercepts_at(place))

    def predict(self, X: Any, index: int | None = None) -> Floats:
        """Means by all models for the same rows, (n, m); of classes, probabilities."""
        return _link.mean(self.family, self.decision_function(X, index))

    def predict_for(self, X: Any, keys: Any, index: int | None = None) -> Floats:
        """Means for rows that belong to different problems, each by its own model.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
        keys : array-like of shape (n,)
            The problem that each row belongs to.
        index : int, optional
            Position of the alpha, where there are several.

        Returns
        -------
        ndarray of shape (n,)
            NaN for problems that failed.

        Raises
        ------
        KeyError
            If there is no such problem.
        """
        place = self._place(index)
        matrix = _validation.check_X(X)
        check_same_columns(matrix, self.n_features, self.feature_names, "the fit")
        matrix.check_finite()
        labels, codes = np.unique(np.asarray(keys), return_inverse=True)
        if codes.shape != (matrix.shape[0],):
            raise ValueError(
                f"keys has shape {codes.shape} but X has {matrix.shape[0]} rows"
            )
        rows = np.array([self._position(label) for label in labels])[codes]
        coefs = self.coefs_at(place)[rows]
        values = X if hasattr(X, "tocsr") else np.asarray(X, dtype=np.float64)
        fitted = np.asarray(coefs.multiply(values).sum(axis=1)).ravel()
        return _link.mean(self.family, fitted + self._intercepts_at(place)[rows])

    def to_frame(self, form: str = "long", library: str | None = None) -> Any:
        """The models as a data frame.

        Parameters
        ----------
        form : {"long", "wide"}, default "long"
            "long": a row for each coefficient that is not zero, with the columns key,
            alpha, status, intercept, feature and coef; a model without any has one row
            without a feature. "wide": a row for each model, with key, alpha, status,
            intercept and a column for each feature. After cross-validation there are
            score and std_error, too. Features without names go by their positions.
        library : {"pandas", "polars"}, optional
            Of the frame. Default: that of the data if they were a frame, else the one
            that is installed, pandas first.

        Returns
        -------
        pandas.DataFrame or polars.DataFrame

        Raises
        ------
        ImportError
            If the library is not installed, or none is.
        ValueError
            If there is no such form or library, or a feature has the name of another
            column of the wide form.

        Examples
        --------
        >>> import numpy as np
        >>> import fastreg
        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((50, 4))
        >>> fit = fastreg.fit_many(X, 2.0 * X[:, [1, 3]], alpha=0.5)
        >>> fit.to_frame()[["key", "feature", "coef"]].round(1)
           key  feature  coef
        0    0        1   1.4
        1    1        3   1.5
        """
        from fastreg._many_frame import to_frame

        return to_frame(self, form, library)

    def __repr__(self) -> str:
        kinds = {word: self.status.count(word) for word in sorted(set(self.status))}
        gaps = self.dual_gaps[np.isfinite(self.dual_gaps)]
        worst = f"{gaps.max():.1e}" if gaps.size else "none"
        grid = f", {self._n_alphas} alphas each" if self._n_alphas else ""
        counts = ", ".join(f"{count} {word}" for word, count in kinds.items())
        lines = [
            f"{len(self)} models of {self.n_features} features{grid}: {counts}",
            f"  certified largest relative duality gap {worst} (tol {self.tol:.0e})",
            f"  cost      {self.seconds:.3g} s",
        ]
        if self.scores is not None:
            known = self.scores[np.isfinite(self.scores)]
            score = f", mean score {known.mean():.4g} ({self.scoring})"
            lines.insert(
                1, f'  chosen    by "{self.rule}"{score if known.size else ""}'
            )
        if FAILED in kinds:
            key, message = next(iter(self.messages.items()))
            lines.append(
                f"  WARNING   {kinds[FAILED]} failed, the first {key!r}: {message}"
            )
        if NOT_RUN in kinds:
            lines.append(f"  WARNING   {kinds[NOT_RUN]} not run: interrupted")
        return "\n".join(lines)
