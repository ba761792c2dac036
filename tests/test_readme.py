"""The README and the docs: their commands, examples, names and links are true."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import fastreg
from fastreg.cli.app import app
from fastreg.datasets import load_diabetes

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CHOOSING = ROOT / "docs" / "choosing.md"
DOCTEST_FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of each fenced block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def table_rows(text: str) -> list[list[str]]:
    rows = re.findall(r"^\|(.*)\|$", text, flags=re.MULTILINE)
    return [[cell.strip() for cell in row.split(" | ")] for row in rows]


def test_first_two_blocks_are_single_shell_lines() -> None:
    (first, demo), (second, tests) = code_blocks(read(README))[:2]
    assert first == second == "sh"
    for command in (demo, tests):
        assert command.count("\n") == 1
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install '.[")
    assert demo.endswith("'.[cli]' && .venv/bin/fastreg demo\n")
    assert tests.endswith("'.[test]' && .venv/bin/python -m pytest\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_do_what_they_show(page: Path) -> None:
    blocks = [code for language, code in code_blocks(read(page)) if ">>>" in code]
    parser = doctest.DocTestParser()
    for code in blocks:
        example = parser.get_doctest(code, {}, page.name, str(page), 0)
        report: list[str] = []
        runner = doctest.DocTestRunner(optionflags=DOCTEST_FLAGS)
        failed = runner.run(example, out=report.append).failed
        assert failed == 0, "".join(report)


def test_readme_has_an_example_of_ten_lines() -> None:
    (example,) = [code for _, code in code_blocks(read(README)) if ">>>" in code]
    statements = [line for line in example.splitlines() if line.startswith(">>>")]
    outputs = [line for line in example.splitlines() if not line.startswith(">>>")]
    assert 6 <= len(statements) <= 10
    assert len(outputs) >= 3


def test_parameters_of_the_map_exist() -> None:
    known = set(inspect.signature(fastreg.path).parameters) | {"alpha"}
    rows = [r for r in table_rows(read(README)) if "`fastreg.path`" not in r[0]]
    names = [re.findall(r"`(\w+)", row[0]) for row in rows]
    found = {name for cell in names for name in cell}
    assert found <= known, found - known
    assert {"l1_ratio", "alphas", "eps", "standardize", "tol", "max_iter"} <= found


def test_defaults_of_the_map_are_the_real_ones() -> None:
    parameters = inspect.signature(fastreg.path).parameters
    text = "\n".join(row[0] for row in table_rows(read(README)))
    for name, value in re.findall(r"`(\w+)=([\w.]+)", text):
        if name != "positive":  # names the option, not the default
            assert repr(parameters[name].default) == repr(eval(value)), name  # noqa: S307
    assert parameters["tol"].default == 1e-6


@pytest.mark.filterwarnings("ignore::fastreg.GridWarning")  # LassoCV has none
def test_scikit_learn_fits_are_the_same_as_ours() -> None:
    """Each row of the table "the same fit, both ways" is run."""
    from sklearn import linear_model as theirs
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = load_diabetes()
    exact = {"tol": 1e-12, "max_iter": 1_000_000}
    names = {
        "X": data.X, "y": data.y, "n": len(data.y), "a": 2.0, "r": 0.3,
        "Y": np.column_stack([data.y, 50 * data.X[:, 3]]),
        "alphas": np.array([50.0, 5.0, 0.5, 0.05]), "C": 0.1,
        "labels": data.y > 140, "counts": np.round(data.y / 30),
        "Lasso": partial(theirs.Lasso, **exact),
        "LassoCV": partial(theirs.LassoCV, **exact),
        "ElasticNet": partial(theirs.ElasticNet, **exact),
        "MultiTaskLasso": partial(theirs.MultiTaskLasso, **exact),
        "MultiTaskLassoCV": partial(theirs.MultiTaskLassoCV, **exact),
        "MultiTaskElasticNet": partial(theirs.MultiTaskElasticNet, **exact),
        "Ridge": partial(theirs.Ridge, tol=1e-12),
        "RidgeCV": theirs.RidgeCV,
        "lasso_path": partial(theirs.lasso_path, **exact),
        "enet_path": partial(theirs.enet_path, **exact),
        "LogisticRegression": partial(
            theirs.LogisticRegression, tol=1e-10, solver="newton-cholesky"
        ),
        "PoissonRegressor": partial(
            theirs.PoissonRegressor, tol=1e-10, solver="newton-cholesky"
        ),
        "KFold": KFold,
        "make_pipeline": make_pipeline,
        "StandardScaler": StandardScaler,
        "path": partial(fastreg.path, tol=1e-12),
        "cv": partial(fastreg.cv, tol=1e-12),
        "ridge": fastreg.ridge,
        "ridge_cv": fastreg.ridge_cv,
    }  # fmt: skip
    page = read(ROOT / "docs" / "coming-from-scikit-learn.md")
    rows = [row for row in table_rows(page) if row[0].endswith(")`")]
    assert len(rows) == 14
    for left, right in rows:
        expected = eval(re.findall(r"`(.*)`", left)[0], names)  # noqa: S307
        ours = eval(re.findall(r"`(.*)`", right)[0], names)  # noqa: S307
        if isinstance(expected, tuple):
            np.testing.assert_allclose(ours.alphas, expected[0], err_msg=left)
            scale = np.abs(expected[1]).max()
            np.testing.assert_allclose(
                ours.coefs, expected[1], atol=1e-4 * scale, err_msg=left
            )
        else:
            how = "predict"
            how = "decision_function" if hasattr(expected, "classes_") else how
            wanted = getattr(expected, how)(data.X)
            found = np.reshape(getattr(ours, how)(data.X), wanted.shape)
            # What is small beside the others of its column has fewer digits.
            size = 1e-5 * np.abs(wanted).mean(axis=0)
            assert np.all(np.abs(found - wanted) <= size), left


def test_result_attributes_in_the_readme_exist() -> None:
    section = read(README).split("## What a result carries")[1].split("## ")[0]
    sentence = section.split("If a gap")[0]
    path = fastreg.path([[0.0], [1.0], [3.0]], [0.0, 2.0, 5.0], alphas=3)
    names = re.findall(r"`(\w+)`", sentence)
    assert len(names) >= 9
    for name in names:
        assert hasattr(path, name), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", read(page))
    for target in targets:
        assert (page.parent / target).exists(), target


def test_documented_options_exist() -> None:
    page = read(ROOT / "docs" / "command-line.md")
    fit_help = CliRunner().invoke(app, ["fit", "--help"]).output
    predict_help = CliRunner().invoke(app, ["predict", "--help"]).output
    options = re.findall(r"^\| `(--[\w-]+)", page, flags=re.MULTILINE)
    assert len(options) >= 10
    for option in options:
        assert option in fit_help
    assert "--alpha" in predict_help


def test_pages_name_no_machine() -> None:
    for page in PAGES:
        assert not re.search(r"(?<!\w)/(home|root|Users|mnt)/", read(page)), page.name


def test_example_script_runs(tmp_path: Path) -> None:
    script = ROOT / "examples" / "diabetes_path.py"
    result = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "features are enough" in result.stdout
    assert (tmp_path / "diabetes-path.png").stat().st_size > 40_000


def test_example_of_data_on_disk_runs() -> None:
    script = ROOT / "examples" / "out_of_core.py"
    result = subprocess.run(
        [sys.executable, script, "--rows", "60", "--features", "500", "--memory", "1"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "over the file" in result.stdout


def test_example_of_choosing_draws_its_pictures(tmp_path: Path) -> None:
    script = ROOT / "examples" / "choosing_strength.py"
    result = subprocess.run(
        [sys.executable, script, "--out", tmp_path],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for verdict in ("Balanced", "Overfitting", "Nothing learned"):
        assert f"{verdict}: the model of" in result.stdout
    drawn = {file.name for file in tmp_path.iterdir()}
    assert drawn == set(re.findall(r"choosing-[\w-]+\.png", read(CHOOSING)))
