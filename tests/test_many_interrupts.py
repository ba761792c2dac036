"""Ctrl-C ends many problems at once, and what is done comes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import fastreg
import interrupted_calls
import many_calls
from fastreg import _core
from fastreg._many import Found

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="os.kill ends the process there"
)
SIZES = {
    "fit_many": (1500, 150),
    "fit_many, missing": (1500, 150),
    "fit_groups": (60, 150),
    "fit_groups, classes": (60, 150),
    "fit_batch": (1500, 150),
    "fit_rolling": (11601, 150),
    "bootstrap": (2000, 150),
}


@pytest.fixture(scope="module", params=[1, 2])
def answers(request):
    done = subprocess.run(
        [sys.executable, "interrupted_calls.py", str(request.param)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line.pop("name"): line for line in lines}


@pytest.mark.parametrize("name", SIZES)
def test_what_is_done_comes_back_at_once(answers, name):
    found = answers[name]
    assert found["late"] <= interrupted_calls.ENOUGH
    assert found["interrupted"]
    assert found["done"] > 0
    assert found["not run"] > 0
    assert found["whole"]
    assert found["nothing else"]
    count = found["done"] + found["not run"]
    assert [count, found["shape"][1]] == list(SIZES[name])
    assert found["shape"][0] == found["problems"] == count


def test_stability_selection_counts_the_pairs_that_are_done(answers):
    found = answers["stability_selection"]
    assert found["late"] <= interrupted_calls.ENOUGH
    assert found["interrupted"]
    assert 0 < found["done"] < many_calls.PAIRS


@pytest.mark.parametrize("n_threads", [1, 2])
def test_ctrl_c_while_the_gram_matrix_is_formed_is_no_error(ctrl_c, n_threads):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((8000, 1000))  # a Gram matrix takes tenths of a second
    sender = ctrl_c("many_responses")
    fit = fastreg.fit_many(X, X[:, :500], alpha=0.1, n_threads=n_threads)
    sender.join()
    assert fit.interrupted
    assert set(fit.status) == {"not run"}
    assert np.isnan(fit.intercepts).all()
    assert fit.coefs.nnz == 0


@pytest.fixture
def ctrl_c(monkeypatch):
    """Has a kernel, when it is called, get SIGINT a little later."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def at(name):
        begun = threading.Event()

        def send():
            begun.wait()
            time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)

        kernel = interrupted_calls.told(getattr(_core, name), begun)
        monkeypatch.setattr(_core, name, kernel)
        sender = threading.Thread(target=send)
        sender.start()
        return sender

    yield at
    signal.signal(signal.SIGINT, before)


# --- between the parts of the work -------------------------------------------------


def part(size, interrupted=False):
    """What a kernel finds of so many problems with one alpha; the last is not done."""
    done = np.ones(size, dtype=bool)
    count = size - interrupted
    done[count:] = False
    return Found.of(
        {
            "offsets": np.minimum(np.arange(size + 1), count),
            "indptr": np.arange(count + 1) * 2,
            "indices": np.tile([0, 2], count),
            "values": np.arange(2.0 * count),
            "errors": [""] * size,
            "done": done,
            "null_objective": np.ones(size),
            "interrupted": interrupted,
            "seconds": 1.0,
            "n_iter": np.ones(count, dtype=np.int64),
            "status": np.zeros(count, dtype=np.int8),
            **{
                name: np.arange(float(count))
                for name in ("alphas", "intercepts", "dual_gaps", "deviance_ratio")
            },
        },
        n_features=3,
    )


def test_parts_follow_each_other():
    found = Found.collected([part(3), part(1), part(2)], 6)
    np.testing.assert_array_equal(found.offsets, np.arange(7))
    np.testing.assert_array_equal(found.coefs.indptr, 2 * np.arange(7))
    np.testing.assert_array_equal(found.coefs.column(4), [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(found.alphas, [0.0, 1.0, 2.0, 0.0, 0.0, 1.0])
    assert found.statuses() == ("converged",) * 6
    assert found.seconds == 3.0
    assert not found.interrupted


def test_problems_of_parts_that_were_not_begun_are_not_run():
    found = Found.collected(iter([part(2), part(2, True), part(9)]), 13)
    assert found.statuses() == ("converged",) * 3 + ("not run",) * 10
    assert found.filled(found.intercepts, 1).shape == (13, 1)
    assert found.interrupted


def test_ctrl_c_between_parts_keeps_what_is_there():
    def parts():
        yield part(2)
        raise KeyboardInterrupt

    found = Found.collected(parts(), 5)
    assert found.statuses() == ("converged",) * 2 + ("not run",) * 3
    assert found.interrupted

    def nothing():
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        Found.collected(nothing(), 5)
