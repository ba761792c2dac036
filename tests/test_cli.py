"""The command line: what it prints, writes and refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import fastreg
from fastreg.cli.app import app
from fastreg.cli.tables import numeric, read_table
from fastreg.datasets import load_diabetes

MAIN = "from fastreg.cli import main; main()"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def run(*arguments: object, code: int = 0) -> str:
    """Run a command in this process; stdout and stderr together."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return str(result.output)


def run_process(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user would, with stdout and stderr piped."""
    return subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def table() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 4)) * [1.0, 10.0, 0.1, 3.0]
    y = 2.0 * X[:, 0] - 0.3 * X[:, 1] + 0.1 * rng.standard_normal(60) + 5.0
    return pl.DataFrame(X, schema=["a", "b", "c", "d"]).with_columns(price=y)


@pytest.fixture
def csv(table: pl.DataFrame, tmp_path: Path) -> Path:
    file = tmp_path / "houses.csv"
    table.write_csv(file)
    return file


def model_of(csv: Path, *options: object) -> tuple[Path, dict[str, Any]]:
    file = csv.with_name("model.json")
    run("fit", csv, "--target", "price", "--out", file, *options)
    return file, json.loads(file.read_text(encoding="utf-8"))


def predict(file: Path, data: Path, *options: object) -> np.ndarray:
    out = data.with_name("predictions.csv")
    run("predict", file, data, "--out", out, *options)
    return pl.read_csv(out)["prediction"].to_numpy()


# --- demo ---------------------------------------------------------------------


def test_demo_explains_certifies_and_draws(tmp_path: Path) -> None:
    result = run_process("demo", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    output, picture = result.stdout, tmp_path / "fastreg-demo.png"
    assert "\x1b" not in output, "colour codes in a pipe"
    assert max(map(len, output.splitlines())) <= max(100, len(str(tmp_path)) + 45)
    for word in ("Objective", "order in which they enter", "Ridge", "duality gap"):
        assert word in output
    assert str(picture) in output
    assert picture.read_bytes().startswith(PNG_MAGIC)
    assert picture.stat().st_size > 40_000


def test_demo_lists_features_in_order_of_entry(tmp_path: Path) -> None:
    rows = run("demo", "--out", tmp_path / "p.svg").splitlines()
    start = next(k for k, row in enumerate(rows) if "order in which" in row)
    entered = [row.split()[0] for row in rows[start + 4 : start + 14]]
    # bmi and s5 share the first interval of the grid; Efron et al. (2004), figure 1.
    assert entered[:7] == ["bmi", "s5", "bp", "s3", "sex", "s6", "s1"]
    assert sorted(entered) == sorted(load_diabetes().feature_names)
    assert (tmp_path / "p.svg").read_text(encoding="utf-8").count("<path") > 10


def test_demo_prints_the_recomputed_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = run("demo", "--out", tmp_path / "p.png")
    gap = float(re.findall(r"largest relative duality gap (\S+)", output)[0])
    assert 0.0 <= gap <= 1e-10
    certify = fastreg.certify

    def alarming(*data: Any, alpha: float, **options: Any) -> fastreg.Certificate:
        found = certify(*data, alpha=alpha, **options)
        return replace(found, relative_gap=0.125 if alpha < 0.005 else 0.0)

    monkeypatch.setattr(fastreg, "certify", alarming)
    output = run("demo", "--out", tmp_path / "p.png")
    assert "largest relative duality gap 1.2e-01" in output


def test_diabetes_csv_is_the_published_table() -> None:
    from sklearn.datasets import load_diabetes as sklearn_diabetes

    ours, theirs = load_diabetes(), sklearn_diabetes(scaled=False)
    np.testing.assert_allclose(ours.X, theirs.data, rtol=1e-14)
    np.testing.assert_array_equal(ours.y, theirs.target)
    assert list(ours.feature_names) == theirs.feature_names
    assert set(ours.labels) == set(ours.feature_names)


# --- fit and predict ----------------------------------------------------------


def test_path_model_predicts_like_the_library(csv: Path, table: pl.DataFrame) -> None:
    file, content = model_of(csv)
    X, y = table.drop("price").to_numpy(), table["price"].to_numpy()
    path = fastreg.path(X, y)
    assert len(content["alphas"]) == 100
    for k in (0, 10, 99):
        predictions = predict(file, csv, "--alpha", repr(content["alphas"][k]))
        np.testing.assert_allclose(predictions, path.predict(X)[:, k], rtol=1e-9)


@pytest.mark.parametrize("l1_ratio", [1.0, 0.5, 0.0])
def test_single_alpha_round_trip(
    csv: Path, table: pl.DataFrame, l1_ratio: float
) -> None:
    file, content = model_of(csv, "--alpha", 0.3, "--l1-ratio", l1_ratio)
    assert content["alphas"] == [0.3]
    X, y = table.drop("price").to_numpy(), table["price"].to_numpy()
    expected = fastreg.path(X, y, alphas=[0.3], l1_ratio=l1_ratio).predict(X)[:, 0]
    np.testing.assert_allclose(predict(file, csv), expected, rtol=1e-9)


def test_options_reach_the_library(csv: Path, table: pl.DataFrame) -> None:
    _, content = model_of(
        csv, "--no-standardize", "--no-intercept", "--alphas", 7, "--drop", "d"
    )
    X, y = table.drop("price", "d").to_numpy(), table["price"].to_numpy()
    path = fastreg.path(X, y, alphas=7, standardize=False, fit_intercept=False)
    np.testing.assert_allclose(content["alphas"], path.alphas, rtol=1e-12)
    assert content["feature_names"] == ["a", "b", "c"]
    assert content["intercepts"] == [0.0] * 7
    last = content["coefs"][-1]
    np.testing.assert_allclose(
        last["values"], path.coefs[last["indices"], -1], rtol=1e-9
    )


def test_parquet_gives_the_same_model(csv: Path, table: pl.DataFrame) -> None:
    parquet = csv.with_suffix(".parquet")
    table.write_parquet(parquet)
    _, from_csv = model_of(csv)
    _, from_parquet = model_of(parquet)
    for key in ("alphas", "coefs", "intercepts", "feature_names"):
        assert from_csv[key] == from_parquet[key]


def test_model_file_has_its_documented_fields(csv: Path) -> None:
    _, content = model_of(csv, "--alphas", 5)
    assert list(content) == [
        "format", "format_version", "target", "feature_names", "objective", "alphas",
        "intercepts", "coefs", "dual_gaps", "deviance_ratio", "status", "training",
        "fastreg_version",
    ]  # fmt: skip
    assert (content["format"], content["format_version"]) == ("fastreg-model", 1)
    assert content["fastreg_version"] == fastreg.__version__
    assert content["target"] == "price"
    assert content["status"] == ["converged"] * 5
    assert max(content["dual_gaps"]) <= content["objective"]["tol"] == 1e-6
    assert content["training"]["n_samples"] == 60
    assert content["training"]["file"] == "houses.csv", "no directories in the file"
    for coef in content["coefs"]:
        assert set(coef) == {"indices", "values"}
        assert 0.0 not in coef["values"]
    assert content["coefs"][0] == {"indices": [], "values": []}


def test_predict_finds_columns_by_name(csv: Path, table: pl.DataFrame) -> None:
    file, content = model_of(csv, "--alpha", 0.5)
    used = [content["feature_names"][j] for j in content["coefs"][0]["indices"]]
    assert used == ["a", "b"]
    shuffled = csv.with_name("shuffled.csv")
    table.select("b", pl.lit("text").alias("note"), "a").write_csv(shuffled)
    np.testing.assert_array_equal(predict(file, shuffled), predict(file, csv))


def test_predict_interpolates_between_alphas(csv: Path) -> None:
    file, content = model_of(csv, "--alphas", 10)
    low, high = content["alphas"][5], content["alphas"][4]

    def at(alpha: float) -> np.ndarray:
        return predict(file, csv, "--alpha", repr(alpha))

    np.testing.assert_allclose(at((low + high) / 2), (at(low) + at(high)) / 2)


def test_predict_above_the_path_is_the_null_model(
    csv: Path, table: pl.DataFrame
) -> None:
    file, content = model_of(csv)
    predictions = predict(file, csv, "--alpha", 2 * content["alphas"][0])
    np.testing.assert_allclose(predictions, table["price"].mean())


def test_predict_keeps_stdout_to_the_predictions(csv: Path) -> None:
    file, _ = model_of(csv, "--alpha", 0.1)
    result = run_process("predict", file, csv, cwd=csv.parent)
    lines = result.stdout.splitlines()
    assert lines[0] == "prediction"
    assert len([float(line) for line in lines[1:]]) == 60
    assert "root mean squared error" in result.stderr


def test_fit_draws_the_path(csv: Path) -> None:
    picture = csv.with_name("path.png")
    output = run("fit", csv, "--target", "price", "--plot", picture)
    assert "picture written to" in output
    assert picture.read_bytes().startswith(PNG_MAGIC)


def test_fit_lists_constant_columns(csv: Path, table: pl.DataFrame) -> None:
    table.with_columns(ones=pl.lit(1.0)).write_csv(csv)
    output = run("fit", csv, "--target", "price")
    assert "constant columns: 'ones'" in output


def test_fit_warns_when_tol_is_out_of_reach(csv: Path) -> None:
    result = run_process(
        "fit", csv, "--target", "price", "--tol", 1e-300, cwd=csv.parent
    )
    assert result.returncode == 0
    assert "Warning:" in result.stderr
    assert "Traceback" not in result.stderr


# --- reading ------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_and_spaces(tmp_path: Path, separator: str) -> None:
    file = tmp_path / "t.csv"
    rows = [["a", " b", "c "], ["1", " 2", "3"], ["4.5", "-5e-1 ", "true"]]
    file.write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    table = read_table(file)
    assert table.columns == ["a", "b", "c"]
    np.testing.assert_array_equal(
        numeric(table, ["a", "b"], file), [[1.0, 2.0], [4.5, -0.5]]
    )


def test_columns_of_any_number_type(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pl.DataFrame(
        {"i": [1, 2], "f": pl.Series([0.5, 1.5], dtype=pl.Float32), "b": [True, False]}
    ).write_parquet(file)
    values = numeric(read_table(file), ["i", "f", "b"], file)
    assert values.flags.f_contiguous
    np.testing.assert_array_equal(values, [[1.0, 0.5, 1.0], [2.0, 1.5, 0.0]])


# --- mistakes -----------------------------------------------------------------

BAD_TABLES = {
    "text in a column": ("a,price\n1,2\n3,4\nlow,5\n", "'a'", "row 3 holds 'low'"),
    "missing values": ("a,price\n1,2\n,4\nNA,5\n", "'a'", "2 missing values", "row 2"),
    "missing target": ("a,price\n1,\n2,4\n", "'price'", "1 missing value,", "row 1"),
    "NaN": ("a,price\n1,2\nnan,4\n", "'a'", "1 missing value,", "row 2"),
    "infinity": ("a,price\n1,2\n3,4\ninf,4\n", "'a'", "1 infinite value,", "row 3"),
    "header only": ("a,price\n", "header but no rows"),
    "empty file": ("", "is empty"),
    "target alone": ("price\n1\n2\n", "no feature columns"),
    "unknown target": ("a,prize\n1,2\n", "no column 'price'", "did you mean 'prize'?"),
    "nothing similar": ("xx,yy\n1,2\n", "no column 'price'", "there are 'xx', 'yy'"),
    "ragged rows": ("a,price\n1,2\n3,4,5,6\n", "cannot read"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_table_is_one_sentence(tmp_path: Path, case: str) -> None:
    content, *expected = BAD_TABLES[case]
    file = tmp_path / "bad.csv"
    file.write_text(content, encoding="utf-8")
    output = run("fit", file, "--target", "price", code=2)
    assert_one_sentence(output, *expected, "bad.csv")


def assert_one_sentence(output: str, *expected: str) -> None:
    assert output.startswith("Error: ")
    assert output.count("\n") == 1
    for part in expected:
        assert part in output


def test_mistakes_as_a_process(tmp_path: Path) -> None:
    result = run_process("fit", "none.csv", "--target", "y", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    assert_one_sentence(result.stderr, "there is no file none.csv")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--alpha", "-0.5"], "--alpha must be a finite number >= 0, got -0.5"),
        (["--alpha", "nan"], "got nan"),
        (["--l1-ratio", "1.5"], "--l1-ratio must lie in [0, 1], got 1.5"),
        (["--alphas", "0"], "--alphas must be at least 1, got 0"),
        (["--tol", "0"], "--tol must be a finite number > 0, got 0"),
        (["--alpha", "1", "--plot", "p.png"], "leave out --alpha"),
        (["--plot", "p.xyz"], "must end in .png"),
        (["--plot", "no/p.png"], "there is no directory no"),
        (["--out", "no/m.json"], "there is no directory no"),
        (["--drop", "aa"], "no column 'aa'; did you mean 'a'?"),
    ],
)
def test_bad_options(csv: Path, options: list[str], expected: str) -> None:
    output = run("fit", csv, "--target", "price", *options, code=2)
    assert_one_sentence(output, expected)


def test_unreadable_files(tmp_path: Path) -> None:
    noise = tmp_path / "noise.csv"
    noise.write_bytes(b"a,y\n" + bytes(range(128, 256)) * 8 + b"\n")
    assert_one_sentence(run("fit", noise, "--target", "y", code=2), "cannot read")
    fake = tmp_path / "fake.parquet"
    fake.write_text("a,y\n1,2\n", encoding="utf-8")
    assert_one_sentence(run("fit", fake, "--target", "y", code=2), "not a Parquet file")
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(b"PAR1 and no more")
    assert_one_sentence(run("fit", cut, "--target", "y", code=2), "as Parquet")
    assert_one_sentence(run("fit", tmp_path, "--target", "y", code=2), "a directory")


def test_dates_are_not_numbers(tmp_path: Path) -> None:
    from datetime import date

    file = tmp_path / "t.parquet"
    pl.DataFrame({"day": [date(2024, 1, 1)], "y": [1.0]}).write_parquet(file)
    output = run("fit", file, "--target", "y", code=2)
    assert_one_sentence(output, "'day'", "not numeric (date)")


def test_predict_names_missing_columns(csv: Path, table: pl.DataFrame) -> None:
    file, _ = model_of(csv, "--alpha", 0.001)
    few = csv.with_name("few.csv")
    table.select("b", "c", "d").write_csv(few)
    assert_one_sentence(run("predict", file, few, code=2), "no column 'a'")
    table.select("c", "d").write_csv(few)
    assert_one_sentence(run("predict", file, few, code=2), "lacks 2 columns: 'a', 'b'")


def test_predict_needs_an_alpha_on_the_path(csv: Path) -> None:
    file, content = model_of(csv)
    output = run("predict", file, csv, code=2)
    assert_one_sentence(output, "100 alphas", "choose one with --alpha")
    below = content["alphas"][-1] / 2
    output = run("predict", file, csv, "--alpha", below, code=2)
    assert_one_sentence(output, "outside the fitted path")
    single, _ = model_of(csv, "--alpha", 0.5)
    output = run("predict", single, csv, "--alpha", 0.7, code=2)
    assert_one_sentence(output, "fitted at alpha 0.5 only, not 0.7")


BAD_MODELS = {
    "no json": ("{", "it is not JSON"),
    "other json": ("[1, 2]", "not a fastreg model"),
    "newer": ('{"format": "fastreg-model", "format_version": 99}', "version 99"),
    "empty": ('{"format": "fastreg-model", "format_version": 1}', "damaged"),
}


@pytest.mark.parametrize("case", BAD_MODELS)
def test_bad_model_files(csv: Path, case: str) -> None:
    content, expected = BAD_MODELS[case]
    file = csv.with_name("bad.json")
    file.write_text(content, encoding="utf-8")
    assert_one_sentence(run("predict", file, csv, code=2), expected, "bad.json")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("alphas", [], "no alphas"),
        ("alphas", [0.5, 1.0], "do not decrease"),
        ("intercepts", [1.0, 2.0], "1 alphas but 2 intercepts"),
        ("intercepts", [float("nan")], "NaN"),
        ("coefs", [{"indices": [9], "values": [1.0]}], "feature number 9 of 4"),
        ("coefs", [{"indices": [0, 1], "values": [1.0]}], "2 indices but 1 values"),
        ("objective", {"loss": "gaussian"}, "damaged"),
    ],
)
def test_damaged_models(csv: Path, key: str, value: object, expected: str) -> None:
    file, content = model_of(csv, "--alpha", 0.5)
    file.write_text(json.dumps(content | {key: value}), encoding="utf-8")
    assert_one_sentence(run("predict", file, csv, code=2), "damaged", expected)


def test_missing_model_file(csv: Path) -> None:
    output = run("predict", csv.with_name("no.json"), csv, code=2)
    assert_one_sentence(output, "cannot read", "no.json", "No such file")


# --- the rest -----------------------------------------------------------------


def test_interrupt_exits_with_130(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fastreg, "path", interrupted)
    assert run("fit", csv, "--target", "price", code=130) == "Interrupted.\n"


def test_version_and_help() -> None:
    assert run("--version") == f"fastreg {fastreg.__version__}\n"
    for command in ("demo", "fit", "predict", "info", "selftest"):
        assert command in run("--help")
        assert f"fastreg {command}" in run(command, "--help")
    assert "fastreg fit houses.csv --target price" in run("fit", "--help")


def test_info_tells_the_instruction_set(tmp_path: Path) -> None:
    result = run_process("info", cwd=tmp_path)
    assert result.returncode == 0
    assert fastreg.__version__ in result.stdout
    assert "instruction set" in result.stdout


def test_selftest_passes(tmp_path: Path) -> None:
    result = run_process("selftest", cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "selftest passed" in result.stdout


@pytest.mark.parametrize("package", ["typer", "polars"])
def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, package: str
) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; {MAIN}"
    result = subprocess.run(
        [sys.executable, "-c", code, "fit", "t.csv", "--target", "y"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 2
    assert_one_sentence(result.stderr, package, "pip install 'fastreg[cli]'")
