"""``python -m fastreg``: works for ``selftest`` and ``info`` without the cli extra."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run ``selftest`` or ``info`` here, anything else by the command line's code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == ["selftest"]:
        from fastreg._selftest import selftest

        return selftest()
    if arguments == ["info"]:
        from fastreg._show_versions import show_versions

        show_versions()
        return 0
    from fastreg.cli import main as cli_main

    sys.argv[1:] = arguments
    cli_main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
