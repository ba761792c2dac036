"""Refusing, before the work, outputs that cannot or should not be written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from fastreg.cli.errors import CliError, blame_file


def check_outputs(inputs: Sequence[Path], outputs: Mapping[str, Path | None]) -> None:
    """Raise CliError unless the outputs can be new files or replace old results.

    Parameters
    ----------
    inputs
        Files that are read; no output may be one of them.
    outputs
        The file each option names, None where the option was left out. No two may be
        the same file, and their directories must exist.
    """
    chosen: dict[str, Path] = {}
    for option, file in outputs.items():
        if file is None:
            continue
        if any(_same(file, source) for source in inputs):
            raise CliError(
                f"{option} {file} would overwrite a file that is read: choose another"
            )
        for other, earlier in chosen.items():
            if _same(file, earlier):
                raise CliError(f"{other} and {option} name the same file {file}")
        check_directory(file)
        chosen[option] = file


def check_directory(file: Path) -> None:
    """Raise CliError unless the directory of a file to be written exists."""
    with blame_file("write", file):
        if not file.absolute().parent.is_dir():
            raise CliError(f"cannot write {file}: there is no directory {file.parent}")


def _same(one: Path, other: Path) -> bool:
    try:
        # Writing to a terminal or a pipe that is also read overwrites nothing.
        return one.samefile(other) and one.is_file()
    except OSError:  # one of them does not exist yet
        return os.path.realpath(one) == os.path.realpath(other)
