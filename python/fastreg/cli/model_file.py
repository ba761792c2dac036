"""Model files: JSON with a format version, safe to open from anywhere.

A file holds one or many alphas. Coefficients are sparse and on the raw scale of the
features; numbers are written so that they read back to the same float64.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fastreg.cli.errors import CliError, blame_file

FORMAT = "fastreg-model"
FORMAT_VERSION = 1
_ROUNDED = 1e-3
_LARGEST = sys.float_info.max
_JSON_NAMES: dict[type, str] = {
    str: "text",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}

Kind = TypeVar("Kind")


@dataclass(frozen=True)
class SparseCoef:
    """The nonzero coefficients at one alpha: feature numbers and their values."""

    indices: list[int]
    values: list[float]


@dataclass(frozen=True)
class Objective:
    """What was minimised; `formula` is for people, the rest is for programs."""

    formula: str
    loss: str
    l1_ratio: float
    fit_intercept: bool
    standardize: bool
    tol: float


@dataclass(frozen=True)
class Model:
    """A fitted path, or one alpha of it, with all that prediction needs.

    `alphas` decrease; `coefs`, `intercepts`, `dual_gaps`, `deviance_ratio` and
    `status` have one entry an alpha. `choice` has the alpha that cross-validation chose
    and its rule, if there was one; `training` describes the data.
    """

    target: str
    feature_names: list[str]
    objective: Objective
    alphas: list[float]
    intercepts: list[float]
    coefs: list[SparseCoef]
    dual_gaps: list[float]
    deviance_ratio: list[float]
    status: list[str]
    choice: dict[str, Any] | None
    training: dict[str, Any]
    fastreg_version: str

    def at(self, alpha: float | None) -> tuple[SparseCoef, float]:
        """Coefficients and intercept at `alpha`, linear in alpha between fits.

        Raises
        ------
        CliError
            If `alpha` is None although there are several and none was chosen, or
            outside their range.
        """
        if alpha is None:
            if len(self.alphas) == 1:
                return self.coefs[0], self.intercepts[0]
            if self.choice is not None:
                return self.at(self.choice["alpha"])
            raise CliError(
                f"the model holds {len(self.alphas)} alphas from {self.alphas[0]:.6g} "
                f"down to {self.alphas[-1]:.6g}: choose one with --alpha"
            )
        for k in (0, -1):  # alphas are printed rounded
            if math.isclose(alpha, self.alphas[k], rel_tol=_ROUNDED):
                return self.coefs[k], self.intercepts[k]
        if alpha > self.alphas[0] and not self.coefs[0].indices:
            return self.coefs[0], self.intercepts[0]  # the null model stays
        if not self.alphas[-1] <= alpha <= self.alphas[0]:
            raise CliError(_outside(alpha, self.alphas))
        return self._between(alpha)

    def _between(self, alpha: float) -> tuple[SparseCoef, float]:
        upper = max(k for k, a in enumerate(self.alphas) if a >= alpha)
        if self.alphas[upper] == alpha:
            return self.coefs[upper], self.intercepts[upper]
        step = self.alphas[upper] - self.alphas[upper + 1]
        weight = (self.alphas[upper] - alpha) / step
        coef = (1.0 - weight) * self._dense(upper) + weight * self._dense(upper + 1)
        intercept = (1.0 - weight) * self.intercepts[upper]
        intercept += weight * self.intercepts[upper + 1]
        return sparse_coef(coef), intercept

    def _dense(self, k: int) -> NDArray[np.float64]:
        coef = np.zeros(len(self.feature_names))
        coef[self.coefs[k].indices] = self.coefs[k].values
        return coef


def sparse_coef(coef: NDArray[np.float64]) -> SparseCoef:
    """Keep the nonzero entries of a dense coefficient vector."""
    support = np.flatnonzero(coef)
    return SparseCoef(indices=support.tolist(), values=coef[support].tolist())


def save_model(model: Model, file: Path) -> None:
    """Write a model as JSON, replacing `file`."""
    content = {"format": FORMAT, "format_version": FORMAT_VERSION} | asdict(model)
    fields = (f"{_json(key)}: {_field(value)}" for key, value in content.items())
    text = "{\n" + ",\n".join(fields) + "\n}\n"
    with blame_file("write", file):
        file.write_text(text, encoding="utf-8", newline="\n")


def _field(value: Any) -> str:
    """One line a field, and one an alpha for coefficients: easy to read and to diff."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n " + ",\n ".join(_json(entry) for entry in value) + "\n]"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def load_model(file: Path) -> Model:
    """Read a model file and check that its parts fit together.

    Raises
    ------
    CliError
        If the file is missing, not JSON, no fastreg model, of a newer format, or
        damaged.
    """
    with blame_file("read", file):
        raw = file.read_bytes()
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise CliError(f"{file} is not a fastreg model: it is not JSON") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CliError(f'{file} is not a fastreg model: it lacks "format": "{FORMAT}"')
    version = content.get("format_version")
    if version != FORMAT_VERSION:
        raise CliError(
            f"{file} has format version {version!r}, but this fastreg reads version "
            f"{FORMAT_VERSION}"
        )
    try:
        return _model(content)
    except ValueError as error:
        raise CliError(f"{file} is a damaged fastreg model: {error}") from error


def _model(content: dict[str, Any]) -> Model:
    names = _texts(content, "feature_names")
    coefs = _get(content, "coefs", list)
    model = Model(
        target=_get(content, "target", str),
        feature_names=names,
        objective=_objective(_get(content, "objective", dict)),
        alphas=_floats(content, "alphas"),
        intercepts=_floats(content, "intercepts"),
        coefs=[_coef(entry, len(names)) for entry in coefs],
        dual_gaps=_floats(content, "dual_gaps"),
        deviance_ratio=_floats(content, "deviance_ratio"),
        status=_texts(content, "status"),
        choice=_choice(content),
        training=_get(content, "training", dict),
        fastreg_version=_get(content, "fastreg_version", str),
    )
    if not model.alphas:
        raise ValueError("it holds no alphas")
    if any(a <= b for a, b in zip(model.alphas, model.alphas[1:], strict=False)):
        raise ValueError("its alphas do not decrease")
    for name in ("intercepts", "coefs", "dual_gaps", "deviance_ratio", "status"):
        length = len(getattr(model, name))
        if length != len(model.alphas):
            raise ValueError(f"{len(model.alphas)} alphas but {length} {name}")
    return model


def _choice(content: dict[str, Any]) -> dict[str, Any] | None:
    """What cross-validation chose; models of earlier versions have no such field."""
    if content.get("choice") is None:
        return None
    choice = _get(content, "choice", dict)
    alpha = _float(_get(choice, "alpha", object), "alpha of choice")
    return choice | {"alpha": alpha, "rule": _get(choice, "rule", str)}


def _objective(entry: dict[str, Any]) -> Objective:
    return Objective(
        formula=_get(entry, "formula", str),
        loss=_get(entry, "loss", str),
        l1_ratio=_float(_get(entry, "l1_ratio", object), "l1_ratio"),
        fit_intercept=_get(entry, "fit_intercept", bool),
        standardize=_get(entry, "standardize", bool),
        tol=_float(_get(entry, "tol", object), "tol"),
    )


def _coef(entry: object, n_features: int) -> SparseCoef:
    if not isinstance(entry, dict):
        raise ValueError("an entry of coefs is not an object")
    indices, values = _get(entry, "indices", list), _floats(entry, "values")
    if len(indices) != len(values):
        raise ValueError(f"{len(indices)} indices but {len(values)} values")
    seen: set[int] = set()
    for j in indices:
        if type(j) is not int or not 0 <= j < n_features:
            raise ValueError(f"feature number {j} of {n_features} features")
        if j in seen:
            raise ValueError(f"feature number {j} twice at one alpha")
        seen.add(j)
    return SparseCoef(indices, values)


def _get(content: dict[str, Any], key: str, kind: type[Kind]) -> Kind:
    if key not in content:
        raise ValueError(f"it has no {key}")
    value = content[key]
    if not isinstance(value, kind):
        raise ValueError(f"{key} is not {_JSON_NAMES[kind]}")
    return value


def _texts(content: dict[str, Any], key: str) -> list[str]:
    texts = _get(content, key, list)
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{key} holds something other than text")
    return texts


def _floats(content: dict[str, Any], key: str) -> list[float]:
    return [_float(value, key) for value in _get(content, key, list)]


def _float(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} holds something other than numbers")
    # A whole number too large for a float64 makes float() raise OverflowError.
    if not -_LARGEST <= value <= _LARGEST:
        raise ValueError(f"{key} holds NaN or infinity")
    return float(value)


def _outside(alpha: float, alphas: list[float]) -> str:
    if len(alphas) == 1:
        return f"the model was fitted at alpha {alphas[0]:.6g} only, not {alpha:.6g}"
    return (
        f"alpha {alpha:.6g} is outside the fitted path, which goes from "
        f"{alphas[0]:.6g} down to {alphas[-1]:.6g}"
    )
