"""Scores and choices of `fastreg.cv` are those of R's cv.glmnet with the same folds.

The numbers, and the R code that made them, are in tests/data/cv_glmnet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import fastreg

pytestmark = pytest.mark.core

FOLDER = Path(__file__).parent / "data" / "cv_glmnet"
MIXES = {"gaussian": 1.0, "binomial": 0.5}


def table(name: str) -> Any:
    return np.genfromtxt(FOLDER / f"{name}.csv", delimiter=",", names=True)


@pytest.mark.parametrize("family", MIXES)
def test_scores_and_choices_are_those_of_cv_glmnet(family: str) -> None:
    data, theirs = table("data"), table(family)
    X = np.column_stack([data[f"X{j}"] for j in range(1, 16)])
    rows = [np.flatnonzero(data["foldid"] == k) for k in range(1, 7)]
    ours = fastreg.cv(
        X,
        data[family],
        family=family,
        l1_ratio=MIXES[family],
        sample_weight=data["weight"],
        alphas=theirs["lambda"],
        cv=[(np.setdiff1d(np.arange(90), test), test) for test in rows],
        tol=1e-12,
    )
    assert_allclose(ours.alphas, theirs["lambda"])
    assert_allclose(ours.mean_score, theirs["cvm"], rtol=1e-6)
    assert_allclose(ours.std_error, theirs["cvsd"], rtol=1e-5)
    for rule, marked in [("min", "is_min"), ("1se", "is_1se")]:
        chosen = ours.select(rule)
        assert chosen.index == int(np.flatnonzero(theirs[marked])[0])
        assert not chosen.is_null
