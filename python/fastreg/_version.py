"""The one place where the version is written; pyproject.toml and CMake read it."""

from __future__ import annotations

__version__ = "0.1.0"
