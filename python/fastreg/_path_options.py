"""Options of `path`, as functions that fit more than one path pass them on."""

from __future__ import annotations

from inspect import signature
from typing import Any

from fastreg._path import PathProblem, check_problem, path

DEFAULTS = {
    name: parameter.default
    for name, parameter in signature(path).parameters.items()
    if parameter.default is not parameter.empty
}
CHECKED = tuple(
    name for name in signature(check_problem).parameters if name in DEFAULTS
)


def check_options(X: Any, y: Any, options: dict[str, Any], caller: str) -> PathProblem:
    """The problem that `path` would solve; a TypeError names an option it hasn't."""
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise TypeError(
            f"{caller} got {unknown[0]!r}, which is neither an option of its own nor "
            "of fastreg.path"
        )
    return check_problem(
        X, y, **{name: options.get(name, DEFAULTS[name]) for name in CHECKED}
    )
