"""Responses in blocks are those in one call; progress is told of what is done."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pandas as pd
import pytest

import fastreg
from fastreg._many_progress import ManyProgress


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 20))
    return X, X[:, :7] + rng.standard_normal((60, 7))


@pytest.mark.parametrize("options", [{"alpha": 0.1}, {"alphas": 5}, {"cv": 4}], ids=str)
def test_blocks_are_the_one_call(problem, options):
    X, Y = problem
    Y[3, 2] = np.nan
    whole = fastreg.fit_many(X, Y, **options, tol=1e-11)
    blocks = (Y[:, first : first + 3] for first in range(0, 7, 3))
    fits = list(fastreg.fit_many_blocks(X, blocks, **options, tol=1e-11))
    assert [len(fit) for fit in fits] == [3, 3, 1]
    assert np.concatenate([fit.keys for fit in fits]).tolist() == list(range(7))
    for fit in fits:
        for key in fit.keys:
            np.testing.assert_allclose(fit.coef(key), whole.coef(key), atol=1e-9)


def test_blocks_are_asked_for_one_at_a_time(problem):
    X, Y = problem
    asked = []

    def read():
        for t in range(3):
            asked.append(t)
            yield Y[:, [t]]

    fits = fastreg.fit_many_blocks(X, read(), alpha=0.1)
    assert asked == []
    next(fits)
    assert asked == [0]
    assert len(list(fits)) == 2


def test_names_and_families_of_blocks(problem):
    X, Y = problem
    frame = pd.DataFrame(np.where(Y > 0.0, "up", "down"), columns=list("abcdefg"))
    frame["c"] = "up"
    halves = [frame[list("abc")], frame[list("defg")]]
    one, two = fastreg.fit_many_blocks(X, halves, family="binomial", alphas=4)
    assert one.keys.tolist() == list("abc")
    assert two.keys.tolist() == list("defg")
    assert list(one.messages) == ["c"]


def test_checks_come_at_the_call(problem):
    X, Y = problem
    with pytest.raises(ValueError, match="give either alpha"):
        fastreg.fit_many_blocks(X, iter([Y]))
    with pytest.raises(ValueError, match="between 2 folds and 60"):
        fastreg.fit_many_blocks(X, iter([Y]), cv=100)
    with pytest.raises(TypeError, match="there is no option 'alhpa'"):
        fastreg.fit_many_blocks(X, iter([Y]), alhpa=1.0)
    with pytest.raises(TypeError, match="blocks must be an iterable"):
        fastreg.fit_many_blocks(X, 3, alpha=1.0)
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="X has NaN in column 0"):
        fastreg.fit_many_blocks(X, iter([Y]), alpha=1.0)


def test_bad_blocks_say_so(problem):
    X, Y = problem
    fits = fastreg.fit_many_blocks(X, iter([Y, Y[:5]]), alpha=0.1)
    next(fits)
    with pytest.raises(ValueError, match="Y has 5 entries but X has 60 rows"):
        next(fits)


# --- progress and Ctrl-C -------------------------------------------------------------


@pytest.mark.parametrize("n_threads", [1, 2])
def test_progress_counts_all_models(problem, capfd, monkeypatch, n_threads):
    monkeypatch.setitem(__import__("sys").modules, "tqdm", None)
    X, Y = problem
    asked = {"progress": True, "n_threads": n_threads}
    groups = np.arange(60) % 4
    fastreg.fit_many(X, Y, cv=3, alphas=5, rule="1se", **asked)
    fastreg.fit_groups(X[:, :3], Y[:, 0], groups, alpha=0.1, **asked)
    fastreg.fit_batch([X[:, :3], X[:, 3:6]], [Y[:, 0], Y[:, 1]], alpha=0.1, **asked)
    fastreg.fit_rolling(X[:, :3], Y[:, 0], 50, alpha=0.1, **asked)
    fastreg.bootstrap(X[:, :3], Y[:, 0], 9, alpha=0.1, **asked)
    lines = capfd.readouterr().err.splitlines()
    assert [line.split(" models")[0] for line in lines] == [
        "fit_many: 7 of 7",
        "fit_groups: 4 of 4",
        "fit_batch: 2 of 2",
        "fit_rolling: 11 of 11",
        "bootstrap: 9 of 9",
    ]


def test_progress_by_lines_and_by_a_bar(capfd, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tqdm", None)
    monkeypatch.setattr("fastreg._progress.BEAT", 0.0)
    with ManyProgress("fit", 3) as told:
        told(1)
        told(3)
    assert len(capfd.readouterr().err.splitlines()) == 3


def test_blocks_of_one_call_count_on(problem, monkeypatch):
    X, Y = problem
    monkeypatch.setattr("fastreg._response_fits.LEAST_BLOCK", 2)
    told = []
    monkeypatch.setattr(ManyProgress, "__call__", lambda _, done: told.append(done))
    fastreg.fit_many(X[:, :2], Y, alpha=0.1, progress=True)
    assert told[-1] == 7
    assert told == sorted(told)


def test_interrupted_folds_leave_what_was_done():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 300))
    Y = X[:, :50] + rng.standard_normal((200, 50))
    Y = np.tile(Y, 40)

    def stop():
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    thread = threading.Thread(target=stop)
    try:
        thread.start()
        fit = fastreg.fit_many(X, Y, cv=3, n_threads=2)
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
    done = np.array([word != "not run" for word in fit.status])
    assert fit.interrupted
    assert not done.all()
    assert len(fit) == 2000
    assert np.array_equal(np.isfinite(fit.scores), done)
    assert np.array_equal(np.isfinite(fit.alphas), done)
