"""Picks the compiled kernels for this processor and passes them on.

The wheel carries the same kernels compiled for several instruction sets, one
extension module each: ``baseline`` runs everywhere, ``v3`` needs AVX2 and FMA,
``v4`` needs AVX-512. The best one that runs here is imported. The environment
variable ``FASTREG_ISA`` forces one of them.
"""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastreg._version import __version__

NOT_BUILT = (
    "fastreg's compiled modules were not found or cannot be loaded. In a source tree, "
    "build them with 'pip install .' or, for development, as CONTRIBUTING.md says; "
    "otherwise reinstall fastreg."
)

try:
    from fastreg import _cpu
except ImportError as error:
    raise ImportError(NOT_BUILT) from error

if TYPE_CHECKING:
    from types import ModuleType

    from fastreg._core_baseline import (
        alpha_max,
        calls_in_progress,
        elastic_net_path,
        fold_paths,
        gram_path,
        gram_stats,
        has_duplicates,
        many_arrays,
        many_groups,
        many_problems,
        many_responses,
        many_weights,
        product,
        responses_cv,
        ridge_cv,
        ridge_folds,
        ridge_path,
        rolling_paths,
        solve_small,
        standardization,
    )

__all__ = [
    "alpha_max",
    "available_isas",
    "built_isas",
    "calls_in_progress",
    "elastic_net_path",
    "fold_paths",
    "gram_path",
    "gram_stats",
    "has_duplicates",
    "isa",
    "kernels",
    "many_arrays",
    "many_groups",
    "many_problems",
    "many_responses",
    "many_weights",
    "product",
    "responses_cv",
    "ridge_cv",
    "ridge_folds",
    "ridge_path",
    "rolling_paths",
    "solve_small",
    "standardization",
    "supported_isas",
]

ISA_VARIABLE = "FASTREG_ISA"
LEVELS = ("baseline", "v3", "v4")  # the slowest first


def built_isas() -> list[str]:
    """Levels that this installation carries, the slowest first."""
    return [level for level in LEVELS if find_spec(f"fastreg._core_{level}")]


def supported_isas() -> list[str]:
    """Levels that this processor and operating system can run, the slowest first."""
    return _cpu.supported_levels()


def available_isas() -> list[str]:
    """Levels that are built and can run here, the slowest first."""
    built = built_isas()
    return [level for level in supported_isas() if level in built]


def _choose() -> str:
    """The level to import: the forced one, or else the best."""
    forced = os.environ.get(ISA_VARIABLE, "")
    available = available_isas()
    if not forced:
        if not available:
            raise ImportError(NOT_BUILT)
        return available[-1]
    if forced not in LEVELS:
        names = ", ".join(LEVELS)
        raise ValueError(f"{ISA_VARIABLE} must be one of {names}, got {forced!r}")
    if forced not in available:
        raise ImportError(_cannot_force(forced))
    return forced


def _cannot_force(level: str) -> str:
    if level not in supported_isas():
        reason = "this processor or operating system cannot run it"
    else:
        reason = "this installation was built without it"
    return (
        f"{ISA_VARIABLE}={level} cannot be used: {reason}. "
        f"Supported here: {', '.join(supported_isas())}. "
        f"Built: {', '.join(built_isas()) or 'none'}."
    )


def kernels(level: str) -> ModuleType:
    """The extension module of one level; raises ImportError if it is out of date."""
    module = importlib.import_module(f"fastreg._core_{level}")
    if module.version != __version__:
        raise ImportError(
            f"fastreg is version {__version__} but its compiled module for {level} "
            f"is version {module.version}: build or install fastreg again"
        )
    return module


isa: str = _choose()

if not TYPE_CHECKING:
    _kernels = kernels(isa)
    alpha_max = _kernels.alpha_max
    calls_in_progress = _kernels.calls_in_progress
    elastic_net_path = _kernels.elastic_net_path
    fold_paths = _kernels.fold_paths
    gram_path = _kernels.gram_path
    gram_stats = _kernels.gram_stats
    has_duplicates = _kernels.has_duplicates
    many_arrays = _kernels.many_arrays
    many_groups = _kernels.many_groups
    many_problems = _kernels.many_problems
    many_responses = _kernels.many_responses
    many_weights = _kernels.many_weights
    product = _kernels.product
    responses_cv = _kernels.responses_cv
    ridge_cv = _kernels.ridge_cv
    ridge_folds = _kernels.ridge_folds
    ridge_path = _kernels.ridge_path
    rolling_paths = _kernels.rolling_paths
    solve_small = _kernels.solve_small
    standardization = _kernels.standardization
