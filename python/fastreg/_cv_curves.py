"""The numbers behind pictures and words about a cross-validation.

Scores of the rows trained on in the units of the others, and those of the null model,
are not measured: they follow from deviances that the paths carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastreg._cv_scores import Scoring

if TYPE_CHECKING:
    from fastreg._cv_result import CVResult
    from fastreg._result import Path

Floats = NDArray[np.float64]

# A path that explains less than this at its largest alpha begins at the null model.
HARDLY_ANY = 0.01


class Curves:
    """Scores of r mixes and k alphas by F folds, with an axis for a single mix, too.

    alphas, mean, error : (r, k)
    fold : (r, F, k)
    train : (r, F, k), or None where scores don't follow from deviances
    null : (F,), scores of the null model on the rows tested, or None if unknown
    """

    def __init__(self, result: CVResult, scoring: Scoring) -> None:
        shape = (len(result.l1_ratios), -1)
        self.result, self.scoring = result, scoring
        self.alphas = result.alphas.reshape(shape)
        self.mean = result.mean_score.reshape(shape)
        self.error = result.std_error.reshape(shape)
        self.fold = result.fold_scores.reshape(shape[0], len(result.folds), -1)
        self.train = _train_scores(result, scoring)
        self.null = _null_scores(result, scoring, self.fold)

    def loss(self, scores: Any) -> Any:
        """Scores turned so that less is better; inf where there is none."""
        losses = np.asarray(self.scoring.loss(np.asarray(scores, dtype=np.float64)))
        return np.where(np.isfinite(losses), losses, np.inf)

    def average(self, of_folds: Floats) -> Any:
        """The mean over folds, weighted as that of the scores; folds come first."""
        return np.tensordot(self.share, of_folds, axes=1)

    @property
    def share(self) -> Floats:
        """Share of each fold in the mean."""
        weights = self.result.fold_weights
        return np.asarray(weights / weights.sum())

    @property
    def mean_train(self) -> Floats | None:
        """Mean scores of the rows trained on, (r, k)."""
        if self.train is None:
            return None
        return np.asarray(self.average(np.moveaxis(self.train, 1, 0)))


def begins_at_null(path: Path) -> bool:
    """Whether the largest alpha leaves nothing of X in the model, or hardly any."""
    return is_null(path) or bool(path.deviance_ratio[0] < HARDLY_ANY)


def is_null(path: Path) -> bool:
    """Whether no penalised feature has a coefficient at the largest alpha."""
    coef = path.coef_at(float(path.alphas[0]))
    if path.penalty_factor is not None:
        coef = coef[..., path.penalty_factor > 0.0]
    return not np.any(coef)


def _train_scores(result: CVResult, scoring: Scoring) -> Floats | None:
    path = result.paths[0]
    if not scoring.from_deviance:
        return None
    deviance = result.train_scores.reshape(len(result.paths), len(result.folds), -1)
    if scoring.name == "r2":
        # The null model is the mean of y only with an intercept.
        if not path.fit_intercept:
            return None
        return np.asarray(1.0 - deviance / _null_deviances(result)[:, np.newaxis])
    return deviance * _of_deviance(path, scoring)


def _of_deviance(path: Path, scoring: Scoring) -> float:
    """The score as a multiple of the deviance."""
    if scoring.name == "log_loss":
        return 0.5
    if path.family == "mgaussian" and scoring.name == "mse":
        return 1.0 / len(path.intercepts)  # a mean over the targets, and their sum
    return 1.0


def _null_deviances(result: CVResult) -> Floats:
    """Mean deviance of the null model on the rows that each fold trains on, (F,)."""
    nulls = [float(path.null_objective) for path in result.fold_paths[0]]
    return 2.0 * np.array(nulls)


def _null_scores(result: CVResult, scoring: Scoring, fold: Floats) -> Floats | None:
    """Measured where the fits of folds begin at the null model; else as it follows."""
    measured, is_measured = _measured_null(result, fold)
    if is_measured.all():
        return measured
    if scoring.name == "auc":
        return np.full(len(measured), 0.5)
    if scoring.from_deviance and scoring.name != "r2" and _tests_the_rest(result):
        share = _of_deviance(result.paths[0], scoring)
        follows = share * _null_of_tested(result)
        return np.where(is_measured, measured, follows)
    # A fold's fit at an alpha that leaves nothing in that of all rows is as good as it.
    if any(is_null(path) for path in result.paths):
        return measured
    return np.zeros(len(measured)) if scoring.name == "r2" else None


def _measured_null(result: CVResult, fold: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Scores at the largest alphas, and which of them are of null models, (F,)."""
    start = next((k for k, path in enumerate(result.paths) if is_null(path)), 0)
    is_measured = [is_null(path) for path in result.fold_paths[start]]
    return fold[start, :, 0], np.array(is_measured)


def _tests_the_rest(result: CVResult) -> bool:
    """Whether each row is tested once, and trained on by all other folds.

    And whether the null model is an intercept, or nothing at all.
    """
    n, factor = result.paths[0].n_samples, result.paths[0].penalty_factor
    if factor is not None and not factor.all():
        return False
    tested = np.concatenate([test for _, test in result.folds])
    if len(tested) != n or len(np.unique(tested)) != n:
        return False
    return all(len(train) + len(test) == n for train, test in result.folds)


def _null_of_tested(result: CVResult) -> Floats:
    """Deviance of all rows less that of the rows trained on.

    That is the deviance of the rows tested by the null model of all rows, and a little
    more, of second order in the difference of the null models with and without them.
    """
    weight = result.fold_weights
    total = float(weight.sum())
    everything = 2.0 * float(result.paths[0].null_objective) * total
    trained = _null_deviances(result) * (total - weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weight > 0.0, (everything - trained) / weight, 0.0)


def percent(share: float) -> str:
    """A share in as many digits as say something."""
    digits = 1 if abs(share) < 0.0995 else 2 if 0.995 <= share < 1.0 else 0
    return f"{round(100.0 * share, digits) + 0.0:.{digits}f} %"


def rough(value: float) -> str:
    """A number in two digits, or as many as it has before the point."""
    return f"{value:.0f}" if 100.0 <= abs(value) < 1e6 else f"{value:.2g}"


def count(number: int, thing: str) -> str:
    """A number of things."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """Words with commas, and the last with "and"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
