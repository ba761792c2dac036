"""Instruction-set levels: which one is chosen, and that all give the same answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fastreg import _core, _cpu

AVAILABLE = _core.available_isas()
UNAVAILABLE = [level for level in _core.LEVELS if level not in AVAILABLE]
PRINT_ISA = "from fastreg import _core; print(_core.isa)"


def run_python(code: str, isa: str | None) -> subprocess.CompletedProcess[str]:
    """Run code in a new process, because a process chooses its level once."""
    environment = {k: v for k, v in os.environ.items() if k != "FASTREG_ISA"}
    if isa is not None:
        environment["FASTREG_ISA"] = isa
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def last_line(run: subprocess.CompletedProcess[str]) -> str:
    return run.stderr.strip().splitlines()[-1]


# --- the choice -----------------------------------------------------------------


def test_available_levels_are_built_and_supported() -> None:
    assert set(AVAILABLE) == set(_core.built_isas()) & set(_core.supported_isas())
    assert _core.supported_isas()[0] == "baseline"


@pytest.mark.skipif(len(_core.built_isas()) == 1, reason="a developer's single level")
def test_baseline_is_built() -> None:
    assert AVAILABLE[0] == "baseline"


@pytest.mark.parametrize("isa", [None, ""])
def test_the_best_level_is_the_default(isa: str | None) -> None:
    run = run_python(PRINT_ISA, isa)
    assert (run.stdout.strip(), run.stderr) == (AVAILABLE[-1], "")


@pytest.mark.parametrize("isa", AVAILABLE)
def test_a_level_can_be_forced(isa: str) -> None:
    run = run_python(PRINT_ISA, isa)
    assert (run.stdout.strip(), run.stderr) == (isa, "")


def test_an_unknown_level_is_an_error() -> None:
    run = run_python("import fastreg", "avx2")
    assert run.returncode != 0
    assert last_line(run) == (
        "ValueError: FASTREG_ISA must be one of baseline, v3, v4, got 'avx2'"
    )


@pytest.mark.parametrize(
    ("supported", "built", "reason"),
    [
        (["baseline"], ["baseline", "v3", "v4"], "this processor or operating system"),
        (["baseline", "v3", "v4"], ["baseline"], "this installation was built without"),
    ],
)
def test_a_level_that_cannot_be_used_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
    supported: list[str],
    built: list[str],
    reason: str,
) -> None:
    # Played here, so that both failures are seen on every machine.
    monkeypatch.setenv("FASTREG_ISA", "v4")
    monkeypatch.setattr(_cpu, "supported_levels", lambda: supported)
    monkeypatch.setattr(_core, "built_isas", lambda: built)
    with pytest.raises(ImportError, match=rf"FASTREG_ISA=v4 .*: {reason}") as raised:
        _core._choose()
    assert f"Supported here: {', '.join(supported)}." in str(raised.value)
    assert f"Built: {', '.join(built)}." in str(raised.value)


def test_the_best_level_is_both_built_and_supported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FASTREG_ISA", raising=False)
    monkeypatch.setattr(_cpu, "supported_levels", lambda: ["baseline", "v3"])
    monkeypatch.setattr(_core, "built_isas", lambda: ["baseline", "v3", "v4"])
    assert _core._choose() == "v3"


def test_an_installation_without_kernels_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FASTREG_ISA", raising=False)
    monkeypatch.setattr(_core, "built_isas", list)
    with pytest.raises(ImportError, match=r"build them with 'pip install \.'"):
        _core._choose()


def test_a_source_tree_that_was_not_built_says_what_to_do() -> None:
    code = "import sys; sys.modules['fastreg._cpu'] = None; import fastreg"
    run = run_python(code, None)
    assert last_line(run).startswith("ImportError: fastreg's compiled modules were not")


@pytest.mark.skipif(not UNAVAILABLE, reason="every level can run here")
def test_an_unavailable_level_is_not_imported() -> None:
    run = run_python("import fastreg", UNAVAILABLE[-1])
    assert last_line(run).startswith("ImportError: FASTREG_ISA=")


# --- detection ------------------------------------------------------------------


def test_a_level_needs_all_of_its_features() -> None:
    features = _cpu.features()
    supported = _cpu.supported_levels()
    assert ("v3" in supported) == (
        bool(features) and all(features[name] for name in ("avx2", "fma", "bmi2"))
    )
    if "v4" in supported:
        assert "v3" in supported
        assert all(value for name, value in features.items() if "avx512" in name)


def test_features_are_those_that_linux_reports() -> None:
    # Linux names a few of them in its own way, and clears what it does not support.
    file = Path("/proc/cpuinfo")
    features = _cpu.features()
    if not features or not file.exists():
        pytest.skip("needs Linux on x86-64")
    flags = set()
    for line in file.read_text().splitlines():
        if line.startswith("flags"):
            flags = set(line.split(":")[1].split())
            break
    names = {"sse3": "pni", "sse4.1": "sse4_1", "sse4.2": "sse4_2", "lzcnt": "abm"}
    names |= {"cmpxchg16b": "cx16", "lahf": "lahf_lm"}
    expected = {name: names.get(name, name) in flags for name in features}
    assert features == expected


# --- agreement ------------------------------------------------------------------


def problem(shape: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlated columns of unequal size, far from 0, and a sparse signal."""
    n, p = shape
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p + 1))
    X = (X[:, 1:] + X[:, :-1]) * rng.uniform(0.5, 2.0, p) + rng.uniform(-2.0, 2.0, p)
    y = X[:, ::7] @ rng.standard_normal(len(range(0, p, 7))) + rng.standard_normal(n)
    return X, y


def solve_path(
    isa: str, shape: tuple[int, int], l1_ratio: float, order: str
) -> dict[str, np.ndarray]:
    X, y = problem(shape, seed=3)
    return _core.kernels(isa).elastic_net_path(
        np.asarray(X, order=order),
        y,
        sample_weight=np.linspace(0.5, 1.5, len(y)),
        alphas=None,
        n_alphas=30,
        eps=0.01,
        l1_ratio=l1_ratio,
        fit_intercept=True,
        standardize=True,
        penalty_factor=None,
        lower_bounds=None,
        upper_bounds=None,
        coef_init=None,
        tol=1e-13,
        max_iter=100_000,
    )


def dense(result: dict[str, np.ndarray], n_features: int) -> np.ndarray:
    coefs = np.zeros((n_features, len(result["alphas"])))
    for k in range(len(result["alphas"])):
        entries = slice(result["indptr"][k], result["indptr"][k + 1])
        coefs[result["indices"][entries], k] = result["values"][entries]
    return coefs


def assert_close(actual: np.ndarray, expected: np.ndarray) -> None:
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-10 * scale)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize("shape", [(203, 37), (61, 190)], ids=["tall", "wide"])
@pytest.mark.parametrize("isa", AVAILABLE[1:])
def test_paths_agree_with_the_lowest_level(
    isa: str, shape: tuple[int, int], l1_ratio: float, order: str
) -> None:
    expected = solve_path(AVAILABLE[0], shape, l1_ratio, order)
    actual = solve_path(isa, shape, l1_ratio, order)
    assert set(actual["status"]) == {0}
    assert_close(actual["alphas"], expected["alphas"])
    assert_close(dense(actual, shape[1]), dense(expected, shape[1]))
    assert_close(actual["intercepts"], expected["intercepts"])
    assert_close(actual["deviance_ratio"], expected["deviance_ratio"])


@pytest.mark.parametrize("shape", [(203, 37), (61, 190)], ids=["primal", "dual"])
@pytest.mark.parametrize("isa", AVAILABLE[1:])
def test_ridge_agrees_with_the_lowest_level(isa: str, shape: tuple[int, int]) -> None:
    X, y = problem(shape, seed=5)
    Y = np.column_stack([y, np.roll(y, 1), y**2])
    alphas = np.tile(np.array([[10.0], [1.0], [0.01]]), (1, Y.shape[1]))
    results = [
        _core.kernels(level).ridge_path(
            X,
            Y,
            sample_weight=None,
            alphas=alphas,
            fit_intercept=True,
            standardize=True,
        )
        for level in (AVAILABLE[0], isa)
    ]
    assert_close(results[1]["coefs"], results[0]["coefs"])
    assert_close(results[1]["intercepts"], results[0]["intercepts"])


@pytest.mark.parametrize("isa", AVAILABLE)
def test_a_module_knows_its_level(isa: str) -> None:
    assert _core.kernels(isa).isa == isa
