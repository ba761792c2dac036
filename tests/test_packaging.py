"""What an installation carries."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import fastreg
from fastreg import _core, _selftest

PACKAGE = Path(fastreg.__file__).parent
REPOSITORY = Path(__file__).parent.parent
KERNELS = {
    "alpha_max",
    "calls_in_progress",
    "elastic_net_path",
    "fold_paths",
    "gram_path",
    "gram_stats",
    "has_duplicates",
    "many_arrays",
    "many_groups",
    "many_problems",
    "many_responses",
    "many_weights",
    "product",
    "responses_cv",
    "ridge_cv",
    "ridge_folds",
    "ridge_path",
    "rolling_paths",
    "solve_small",
    "standardization",
}
SINGLE_KERNELS = {  # for bench/micro.py
    "cholesky_solve",
    "gram",
    "has_tiles",
    "tile_gram",
    "transpose_matvec",
}
DESCRIPTIONS = {"isa", "version", "compiler", "eigen_version"}


def extension_file(name: str) -> Path:
    # Not imported: a level may be built that cannot run here.
    spec = importlib.util.find_spec(f"fastreg.{name}")
    if spec is None or spec.origin is None:
        pytest.skip(f"{name} is not built")
    return Path(spec.origin)


# --- version --------------------------------------------------------------------


def test_version_is_that_of_the_distribution() -> None:
    assert fastreg.__version__ == metadata.version("fastreg")


@pytest.mark.parametrize("isa", _core.available_isas())
def test_version_reached_the_kernels(isa: str) -> None:
    assert _core.kernels(isa).version == fastreg.__version__


def test_kernels_of_another_version_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    isa = _core.isa
    monkeypatch.setattr(_core.kernels(isa), "version", "0.0.1")
    with pytest.raises(ImportError, match=rf"{isa} is version 0\.0\.1: build"):
        _core.kernels(isa)


def test_version_is_written_in_one_place() -> None:
    version = re.compile(rf"\b{re.escape(fastreg.__version__)}\b")
    patterns = ["*.toml", "CMakeLists.txt", "cpp/src/**/*.cpp", "python/**/*.py"]
    files = [file for pattern in patterns for file in REPOSITORY.glob(pattern)]
    assert [file.name for file in files if version.search(file.read_text())] == [
        "_version.py"
    ]


# --- files ----------------------------------------------------------------------


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()
    for name in ("_cpu", *(f"_core_{level}" for level in _core.LEVELS)):
        assert (PACKAGE / f"{name}.pyi").is_file()


def test_licences_are_installed() -> None:
    files = metadata.files("fastreg") or []
    names = {file.name for file in files if ".dist-info" in str(file)}
    assert {"LICENSE", "NOTICE", "MPL-2.0.txt"} <= names


def test_nothing_to_build_with_is_needed_at_run_time() -> None:
    required = metadata.requires("fastreg") or []
    always = {re.split(r"[ <>=;\[]", line)[0] for line in required if ";" not in line}
    assert always == {"numpy", "scikit-learn"}


# --- modules --------------------------------------------------------------------


@pytest.mark.parametrize("isa", _core.available_isas())
def test_modules_export_functions_only(isa: str) -> None:
    public = {name for name in vars(_core.kernels(isa)) if not name.startswith("__")}
    assert public == KERNELS | SINGLE_KERNELS | DESCRIPTIONS


def test_core_passes_on_the_chosen_kernels() -> None:
    chosen = _core.kernels(_core.isa)
    for name in KERNELS:
        assert getattr(_core, name) is getattr(chosen, name)
    assert _core.__name__ == "fastreg._core"


def test_show_versions_names_what_matters(capsys: pytest.CaptureFixture[str]) -> None:
    fastreg.show_versions()
    printed = capsys.readouterr().out
    assert re.search(
        rf"^fastreg +{re.escape(fastreg.__version__)}$", printed, re.MULTILINE
    )
    assert re.search(rf"^instruction set +{_core.isa} ", printed, re.MULTILINE)
    for name in ("NumPy", "SciPy", "scikit-learn", "Python", "compiler", "Eigen"):
        assert re.search(rf"^{name} +\S", printed, re.MULTILINE)


def disassembly(file: Path) -> str:
    objdump = shutil.which("objdump")
    if objdump is None or not sys.platform.startswith("linux"):
        pytest.skip("needs objdump")
    command = [objdump, "--disassemble", "--no-show-raw-insn", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["_cpu", "_core_baseline"])
def test_baseline_modules_have_no_avx(name: str) -> None:
    assert re.search(r"%[yz]mm\d", disassembly(extension_file(name))) is None


@pytest.mark.parametrize(
    ("name", "register"), [("_core_v3", "ymm"), ("_core_v4", "zmm")]
)
def test_higher_levels_use_their_registers(name: str, register: str) -> None:
    assert f"%{register}0" in disassembly(extension_file(name))


# --- python -m fastreg ----------------------------------------------------------


def run_module(*arguments: str, without: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``python -m fastreg``, as if the module ``without`` were not installed."""
    code = "import runpy, sys; "
    if without:
        code += f"sys.modules[{without!r}] = None; "
    code += f"sys.argv = ['fastreg', *{arguments!r}]; "
    code += "runpy.run_module('fastreg', run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_selftest_passes_without_the_cli_extra() -> None:
    run = run_module("selftest", without="typer")
    lines = run.stdout.splitlines()
    assert (run.returncode, run.stderr, lines[-1]) == (0, "", "selftest passed")
    for isa in _core.available_isas():
        assert any(line.startswith(f"{isa} ") for line in lines)


def test_info_works_without_the_cli_extra() -> None:
    run = run_module("info", without="typer")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("fastreg ")


def test_other_commands_say_what_to_install() -> None:
    run = run_module("demo", without="typer")
    assert run.returncode == 2
    assert "needs typer" in run.stderr
    assert "pip install 'fastreg[cli]'" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("wrong", [1.0, float("nan")])
def test_selftest_fails_when_a_kernel_is_wrong(
    wrong: float, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_selftest, "largest_gap", lambda _: wrong)
    assert _selftest.check_level("baseline") == len(_selftest.PATH_CASES)
    assert "FAILED" in capsys.readouterr().out
