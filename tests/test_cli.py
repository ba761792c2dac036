"""The command line: what it prints, writes and refuses."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import fastreg
from command_line import houses, model_of, run, run_process
from fastreg.cli import render, summary
from fastreg.cli.tables import numeric, read_table
from fastreg.datasets import load_diabetes

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def table() -> pl.DataFrame:
    return houses()


@pytest.fixture
def csv(table: pl.DataFrame, tmp_path: Path) -> Path:
    file = tmp_path / "houses.csv"
    table.write_csv(file)
    return file


def predict(file: Path, data: Path, *options: object) -> np.ndarray:
    out = data.with_name("predictions.csv")
    run("predict", file, data, "--out", out, *options)
    return pl.read_csv(out)["prediction"].to_numpy()


# --- demo ---------------------------------------------------------------------


def test_demo_explains_certifies_and_draws(tmp_path: Path) -> None:
    result = run_process("demo", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    output = result.stdout
    pictures = [tmp_path / name for name in ("fastreg-demo.png", "fastreg-demo-cv.png")]
    assert "\x1b" not in output, "colour codes in a pipe"
    assert max(map(len, output.splitlines())) <= max(100, len(str(tmp_path)) + 45)
    for word in ("Objective", "order in which they enter", "Ridge", "duality gap"):
        assert word in output
    for picture in pictures:
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


def test_large_data_are_audited_where_it_matters(
    csv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "_AUDITED_ENTRIES", 3 * 60 * 4)
    output = run("fit", csv, "--target", "price")
    assert "over the 3 worst of 100 alphas" in output


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
    path = fastreg.path(X, y, early_stop=False)
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
        "intercepts", "coefs", "dual_gaps", "deviance_ratio", "status", "choice",
        "training", "fastreg_version",
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


def test_ridge_path_is_listed_by_size(csv: Path) -> None:
    output = run("fit", csv, "--target", "price", "--l1-ratio", 0)
    assert "enter" not in output
    rows = output[output.index("largest first") :].splitlines()
    assert [row.split()[0] for row in rows[4:6]] == ["b", "a"]


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


@pytest.mark.parametrize(
    ("price", "options", "reason"),
    [
        ([3.0] * 4, [], "the target is 3 in all rows"),
        ([0.0] * 4, ["--no-intercept"], "the target is 0 in all rows"),
        ([3.0], [], "only one row"),
        ([3.0] * 4, ["--no-intercept"], ""),
        ([3.0, 3.0, 3.0, 4.0], [], ""),
    ],
)
def test_fit_tells_when_nothing_can_be_learned(
    csv: Path, table: pl.DataFrame, price: list[float], options: list[str], reason: str
) -> None:
    few = table.head(len(price)).with_columns(price=pl.Series(price))
    few.write_csv(csv)
    output = run("fit", csv, "--target", "price", *options)
    assert output.count("nothing can be learned") == bool(reason)
    assert reason in output


def test_fit_says_which_alpha_it_shows_for_an_entry(csv: Path) -> None:
    output = run("fit", csv, "--target", "price", "--alphas", 30)
    assert "in the model" in output
    assert "first of the 30 alphas at which the coefficient is not zero" in output
    assert "enters at" not in output


@pytest.mark.parametrize("share", [-0.0, -1e-9, -0.00049, 0.0])
def test_no_share_is_minus_zero(share: float) -> None:
    assert render.percent(share) == "0.0 %"
    assert render.percent(share - 0.123) == "-12.3 %"


# --- the choice of a strength ---------------------------------------------------


def choices(output: str) -> dict[str, list[float]]:
    """Alpha, score, standard error and features of each rule in a table."""
    lines = output.splitlines()
    start = next(k for k, row in enumerate(lines) if row.startswith("rule "))
    rows = [row.replace("*", " ").split() for row in lines[start + 2 : start + 5]]
    found = {row[0]: [float(value) for value in row[1:]] for row in rows if row}
    return {rule: values for rule, values in found.items() if rule in RULES}


RULES = ("min", "1se", "2pct")


def test_demo_shows_both_rules_with_their_scores(tmp_path: Path) -> None:
    output = run("demo", "--out", tmp_path / "p.svg")
    data = load_diabetes()
    path = fastreg.path(data.X, data.y, early_stop=False)
    result = fastreg.cv(data.X, data.y, alphas=path.alphas)
    found = choices(output)
    for rule in ("min", "1se"):
        chosen = result.select(rule)
        size = path.n_nonzero[chosen.index]
        expected = [chosen.alpha, chosen.score, chosen.std_error, size]
        np.testing.assert_allclose(found[rule], expected, rtol=0.01)
    assert "Balanced: the model of" in output
    assert (tmp_path / "p-cv.svg").read_text(encoding="utf-8").count("<path") > 10


@pytest.mark.parametrize(
    "options", [[], ["--rule", "1se"], ["--rule", "2pct", "--cv", 4, "--l1-ratio", 0.5]]
)
def test_fit_chooses_and_predict_uses_the_choice(
    csv: Path, table: pl.DataFrame, options: list[Any]
) -> None:
    named = dict(zip(options[::2], options[1::2], strict=True))
    rule, folds = named.get("--rule", "min"), named.get("--cv", 10)
    file, content = model_of(csv, *options)
    X, y = table.drop("price").to_numpy(), table["price"].to_numpy()
    result = fastreg.cv(
        X,
        y,
        alphas=content["alphas"],
        rule=rule,
        cv=folds,
        l1_ratio=named.get("--l1-ratio", 1.0),
    )
    choice = content["choice"]
    assert choice["alpha"] == pytest.approx(result.alpha)
    assert (choice["rule"], choice["folds"], choice["seed"]) == (rule, folds, 0)
    for name, values in choice["rules"].items():
        assert values["alpha"] == pytest.approx(result.select(name).alpha)
        assert values["score"] == pytest.approx(result.select(name).score)
    np.testing.assert_allclose(predict(file, csv), result.predict(X), rtol=1e-6)
    notes = run_process("predict", file, csv, cwd=csv.parent).stderr
    assert f"alpha {result.alpha:.6g}, chosen by cross-validation ({rule})" in notes
    other = predict(file, csv, "--alpha", content["alphas"][3])
    assert not np.allclose(other, predict(file, csv))


def test_chosen_strengths_are_columns_of_the_table(csv: Path) -> None:
    output = run("fit", csv, "--target", "price", "--rule", "1se")
    found = choices(output)
    head = output[output.index("Features in the order") :].splitlines()[1:3]
    assert "1se" in head[0]
    assert "min" in head[0]
    for rule in ("min", "1se"):
        assert f"{found[rule][0]:.3g}" in head[1]


def test_fit_draws_the_cross_validation_beside_the_path(csv: Path) -> None:
    picture = csv.with_name("path.png")
    output = run("fit", csv, "--target", "price", "--plot", picture)
    assert "path-cv.png" in output
    assert picture.with_name("path-cv.png").read_bytes().startswith(PNG_MAGIC)


@pytest.mark.parametrize("options", [["--cv", 0], ["--alpha", 0.1], ["--alphas", 1]])
def test_no_choice_where_none_is_wanted(csv: Path, options: list[Any]) -> None:
    picture = [] if "--alpha" in options[0] else ["--plot", csv.with_name("p.png")]
    output = run("fit", csv, "--target", "price", *options, *picture)
    assert "cross-validation" not in output
    assert not csv.with_name("p-cv.png").exists()
    _, content = model_of(csv, *options)
    assert content["choice"] is None


def test_few_rows_are_cross_validated_only_if_asked(
    csv: Path, table: pl.DataFrame
) -> None:
    table.head(15).write_csv(csv)
    assert "cross-validation" not in run("fit", csv, "--target", "price")
    output = run("fit", csv, "--target", "price", "--cv", 3)
    assert "cross-validation: 3 folds" in output


def test_a_model_without_the_field_is_read(csv: Path) -> None:
    file, content = model_of(csv, "--alpha", 0.1)
    before = predict(file, csv)
    del content["choice"]
    file.write_text(json.dumps(content), encoding="utf-8")
    np.testing.assert_array_equal(predict(file, csv), before)


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


# --- the rest -----------------------------------------------------------------


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
