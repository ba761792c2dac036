"""Mistakes of the user: one sentence on stderr and exit code 2, no traceback."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import typer

Params = ParamSpec("Params")
Result = TypeVar("Result")


class CliError(Exception):
    """Something that the user can put right; the message says how."""


def reports_errors(command: Callable[Params, Result]) -> Callable[Params, Result]:
    """Turn mistakes into exit code 2 and Ctrl-C into exit code 130."""

    @functools.wraps(command)
    def wrapper(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        try:
            return command(*args, **kwargs)
        except CliError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(2) from None
        except BrokenPipeError:  # typer ends quietly when the reader has gone
            raise
        except OSError as error:
            typer.echo(f"Error: {_os_reason(error)}", err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            typer.echo("Interrupted.", err=True)
            raise typer.Exit(130) from None

    return wrapper


@contextmanager
def blame_input() -> Iterator[None]:
    """Report what the library refuses (a ValueError) as a mistake in the input."""
    try:
        yield
    except ValueError as error:
        raise CliError(str(error)) from error


@contextmanager
def blame_file(action: str, file: object) -> Iterator[None]:
    """Report an operating system error as "cannot <action> <file>: reason"."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise CliError(f"cannot {action} {file}: {reason}") from error


def _os_reason(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    return reason if error.filename is None else f"{error.filename}: {reason}"


def nearest(name: str, known: Sequence[str]) -> str:
    """Finish the sentence about an unknown name with the names that come close."""
    by_lower = {other.lower(): other for other in known}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(repr(by_lower[c]) for c in close) + "?"
    listed = ", ".join(repr(other) for other in known[:8])
    more = f" and {len(known) - 8} more" if len(known) > 8 else ""
    return f"there are {listed}{more}."
