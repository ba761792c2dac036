"""Mistakes on the command line: one sentence on stderr, exit code 2, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import fastreg
from command_line import (
    MAIN,
    assert_one_sentence,
    houses,
    model_of,
    run,
    run_process,
)


@pytest.fixture
def table() -> pl.DataFrame:
    return houses()


@pytest.fixture
def csv(table: pl.DataFrame, tmp_path: Path) -> Path:
    file = tmp_path / "houses.csv"
    table.write_csv(file)
    return file


BAD_TABLES = {
    "text in a column": ("a,price\n1,2\n3,4\nlow,5\n", "'a'", "data row 3 holds 'low'"),
    "missing values": (
        "a,price\n1,2\n,4\nNA,5\n",
        "'a'",
        "2 missing values",
        "data row 2",
    ),
    "missing target": (
        "a,price\n1,\n2,4\n",
        "'price'",
        "1 missing value,",
        "data row 1",
    ),
    "NaN": ("a,price\n1,2\nnan,4\n", "'a'", "1 missing value,", "data row 2"),
    "infinity": (
        "a,price\n1,2\n3,4\ninf,4\n",
        "'a'",
        "1 infinite value,",
        "data row 3",
    ),
    "header only": ("a,price\n", "header but no rows"),
    "empty file": ("", "is empty"),
    "target alone": ("price\n1\n2\n", "no feature columns"),
    "unknown target": ("a,prize\n1,2\n", "no column 'price'", "did you mean 'prize'?"),
    "nothing similar": ("xx,yy\n1,2\n", "no column 'price'", "there are 'xx', 'yy'"),
    "wide row": ("a,price\n1,2\n3,4,5,6\n", "line 3 has 4 fields, the header 2"),
    "wide row, quoted": ('"a\nb",price\n\n1,2,3\n', "line 4 has 3 fields"),
    "same name twice": ("a,b,a,price\n1,2,3,4\n", "'a' more than once"),
    "same but for spaces": ("a, a,price\n1,2,3\n", "'a' more than once"),
    "no name": ("a,,price\n1,2,3\n", "no name for column 2"),
    "no last name": ("a,price, \n1,2,3\n", "no name for column 3"),
    "only a mark": ("\ufeff", "cannot read"),
    "text in the target": ("a,price\n1,low\n", "'price'", "a target must be numbers"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_table_is_one_sentence(tmp_path: Path, case: str) -> None:
    content, *expected = BAD_TABLES[case]
    file = tmp_path / "bad.csv"
    file.write_text(content, encoding="utf-8")
    output = run("fit", file, "--target", "price", code=2)
    assert_one_sentence(output, *expected, "bad.csv")


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
        (["--drop", "price"], "--drop price names the target"),
        (["--alpha", "1", "--alphas", "100"], "use one of them"),
        (["--cv", "1"], "--cv must be at least 2 folds, or 0, got 1"),
        (["--cv", "-3"], "at least 2 folds, or 0, got -3"),
        (["--cv", "61"], "--cv 61 needs 61 rows or more, got 60"),
        (["--rule", "best"], "--rule must be min, 1se or 2pct, got best"),
        (["--cv", "0", "--rule", "1se"], "leave out --cv 0"),
        (["--alpha", "1", "--rule", "1se"], "leave out --alpha to fit one"),
        (["--alpha", "1", "--cv", "5"], "leave out --alpha to fit one"),
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
    file, content = model_of(csv, "--cv", 0)
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
    "deep json": ("[" * 100_000, "it is not JSON"),
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
        ("coefs", [{"indices": [1, 1], "values": [1.0, 2.0]}], "number 1 twice"),
        ("coefs", [{"indices": [0.5], "values": [1.0]}], "feature number 0.5 of 4"),
        ("coefs", [3], "an entry of coefs is not an object"),
        ("objective", {"formula": "", "loss": "gaussian"}, "it has no l1_ratio"),
        ("objective", 3, "objective is not an object"),
        ("choice", 3, "choice is not an object"),
        ("choice", {"rule": "min"}, "it has no alpha"),
        ("choice", {"rule": "min", "alpha": "1"}, "something other than numbers"),
        ("choice", {"rule": 1, "alpha": 1.0}, "rule is not text"),
        ("alphas", 3, "alphas is not a list"),
        ("intercepts", [None], "intercepts holds something other than numbers"),
        ("intercepts", [10**400], "NaN or infinity"),
        ("feature_names", None, "feature_names is not a list"),
        (
            "feature_names",
            [1, 2, 3, 4],
            "feature_names holds something other than text",
        ),
    ],
)
def test_damaged_models(csv: Path, key: str, value: object, expected: str) -> None:
    file, content = model_of(csv, "--alpha", 0.5)
    file.write_text(json.dumps(content | {key: value}), encoding="utf-8")
    assert_one_sentence(run("predict", file, csv, code=2), "damaged", expected)


@pytest.mark.parametrize("cell", ["low", "", "inf"])
def test_predict_speaks_of_predicting(csv: Path, cell: str) -> None:
    file, _ = model_of(csv, "--alpha", 0.5)
    csv.write_text(f"a,b\n1,2\n{cell},4\n", encoding="utf-8")
    output = run("predict", file, csv, code=2)
    assert_one_sentence(output, "'a'", "data row 2")
    assert "the model needs numbers" in output or "before predicting" in output
    assert "fitting" not in output
    assert "--drop" not in output


def test_missing_model_file(csv: Path) -> None:
    output = run("predict", csv.with_name("no.json"), csv, code=2)
    assert_one_sentence(output, "cannot read", "no.json", "No such file")


def test_interrupt_exits_with_130(csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fastreg, "path", interrupted)
    assert run("fit", csv, "--target", "price", code=130) == "Interrupted.\n"


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
