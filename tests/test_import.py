"""What importing fastreg costs: NumPy and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("sklearn", "scipy", "matplotlib", "pandas", "typer", "rich", "polars")

FIT = """
X = numpy.random.default_rng(0).standard_normal((20, 5))
y = X[:, 0] + 1
path = fastreg.path(X, y)
ridge = fastreg.ridge_path(X, y)
fit = fastreg.ridge(X, y, 1.0, inference=True)
fit.coef, fit.df, fit.standard_errors, fit.predict(X), repr(fit)
fastreg.ridge(X, y, 1.0), fastreg.ridge(X, y, 1.0, lower_bounds=0.0)
chosen = [fastreg.ridge_cv(X, y, alphas=[1.0, 0.0], cv=cv) for cv in ('loo', 3)]
repr(chosen), chosen[0].predict(X)
path.coefs, path.predict(X), repr(path), path.coef_at(path.alphas[3])
fastreg.certify(X, y, path.coefs[:, 5], path.intercepts[5], alpha=path.alphas[5])
"""


def heavy_modules_after(code: str) -> str:
    """Names of the heavy packages in sys.modules of a fresh process that ran code."""
    lines = [
        "import sys, numpy",
        code,
        f"print(*sorted(m for m in {HEAVY} if m in sys.modules))",
    ]
    command = [sys.executable, "-W", "error", "-c", "\n".join(lines)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_the_probe_sees_imports() -> None:
    pytest.importorskip("scipy")
    assert heavy_modules_after("import scipy") == "scipy"


@pytest.mark.parametrize("code", ["", FIT], ids=["import", "fit"])
def test_numpy_is_all_that_is_imported(code: str) -> None:
    assert heavy_modules_after("import fastreg\n" + code) == ""


def test_importing_changes_no_global_state() -> None:
    code = (
        """
import os, random, signal, warnings
def state():

    return (dict(os.environ), random.getstate(), signal.getsignal(signal.SIGINT),
            list(warnings.filters), numpy.geterr(), numpy.get_printoptions(),
            str(numpy.random.get_state()))
import numpy.random
before = state()
import fastreg
"""
        + FIT
        + """
assert state() == before
"""
    )
    assert heavy_modules_after(code) == ""


def test_estimators_are_found_lazily() -> None:
    pytest.importorskip("sklearn")
    code = "import fastreg; assert 'Lasso' in dir(fastreg)"
    assert heavy_modules_after(code) == ""
    code = "import fastreg; fastreg.Lasso()"
    assert "sklearn" in heavy_modules_after(code)


def test_unknown_names_are_attribute_errors() -> None:
    import fastreg

    with pytest.raises(AttributeError, match="Laso"):
        _ = fastreg.Laso


def test_public_names_exist() -> None:
    import fastreg

    for name in fastreg.__all__:
        assert getattr(fastreg, name) is not None
    assert {"path", "ridge_path", "certify", "Path", "Certificate"} <= set(
        fastreg.__all__
    )
