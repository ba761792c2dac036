"""Small real data sets that ship with the package.

They need nothing but NumPy, so examples and the ``fastreg demo`` command work
offline. Sources are in the ``README.md`` beside the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dataset", "load_diabetes"]

_DIABETES_LABELS = {
    "age": "age",
    "sex": "sex",
    "bmi": "body mass index",
    "bp": "blood pressure",
    "s1": "total cholesterol",
    "s2": "LDL",
    "s3": "HDL",
    "s4": "cholesterol / HDL",
    "s5": "log triglycerides",
    "s6": "blood sugar",
}


@dataclass(frozen=True)
class Dataset:
    """A table split into features and target.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features), float64
        Feature values as they were recorded, neither centred nor scaled.
    y : ndarray of shape (n_samples,), float64
        Target values.
    feature_names : tuple of str
        Column names of `X`.
    target_name : str
        Name of `y`.
    labels : dict of str to str
        What each feature means, in a few words.
    """

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    feature_names: tuple[str, ...]
    target_name: str
    labels: dict[str, str]

    def __repr__(self) -> str:
        n_samples, n_features = self.X.shape
        return (
            f"Dataset({n_samples} samples, {n_features} features, "
            f"target {self.target_name!r})"
        )


def load_diabetes() -> Dataset:
    """Load the diabetes data of Efron, Hastie, Johnstone and Tibshirani (2004).

    442 patients, ten baseline measurements (age, sex, body mass index, blood
    pressure, six blood serum values), and the disease's progression one year
    later as the target.

    Returns
    -------
    Dataset
        `X` has shape (442, 10), `y` has shape (442,).

    References
    ----------
    B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least Angle
    Regression", Annals of Statistics 32(2), 2004, 407-499.

    Examples
    --------
    >>> from fastreg.datasets import load_diabetes
    >>> data = load_diabetes()
    >>> data
    Dataset(442 samples, 10 features, target 'progression')
    >>> data.feature_names[:4]
    ('age', 'sex', 'bmi', 'bp')
    """
    source = files(__package__) / "diabetes.csv"
    with source.open("r", encoding="utf-8") as file:
        names = file.readline().strip().split(",")
        values = np.loadtxt(file, delimiter=",", dtype=np.float64)
    return Dataset(
        X=np.asfortranarray(values[:, :-1]),
        y=values[:, -1].copy(),
        feature_names=tuple(names[:-1]),
        target_name=names[-1],
        labels=dict(_DIABETES_LABELS),
    )
