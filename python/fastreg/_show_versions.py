"""What a bug report needs to know about an installation."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

__all__ = ["show_versions", "versions"]

NEEDS = {"v3": " (AVX2 and FMA)", "v4": " (AVX-512)"}
PACKAGES = {"NumPy": "numpy", "SciPy": "scipy", "scikit-learn": "scikit-learn"}


def versions() -> dict[str, str]:
    """Names and values that `show_versions` prints, in its order."""
    from fastreg import __version__, _core

    kernels = _core.kernels(_core.isa)
    return {
        "fastreg": __version__,
        "instruction set": _core.isa + NEEDS.get(_core.isa, ""),
        "available": ", ".join(_core.available_isas()),
        "built": ", ".join(_core.built_isas()),
        "this processor": ", ".join(_core.supported_isas()),
        "compiler": kernels.compiler,
        "Eigen": kernels.eigen_version,
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "executable": sys.executable,
        **{name: _package_version(package) for name, package in PACKAGES.items()},
        "platform": platform.platform(),
    }


def _package_version(package: str) -> str:
    # Not imported: scikit-learn alone would take a second.
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def show_versions() -> None:
    """Print the versions and the instruction set that fastreg runs with.

    Add the output to a bug report.

    Examples
    --------
    >>> import fastreg
    >>> fastreg.show_versions()  # doctest: +ELLIPSIS
    fastreg          ...
    instruction set  ...
    """
    found = versions()
    width = max(map(len, found)) + 2
    for name, value in found.items():
        print(f"{name:{width}}{value}")
