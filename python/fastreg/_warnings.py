"""Warnings that fastreg gives. They never appear when the asked-for gap is met."""

from __future__ import annotations


class ConvergenceWarning(UserWarning):
    """A solver stopped with a duality gap above ``tol``."""
