"""`CVResult`: what `fastreg.cv` gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _validation
from fastreg._cv_chosen import Selected, StandsForBest
from fastreg._cv_rules import CRITERIA, TOLERATED, check_rule, is_null, rule_name
from fastreg._cv_scores import Scoring
from fastreg._folds import Folds
from fastreg._result import Path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fastreg._cv_diagnosis import Diagnosis
    from fastreg._learning_result import LearningCurve

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class CVResult(StandsForBest):
    """Scores of many strengths on rows left out, and the paths of all rows.

    Its arrays are read-only. Below, r is the number of mixes, F that of folds and k
    that of alphas. Where ``l1_ratio`` was a single number, arrays have no axis for it.

    Attributes
    ----------
    alphas : ndarray of shape (k,) or (r, k)
        Strengths of each mix, in decreasing order. All mixes have as many.
    l1_ratios : ndarray of shape (r,)
        The mixes.
    fold_scores : ndarray of shape (F, k) or (r, F, k)
        Score of each fold's rows by the fit without them. Where they have no weight it
        may be NaN, and doesn't count.
    mean_score, std_error : ndarray of shape (k,) or (r, k)
        Their mean, weighted by the weight of the rows tested, and its standard error
        from the spread over the folds.
    train_scores : ndarray of shape (F, k) or (r, F, k)
        Mean deviance of the rows that each fold trained on (mean squared error of the
        family gaussian; of mgaussian the sum over its targets).
    fold_weights : ndarray of shape (F,)
        Sum of the weights of the rows tested.
    paths : tuple of Path
        The path of all rows, one for each mix.
    fold_paths : tuple of tuple of Path
        Those of the folds: ``fold_paths[r][F]``.
    folds : tuple of (ndarray, ndarray)
        Rows that each fold trains on, and rows that it tests.
    family, scoring : str
        What was asked for.
    greater_is_better : bool
        Whether a larger score is a better one.
    rule : str or callable
        What `alpha`, `coef` and `predict` go by.
    extended : bool
        Whether the grid was continued, because the best score was at its end.
    stopped : bool
        Whether the folds were stopped before the end of the grid, because scores had
        clearly turned.
    n_samples, n_features : int
        Shape of X.
    """

    alphas: Floats
    l1_ratios: Floats
    fold_scores: Floats
    mean_score: Floats
    std_error: Floats
    train_scores: Floats
    fold_weights: Floats
    paths: tuple[Path, ...]
    fold_paths: tuple[tuple[Path, ...], ...]
    folds: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]
    scoring: str
    greater_is_better: bool
    rule: str | Callable[[CVResult], Any]
    extended: bool
    stopped: bool
    seconds: float
    _scoring: Scoring

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def path(self) -> Path:
        """The path of all rows with the mix that the rule chose."""
        return self.best.path

    @property
    def best(self) -> Selected:
        """The model that ``rule`` chose."""
        return self.select()

    @property
    def l1_ratio(self) -> float:
        """The chosen mix."""
        return self.best.l1_ratio

    @property
    def family(self) -> str:
        """The family."""
        return self.paths[0].family

    @property
    def n_samples(self) -> int:
        """Rows of X."""
        return self.paths[0].n_samples

    @property
    def n_features(self) -> int:
        """Columns of X."""
        return self.paths[0].n_features

    @property
    def classes(self) -> NDArray[Any] | None:
        """The labels of y, if it has labels."""
        return self.paths[0].classes

    def select(self, rule: str | Callable[[CVResult], Any] | None = None) -> Selected:
        """The model that a rule chooses; nothing is fitted again.

        Parameters
        ----------
        rule : {"min", "1se", "2pct", "aic", "aicc", "bic", "ebic"} or callable
            - "min": the best mean score.
            - "1se": the largest alpha whose mean score is within one standard error of
              the best, with the mix of the best.
            - "2pct": the same within 2 % of the best score.
            - "aic", "aicc", "bic", "ebic": the smallest criterion of the paths of all
              rows, over all mixes; see `Path.criterion`.
            - a function of the result that gives a position on the grid, or (mix,
              position) if there are several mixes.

            Default: the result's own.

        Returns
        -------
        Selected

        Raises
        ------
        ValueError
            If there is no such rule, or a function gives a position off the grid.
        """
        rule = self.rule if rule is None else check_rule(rule)
        mix, index = self._chosen(rule)
        path = self.paths[mix]
        coef = path.coef_at(float(path.alphas[index]))
        return Selected(
            rule=rule_name(rule),
            alpha=float(path.alphas[index]),
            l1_ratio=float(self.l1_ratios[mix]),
            index=index,
            score=float(self._means[mix, index]),
            std_error=float(self._errors[mix, index]),
            margin=self._margin(mix, index),
            is_null=is_null(path, coef),
            coef=coef,
            intercept=path.intercept_at(float(path.alphas[index])),
            path=path,
        )

    @property
    def _means(self) -> Floats:
        return np.atleast_2d(self.mean_score)

    @property
    def _errors(self) -> Floats:
        return np.atleast_2d(self.std_error)

    @property
    def _losses(self) -> Floats:
        """Mean scores, (r, k), the smaller the better; inf where there is none."""
        losses = self._scoring.loss(self._means)
        return np.where(np.isfinite(losses), losses, np.inf)

    def _chosen(self, rule: str | Callable[[CVResult], Any]) -> tuple[int, int]:
        if callable(rule):
            return self._position(rule(self))
        if rule in CRITERIA:
            return self._by_criterion(rule)
        losses = self._losses
        mix, best = np.unravel_index(int(np.argmin(losses)), losses.shape)
        least = losses[mix, best]
        allowed = {
            "min": least,
            "1se": least + self._errors[mix, best],
            "2pct": least + TOLERATED * abs(least),
        }
        return int(mix), int(np.argmax(losses[mix] <= allowed[rule]))

    def _by_criterion(self, rule: str) -> tuple[int, int]:
        values = [path.criterion(rule) for path in self.paths]
        best = [float(np.min(value)) for value in values]
        mix = int(np.argmin(best))
        return mix, int(np.argmin(values[mix]))

    def _position(self, where: Any) -> tuple[int, int]:
        position = np.atleast_1d(np.asarray(where))
        if len(self.l1_ratios) == 1 and position.size == 1:
            position = np.array([0, position[0]])
        shape = (len(self.l1_ratios), len(self.paths[0].alphas))
        if position.shape != (2,) or position.dtype.kind not in "iu":
            raise ValueError(
                "a rule must give the position of an alpha, or (mix, position), "
                f"got {where!r}"
            )
        mix, index = (int(one) for one in position)
        if not (0 <= mix < shape[0] and 0 <= index < len(self.paths[mix].alphas)):
            raise ValueError(f"a rule gave {where!r}, which is not on the grid")
        return mix, index

    def _margin(self, mix: int, index: int) -> float:
        losses = self._losses
        others = [losses[row].min() for row in range(len(losses)) if row != mix]
        others += [
            losses[mix, near]
            for near in (index - 1, index + 1)
            if 0 <= near < losses.shape[1] and np.isfinite(losses[mix, near])
        ]
        if not others or not np.isfinite(losses[mix, index]):
            return float("nan")
        return float(min(others) - losses[mix, index])

    def out_of_fold(
        self,
        X: Any,
        rule: str | Callable[[CVResult], Any] | None = None,
        offset: Any = None,
    ) -> Floats:
        """Linear predictors of the rows by the fits without them.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n, p)
            The data that was cross-validated.
        rule : str or callable, optional
            Which alpha, as in `select`. Default: the result's own.
        offset : array-like of shape (n,) or (n, K), optional
            As it was.

        Returns
        -------
        ndarray of shape (n,) or (n, K)
            NaN for rows that no fold tests, the mean where several do. They are means
            of the families gaussian and mgaussian, log-odds of binomial, see
            `Path.decision_function`.

        Raises
        ------
        ValueError
            If X has another shape, or the offset is missing.
        """
        matrix = _validation.check_X(X)
        shape = (self.paths[0].n_samples, self.paths[0].n_features)
        if matrix.shape != shape:
            raise ValueError(
                f"X has shape {matrix.shape}, but what was cross-validated has {shape}"
            )
        mix, index = self._chosen(self.rule if rule is None else check_rule(rule))
        total: Any = 0.0
        count = np.zeros(shape[0])
        for path, (_, test) in zip(self.fold_paths[mix], self.folds, strict=True):
            eta = path.decision_function(X, float(path.alphas[index]), offset)
            part = np.zeros_like(eta)
            part[test] = eta[test]
            total = total + part
            count[test] += 1.0
        with np.errstate(invalid="ignore"):
            return np.asarray((total.T / count).T)

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw scores against alpha, strong penalty first (needs matplotlib).

        The line is the mean over the folds with a band of one standard error; dashed,
        where it is known, the score of the rows trained on. The choices of "min", "1se"
        and the result's own rule are marked, and the axis on top counts features. Of
        several mixes that of the chosen model stands out.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default a new figure.
        **options
            ``train`` (bool, whether to draw the score of the rows trained on; by
            default where it follows from the deviance: scoring "mse" or "r2" of the
            families gaussian and mgaussian, "deviance", "log_loss"), ``title`` (str).

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ValueError
            If there are fewer than two alphas above zero, or ``train`` is asked for
            where it isn't known.
        ImportError
            If matplotlib is not installed.
        """
        from fastreg._plot_cv import plot_cv

        return plot_cv(self, self._scoring, ax, **options)

    def diagnose(self, *, curve: LearningCurve | None = None) -> Diagnosis:
        """What the scores say about the chosen model, in sentences and in numbers.

        Whether it over- or underfits, whether anything was learned at all, where along
        the path memorising begins, whether more or less regularisation or more rows
        would help, and whether the folds agree. Each verdict has a criterion, named in
        `Diagnosis`.

        Parameters
        ----------
        curve : LearningCurve, optional
            ``fastreg.learning_curve(X, y, result=result)``, which tells more about
            what more rows would change.

        Returns
        -------
        Diagnosis

        Raises
        ------
        ValueError
            If the curve is of another alpha, mix or score.

        Examples
        --------
        >>> import fastreg
        >>> from fastreg.datasets import load_diabetes
        >>> data = load_diabetes()
        >>> found = fastreg.cv(data.X, data.y).diagnose()
        >>> found.verdict, found.more_regularisation, found.outlier_folds
        ('balanced', False, ())
        """
        from fastreg._cv_diagnosis import diagnose

        return diagnose(self, self._scoring, curve)

    def __repr__(self) -> str:
        k, path = np.shape(self._means)[1], self.paths[0]
        kind = "" if len(self.l1_ratios) == 1 else f" × {len(self.l1_ratios)} mixes"
        ends = f"{np.nanmax(self.alphas):.4g} to {np.nanmin(self.alphas):.4g}"
        notes = " (extended)" * self.extended + " (stopped early)" * self.stopped
        lines = [
            f"Cross-validation: {len(self.folds)} folds, {self._scoring.label}",
            f"  data      {path.n_samples} rows, {path.n_features} features",
            f"  grid      {k} alphas{kind} from {ends}{notes}",
        ]
        chosen = [self.select("min"), self.select("1se")]
        if self.rule not in ("min", "1se"):
            chosen.append(self.select())
        lines += [f"  {one.rule:<9} {self._describe(one)}" for one in chosen]
        gap = max(float(one.dual_gaps.max()) for one in self._all_paths())
        lines.append(f"  certified largest relative duality gap {gap:.1e}")
        return "\n".join(lines)

    def _all_paths(self) -> list[Path]:
        return [*self.paths, *(path for row in self.fold_paths for path in row)]

    def _describe(self, chosen: Selected) -> str:
        mix = f", l1_ratio={chosen.l1_ratio:g}" if len(self.l1_ratios) > 1 else ""
        size = int(chosen.path.n_nonzero[chosen.index])
        what = "the null model" if chosen.is_null else f"{size} nonzero"
        return (
            f"alpha={chosen.alpha:.4g}{mix}: {chosen.score:.4g} ± "
            f"{chosen.std_error:.2g}, {what}"
        )


def row_pairs(
    folds: Folds,
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    """Folds as pairs of rows, read-only."""
    for rows in (*folds.train, *folds.test):
        rows.flags.writeable = False
    return tuple(zip(folds.train, folds.test, strict=True))
