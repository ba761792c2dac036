"""What ends a path early, who watches it, and that what is there then is valid."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import fastreg
import problems
from fastreg import _core

X0, Y0 = problems.ar1(60, 20, 0.5, k=8)

each_method = pytest.mark.parametrize(
    "options",
    [{}, {"l1_ratio": 0.5, "positive": True}, {"l1_ratio": 0.0}],
    ids=["lasso", "bounds", "closed form"],
)


def check_partial(path: fastreg.Path, **options: Any) -> None:
    """A path that ended early is as good as a whole one."""
    k = len(path.alphas)
    for name in ("intercepts", "dual_gaps", "deviance_ratio", "n_iter", "n_nonzero"):
        assert getattr(path, name).shape == (k,)
    assert path.coefs.shape == (20, k)
    assert len(path.status) == k
    gaps = problems.recomputed_gaps(path, X0, Y0, **options)
    assert np.all(gaps <= 1.1 * path.dual_gaps + 1e-12)
    assert path.predict(X0).shape == (60, k)


# --- the deviance ratio ---------------------------------------------------------


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_a_path_ends_where_smaller_alphas_explain_no_more(l1_ratio: float) -> None:
    options: dict[str, Any] = {"l1_ratio": l1_ratio}
    whole = fastreg.path(X0, Y0, early_stop=False, **options)
    path = fastreg.path(X0, Y0, **options)
    k = len(path.alphas)
    assert whole.stopped is None
    assert path.stopped == "deviance_ratio"
    assert 5 <= k < len(whole.alphas) == 100
    assert_array_equal(path.alphas, whole.alphas[:k])
    assert_array_equal(path.coefs, whole.coefs[:, :k])
    growth = np.diff(whole.deviance_ratio) / whole.deviance_ratio[1:]
    assert growth[k - 2] < 1e-5
    assert np.all(growth[3 : k - 2] >= 1e-5)
    assert "early" in repr(path)
    assert "early" not in repr(whole)
    check_partial(path, **options)


def test_a_path_ends_where_everything_is_explained() -> None:
    y = X0 @ np.ones(20)
    path = fastreg.path(X0, y, alphas=30)
    assert path.stopped == "deviance_ratio"
    assert path.deviance_ratio[-2] <= 0.999 < path.deviance_ratio[-1]
    # but not before the fifth alpha
    steep = fastreg.path(X0, y, alphas=30, eps=1e-20)
    assert len(steep.alphas) == 5


def test_alphas_that_are_given_are_all_solved() -> None:
    alphas = np.geomspace(1.0, 1e-6, 40)
    path = fastreg.path(X0, Y0, alphas=alphas, early_stop=True)
    assert path.stopped is None
    assert_array_equal(path.alphas, alphas)


def test_a_plateau_at_the_bounds_is_not_the_end() -> None:
    """Nothing moves between where one feature meets its bound and the next enters."""
    X = np.linalg.qr(np.random.default_rng(0).standard_normal((60, 2)))[0] * 60**0.5
    y = X @ [5.0, 0.01]
    path = fastreg.path(X, y, upper_bounds=1.0, fit_intercept=False)
    assert path.n_nonzero[-1] == 2


def test_drop_in_classes_and_paths_solve_everything() -> None:
    alphas, coefs, _ = fastreg.lasso_path(X0, X0 @ np.ones(20), alphas=50)
    assert alphas.shape == (50,)
    assert coefs.shape == (20, 50)


# --- time -----------------------------------------------------------------------


@each_method
@pytest.mark.parametrize("alphas", [30, [0.5, 0.3, 0.1]], ids=["grid", "given"])
def test_no_time_at_all_leaves_the_first_alpha(
    options: dict[str, Any], alphas: Any
) -> None:
    whole = fastreg.path(X0, Y0, alphas=alphas, **options)
    path = fastreg.path(X0, Y0, alphas=alphas, max_time=1e-9, tol=0.5, **options)
    assert path.stopped == "max_time"
    assert_allclose(path.alphas, whole.alphas[:1], rtol=1e-12)
    check_partial(path, **options)


def test_a_first_alpha_that_time_cuts_off_is_kept_with_a_warning() -> None:
    with pytest.warns(
        fastreg.ConvergenceWarning, match="cut off by max_time or Ctrl-C"
    ):
        path = fastreg.path(X0, Y0, alphas=[1e-3, 1e-4], max_time=1e-9, tol=1e-14)
    assert path.status == ("interrupted",)
    assert path.stopped == "max_time"
    check_partial(path)


@each_method
def test_time_that_is_not_needed_changes_nothing(options: dict[str, Any]) -> None:
    path = fastreg.path(X0, Y0, max_time=1e6, **options)
    assert_array_equal(path.coefs, fastreg.path(X0, Y0, **options).coefs)


@pytest.mark.parametrize("max_time", [0, -1.0, np.nan, np.inf, "long"])
def test_max_time_is_a_positive_number(max_time: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="max_time must be"):
        fastreg.path(X0, Y0, max_time=max_time)


# --- the callback ---------------------------------------------------------------


@each_method
@pytest.mark.parametrize("alphas", [12, [0.5, 0.3, 0.1, 0.0]], ids=["grid", "zero"])
def test_the_callback_sees_every_alpha(options: dict[str, Any], alphas: Any) -> None:
    steps: list[fastreg.PathStep] = []
    path = fastreg.path(
        X0, Y0, alphas=alphas, early_stop=False, callback=steps.append, **options
    )
    assert [step.index for step in steps] == list(range(len(path.alphas)))
    assert {step.n_alphas for step in steps} == {len(path.alphas)}
    for name, values in [
        ("alpha", path.alphas),
        ("dual_gap", path.dual_gaps),
        ("n_nonzero", path.n_nonzero),
        ("deviance_ratio", path.deviance_ratio),
        ("n_iter", path.n_iter),
    ]:
        assert_array_equal([getattr(step, name) for step in steps], values)
    seconds = [step.seconds for step in steps]
    assert seconds == sorted(seconds)
    with pytest.raises(AttributeError):
        steps[0].alpha = 1.0  # type: ignore[misc]


@each_method
@pytest.mark.parametrize("stop_at", [0, 3])
def test_the_callback_ends_the_path(options: dict[str, Any], stop_at: int) -> None:
    path = fastreg.path(X0, Y0, callback=lambda step: step.index == stop_at, **options)
    assert path.stopped == "callback"
    assert len(path.alphas) == stop_at + 1
    check_partial(path, **options)


def test_a_path_that_was_finished_anyway_is_not_stopped() -> None:
    path = fastreg.path(
        X0, Y0, alphas=[0.5, 0.1], callback=lambda step: step.index == 1
    )
    assert path.stopped is None
    assert len(path.alphas) == 2


@each_method
@pytest.mark.parametrize(
    "error", [RuntimeError("mine"), ValueError("mine"), SystemExit(3)], ids=repr
)
def test_what_the_callback_raises_is_passed_on(
    options: dict[str, Any], error: BaseException
) -> None:
    calls = []

    def fail(step: fastreg.PathStep) -> None:
        calls.append(step.index)
        if step.index == 2:
            raise error

    with pytest.raises(type(error)) as caught:
        fastreg.path(X0, Y0, callback=fail, **options)
    assert caught.value is error
    assert calls == [0, 1, 2]


def test_a_callback_may_fit_paths_itself() -> None:
    inner: list[fastreg.Path] = []

    def again(step: fastreg.PathStep) -> bool:
        inner.append(fastreg.path(X0, Y0, alphas=[step.alpha]))
        return step.index == 2

    path = fastreg.path(X0, Y0, callback=again)
    assert [fit.alphas[0] for fit in inner] == path.alphas.tolist()


def test_the_callback_must_be_a_function() -> None:
    with pytest.raises(
        TypeError, match="callback must be a function of one step, got 3"
    ):
        fastreg.path(X0, Y0, callback=3)  # type: ignore[arg-type]


# --- progress -------------------------------------------------------------------


def test_progress_in_plain_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    steps: list[fastreg.PathStep] = []
    fastreg.path(
        X0, Y0, alphas=40, early_stop=False, progress=True, callback=steps.append
    )
    assert len(steps) == 40
    shown = capsys.readouterr()
    assert shown.out == ""
    lines = shown.err.splitlines()
    assert len(lines) == 11
    assert lines[0].startswith("path: 1/40 alphas, alpha ")
    assert "40/40" in lines[-1]
    assert "nonzero" in lines[-1]


def test_progress_with_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[Any] = []

    class Bar:
        def __init__(self, *, total: int, unit: str, file: Any) -> None:
            assert (unit, file) == ("alpha", sys.stderr)
            self.n, self.total, self.closed, self.text = 0, total, False, ""
            bars.append(self)

        def update(self, n: int) -> None:
            self.n += n

        def set_postfix_str(self, text: str, *, refresh: bool) -> None:
            assert not refresh
            self.text = text

        def close(self) -> None:
            self.closed = True

    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=Bar))
    path = fastreg.path(X0, Y0, alphas=[0.5, 0.1, 0.0], progress=True)
    assert path.stopped is None
    assert (bars[0].n, bars[0].total, bars[0].closed) == (3, 3, True)
    assert "nonzero" in bars[0].text
    with pytest.raises(ZeroDivisionError):
        fastreg.path(X0, Y0, progress=True, callback=lambda step: 1 / step.index)
    assert bars[1].closed


# --- Ctrl-C ---------------------------------------------------------------------


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Python's own handler, as at the start of a program."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def kill_later(started: threading.Event) -> threading.Thread:
    """A thread that sends SIGINT to this process once the event is set."""

    def send() -> None:
        started.wait()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process there")
@each_method
def test_ctrl_c_from_outside_leaves_a_partial_path(options: dict[str, Any]) -> None:
    """The path is far too long to end before the signal."""
    started = threading.Event()
    thread = kill_later(started)
    alphas = np.geomspace(1.0, 0.1, 2_000_000)

    def note(step: fastreg.PathStep) -> None:
        started.set()

    if options.get("l1_ratio") == 0.0:  # in a closed form the first block comes late
        alphas = alphas[:20_000]
    with pytest.raises(fastreg.PathInterrupted, match=r"of 20*00 alphas") as caught:
        fastreg.path(X0, Y0, alphas=alphas, callback=note, **options)
    thread.join()
    path = caught.value.path
    assert 0 < len(path.alphas) < len(alphas)
    assert path.stopped == "interrupted"
    assert_array_equal(path.alphas, alphas[: len(path.alphas)])
    short = fastreg.path(X0, Y0, alphas=path.alphas[:3], **options)
    # Three alphas may be solved in another way than many.
    assert_allclose(path.coefs[:, :3], short.coefs, rtol=1e-9, atol=1e-12)
    assert "Ctrl-C" in repr(path)


@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process there")
@pytest.mark.parametrize("fit", ["path", "lasso_path", "ridge_path"])
def test_ctrl_c_without_a_callback_is_polled(
    fit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "ridge_path" if fit == "ridge_path" else "elastic_net_path"
    kernel, started = getattr(_core, name), threading.Event()

    def begin(*args: Any, **options: Any) -> Any:
        started.set()
        return kernel(*args, **options)

    monkeypatch.setattr(_core, name, begin)
    thread = kill_later(started)
    alphas = np.geomspace(1.0, 0.1, 200_000 if fit == "ridge_path" else 2_000_000)
    with pytest.raises(KeyboardInterrupt):
        getattr(fastreg, fit)(X0, Y0, alphas=alphas)
    thread.join()


@pytest.mark.usefixtures("ctrl_c")
@each_method
def test_ctrl_c_in_the_callback(options: dict[str, Any]) -> None:
    def interrupt(step: fastreg.PathStep) -> None:
        if step.index == 4:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(
        fastreg.PathInterrupted, match="after 5 of 100 alphas"
    ) as caught:
        fastreg.path(X0, Y0, callback=interrupt, **options)
    assert len(caught.value.path.alphas) == 5
    check_partial(caught.value.path, **options)


def test_interrupted_is_a_keyboard_interrupt() -> None:
    assert issubclass(fastreg.PathInterrupted, KeyboardInterrupt)
    error = fastreg.PathInterrupted(fastreg.path(X0, Y0, alphas=2), 7)
    restored = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert str(restored) == str(error)
    assert_array_equal(restored.path.coefs, error.path.coefs)


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process there")
def test_what_a_signal_handler_raises_is_passed_on() -> None:
    class TimeUp(Exception):  # noqa: N818
        pass

    def handler(number: int, frame: Any) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGINT, handler)
    started = threading.Event()
    thread = kill_later(started)
    alphas = np.geomspace(1.0, 0.1, 2_000_000)
    try:
        with pytest.raises(TimeUp):
            fastreg.path(X0, Y0, alphas=alphas, callback=lambda _: started.set())
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)
