"""Designs and sources whose calls are counted, for the tests of out-of-core fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fastreg.design import Design
from fastreg.reference import Floats


class Verbs(Design):
    """The verbs of an array, and nothing else; what is called is written down."""

    def __init__(self, X: Floats) -> None:
        self.X = np.asarray(X, dtype=np.float64)
        self.shape = self.X.shape
        self.calls: list[str] = []

    def matvec(self, B: Floats) -> Any:
        self.calls.append("matvec")
        return self.X @ B

    def transpose_matvec(self, R: Floats) -> Any:
        self.calls.append("transpose_matvec")
        return self.X.T @ R

    def columns(self, J: Any) -> Any:
        self.calls.append("columns")
        return self.X[:, J]


class CountingSource:
    """Sliced by rows, like a dataset in a file; counts how often it is read."""

    def __init__(self, X: Floats) -> None:
        self.X = X
        self.shape = X.shape
        self.n_reads = 0
        self.next = 0
        self.most_rows = 0

    def __getitem__(self, rows: slice) -> Any:
        assert rows.start == self.next, "reads are sequential"
        if rows.start == 0:
            self.n_reads += 1
        block = self.X[rows].copy()
        self.most_rows = max(self.most_rows, len(block))
        self.next = rows.stop % self.shape[0]
        return block


def uneven_blocks(X: Floats) -> Iterator[Floats]:
    """Blocks of 1, 2, 3, ... rows, one of them empty."""
    start, height = 0, 0
    while start < len(X):
        yield X[start : start + height]
        start, height = start + height, height + 1
