"""A diagnosis in words: each sentence says one thing, with its numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fastreg._cv_curves import count, percent, rough
from fastreg._cv_scores import Scoring

if TYPE_CHECKING:
    from fastreg._cv_diagnosis import Diagnosis
    from fastreg._cv_result import CVResult
    from fastreg._learning_result import LearningCurve


def sentences(
    found: Diagnosis, result: CVResult, scoring: Scoring, curve: LearningCurve | None
) -> list[str]:
    """All sentences, the verdict first."""
    several = len(result.l1_ratios) > 1
    verdict = f"{found.verdict.capitalize()}: {_model(found, several=several)} has"
    article = "an" if scoring.label[0] in "aR" else "a"
    score = f"{found.score:.4g} ± {rough(found.std_error)} on rows left out"
    return [
        f"{verdict} {article} {scoring.label} of {score}{_others(found)}.",
        *_gap(found, scoring),
        *_null(found, result),
        _memorising(found, scoring),
        _strength(found),
        _sizes(found),
        _data(found, curve),
        *_folds(found, result),
    ]


def _model(found: Diagnosis, *, several: bool) -> str:
    mix = f", l1_ratio={found.l1_ratio:g}" if several else ""
    rule = "the rule" if "<" in found.rule else f'"{found.rule}"'
    size = count(found.n_nonzero, "nonzero coefficient")
    return f"the model of {rule} (alpha={found.alpha:.4g}{mix}, {size})"


def _others(found: Diagnosis) -> str:
    known = []
    if math.isfinite(found.train_score):
        known.append(f"{found.train_score:.4g} on those it was trained on")
    if math.isfinite(found.null_score):
        known.append(f"the null model {found.null_score:.4g}")
    return "".join(f", {one}" for one in known)


def _gap(found: Diagnosis, scoring: Scoring) -> list[str]:
    if not math.isfinite(found.train_score):
        what = f"{scoring.name!r} of the rows trained on is not known"
        return [f"Training and validation are not compared: {what}."]
    in_errors = found.gap / found.std_error if found.std_error > 0.0 else math.inf
    text = f"The gap between training and validation is {rough(found.gap)}"
    if math.isfinite(in_errors):
        text += f", {in_errors:.2g} standard errors"
    if math.isfinite(found.explained_train):
        text += (
            f": {percent(found.explained_train)} of the {_unit(scoring)} is explained "
            f"in the rows trained on, {_share(found.explained)} in new ones"
        )
    if found.lost >= 1.0:
        text += "; nothing of what it gains over the null model is confirmed"
    elif found.lost > 0.005:
        text += (
            f"; {percent(found.lost)} of what it gains over the null model is not "
            "confirmed"
        )
    return [text + "."]


def _unit(scoring: Scoring) -> str:
    return "variance" if scoring.name in ("mse", "r2") else "deviance"


def _share(explained: float) -> str:
    return percent(explained) if explained > 0.0 else "nothing"


def _null(found: Diagnosis, result: CVResult) -> list[str]:
    above, folds = found.folds_above_null, len(result.folds)
    if above is None:
        return []
    text = f"The best model beats the null model in {above} of {folds} folds."
    if found.verdict == "nothing learned":
        text = (
            "Nothing was learned from X: the null model is within one standard error "
            f"of the best score, which is better than that in {above} of {folds} folds."
        )
    return [text]


def _memorising(found: Diagnosis, scoring: Scoring) -> str:
    if found.memorises_from is None:
        return (
            "No alpha of the grid memorises: below the best one validation stays "
            "within one standard error of it."
        )
    goes_on = "" if not scoring.from_deviance else " while training still improves"
    return (
        f"From alpha={found.memorises_from:.4g} down the path memorises: validation is "
        f"more than one standard error worse than at its best{goes_on}."
    )


def _strength(found: Diagnosis) -> str:
    if found.edge is not None:
        way = "larger" if found.edge == "largest" else "smaller"
        what = "more" if found.edge == "largest" else "less"
        return (
            f"The best alpha, {found.best_alpha:.4g}, is the {found.edge} of the grid: "
            f"{what} regularisation may be better still, pass {way} alphas."
        )
    if found.more_regularisation or found.less_regularisation:
        what = "More" if found.more_regularisation else "Less"
        return (
            f"{what} regularisation would help: alpha={found.best_alpha:.4g} is better "
            "by more than one standard error."
        )
    return (
        "Neither more nor less regularisation would help by more than one standard "
        f"error; the best alpha is {found.best_alpha:.4g}."
    )


def _sizes(found: Diagnosis) -> str:
    smallest = f'"min" keeps {count(found.n_nonzero_min, "coefficient")}'
    if found.alpha_min == found.alpha_1se:
        return f'{smallest}, and "1se" is the same model.'
    return (
        f'{smallest}, "1se" {found.n_nonzero_1se} at alpha={found.alpha_1se:.4g}, '
        "which is not worse by more than one standard error."
    )


def _data(found: Diagnosis, curve: LearningCurve | None) -> str:
    if curve is not None:
        few, many = curve.doubling
        gained = (
            f"from {few:.0f} to {many:.0f} rows the score gained "
            f"{rough(found.data_gain)} ± {rough(found.data_gain_error)}"
        )
        if found.more_data:
            return f"More data would help: {gained}, and the curve still rises."
        return f"More data of this kind would hardly help: {gained}; the curve is flat."
    if found.more_data is None:
        return "Whether more data would help is not known; a learning curve would tell."
    if found.more_data:
        return (
            "More data would help, as the gap is more than one standard error (a "
            "learning curve tells more): with more rows training and validation come "
            "together."
        )
    return (
        "More data of this kind would hardly help, as training and validation agree "
        "within one standard error (a learning curve tells more): what is unexplained "
        "is noise, or needs other features."
    )


def _folds(found: Diagnosis, result: CVResult) -> list[str]:
    low, high = min(found.fold_alphas), max(found.fold_alphas)
    number = len(found.fold_alphas)
    verb = "agree" if found.folds_agree else "disagree"
    first = (
        f"The folds {verb} about alpha: on their own they would choose {low:.3g} to "
        f"{high:.3g}, and {found.agreeing_folds} of {number} of these are within one "
        "standard error of the best."
    )
    texts = [first]
    for fold in found.outlier_folds:
        rows = result.folds[fold][1]
        texts.append(
            f"Fold {fold} is an outlier: it scores {found.fold_scores[fold]:.4g}, the "
            f"others {_range(found, fold)}; look at its {len(rows)} rows "
            f"(result.folds[{fold}][1])."
        )
    return texts


def _range(found: Diagnosis, fold: int) -> str:
    others = [
        score
        for k, score in enumerate(found.fold_scores)
        if k != fold and k not in found.outlier_folds and math.isfinite(score)
    ]
    return f"{min(others):.4g} to {max(others):.4g}"
