"""File names on the command line: read as they are, never overwritten by mistake."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import polars as pl
import pytest

import fastreg
from command_line import assert_one_sentence, houses, model_of, run, run_process
from fastreg.cli.tables import read_table

LONG = "x" * 5000


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    file = tmp_path / "houses.csv"
    houses().write_csv(file)
    return file


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["d*.csv", "d?.csv", "[x].csv", "d{1}.csv"])
def test_names_are_not_patterns(tmp_path: Path, name: str) -> None:
    for other in ("d1.csv", "d2.csv", "x.csv"):
        (tmp_path / other).write_text("a\n5\n", encoding="utf-8")
    file = tmp_path / name
    file.write_text("a\n1\n2\n", encoding="utf-8")
    assert read_table(file)["a"].to_list() == [1, 2]
    pl.DataFrame({"a": [3]}).write_parquet(tmp_path / "p")
    (tmp_path / "p").rename(file)
    assert read_table(file)["a"].to_list() == [3]


@pytest.mark.parametrize(
    "link",
    [
        "same",
        "other spelling",
        pytest.param(
            "symbolic", marks=pytest.mark.skipif(os.name == "nt", reason="rights")
        ),
        "hard",
    ],
)
def test_fit_does_not_overwrite_its_table(csv: Path, link: str) -> None:
    out, before = csv, csv.read_bytes()
    if link == "other spelling":
        out = csv.parent / ".." / csv.parent.name / csv.name
    elif link != "same":
        out = csv.with_name("link.json")
        (out.symlink_to if link == "symbolic" else out.hardlink_to)(csv)
    output = run("fit", csv, "--target", "price", "--out", out, code=2)
    assert_one_sentence(output, f"--out {out} would overwrite")
    assert csv.read_bytes() == before


def test_picture_does_not_overwrite_the_table(csv: Path) -> None:
    table = csv.rename(csv.with_suffix(".png"))
    output = run("fit", table, "--target", "price", "--plot", table, code=2)
    assert_one_sentence(output, "--plot", "would overwrite")


def test_outputs_do_not_overwrite_each_other(csv: Path) -> None:
    both = csv.with_name("both.svg")
    options = [
        "--out",
        both,
        "--plot",
        csv.parent / "." / ".." / csv.parent / "both.svg",
    ]
    output = run("fit", csv, "--target", "price", *options, code=2)
    assert_one_sentence(output, "--out and --plot name the same file")
    assert not both.exists()


def test_second_picture_overwrites_nothing(csv: Path) -> None:
    options = ["--plot", csv.with_name("p.png"), "--out", csv.with_name("p-cv.png")]
    output = run("fit", csv, "--target", "price", *options, code=2)
    assert_one_sentence(output, "the picture of the cross-validation name the same")


def test_predict_does_not_overwrite_what_it_reads(csv: Path) -> None:
    model, _ = model_of(csv, "--alpha", 0.5)
    for out in (csv, model):
        before = out.read_bytes()
        output = run("predict", model, csv, "--out", out, code=2)
        assert_one_sentence(output, f"--out {out} would overwrite")
        assert out.read_bytes() == before


def test_old_results_are_replaced(csv: Path) -> None:
    model, _ = model_of(csv, "--alpha", 0.5)
    assert model_of(csv, "--alpha", 0.25)[1]["alphas"] == [0.25]
    out = csv.with_name("out.csv")
    out.write_text("old", encoding="utf-8")
    run("predict", model, csv, "--out", out)
    assert pl.read_csv(out).height == 60


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", LONG, "--target", "price"],
        ["fit", "houses.csv", "--target", "price", "--out", LONG],
        ["fit", "houses.csv", "--target", "price", "--out", f"{LONG}/m.json"],
        ["fit", "houses.csv", "--target", "price", "--plot", f"{LONG}.png"],
        ["demo", "--out", f"{LONG}.png"],
        ["demo", "--out", f"{LONG}/p.png"],
        ["predict", LONG, "houses.csv"],
        ["predict", "model.json", LONG],
        ["predict", "model.json", "houses.csv", "--out", LONG],
    ],
)
def test_names_that_are_too_long(
    csv: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    model_of(csv, "--alpha", 0.5)
    monkeypatch.chdir(csv.parent)
    assert_one_sentence(run(*arguments, code=2), LONG)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_one_sentence(csv: Path) -> None:
    model, _ = model_of(csv, "--alpha", 0.5)
    result = run_process("predict", model, csv, "--out", "/dev/full", cwd=csv.parent)
    assert result.returncode == 2
    assert_one_sentence(result.stderr, "cannot write /dev/full", "No space left")


def test_any_system_error_is_one_sentence(
    csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error", "somewhere")

    monkeypatch.setattr(fastreg, "path", failing)
    output = run("fit", csv, "--target", "price", code=2)
    assert_one_sentence(output, "somewhere: Input/output error")


def test_a_reader_that_left_is_no_mistake(
    csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(fastreg, "path", failing)
    assert run("fit", csv, "--target", "price", code=1) == ""
