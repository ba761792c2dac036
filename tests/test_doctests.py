"""The examples in the docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import fastreg

ROOT = Path(fastreg.__file__).parent
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def module_names() -> list[str]:
    """Modules written in Python. An extension module may not even load here."""
    names = []
    for file in sorted(ROOT.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        names.append(".".join(["fastreg", *parts]).removesuffix(".__init__"))
    return names


@pytest.mark.parametrize("name", module_names())
def test_examples_in_docstrings(name: str) -> None:
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=FLAGS, verbose=False)
    assert failed == 0


def test_that_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    assert sum(len(test.examples) for test in finder.find(fastreg.path)) > 0
