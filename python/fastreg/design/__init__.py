"""Designs: what the solvers ask of X, for data that is not an array in memory.

`Design` is the protocol: write its verbs and `fastreg.path` runs on your data, wherever
it is. `ChunkedDesign` has them written for anything that is read block by block.
"""

from __future__ import annotations

from fastreg.design._base import Design
from fastreg.design._chunked import ChunkedDesign

__all__ = ["ChunkedDesign", "Design"]
