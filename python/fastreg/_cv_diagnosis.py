"""`Diagnosis`: what the scores of a cross-validation say, in words and numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _cv_sentences
from fastreg._cv_curves import Curves, begins_at_null
from fastreg._cv_scores import Scoring

if TYPE_CHECKING:
    from fastreg._cv_chosen import Selected
    from fastreg._cv_result import CVResult
    from fastreg._learning_result import LearningCurve

Floats = NDArray[np.float64]

# A model overfits where new rows confirm less than half of what it explains.
MOST_LOST = 0.5
# The level of the sign test for a best model that beats the null model.
SIGN_LEVEL = 0.05
# Folds agree where this share of them has its own best alpha within the band.
AGREEING = 0.5
# The level of Grubbs' test for an outlier among the folds, and how many folds and rows
# in each it takes at least.
OUTLIER_LEVEL, LEAST_FOLDS, LEAST_ROWS = 0.01, 4, 5
NAN = float("nan")


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a chosen model, if anything; ``str`` gives it in sentences.

    Everything compares the chosen model's scores. "Best" is the best mean score of all
    alphas and mixes, and its standard error is the yardstick, as in the rule "1se": a
    score is as good as the best where it is worse by no more than that. Scores are
    those of the result: where more is better, signs are turned for comparing.

    Attributes
    ----------
    verdict : str
        The first of these that is true:

        - "nothing learned": the null model is as good as the best, unless the best
          beats it in so many folds that a sign test rejects chance at 5 % (all of 5, 9
          of 10), or the best is at the largest alpha.
        - "overfitting": a larger alpha is better by more than a standard error; or the
          best is at the largest alpha, and that is not the null model; or ``gap`` is
          more than a standard error and ``lost`` more than one half.
        - "underfitting": a smaller alpha is better by more than a standard error; or
          the best is at the smallest alpha, and that is not 0.
        - "not compared": scores of the rows trained on are not known.
        - "balanced".
    rule, alpha, l1_ratio, n_nonzero
        The chosen model.
    score, std_error : float
        Its mean score on the rows left out, and its standard error.
    train_score : float
        Mean score of the rows trained on. NaN where it is not known: it follows from
        deviances, so for the scores "auc", "accuracy", "mae" and the "mse" of counts
        it takes a learning curve.
    null_score : float
        Mean score of the null model; NaN if it is not known.
    gap : float
        By how much the rows left out score worse than those trained on.
    lost : float
        The gap as a share of what the model gains over the null model on the rows
        trained on: what was memorised rather than learned.
    explained, explained_train : float
        Share of the null model's score (mean squared error, deviance) that is
        explained of the rows left out, and of those trained on; NaN for other scores
        than these and R².
    best_alpha : float
        The alpha of the best score with the chosen mix. This best is what the
        following are about.
    memorises_from : float or None
        The largest alpha below that of the best at which the mean score is worse than
        the best by more than a standard error: from there on validation has turned
        while training goes on. None if there is none.
    edge : {"largest", "smallest"} or None
        Whether the best is at an end of the grid beyond which it might get better.
    more_regularisation, less_regularisation : bool
        Whether a larger or a smaller alpha would help: if it is better by more than a
        standard error, or the best is at that edge.
    more_data : bool or None
        Whether more rows would help. With a learning curve: whether the last doubling
        of the rows gained more than its standard error and 1 % of the score. Without:
        whether the gap is more than a standard error; None if it is not known, or
        nothing was learned.
    data_gain, data_gain_error : float
        What the last doubling gained, and its standard error; NaN without a curve.
    fold_scores, fold_alphas : tuple of float
        Score of each fold at the chosen alpha, and the alpha that is best for the fold.
    agreeing_folds : int
        How many of these alphas are, by the mean score, as good as the best.
    folds_agree : bool
        Whether that is half of the folds or more.
    outlier_folds : tuple of int
        Folds whose score is an outlier among the others by Grubbs' test at a level of
        1 %, one after the other (at most a quarter of the folds). Needs 4 folds of 5
        rows.
    folds_above_null : int or None
        In how many folds the best of all is better than the null model; None if that
        is not known.
    alpha_min, alpha_1se, n_nonzero_min, n_nonzero_1se
        What the rules "min" and "1se" choose, and how many coefficients they keep.
    sentences : tuple of str
        All of this in words.

    References
    ----------
    F. Grubbs, "Procedures for Detecting Outlying Observations in Samples",
    Technometrics 11(1), 1969.
    """

    verdict: str
    rule: str
    alpha: float
    l1_ratio: float
    n_nonzero: int
    score: float
    std_error: float
    train_score: float
    null_score: float
    gap: float
    lost: float
    explained: float
    explained_train: float
    best_alpha: float
    memorises_from: float | None
    edge: str | None
    more_regularisation: bool
    less_regularisation: bool
    more_data: bool | None
    data_gain: float
    data_gain_error: float
    fold_scores: tuple[float, ...]
    fold_alphas: tuple[float, ...]
    agreeing_folds: int
    folds_agree: bool
    outlier_folds: tuple[int, ...]
    folds_above_null: int | None
    alpha_min: float
    alpha_1se: float
    n_nonzero_min: int
    n_nonzero_1se: int
    sentences: tuple[str, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def __repr__(self) -> str:
        return str(self)


def diagnose(
    result: CVResult, scoring: Scoring, curve: LearningCurve | None
) -> Diagnosis:
    """The diagnosis of the model that the result's rule chose."""
    examined = _Examined(result, scoring)
    if curve is not None:
        _check_curve(curve, result, examined.chosen)
    found = examined.diagnosis(curve)
    sentences = _cv_sentences.sentences(found, result, scoring, curve)
    return replace(found, sentences=tuple(sentences))


def _check_curve(curve: LearningCurve, result: CVResult, chosen: Selected) -> None:
    for name, theirs, ours in (
        ("scoring", curve.scoring, result.scoring),
        ("family", curve.family, result.family),
        ("n_samples", curve.n_samples, result.paths[0].n_samples),
    ):
        if theirs != ours:
            raise ValueError(
                f"the learning curve has {name} {theirs!r}, but the result {ours!r}"
            )
    for name in ("alpha", "l1_ratio"):
        its, wanted = getattr(curve, name), getattr(chosen, name)
        if not math.isclose(its, wanted, rel_tol=1e-6, abs_tol=1e-300):
            raise ValueError(
                f"the learning curve has {name}={its:g}, but the result chose "
                f"{wanted:g}: pass learning_curve(X, y, result=result)"
            )


class _Examined:
    """A result and its chosen model, in losses: scores turned so that less is better.

    mix, index : of the chosen model; best : position of the best alpha of that mix
    """

    def __init__(self, result: CVResult, scoring: Scoring) -> None:
        self.result = result
        self.curves = Curves(result, scoring)
        self.chosen, self.least = result.select(), result.select("min")
        mixes = result.l1_ratios
        self.mix = int(np.flatnonzero(mixes == self.chosen.l1_ratio)[0])
        self.index = self.chosen.index
        self.losses: Floats = self.curves.loss(self.curves.mean[self.mix])
        self.best = int(np.argmin(self.losses))
        # The worst that is as good as the best.
        self.bound = float(
            self.losses[self.best] + self.curves.error[self.mix, self.best]
        )

    def diagnosis(self, curve: LearningCurve | None) -> Diagnosis:
        """All but the sentences."""
        chosen, simple = self.chosen, self.result.select("1se")
        scores, strength = self._scores(curve), self._strength()
        learned = strength["edge"] == "largest" or self._has_learned(
            scores["null_score"]
        )
        return Diagnosis(
            verdict=self._verdict(scores, strength) if learned else "nothing learned",
            rule=chosen.rule,
            alpha=chosen.alpha,
            l1_ratio=chosen.l1_ratio,
            n_nonzero=_size(chosen),
            **scores,
            **strength,
            **self._data(scores["gap"] if learned else NAN, curve),
            **self._folds(),
            alpha_min=self.least.alpha,
            alpha_1se=simple.alpha,
            n_nonzero_min=_size(self.least),
            n_nonzero_1se=_size(simple),
        )

    def _verdict(self, scores: dict[str, Any], strength: dict[str, Any]) -> str:
        memorised = scores["gap"] > scores["std_error"] and scores["lost"] > MOST_LOST
        if strength["more_regularisation"] or memorised:
            return "overfitting"
        if strength["less_regularisation"]:
            return "underfitting"
        return "balanced" if math.isfinite(scores["gap"]) else "not compared"

    def _has_learned(self, null: float) -> bool:
        """Whether the null model is not as good as the best."""
        above = self._folds_above_null()
        if above is None or by_chance(above, len(self.result.folds)) <= SIGN_LEVEL:
            return True
        best = self._loss(self.least.score)
        return bool(self._loss(null) > best + self.least.std_error)

    def _scores(self, curve: LearningCurve | None) -> dict[str, Any]:
        train, null = self._train_score(curve), self._null_score()
        gap = float(self.losses[self.index] - self._loss(train))
        gained = float(self._loss(null) - self._loss(train))
        return {
            "score": self.chosen.score,
            "std_error": self.chosen.std_error,
            "train_score": train,
            "null_score": null,
            "gap": gap,
            "lost": gap / gained if gained > 0.0 else NAN,
            "explained": self._explained(self.chosen.score, null),
            "explained_train": self._explained(train, null),
        }

    def _strength(self) -> dict[str, Any]:
        """Where along the path the chosen model is."""
        alphas, edge = self.curves.alphas[self.mix], self._edge()
        worse = bool(self.losses[self.index] > self.bound)
        after = np.arange(len(self.losses)) > self.best
        turned = after & np.isfinite(self.losses) & (self.losses > self.bound)
        return {
            "best_alpha": float(alphas[self.best]),
            "memorises_from": float(alphas[turned][0]) if turned.any() else None,
            "edge": edge,
            "more_regularisation": (worse and self.index > self.best)
            or edge == "largest",
            "less_regularisation": (worse and self.index < self.best)
            or edge == "smallest",
        }

    def _data(self, gap: float, curve: LearningCurve | None) -> dict[str, Any]:
        if curve is not None:
            return {
                "more_data": curve.is_rising,
                "data_gain": curve.gain,
                "data_gain_error": curve.gain_error,
            }
        more = gap > self.chosen.std_error if math.isfinite(gap) else None
        return {"more_data": more, "data_gain": NAN, "data_gain_error": NAN}

    def _folds(self) -> dict[str, Any]:
        of_folds = self.curves.fold[self.mix]
        scores = of_folds[:, self.index]
        own = np.argmin(self.curves.loss(of_folds), axis=1)
        agreeing = int(np.count_nonzero(self.losses[own] <= self.bound))
        return {
            "fold_scores": tuple(scores.tolist()),
            "fold_alphas": tuple(self.curves.alphas[self.mix][own].tolist()),
            "agreeing_folds": agreeing,
            "folds_agree": agreeing >= AGREEING * len(own),
            "outlier_folds": outliers(scores) if self._folds_are_large() else (),
            "folds_above_null": self._folds_above_null(),
        }

    def _loss(self, score: float) -> float:
        return -score if self.curves.scoring.greater_is_better else score

    def _train_score(self, curve: LearningCurve | None) -> float:
        if self.curves.mean_train is not None:
            return float(self.curves.mean_train[self.mix, self.index])
        return NAN if curve is None else float(curve.mean_train[-1])

    def _null_score(self) -> float:
        null = self.curves.null
        return NAN if null is None else float(self.curves.average(null))

    def _explained(self, score: float, null: float) -> float:
        scoring = self.curves.scoring
        if scoring.name == "r2":
            return score
        if scoring.greater_is_better or not null > 0.0:
            return NAN
        return 1.0 - score / null

    def _edge(self) -> str | None:
        finite = self.losses[np.isfinite(self.losses)]
        if len(finite) < 2 or finite.min() == finite.max():
            return None
        if self.best == 0:
            path = self.result.paths[self.mix]
            return None if begins_at_null(path) else "largest"
        at_end = self.best == len(finite) - 1 and not self.result.stopped
        smallest = self.curves.alphas[self.mix, self.best]
        return "smallest" if at_end and smallest > 0.0 else None

    def _folds_are_large(self) -> bool:
        sizes = [len(test) for _, test in self.result.folds]
        return len(sizes) >= LEAST_FOLDS and min(sizes) >= LEAST_ROWS

    def _folds_above_null(self) -> int | None:
        null, least = self.curves.null, self.least
        if null is None:
            return None
        mix = int(np.flatnonzero(self.result.l1_ratios == least.l1_ratio)[0])
        scores = self.curves.fold[mix, :, least.index]
        better = self.curves.loss(scores) < self.curves.loss(null)
        return int(np.count_nonzero(better))


def _size(chosen: Selected) -> int:
    return int(chosen.path.n_nonzero[chosen.index])


def by_chance(wins: int, n: int) -> float:
    """Probability of so many wins or more in n fair games."""
    return sum(math.comb(n, k) for k in range(wins, n + 1)) / 2.0**n


def outliers(values: Floats, level: float = OUTLIER_LEVEL) -> tuple[int, ...]:
    """Positions of outliers by Grubbs' test, the farthest first.

    The test is repeated without what it found, for at most a quarter of the values.
    """
    from scipy.special import stdtrit  # SciPy is imported when it is needed

    left = [k for k, value in enumerate(values) if math.isfinite(value)]
    found: list[int] = []
    while len(found) < len(values) // 4 and len(left) >= LEAST_FOLDS:
        some = values[left]
        deviation = float(some.std(ddof=1))
        n = len(left)
        t = float(stdtrit(n - 2, 1.0 - level / (2 * n)))
        critical = (n - 1) / math.sqrt(n) * math.sqrt(t * t / (n - 2 + t * t))
        far = int(np.argmax(np.abs(some - some.mean())))
        # What differs by rounding alone is no outlier.
        if deviation <= 1e-12 * float(np.abs(some).max()):
            break
        if abs(some[far] - some.mean()) <= critical * deviation:
            break
        found.append(left.pop(far))
    return tuple(found)
