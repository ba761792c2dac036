"""Running the command line in tests, in this process or as a user would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from typer.testing import CliRunner

from fastreg.cli.app import app

MAIN = "from fastreg.cli import main; main()"


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


def houses() -> pl.DataFrame:
    """60 rows, features a to d, of which a and b explain the price."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 4)) * [1.0, 10.0, 0.1, 3.0]
    y = 2.0 * X[:, 0] - 0.3 * X[:, 1] + 0.1 * rng.standard_normal(60) + 5.0
    return pl.DataFrame(X, schema=["a", "b", "c", "d"]).with_columns(price=y)


def model_of(csv: Path, *options: object) -> tuple[Path, dict[str, Any]]:
    """Fit the price in a file; the model file and what it says."""
    file = csv.with_name("model.json")
    run("fit", csv, "--target", "price", "--out", file, *options)
    return file, json.loads(file.read_text(encoding="utf-8"))


def assert_one_sentence(output: str, *expected: str) -> None:
    """The output is an error message of one line with the expected parts."""
    assert output.startswith("Error: ")
    assert output.count("\n") == 1
    for part in expected:
        assert part in output
