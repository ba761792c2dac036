"""``python -m bench many`` runs, small, and its ways are right and agree."""

from __future__ import annotations

import json
from argparse import Namespace

import numpy as np
import pytest

import fastreg
from bench.many import command, judge, memory, peers, problems
from bench.many.rows import ROWS
from benches import fresh_data, posix

__all__ = ["fresh_data"]

SCALE = 0.005


def row(*ways, absent=(), memory=None):
    """An answer of the kind that `measure` gives."""
    return {
        "ways": [
            {"name": name, "seconds": seconds, "gap": gap, "times": [seconds] * 3}
            | {"share": 1.0, "difference": 0.0}
            for name, seconds, gap in ways
        ],
        "absent": list(absent),
        "memory": memory or {},
    }


@pytest.mark.parametrize("name", ROWS)
def test_ways_are_right_and_agree(name):
    found = command.measure(name, SCALE, 1, 1)
    assert command.agree(found)
    assert all(way["seconds"] > 0.0 for way in found["ways"])
    line = next(command.lines(name, found))
    assert line.startswith(f"| {ROWS[name].words} | scikit-learn, ")


@posix
def test_loops_in_processes_are_the_loops():
    found = command.measure("batch", SCALE, 2, 1)
    assert command.agree(found)
    loop, processes = found["ways"][1:3]
    assert processes["name"] == f"{loop['name']}, joblib with 2 processes"
    assert processes["difference"] == loop["difference"]
    assert processes["gap"] == loop["gap"]


# --- the judge -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["batch", "rolling", "groups", "ridge", "samples"])
def test_gaps_are_those_of_the_problems(name):
    """Also of wrong answers: against `certify`, which knows intercepts and weights."""
    made = ROWS[name].problems(SCALE)
    coefs = np.random.default_rng(0).standard_normal((3, made.one(0)[0].shape[1]))
    for i, coef in enumerate(coefs):
        X, y = made.one(i)
        weight = np.ones(len(y)) if made.weights is None else made.weights[i]
        intercept = made.intercept * np.average(y - X @ coef, weights=weight)
        audit = fastreg.certify(
            X,
            y,
            coef,
            intercept,
            alpha=made.alpha_of(i),
            l1_ratio=made.l1_ratio,
            sample_weight=weight,
            fit_intercept=made.intercept,
            standardize=False,
        )
        answer = judge.at_one_alpha(made, [np.zeros(len(coef))] * i + [coef])
        gap = judge._gap(made, i, *answer[i])
        assert gap == pytest.approx(audit.relative_gap, rel=1e-6)
        assert judge.worst_gap(made, answer) >= gap > judge.TARGET


def test_what_misses_the_gap_does_not_count():
    found = row(
        ("fastreg", 1.0, 1e-7),
        ("scikit-learn, quick", 2.0, 1e-5),
        ("scikit-learn, right", 6.0, 1e-6),
        ("blitzl1", 5.0, 1e-8),
        ("fastreg, loop", 1.5, 0.0),
        memory={"1": 2.0, "2": 3.5},
    )
    one, other = command.lines("batch", found)
    assert (
        "| scikit-learn, right | 6 | 1e-06 | 1 | 1e-07 | 6 | ≥ 100 | 2 / 3.5 |" in one
    )
    assert "| blitzl1 | 5 |" in other
    assert "≥ 15" in other
    assert not command.agree(found)
    assert "| batch | scikit-learn, quick | 2 | 3 | 1 | 1e-05 (missed) |" in (
        command.table({"batch": found}).splitlines()
    )


# --- peers, memory, the command ----------------------------------------------------


def test_peers_get_the_same_problems():
    for name, make in peers.PROBLEMS.items():
        assert make is ROWS[name].problems
    for name, one in ROWS.items():
        assert all(package in peers.PACKAGES for package in one.peers)
        assert not one.peers or name in peers.PROBLEMS
    a, b = problems.samples(SCALE), problems.samples(SCALE)
    np.testing.assert_array_equal(a.centred(3)[0], b.centred(3)[0])


@posix
def test_a_command_from_end_to_end(tmp_path, capsys):
    options = Namespace(
        only=["batch"], scale=SCALE, threads=1, reps=2, python=[], out=tmp_path
    )
    assert command.main(options) == 0
    found = json.loads((tmp_path / "many.json").read_text())["batch"]
    assert len(found["ways"][0]["times"]) == 2
    written = (tmp_path / "many.md").read_text(encoding="utf-8")
    assert written.strip() in capsys.readouterr().out
    if "blitzl1" in found["absent"]:
        assert "| batch | blitzl1: not installed |" in written


@posix
def test_memory_is_that_beyond_results():
    used = memory.beyond_results("batch", 0.05, 1)
    if used is not None:
        assert -1.0 < used < 50.0


def test_unknown_names_are_refused(tmp_path):
    options = Namespace(only=["nothing"], out=tmp_path, python=[])
    with pytest.raises(ValueError, match="There is no row 'nothing'"):
        command.main(options)
    options = Namespace(only=["single"], out=tmp_path, python=["magic=python"])
    with pytest.raises(ValueError, match="--python takes"):
        command.main(options)
