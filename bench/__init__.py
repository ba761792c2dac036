"""Benchmarks of fastreg: whole problems against peers, kernels against the machine.

Run from the repository as ``python -m bench``; bench/README.md is the manual. The
modules that run beside a peer (`bench.cell` and what it imports) need nothing but
NumPy, SciPy and that peer, so that a peer can live in an environment of its own.
"""

from __future__ import annotations
