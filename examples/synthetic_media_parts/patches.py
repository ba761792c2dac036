"""Patches of photographs, synthetic ones made from them, and their spectra.

The data of ``synthetic_media.py``: two photographs that come with scikit-learn, three
up-sampling generators, and the log power at every frequency of a patch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_sample_images

TILE, PATCH, STRIDE = 48, 24, 12  # pixels; patches are cut from tiles
PARTS = {"train": 24, "validation": 12, "test": 12}  # tiles
MIN_CONTRAST = 5.0  # grey levels; plain sky has no texture that could tell
ROUNDING = 1.0 / 12.0  # variance of rounding to whole grey levels

# All generators put zeros between the pixels of a small image and smooth with a kernel.
# The last is what an untuned network does: even pixels get 5 % more and odd ones 5 %
# less than they should, a checkerboard.
KERNELS = {
    "nearest": [0.0, 1.0, 1.0],
    "bilinear": [0.5, 1.0, 0.5],
    "zero insertion": [0.45, 1.0, 0.45],
}


@dataclass
class Sample:
    """Patches with their features, labels and tiles; half of them are real.

    The synthetic patch made from ``patches[i]`` is ``patches[i + len(patches) // 2]``.
    """

    patches: np.ndarray
    X: np.ndarray
    y: np.ndarray
    tile: np.ndarray

    @property
    def synthetic(self) -> np.ndarray:
        return self.y == "synthetic"


def make_samples(
    photographs: list[np.ndarray], unseen: str, seed: int
) -> dict[str, Sample]:
    """Training, validation and test patches; two generators known, one unseen."""
    tiles = split_tiles(photographs, seed)
    known = [name for name in KERNELS if name != unseen]
    return {
        "train": make_sample(tiles["train"], known),
        "validation": make_sample(tiles["validation"], known),
        "known": make_sample(tiles["test"], known),
        "unseen": make_sample(tiles["test"], [unseen]),
    }


def make_sample(tiles: np.ndarray, generators: list[str]) -> Sample:
    """Real patches, and each once more from one of the generators, by turns."""
    real, tile = cut_patches(tiles)
    fakes = np.empty_like(real)
    for turn, name in enumerate(generators):
        turns = slice(turn, None, len(generators))
        fakes[turns] = make_fakes(real[turns], name)
    patches = np.concatenate([store(real), fakes])
    y = np.repeat(["real", "synthetic"], len(real))
    return Sample(patches, log_power(patches), y, np.tile(tile, 2))


def make_fakes(real: np.ndarray, generator: str) -> np.ndarray:
    """The same scenes, halved and brought back to size by a generator."""
    return store(upsample(halve(real), KERNELS[generator]))


def load_photographs() -> list[np.ndarray]:
    """Two photographs in grey levels, halved: that hides the traces of their JPEG."""
    try:
        images = load_sample_images().images
    except ImportError as error:
        message = "Reading photographs needs Pillow: pip install 'fastreg[examples]'"
        raise SystemExit(message) from error
    return [halve(np.dot(image, [0.299, 0.587, 0.114])) for image in images]


def split_tiles(photographs: list[np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Tiles of each part. They don't overlap, so neither do patches of two parts."""
    tiles = [
        photo[i : i + TILE, j : j + TILE]
        for photo in photographs
        for i in range(0, photo.shape[0] - TILE + 1, TILE)
        for j in range(0, photo.shape[1] - TILE + 1, TILE)
    ]
    order = np.random.default_rng(seed).permutation(len(tiles))
    ends = np.cumsum(list(PARTS.values()))
    chosen = np.split(order[: ends[-1]], ends[:-1])
    return {part: np.array(tiles)[c] for part, c in zip(PARTS, chosen, strict=True)}


def cut_patches(tiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Textured patches and the number of the tile that each lies in."""
    offsets = range(0, TILE - PATCH + 1, STRIDE)
    cut = [tiles[:, i : i + PATCH, j : j + PATCH] for i in offsets for j in offsets]
    patches = np.concatenate(cut)
    tile = np.tile(np.arange(len(tiles)), len(cut))
    textured = patches.std(axis=(1, 2)) >= MIN_CONTRAST
    return patches[textured], tile[textured]


def halve(images: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 pixels in the last two axes."""
    height, width = (size // 2 * 2 for size in images.shape[-2:])
    even = images[..., :height, :width]
    rows = even[..., ::2, :] + even[..., 1::2, :]
    return (rows[..., ::2] + rows[..., 1::2]) / 4.0


def upsample(images: np.ndarray, kernel: list[float]) -> np.ndarray:
    """Double the last two axes: zeros between pixels, then a separable kernel."""
    padded = np.pad(images, [(0, 0), (2, 2), (2, 2)], mode="reflect")
    doubled = np.zeros((len(padded), *(2 * size for size in padded.shape[1:])))
    doubled[:, ::2, ::2] = padded
    gains = 2.0 * np.array(kernel) / np.sum(kernel)
    for axis in (1, 2):
        shifted = [np.roll(doubled, shift, axis) for shift in (-1, 0, 1)]
        doubled = sum(g * image for g, image in zip(gains, shifted, strict=True))
    return doubled[:, 4:-4, 4:-4]


def store(images: np.ndarray) -> np.ndarray:
    """As a file would hold them: whole grey levels from 0 to 255."""
    return np.clip(np.rint(images), 0.0, 255.0)


def independent_frequencies() -> np.ndarray:
    """Mask of rfft2: each frequency of a real image once, without the mean."""
    mask = np.ones((PATCH, PATCH // 2 + 1), dtype=bool)
    mask[PATCH // 2 + 1 :, [0, -1]] = False  # conjugates of rows that are kept
    mask[0, 0] = False
    return mask


MASK = independent_frequencies()
# Vertical (-11 to 12) and horizontal (0 to 12) frequency of each feature, in cycles a
# patch; 12 is one cycle in two pixels, the highest that pixels can hold (Nyquist).
NYQUIST = PATCH // 2
FREQUENCIES = np.argwhere(MASK)
FREQUENCIES[FREQUENCIES[:, 0] > NYQUIST, 0] -= PATCH
DECIBEL = 10.0 / np.log(10.0)  # of a difference in log power


def log_power(patches: np.ndarray) -> np.ndarray:
    """Log of the windowed power spectrum; rounding noise keeps it from -inf."""
    hann = np.hanning(PATCH + 2)[1:-1]
    window = np.outer(hann, hann)
    centred = patches - patches.mean(axis=(1, 2), keepdims=True)
    power = np.abs(np.fft.rfft2(centred * window)) ** 2 / (window**2).sum()
    return np.log(power + ROUNDING)[:, MASK]
