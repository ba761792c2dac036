"""What the example of real and synthetic images claims, in its page and its report."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import fastreg

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "examples" / "synthetic_media.py"
PAGE = ROOT / "docs" / "synthetic-media.md"
NUMBER = r"[-+]?\d+(?:\.\d+)?"


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        yield import_module("synthetic_media")


@pytest.fixture(scope="module")
def detector(example: ModuleType) -> ModuleType:
    return import_module("synthetic_media_parts.detector")


@pytest.fixture(scope="module")
def patches(example: ModuleType) -> ModuleType:
    return import_module("synthetic_media_parts.patches")


@pytest.fixture(scope="module")
def results(example: ModuleType) -> Any:
    return example.study(example.load_photographs(), 8, example.SHOWN)


@pytest.fixture(scope="module")
def rows(detector: ModuleType, results: Any) -> dict[tuple[str, str], dict[str, float]]:
    return {key: detector.summary(fits) for key, fits in results.fits.items()}


# ---- the data


def test_generators_are_what_their_names_say(patches: ModuleType) -> None:
    small = np.random.default_rng(0).uniform(0.0, 255.0, (3, 12, 12))
    nearest = patches.upsample(small, patches.KERNELS["nearest"])
    np.testing.assert_allclose(nearest, small.repeat(2, axis=1).repeat(2, axis=2))
    bilinear = patches.upsample(small, patches.KERNELS["bilinear"])
    np.testing.assert_allclose(bilinear[:, ::2, ::2], small)
    between = (small[:, :, :-1] + small[:, :, 1:]) / 2.0
    np.testing.assert_allclose(bilinear[:, ::2, 1:-1:2], between)
    flat = np.full((1, 12, 12), 100.0)
    board = patches.upsample(flat, patches.KERNELS["zero insertion"])[0]
    even, odd = 1.0 / 0.95, 0.9 / 0.95  # of a row or a column
    square = 100.0 * np.outer([even, odd], [even, odd])
    np.testing.assert_allclose(board, np.tile(square, (12, 12)))


def test_no_pixel_is_in_two_parts(patches: ModuleType) -> None:
    numbers = np.arange(213.0 * 320.0).reshape(213, 320)
    parts = patches.split_tiles([numbers, -1.0 - numbers], seed=3)
    pixels = np.concatenate([tiles.ravel() for tiles in parts.values()])
    assert len(pixels) == 48 * 48 * 48
    assert len(np.unique(pixels)) == len(pixels)


def test_features_are_the_power_of_every_frequency_once(patches: ModuleType) -> None:
    assert len(patches.FREQUENCIES) == (24 * 24 - 4) // 2 + 3
    down, across = np.mgrid[:24, :24]
    for feature, (v, h) in enumerate(patches.FREQUENCIES):
        wave = np.cos(2.0 * np.pi * (v * down + h * across) / 24.0 + 0.3)
        assert patches.log_power(100.0 * wave[None])[0].argmax() == feature


def test_photographs_have_no_ridge_where_jpeg_blocks_would_show(
    example: ModuleType, patches: ModuleType, results: Any
) -> None:
    train = results.samples["train"]
    power = np.full(patches.MASK.shape, np.nan)
    power[patches.MASK] = train.X[~train.synthetic].mean(axis=0)
    for line in (power[0, 5:8], power[5:8, 0]):
        assert line[1] - (line[0] + line[2]) / 2.0 < 0.1


# ---- the fits


def test_every_path_is_certified(results: Any, detector: ModuleType) -> None:
    for (_, penalty), fits in results.fits.items():
        assert len(fits) == 8
        for fit in fits:
            assert fit.path.dual_gaps.max() <= fit.path.tol
            np.testing.assert_array_equal(fit.path.alphas, detector.ALPHAS[penalty])
    fit, train = results.fits[results.shown, "L1"][0], results.samples["train"]
    assert fit.path.n_nonzero[0] == 0
    certificate = fastreg.certify(
        train.X,
        train.y,
        fit.path.coefs[:, fit.chosen],
        fit.path.intercepts[fit.chosen],
        alpha=fit.path.alphas[fit.chosen],
        family="binomial",
    )
    assert certificate.relative_gap <= fit.path.tol


def test_strong_penalties_underfit_and_weak_ones_overfit(results: Any) -> None:
    for (unseen, penalty), fits in results.fits.items():
        train, validation = np.mean([fit.accuracy[:2] for fit in fits], axis=0)
        loss = np.mean([fit.validation_loss for fit in fits], axis=0)
        assert train[0] < 0.8, (unseen, penalty)
        assert train[-1] > 0.999, (unseen, penalty)
        assert train[-1] - validation[-1] > 0.005, (unseen, penalty)
        assert loss.min() < 0.45 * loss[0], (unseen, penalty)
        if penalty == "L1":
            assert loss[-1] > (1.2 if unseen == "zero insertion" else 1.0) * loss.min()


def test_known_generators_are_spotted(rows: Any) -> None:
    assert all(row["known"] > 0.89 for row in rows.values())


def test_validation_on_known_generators_misleads_for_nearest(rows: Any) -> None:
    """Unseen accuracy is far lower, was higher at stronger penalties, and falls."""
    for penalty in ("L1", "elastic net", "L2"):
        row = rows["nearest", penalty]
        assert row["known"] - row["unseen"] > 0.15
        assert row["best"] - row["unseen"] > 0.04
        assert row["unseen"] - row["weakest"] > 0.01
    assert rows["nearest", "L1"]["unseen"] > rows["nearest", "L2"]["unseen"] + 0.03


def test_zero_insertion_is_spotted_unseen(rows: Any) -> None:
    for penalty in ("L1", "elastic net", "L2"):
        row = rows["zero insertion", penalty]
        assert row["unseen"] > 0.94
        assert row["unseen"] > row["known"] + 0.03
        assert row["unseen"] > row["weakest"] + 0.01


def test_what_is_best_for_bilinear_unseen(rows: Any) -> None:
    for penalty in ("L1", "elastic net"):
        row = rows["bilinear", penalty]
        assert row["weakest"] > row["unseen"]
        assert row["best"] - row["weakest"] < 0.01
    row = rows["bilinear", "L2"]
    assert row["best"] - row["unseen"] > 0.05


def test_no_penalty_is_best_for_every_unseen_generator(rows: Any) -> None:
    def best(unseen: str) -> str:
        unseen_accuracy = {
            penalty: row["unseen"] for (name, penalty), row in rows.items()
            if name == unseen
        }  # fmt: skip
        return max(unseen_accuracy, key=unseen_accuracy.__getitem__)

    assert best("nearest") == "L1"
    assert best("bilinear") == "L2"


# ---- what the models say


def test_l1_keeps_few_frequencies_and_mostly_the_highest(
    results: Any, detector: ModuleType
) -> None:
    edge = detector.EDGE
    assert 0.2 < edge.mean() < 0.25
    for fits in (results.fits[key] for key in results.fits if key[1] == "L1"):
        for fit in fits:
            kept = fit.path.coefs[:, fit.chosen] != 0.0
            assert kept.sum() < 0.15 * len(kept)
            assert edge[kept].mean() > 1.5 * edge.mean()
    size = np.abs(results.weights["L1"])
    assert size[edge].sum() > 0.65 * size.sum()


def test_weights_spread_from_l1_over_elastic_net_to_l2(
    results: Any, detector: ModuleType
) -> None:
    train = results.samples["train"]
    assert detector.feature_correlation(train.X) > 0.85
    one, mixed, two = (results.weights[name] for name in detector.L1_RATIOS)
    numbers = [detector.effective_number(w) for w in (one, mixed, two)]
    assert 2.0 * numbers[0] < numbers[1]
    assert 2.0 * numbers[1] < numbers[2]
    alike = [detector.neighbour_correlation(w) for w in (one, mixed, two)]
    assert alike[0] < 0.2
    assert 0.3 < alike[1] < 0.6
    assert alike[2] > 0.7


def test_measures_of_spread_on_weights_made_up(detector: ModuleType) -> None:
    assert detector.effective_number(np.array([0.0, 3.0, -3.0, 3.0])) == 3.0
    smooth = np.cos(np.arctan2(*detector.FREQUENCIES.T))
    assert detector.neighbour_correlation(smooth) > 0.8
    noise = np.random.default_rng(0).standard_normal(len(smooth))
    assert abs(detector.neighbour_correlation(noise)) < 0.15


def test_contributions_add_up_to_the_score(results: Any) -> None:
    explained, sample = results.explained, results.samples["unseen"]
    fit = results.fits[results.shown, "L1"][0]
    k = fit.chosen
    score = sample.X[explained.patch] @ fit.path.coefs[:, k] + fit.path.intercepts[k]
    assert explained.score == pytest.approx(score)
    total = explained.start + explained.contributions.sum()
    assert total == pytest.approx(score)
    assert score > 0.0
    assert sample.synthetic[explained.patch]
    nonzero = explained.contributions != 0.0
    np.testing.assert_array_equal(nonzero, fit.path.coefs[:, k] != 0.0)


# ---- report, pictures, page


def test_page_shows_the_report(
    example: ModuleType, results: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Same words; numbers within what differs between instruction sets."""
    example.report(results)
    report = capsys.readouterr().out.split("\n\n")
    page = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```text\n(.*?)\n```$", page, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        (same,) = [part.strip("\n") for part in report if part[:20] == block[:20]]
        assert re.sub(NUMBER, "#", same).split() == re.sub(NUMBER, "#", block).split()
        shown = [float(number) for number in re.findall(NUMBER, block)]
        actual = [float(number) for number in re.findall(NUMBER, same)]
        np.testing.assert_allclose(shown, actual, atol=0.6, rtol=0.02)


def test_pictures_are_drawn(example: ModuleType, results: Any, tmp_path: Path) -> None:
    draw = import_module("synthetic_media_parts.pictures").draw
    files = draw(tmp_path / "pictures", results)
    assert [file.name for file in files] == [
        "synthetic-media-accuracy.png",
        "synthetic-media-maps.png",
        "synthetic-media-patch.png",
    ]
    assert all(file.stat().st_size > 30_000 for file in files)


def test_map_shows_each_frequency_where_it_is(
    example: ModuleType, patches: ModuleType
) -> None:
    plane = import_module("synthetic_media_parts.pictures").plane
    down, across = np.mgrid[-12:13, -12:13]
    for feature, (v, h) in enumerate(patches.FREQUENCIES):
        picture = plane(np.arange(len(patches.FREQUENCIES)) == feature)
        assert np.argwhere(np.isnan(picture)).tolist() == [[12, 12]]
        # The same wave on whole pixels, or the opposite one.
        same = ((down - v) % 24 == 0) & ((across - h) % 24 == 0)
        opposite = ((down + v) % 24 == 0) & ((across + h) % 24 == 0)
        np.testing.assert_array_equal(np.nan_to_num(picture) == 1.0, same | opposite)


def test_script_runs_and_draws_only_when_asked(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPT, "--splits", "1"]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stderr
    assert "9 paths, no duality gap above" in run.stdout
    assert not list(tmp_path.iterdir())
    command[-1] = "0"
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 2
    assert "--splits must be at least 1, got 0" in run.stderr


def test_missing_pillow_is_explained(
    patches: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(SystemExit, match=r"needs Pillow: pip install .*\[examples\]"):
        patches.load_photographs()
