"""Is this image real or synthetic, and does the detector hold on a new forgery?

    python examples/synthetic_media.py --out pictures

Networks that make images end in up-sampling, and up-sampling leaves traces in the
spectrum. Here three such generators work on patches of two real photographs. Logistic
regression on the log power at every frequency learns to tell the patches of two
generators from real ones and is tested on the third, along whole paths of L1, elastic
net and L2. The photographs come with scikit-learn; reading them takes Pillow, and
pictures take matplotlib: ``pip install 'fastreg[examples]'``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from synthetic_media_parts.detector import (
    EDGE,
    SETS,
    Fits,
    Study,
    effective_number,
    feature_correlation,
    neighbour_correlation,
    study,
    summary,
)
from synthetic_media_parts.patches import (
    DECIBEL,
    FREQUENCIES,
    KERNELS,
    PATCH,
    load_photographs,
)

SHOWN = "nearest"  # the unseen generator of the maps and of the explained patch


def report(results: Study) -> None:
    train, fits = results.samples["train"], results.fits
    print(f"{len(train.y)} training patches, {train.X.shape[1]} frequencies\n")
    report_accuracy(fits)
    print()
    report_losses(fits)
    print(f"\nFirst split, {results.shown} unseen:")
    report_weights(results)
    print()
    report_explanation(results)
    gaps = [fit.path.dual_gaps.max() for each in fits.values() for fit in each]
    print(f"\n{len(gaps)} paths, no duality gap above {max(gaps):.1e}")


def report_accuracy(fits: Fits) -> None:
    splits = len(next(iter(fits.values())))
    print(f"Accuracy in %, mean of {splits} splits, at the alpha that validation chose")
    print(
        "unseen          penalty      kept  train  valid.  known  unseen   best   weak"
    )
    for (unseen, penalty), each in fits.items():
        row = summary(each)
        percent = [100.0 * row[name] for name in (*SETS, "best", "weakest")]
        numbers = "{:6.1f} {:7.1f} {:6.1f} {:7.1f} {:6.1f} {:6.1f}".format(*percent)
        print(f"{unseen:15} {penalty:11} {row['kept']:5.0f} {numbers}")
    print("known and unseen are test patches; best and weak are the unseen ones at the")
    print("alpha that is best in hindsight, and at the weakest penalty")


def report_losses(fits: Fits) -> None:
    print("Log loss of L1 on validation patches:")
    print("unseen          no feature  best alpha  weakest penalty")
    for unseen in KERNELS:
        loss = np.mean([fit.validation_loss for fit in fits[unseen, "L1"]], axis=0)
        print(f"{unseen:15} {loss[0]:10.2f} {loss.min():11.2f} {loss[-1]:16.2f}")


def report_weights(results: Study) -> None:
    size = np.abs(results.weights["L1"])
    kept, share = size > 0.0, size[EDGE].sum() / size.sum()
    print(f"L1 keeps {kept.sum()} of {len(kept)} frequencies. At most one cycle below")
    print(f"the highest are {EDGE[kept].mean():.0%} of them, with {share:.0%} of the")
    print(f"weight, and {EDGE.mean():.0%} of all frequencies.")
    alike = feature_correlation(results.samples["train"].X)
    print(f"Neighbouring features have correlation {alike:.2f}, and their weights:")
    print("penalty      kept  effective number  correlation of neighbours")
    for penalty, w in results.weights.items():
        number, alike = effective_number(w), neighbour_correlation(w)
        print(f"{penalty:11} {(w != 0).sum():5} {number:17.1f} {alike:26.2f}")


def report_explanation(results: Study, rows: int = 6) -> None:
    explained = results.explained
    parts = explained.contributions
    order = np.argsort(-np.abs(parts))
    print(f"A flagged patch has score {explained.score:.2f}; above 0 is synthetic.")
    print(f"  {explained.start:+6.2f}  average training patch")
    for j in order[:rows]:
        down, across = FREQUENCIES[j]
        power = DECIBEL * explained.difference[j]
        place = f"{down}/{PATCH} cycles a pixel down, {across}/{PATCH} across"
        print(f"  {parts[j]:+6.2f}  {power:+5.1f} dB at {place}")
    rest = parts[order[rows:]]
    print(f"  {rest.sum():+6.2f}  {np.count_nonzero(rest)} other frequencies")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=8, help="draws of the tiles")
    parser.add_argument("--out", type=Path, help="folder for pictures; none without")
    options = parser.parse_args()
    if options.splits < 1:
        parser.error(f"--splits must be at least 1, got {options.splits}")
    if options.out is not None:
        from synthetic_media_parts.pictures import draw  # needs matplotlib

    results = study(load_photographs(), options.splits, SHOWN)
    report(results)
    if options.out is not None:
        for file in draw(options.out, results):
            print(f"picture: {file}")


if __name__ == "__main__":
    main()
