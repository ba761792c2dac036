"""The command ``fastreg``; everything but this file needs the extra ``cli``."""

from __future__ import annotations

import sys

__all__ = ["main"]

_EXTRA = ("typer", "rich", "polars", "matplotlib")


def main() -> None:
    """Run the command line; the entry point of the ``fastreg`` script."""
    try:
        from fastreg.cli.app import app

        app()
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        print(
            f"Error: the fastreg command needs {error.name}, which is not installed: "
            "pip install 'fastreg[cli]'. (python -m fastreg selftest works without.)",
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
