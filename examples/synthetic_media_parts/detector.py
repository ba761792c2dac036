"""The detector of ``synthetic_media.py``: paths, choice of an alpha, explanations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import fastreg

from .patches import FREQUENCIES, KERNELS, MASK, NYQUIST, Sample, make_samples

L1_RATIOS = {"L1": 1.0, "elastic net": 0.5, "L2": 0.0}
# With standardised features and as many synthetic patches as real ones all coefficients
# are zero at alpha = 0.5 / l1_ratio and above. L2 has no such limit.
ALPHAS = {
    "L1": np.geomspace(0.5, 5e-4, 40),
    "elastic net": np.geomspace(1.0, 1e-3, 40),
    "L2": np.geomspace(1e2, 1e-3, 40),
}
SETS = ("train", "validation", "known", "unseen")
# Frequencies at most one cycle below the highest.
EDGE = np.abs(FREQUENCIES).max(axis=1) >= NYQUIST - 1


@dataclass
class Fit:
    """A path, how it was judged, and the alpha that validation patches chose."""

    path: fastreg.Path
    accuracy: np.ndarray  # (sets, alphas)
    validation_loss: np.ndarray  # (alphas,)
    chosen: int


Fits = dict[tuple[str, str], list[Fit]]


@dataclass
class Explanation:
    """Why a patch is flagged: its score is start + sum of contributions."""

    patch: int
    score: float
    start: float  # score of the average training patch
    difference: np.ndarray  # log power minus that of the average training patch
    contributions: np.ndarray  # coefficients times differences


@dataclass
class Study:
    """All fits, and what the models of the first split with `shown` unseen say."""

    fits: Fits
    shown: str
    samples: dict[str, Sample]
    weights: dict[str, np.ndarray]  # per standard deviation, by penalty
    explained: Explanation


def study(photographs: list[np.ndarray], splits: int, shown: str) -> Study:
    """Fit and judge everything that the report and the pictures show."""
    fits = fit_all(photographs, splits)
    samples = make_samples(photographs, shown, seed=0)
    first = {penalty: fits[shown, penalty][0] for penalty in L1_RATIOS}
    scale = samples["train"].X.std(axis=0)
    weights = {
        name: fit.path.coefs[:, fit.chosen] * scale for name, fit in first.items()
    }
    explained = explain(first["L1"], samples["train"], samples["unseen"])
    return Study(fits, shown, samples, weights, explained)


def fit_all(photographs: list[np.ndarray], splits: int) -> Fits:
    """Fits of every split, by unseen generator and penalty."""
    fits: Fits = {}
    for unseen in KERNELS:
        for seed in range(splits):
            samples = make_samples(photographs, unseen, seed)
            for penalty in L1_RATIOS:
                path = fit_path(samples["train"], penalty)
                fit = judge(path, samples)
                fits.setdefault((unseen, penalty), []).append(fit)
    return fits


def fit_path(sample: Sample, penalty: str) -> fastreg.Path:
    return fastreg.path(
        sample.X,
        sample.y,
        family="binomial",
        l1_ratio=L1_RATIOS[penalty],
        alphas=ALPHAS[penalty],
        tol=1e-8,  # so that the report is the same to the last digit everywhere
    )


def judge(path: fastreg.Path, samples: dict[str, Sample]) -> Fit:
    """Accuracies on all samples, and the alpha that the validation sample chooses.

    That is the strongest penalty within one standard error of the least loss. Patches
    of one tile look alike, so the standard error is that over tiles.
    """
    told = np.array([accuracy(path, samples[name]) for name in SETS])
    losses = tile_losses(path, samples["validation"])
    mean = losses.mean(axis=0)
    best = mean.argmin()
    error = losses[:, best].std(ddof=1) / np.sqrt(len(losses))
    return Fit(path, told, mean, int((mean <= mean[best] + error).argmax()))


def accuracy(path: fastreg.Path, sample: Sample) -> np.ndarray:
    """Share of patches told right, for every alpha."""
    flagged = path.decision_function(sample.X) > 0.0
    return np.mean(flagged == sample.synthetic[:, None], axis=0)


def tile_losses(path: fastreg.Path, sample: Sample) -> np.ndarray:
    """Mean log loss of the patches of each tile: (tiles, alphas)."""
    sign = np.where(sample.synthetic, -1.0, 1.0)[:, None]
    loss = np.logaddexp(0.0, sign * path.decision_function(sample.X))
    tiles = np.unique(sample.tile)
    return np.array([loss[sample.tile == tile].mean(axis=0) for tile in tiles])


def summary(fits: list[Fit]) -> dict[str, float]:
    """Means over splits: frequencies kept and accuracies at the chosen alpha.

    ``best`` and ``weakest`` are accuracies on the unseen generator: at the alpha that
    is best for all splits together, and at the weakest penalty.
    """
    chosen = np.mean([fit.accuracy[:, fit.chosen] for fit in fits], axis=0)
    kept = np.mean([fit.path.n_nonzero[fit.chosen] for fit in fits])
    unseen = np.mean([fit.accuracy[SETS.index("unseen")] for fit in fits], axis=0)
    told = {name: float(value) for name, value in zip(SETS, chosen, strict=True)}
    return {
        "kept": float(kept),
        **told,
        "best": float(unseen.max()),
        "weakest": float(unseen[-1]),
    }


# ---- what a model says


def effective_number(weights: np.ndarray) -> float:
    """How many equal weights would be as concentrated (the participation ratio)."""
    return float((weights**2).sum() ** 2 / (weights**4).sum())


def neighbours() -> np.ndarray:
    """Pairs of features that are next to each other on the grid: (2, pairs)."""
    number = np.full(MASK.shape, -1)
    number[MASK] = np.arange(MASK.sum())
    # The last row, -1 cycles, is next to the first.
    below = np.stack([number.ravel(), np.roll(number, -1, axis=0).ravel()])
    beside = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    pairs = np.concatenate([below, beside], axis=1)
    return pairs[:, (pairs >= 0).all(axis=0)]


def neighbour_correlation(weights: np.ndarray) -> float:
    """Correlation between the weights of neighbouring frequencies."""
    return float(np.corrcoef(weights[neighbours()])[0, 1])


def feature_correlation(X: np.ndarray) -> float:
    """Mean correlation between neighbouring features."""
    first, second = neighbours()
    return float(np.corrcoef(X, rowvar=False)[first, second].mean())


def explain(fit: Fit, train: Sample, sample: Sample) -> Explanation:
    """The synthetic patch whose score is the median of those that are flagged."""
    coef, average = fit.path.coefs[:, fit.chosen], train.X.mean(axis=0)
    scores = fit.path.decision_function(sample.X)[:, fit.chosen]
    flagged = np.flatnonzero(sample.synthetic & (scores > 0.0))
    patch = int(flagged[np.argsort(scores[flagged])[len(flagged) // 2]])
    start = float(fit.path.intercepts[fit.chosen] + average @ coef)
    difference = sample.X[patch] - average
    return Explanation(
        patch, float(scores[patch]), start, difference, coef * difference
    )
