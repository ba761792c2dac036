"""``python -m bench many`` runs, small, and its ways agree."""

from __future__ import annotations

import json

import pytest

from bench.many import command
from bench.many.rows import ROWS


@pytest.mark.parametrize("name", ROWS)
def test_ways_agree(name):
    found = command.measure(name, 0.005, 1, 1)
    assert found["difference"] <= command.AGREE
    assert all(way["seconds"] > 0.0 for way in found["ways"])
    line = command.table({name: found}).splitlines()[-1]
    assert line.startswith(f"| {ROWS[name].words} | scikit-learn, ")


def test_unknown_rows_are_refused(tmp_path):
    options = type("O", (), {"only": ["nothing"], "out": tmp_path})
    with pytest.raises(ValueError, match="There is no row 'nothing'"):
        command.main(options)


def test_answers_are_json():
    json.dumps(command.measure("single", 0.005, 1, 1))
